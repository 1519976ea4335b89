//! What must hold before any stage is chosen.

use std::collections::BTreeMap;

use lacuna_fixed_point::{IntLayer, IntNetwork};
use lacuna_network::MAX_SIDE;

use crate::Error;
use crate::design::{Config, MAX_ADDERS, MAX_PIXELS};
use crate::verilog::{check_core_name, identifier};

/// Stage names that the core's own parts have taken: modules, and the wires behind the first of them.
const PARTS: [&str; 4] = ["frame_sync", "stream_out", "tb", "pixels"];

/// Whether there can be a core of this name for this network and frame.
pub(crate) fn check(name: &str, network: &IntNetwork, config: &Config) -> Result<(), Error> {
    check_core_name(name)?;
    if !(1..=MAX_ADDERS).contains(&config.adders_per_stage) {
        return Err(Error::AddersPerStage(config.adders_per_stage));
    }
    let [height, width] = config.frame;
    if height.max(width) > MAX_SIDE || height * width > MAX_PIXELS {
        return Err(Error::FrameTooLarge { width, height });
    }
    let [rows, columns] = network.window();
    if height < rows || width < columns {
        return Err(Error::FrameTooSmall { width, height, columns, rows });
    }
    check_names(network)?;
    if let Some(layer) = config.layers.keys().find(|layer| network.nodes().iter().all(|n| n.name != **layer))
    {
        let names = network.nodes().iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Error::NoLayer { layer: layer.clone(), names });
    }
    Ok(())
}

fn check_names(network: &IntNetwork) -> Result<(), Error> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for node in network.nodes() {
        let own = match node.layer {
            IntLayer::Conv2d(_) => vec!["", "_window", "_codes", "_weights", "_block"],
            IntLayer::SumPool(_) => vec!["", "_window", "_codes", "_weights"],
            IntLayer::MaxPool(_) => vec!["", "_window"],
            IntLayer::Rescale(_) => vec!["", "_product", "_codes"],
            IntLayer::Add { .. } | IntLayer::Concat { .. } => vec!["", "_join"],
            _ => vec![""],
        };
        let branches = (0..if node.inputs.len() > 1 { node.inputs.len() } else { 0 })
            .flat_map(|n| [format!("_narrow{n}"), format!("_gather{n}")]);
        let suffixes = ["_narrow", "_gather", "_level", "_pad", "_stride", "_pace", "_digits"];
        let own = own.into_iter().chain(suffixes).map(str::to_owned);
        for suffix in own.chain(branches) {
            let stage = format!("{}{suffix}", identifier(&node.name));
            if PARTS.contains(&stage.as_str()) {
                return Err(Error::ReservedLayerName(node.name.clone()));
            }
            if let Some(other) = seen.insert(stage, &node.name) {
                return Err(Error::SameName(other.to_owned(), node.name.clone()));
            }
        }
    }
    Ok(())
}
