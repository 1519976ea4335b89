//! What an approximation costs in adders, however its hardware is built.
//!
//! A folded layer has units that take turns, and no adder of its own for any sum. To compare approximations with each other,
//! adders are counted as if every weight had its place in an adder graph: those of one result of each layer, after
//! sharing.

use std::collections::BTreeMap;

use lacuna_fixed_point::{IntLayer, IntNetwork, Interval};

use crate::Error;
use crate::unrolled::{coefficient_matrix, kernel_matrix, solve};

/// Weights of a network beyond which no graphs are sought: it would take minutes and say little.
const MOST: usize = 1 << 18;

/// The adders of each layer that remain after sharing: of a convolution those of its graph, of a rescaling those of its
/// coefficients and one for each bias behind a coefficient. None for networks of more than 262,144 weights.
///
/// # Errors
/// A layer's sums are too wide for an adder graph.
pub fn shared_adders(network: &IntNetwork) -> Result<Option<BTreeMap<String, usize>>, Error> {
    if network.nodes().iter().map(|node| node.layer.weights()).sum::<usize>() > MOST {
        return Ok(None);
    }
    let mut adders = BTreeMap::new();
    for node in network.nodes() {
        let fault =
            |e: lacuna_adder_graph::Error| Error::Graph { layer: node.name.clone(), problem: e.to_string() };
        let incoming: Vec<Interval> = match node.inputs.first() {
            Some(&source) => network.source_formats(source).iter().map(|f| f.interval).collect(),
            None => Vec::new(),
        };
        let count = match &node.layer {
            IntLayer::Conv2d(conv) => {
                let (_, rows, columns) = conv.kernels.dim();
                let intervals: Vec<Interval> =
                    incoming.iter().flat_map(|&interval| vec![interval; rows * columns]).collect();
                let graph = solve(&kernel_matrix(conv, incoming.len()), &intervals).map_err(fault)?;
                graph.adders().len()
            }
            IntLayer::Rescale(rescale) => {
                let graph = solve(&coefficient_matrix(rescale), &incoming).map_err(fault)?;
                // A map of the coefficient zero is its bias.
                let offsets = rescale.multiplier.iter().zip(&rescale.bias);
                graph.adders().len()
                    + offsets.filter(|(coefficient, bias)| **coefficient != 0 && **bias != 0).count()
            }
            _ => continue,
        };
        adders.insert(node.name.clone(), count);
    }
    Ok(Some(adders))
}
