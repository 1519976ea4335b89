//! The configuration as it applies to one layer, and whether it applies to the network at all.

use std::sync::LazyLock;

use lacuna_network::{Layer, TrainedNetwork};

use crate::{Activation, Config, DyadicSet, Error, KernelLimits, LayerConfig, LimitsError, Scale, Solver};

static DEFAULT_SET: LazyLock<DyadicSet> = LazyLock::new(DyadicSet::default);

/// The keys that a conv layer takes.
const CONV_KEYS: [&str; 10] = [
    "solver",
    "set",
    "scale",
    "scale_digits",
    "coefficient_digits",
    "bias_fraction_bits",
    "layer_digits",
    "kernel_digits",
    "kernel_zeros",
    "keep_gain",
];

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
    pub(crate) layer_digits: Option<u64>,
    pub(crate) limits: KernelLimits,
}

pub(crate) fn of_layer<'a>(config: &'a Config, name: &str) -> Settings<'a> {
    let own = config.layers.get(name);
    let solver = own.and_then(|o| o.solver).unwrap_or(config.solver);
    let keep = solver == Solver::Keep;
    let limits = KernelLimits {
        digits: own.and_then(|o| o.kernel_digits).or(config.kernel_digits),
        zeros: own.and_then(|o| o.kernel_zeros).or(config.kernel_zeros),
        keep_sum: own.and_then(|o| o.keep_gain).unwrap_or(config.keep_gain),
    };
    Settings {
        set: own.and_then(|o| o.set.as_ref()).or(config.set.as_ref()).unwrap_or(&DEFAULT_SET),
        scale: own.and_then(|o| o.scale).unwrap_or(config.scale),
        scale_digits: own.and_then(|o| o.scale_digits).unwrap_or(config.scale_digits),
        coefficient_digits: own.and_then(|o| o.coefficient_digits).unwrap_or(config.coefficient_digits),
        bias_fraction_bits: own.and_then(|o| o.bias_fraction_bits).unwrap_or(config.bias_fraction_bits),
        activation: own.and_then(|o| o.activation.as_ref()).unwrap_or(&config.activation),
        solver,
        layer_digits: own.and_then(|o| o.layer_digits).or(config.layer_digits).filter(|_| !keep),
        limits: if keep { KernelLimits::default() } else { limits },
    }
}

/// The configuration with the sets of a named one spelled out layer by layer.
///
/// # Errors
/// It names more sets than there are conv layers, or stands beside a `set`.
pub(crate) fn spelled_out(network: &TrainedNetwork, config: &Config) -> Result<Config, Error> {
    let mut config = config.clone();
    if let Some(named) = config.configuration.take() {
        if config.set.is_some() {
            return Err(Error::Conflict(
                "`set` and `configuration` both say the levels of all conv layers: keep one (a layer's own `set` under `layers` \
                 goes with either)",
            ));
        }
        let convs = || network.nodes().iter().filter(|node| matches!(node.layer, Layer::Conv2d(_)));
        let (sets, layers) = (named.sets(), convs().count());
        if sets.len() > layers {
            return Err(Error::Configuration { sets: sets.len(), layers });
        }
        for (node, set) in convs().zip(sets.iter().chain(std::iter::repeat(&sets[sets.len() - 1]))) {
            config.layers.entry(node.name.clone()).or_default().set.get_or_insert_with(|| set.clone());
        }
    }
    Ok(config)
}

/// Checks the configuration against the network, and the network's weights.
pub(crate) fn check(network: &TrainedNetwork, config: &Config) -> Result<(), Error> {
    for (name, own) in &config.layers {
        let Some(node) = network.nodes().iter().find(|node| node.name == *name) else {
            let names: Vec<&str> = network.nodes().iter().map(|node| node.name.as_str()).collect();
            return Err(Error::UnknownLayer { name: name.clone(), known: names.join(", ") });
        };
        let (kind, takes): (_, &[&str]) = match &node.layer {
            Layer::Conv2d(_) => ("conv", &CONV_KEYS),
            Layer::SumPool(_) => ("sum_pool", &[]),
            Layer::MaxPool(_) => ("max_pool", &[]),
            Layer::Add => ("add", &[]),
            Layer::Concat => ("concat", &[]),
            Layer::Affine(_) => ("affine", &["coefficient_digits", "bias_fraction_bits"]),
            Layer::Activation(_) => ("activation", &["activation"]),
        };
        if let Some(key) = given(own).into_iter().find(|key| !takes.contains(key)) {
            return Err(Error::KeyDoesNotApply { layer: name.clone(), kind, key });
        }
    }
    check_limits(network, config)?;
    for node in network.nodes() {
        let bad = match &node.layer {
            Layer::Conv2d(conv) => conv.kernels.iter().chain(&conv.bias).find(|w| !w.is_finite()),
            Layer::Affine(affine) => affine.coefficient.iter().chain(&affine.bias).find(|w| !w.is_finite()),
            _ => None,
        };
        if let Some(value) = bad {
            return Err(Error::NotFinite { layer: node.name.clone(), value: value.to_string() });
        }
    }
    Ok(())
}

/// Budgets of many kernels and limits on single ones are solved in different ways: they do not mix, and not with other solvers. Limits that
/// no kernel of a layer can satisfy are found before any layer is solved.
fn check_limits(network: &TrainedNetwork, config: &Config) -> Result<(), Error> {
    for node in network.nodes() {
        let Layer::Conv2d(conv) = &node.layer else { continue };
        let own = of_layer(config, &node.name);
        let (height, width) = conv.kernel_size();
        if own.limits.zeros.is_some_and(|zeros| zeros as usize > height * width) {
            let reason = LimitsError::Infeasible { weights: height * width, limits: own.limits };
            return Err(Error::Solver { layer: node.name.clone(), reason: reason.into() });
        }
        let is_coupled =
            !own.limits.is_none() || own.layer_digits.is_some() || config.network_digits.is_some();
        if own.solver == Solver::Program && is_coupled {
            return Err(Error::Conflict(
                "`solver: program` takes kernels one by one: budgets and limits are for `solver: exact`, which has solvers of \
                 its own for them",
            ));
        }
        if config.solver == Solver::Keep && limited(config) {
            return Err(Error::Conflict(
                "`solver: keep` leaves the weights as they are: remove all budgets and limits",
            ));
        }
        if own.layer_digits.is_some() && config.network_digits.is_some() {
            return Err(Error::Conflict("`network_digits` and `layer_digits` exclude each other: keep one"));
        }
        if !own.limits.is_none() {
            if own.layer_digits.is_some() || config.network_digits.is_some() {
                return Err(Error::Conflict(
                    "`network_digits` or `layer_digits` cannot be combined with `kernel_digits`, `kernel_zeros` or \
                     `keep_gain`: keep one kind",
                ));
            }
            if own.scale == Scale::Layer {
                return Err(Error::Conflict(
                    "`kernel_digits`, `kernel_zeros` and `keep_gain` need `scale: kernel` or `scale: map`",
                ));
            }
        }
    }
    Ok(())
}

fn limited(config: &Config) -> bool {
    config.network_digits.is_some()
        || config.layer_digits.is_some()
        || config.kernel_digits.is_some()
        || config.kernel_zeros.is_some()
        || config.keep_gain
}

/// Refuses what the fit to data has no place for: other solvers.
pub(crate) fn check_for_data(network: &TrainedNetwork, config: &Config) -> Result<(), Error> {
    let convs = || network.nodes().iter().filter(|node| matches!(node.layer, Layer::Conv2d(_)));
    if config.solver == Solver::Keep
        || convs().any(|node| of_layer(config, &node.name).solver == Solver::Program)
    {
        return Err(Error::Conflict(
            "`solver: program` and `solver: keep` cannot be combined with calibration data: use `solver: exact`, or leave \
             the data out",
        ));
    }
    Ok(())
}

fn given(own: &LayerConfig) -> Vec<&'static str> {
    let LayerConfig {
        set,
        scale,
        scale_digits,
        coefficient_digits,
        bias_fraction_bits,
        activation,
        solver,
        layer_digits,
        kernel_digits,
        kernel_zeros,
        keep_gain,
    } = own;
    [
        ("set", set.is_some()),
        ("scale", scale.is_some()),
        ("scale_digits", scale_digits.is_some()),
        ("coefficient_digits", coefficient_digits.is_some()),
        ("bias_fraction_bits", bias_fraction_bits.is_some()),
        ("activation", activation.is_some()),
        ("solver", solver.is_some()),
        ("layer_digits", layer_digits.is_some()),
        ("kernel_digits", kernel_digits.is_some()),
        ("kernel_zeros", kernel_zeros.is_some()),
        ("keep_gain", keep_gain.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, there)| there.then_some(key))
    .collect()
}
