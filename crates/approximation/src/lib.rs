/*!
A trained network becomes one without multiplications: every kernel weight, pooling coefficient, bias and activation is
replaced by dyadic rationals, numbers `k / 2^f` that a circuit applies with shifts and additions. Nothing is trained
again.

The result of [`approximate`] is in *canonical form*: every convolution has dyadic kernels and no bias; what remains of
its scale and bias stands in an affine layer behind it, whose coefficients are short sums of powers of two; every
activation is a [`PiecewiseLinear`] curve.
*/

mod config;
mod sets;
mod settings;

mod budget;
mod bulk;
mod coupled;
mod fit;
mod knapsack;
mod program;
mod signed_digits;
mod sweep;

mod calibration;
mod data_fit;
mod lattice;
mod moments;
mod output_error;
mod refine;
mod sensitivity;
mod unit;

mod activations;
mod argument;
mod best_curve;
mod curve;
mod named_curves;

mod approximate;
mod building;
mod canonical;
mod error;
mod plain;
mod report;
mod with_data;

#[cfg(test)]
mod testing;

pub use activations::{max_error, piecewise_linear};
pub use approximate::{approximate, approximate_with_data};
pub use best_curve::{CurveError, Found, Left, Target, best_curve};
pub use bulk::{KernelFits, fit_kernels};
pub use calibration::Calibration;
pub use config::{Activation, BestCurve, Config, Configuration, LayerConfig, NoConfiguration, Scale, Solver};
pub use coupled::{KernelLimits, LimitsError, solve_limited};
pub use curve::{PiecewiseLinear, Segment, Symmetry};
pub use error::{Error, SetError, SolverError};
pub use knapsack::{Allocation, BudgetTooSmall, Group, allocate};
pub use program::{ProgramError, solve_program};
pub use report::{Kind, LayerReport, LevelCount, Report, StopReason, Total};
pub use sets::DyadicSet;

/// A network of dyadic weights and piecewise-linear curves.
pub type ApproxNetwork = lacuna_network::Network<lacuna_network::Dyadic, PiecewiseLinear>;

/// An approximated network and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Approximation {
    /// The network in canonical form.
    pub network: ApproxNetwork,
    /// Its figures.
    pub report: Report,
}
