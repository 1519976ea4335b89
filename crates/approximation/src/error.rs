//! What can be wrong with a set, a configuration or a network that is to be approximated.

/// A fault of the configuration or the network, said with what would be right.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration names a layer the network does not have.
    #[error("`layers` names `{name}`, but the network's layers are {known}")]
    UnknownLayer {
        /// The name as configured.
        name: String,
        /// The layers there are.
        known: String,
    },
    /// A configuration with more sets than conv layers.
    #[error("`configuration` names {sets} sets, but the network has {layers} conv layers")]
    Configuration {
        /// Sets named.
        sets: usize,
        /// Conv layers there are.
        layers: usize,
    },
    /// A per-layer key that its layer has no use for.
    #[error("`{key}` says nothing about layer `{layer}`, which is of the kind {kind}")]
    KeyDoesNotApply {
        /// The layer.
        layer: String,
        /// `conv`, `sum_pool`, `affine` or `activation`.
        kind: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A weight is NaN or infinite.
    #[error("layer `{layer}` holds the weight {value}: every weight must be finite")]
    NotFinite {
        /// The layer.
        layer: String,
        /// `NaN`, `inf` or `-inf`.
        value: String,
    },
    /// An activation's argument has a factor that no layer can take up.
    #[error(
        "layer `{layer}`: a named curve needs its argument multiplied by {factor}, and no layer of weights before it, read \
         by nothing else, can take that up: use `activation: best`"
    )]
    Argument {
        /// The activation.
        layer: String,
        /// The factor.
        factor: f64,
    },
    /// A value needs more bits than a dyadic has.
    #[error(
        "layer `{layer}`: the bias {value} needs more than 62 bits with {fraction} fraction bits; \
         lower `bias_fraction_bits` or scale the network"
    )]
    BiasTooLarge {
        /// The layer.
        layer: String,
        /// The bias.
        value: f64,
        /// Fraction bits asked for.
        fraction: u32,
    },
    /// A dyadic number that no float can hold.
    #[error(
        "layer `{layer}`: {value} needs more than the 24 bits of a float, so it cannot be kept in a file of floats"
    )]
    NoFloat {
        /// The layer.
        layer: String,
        /// The number.
        value: String,
    },
    /// A calibration input does not suit the network.
    #[error("calibration input {input}: {problem}")]
    Calibration {
        /// Which one, counted from zero.
        input: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The levels of a layer could not be chosen.
    #[error("layer `{layer}`: {reason}")]
    Solver {
        /// The layer.
        layer: String,
        /// Why.
        reason: SolverError,
    },
    /// The budget of the whole network cannot be met.
    #[error("`network_digits`: {0}")]
    NetworkBudget(crate::BudgetTooSmall),
    /// Keys that cannot be used together.
    #[error("{0}")]
    Conflict(&'static str),
    /// The graph of the result does not hold together.
    #[error(transparent)]
    Network(#[from] lacuna_network::Error),
}

/// Why the levels of a layer could not be chosen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SolverError {
    /// The 0-1 program has no answer.
    #[error(transparent)]
    Program(#[from] crate::ProgramError),
    /// Limits on single kernels.
    #[error(transparent)]
    Limits(#[from] crate::LimitsError),
    /// The layer's budget.
    #[error("`layer_digits`: {0}")]
    Budget(#[from] crate::BudgetTooSmall),
}

/// A text or list that is no set of dyadic rationals.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// No such name.
    #[error(
        "`{0}` names no set: write `ternary`, `D1` to `D8`, a range such as `k/8 |k|<=16`, values such as \
         `{{0,±1/2,±1}}` in quotes, `sums of 2 powers of two`, or a list of dyadic rationals"
    )]
    UnknownName(String),
    /// One of the values is no dyadic rational.
    #[error(transparent)]
    NotDyadic(#[from] lacuna_network::NotDyadic),
    /// Nothing that is not zero.
    #[error("a set needs at least one value other than zero")]
    Empty,
    /// More values than make sense.
    #[error("the set has {0} values, but at most {max} are taken", max = crate::choices::sets::MAX_VALUES)]
    TooMany(u64),
    /// A value too small or too large.
    #[error("the value {0} is out of range: magnitudes must lie between 2^-30 and 2^30")]
    Range(String),
}
