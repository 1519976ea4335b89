//! The configuration as it applies to one layer, and whether it applies to the network at all.

use lacuna_network::{Layer, TrainedNetwork};

use crate::{Activation, Config, DyadicSet, Error, LayerConfig, Scale, Solver};

/// What holds for one layer: its own keys, else the network's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'a> {
    pub(crate) set: &'a DyadicSet,
    pub(crate) scale: Scale,
    pub(crate) scale_digits: u32,
    pub(crate) coefficient_digits: u32,
    pub(crate) bias_fraction_bits: u32,
    pub(crate) activation: &'a Activation,
    pub(crate) solver: Solver,
}

pub(crate) fn of_layer<'a>(config: &'a Config, name: &str) -> Settings<'a> {
    let own = config.layers.get(name);
    Settings {
        set: own.and_then(|o| o.set.as_ref()).unwrap_or(&config.set),
        scale: own.and_then(|o| o.scale).unwrap_or(config.scale),
        scale_digits: own.and_then(|o| o.scale_digits).unwrap_or(config.scale_digits),
        coefficient_digits: own.and_then(|o| o.coefficient_digits).unwrap_or(config.coefficient_digits),
        bias_fraction_bits: own.and_then(|o| o.bias_fraction_bits).unwrap_or(config.bias_fraction_bits),
        activation: own.and_then(|o| o.activation.as_ref()).unwrap_or(&config.activation),
        solver: config.solver,
    }
}

/// Checks the configuration against the network, and the network's weights.
pub(crate) fn check(network: &TrainedNetwork, config: &Config) -> Result<(), Error> {
    for (name, own) in &config.layers {
        let Some(node) = network.nodes().iter().find(|node| node.name == *name) else {
            let names: Vec<&str> = network.nodes().iter().map(|node| node.name.as_str()).collect();
            return Err(Error::UnknownLayer { name: name.clone(), known: names.join(", ") });
        };
        let (kind, takes): (_, &[&str]) = match &node.layer {
            Layer::Conv2d(_) => {
                ("conv", &["set", "scale", "scale_digits", "coefficient_digits", "bias_fraction_bits"])
            }
            Layer::SumPool(_) => ("sum_pool", &[]),
            Layer::Affine(_) => ("affine", &["coefficient_digits", "bias_fraction_bits"]),
            Layer::Activation(_) => ("activation", &["activation"]),
        };
        if let Some(key) = given(own).into_iter().find(|key| !takes.contains(key)) {
            return Err(Error::KeyDoesNotApply { layer: name.clone(), kind, key });
        }
    }
    for node in network.nodes() {
        let bad = match &node.layer {
            Layer::Conv2d(conv) => conv.kernels.iter().chain(&conv.bias).find(|w| !w.is_finite()),
            Layer::Affine(affine) => affine.coefficient.iter().chain(&affine.bias).find(|w| !w.is_finite()),
            Layer::SumPool(_) | Layer::Activation(_) => None,
        };
        if let Some(value) = bad {
            return Err(Error::NotFinite { layer: node.name.clone(), value: value.to_string() });
        }
    }
    Ok(())
}

fn given(own: &LayerConfig) -> Vec<&'static str> {
    let LayerConfig { set, scale, scale_digits, coefficient_digits, bias_fraction_bits, activation } = own;
    [
        ("set", set.is_some()),
        ("scale", scale.is_some()),
        ("scale_digits", scale_digits.is_some()),
        ("coefficient_digits", coefficient_digits.is_some()),
        ("bias_fraction_bits", bias_fraction_bits.is_some()),
        ("activation", activation.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, there)| there.then_some(key))
    .collect()
}
