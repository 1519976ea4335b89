//! The two ways to approximate a whole network: from its weights alone, and with sample inputs.

use std::collections::BTreeMap;

use lacuna_network::{Layer, Source, TrainedNetwork};

use crate::choices::settings;
use crate::curves::argument::with_suited_arguments;
use crate::curves::parametric;
use crate::network::building::Building;
use crate::network::plain::fit_network;
use crate::network::with_data;
use crate::reports::figures::report;
use crate::reports::report::Note;
use crate::{Approximation, Calibration, Config, Error};

/// Approximates every element of a network by dyadic rationals; the result is in canonical form.
///
/// # Errors
/// The configuration speaks of layers or keys that do not exist, a weight is not finite, a budget or limit cannot be met,
/// or a solver fails.
pub fn approximate(network: &TrainedNetwork, config: &Config) -> Result<Approximation, Error> {
    settings::check(network, config)?;
    let (network, config) = &prepared(network, config)?;
    let (mut fits, notes) = fit_network(network, config)?;
    let mut building = Building::new(network, config);
    for (index, node) in network.nodes().iter().enumerate() {
        match (&node.layer, fits[index].take()) {
            (Layer::Conv2d(conv), Some(fits)) => building.conv(index, conv, &fits)?,
            (Layer::Conv2d(_), None) => unreachable!("every convolution has its fits"),
            _ => building.other(index)?,
        }
    }
    let approximated = building.finish()?;
    let report = report(network, &approximated, config, &notes, None);
    Ok(Approximation { network: approximated, report, seconds: seconds(network, &notes) })
}

/// How long each convolution took, by name.
pub(crate) fn seconds(network: &TrainedNetwork, notes: &[Option<Note>]) -> BTreeMap<String, f64> {
    let named = network.nodes().iter().zip(notes);
    named.filter_map(|(node, note)| Some((node.name.clone(), note.as_ref()?.seconds))).collect()
}

/// Approximates like [`approximate`], but for what the network will see: levels, coefficients and biases are chosen for
/// the least error of each layer's output on the calibration inputs, given the approximated layers before it, and
/// moved once more for the output of the network.
///
/// # Errors
/// As [`approximate`]; also when the network cannot run on an input.
pub fn approximate_with_data(
    network: &TrainedNetwork,
    config: &Config,
    calibration: &Calibration,
) -> Result<Approximation, Error> {
    settings::check(network, config)?;
    settings::check_for_data(network, config)?;
    calibration.check(network)?;
    let (network, config) = &prepared(network, config)?;
    with_data::approximate(network, config, calibration)
}

/// Network and configuration with everything spelled out that the rest of this crate need not know about: named
/// configurations, arguments of named curves, parametric ReLUs.
pub(crate) fn prepared(network: &TrainedNetwork, config: &Config) -> Result<(TrainedNetwork, Config), Error> {
    let config = settings::spelled_out(network, config)?;
    let network = with_suited_arguments(network, &config)?.into_owned();
    parametric::spelled_out(network, config)
}

/// The node of the approximated network that stands for the output of a trained node, a convolution's scale included.
pub(crate) fn counterpart(network: &crate::ApproxNetwork, trained: &TrainedNetwork, index: usize) -> usize {
    let name = &trained.nodes()[index].name;
    let same = network.nodes().iter().position(|node| node.name == *name).expect("names are kept");
    let inserted = matches!(network.nodes().get(same + 1), Some(next)
        if matches!((&network.nodes()[same].layer, &next.layer), (Layer::Conv2d(_), Layer::Affine(_)))
            && next.inputs == [Source::Node(same)]
            && trained.nodes().iter().all(|node| node.name != next.name));
    same + usize::from(inserted)
}
