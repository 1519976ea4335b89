/*!
A trained network becomes one without multiplications: every kernel weight, pooling coefficient, bias and activation is
replaced by dyadic rationals, numbers `k / 2^f` that a circuit applies with shifts and additions. Nothing is trained
again. The method is that of R. J. Cintra, S. Duffner, C. Garcia and A. Leite, *Low-complexity approximate
convolutional neural networks*, IEEE TNNLS 29(12), 2018 (arXiv 2208.00087), of which only the abstract could be had: where
the paper's own choices are not known, as with its sets D1 to D8, this crate says *reconstructed*.

# The problem

For a kernel `W` and a finite set `D` of dyadic rationals ([`DyadicSet`]):

```text
minimise ||W - α·T||_F    over α > 0 and T with all entries in D
```

For a given `α` this is a 0-1 linear program, stated in [`solve_program`] as the paper states it; without further
constraints it falls apart into the nearest level for each weight. Over `α` as well it is solved exactly by a sweep over
the scales at which a weight changes its level: between two of them the levels stand still, the best scale is least
squares, and the error is `||W||² - S²/Q` with `S = Σ w·t` and `Q = Σ t²`. [`fit_kernels`] does this for a million kernels
in seconds. A grid of scales can only be worse.

# Where the scale goes

`α` must not cost a multiplier either. One scale per output map passes through the sums of blocks into the affine layer
behind the convolution, whose coefficient is rounded to a few signed digits (exactly the nearest number that has so
few); one per 2-D kernel inside a sum over several input maps does not factor out and is itself a short dyadic. The
result of [`approximate`] is in *canonical form*: every convolution has dyadic kernels and no bias, and an affine layer
behind it, inserted as `<conv>.scale` where there was none, holds what remains; every activation is a
[`PiecewiseLinear`] curve, exactly the best one for its number of segments on a dyadic grid ([`best_curve`]) or one of
the classical ones.

# Couplings

The program earns its place where choices depend on each other. A budget of signed digits over a layer or the network
is a multiple-choice knapsack ([`allocate`]: dynamic programming, or a relaxation whose gap is certified). Limits on
single kernels, digits, zeros, a preserved sum, are solved by dynamic programming ([`solve_limited`]) at a given scale;
over all scales branch and bound certifies a gap. Every layer of the [`Report`] says why its search stopped and, where a bound is known, how far from the optimum it can be.

# With data

The nearest kernel is not the kernel that does the least harm. [`approximate_with_data`] takes sample inputs and works
through the network from its input to its output:

1. A convolution and everything linear behind it is one map `z = q·φ + d` of its inputs `φ`. Their second moments `H`, the
   mean removed, say what a change of the weights does: the error is `v - 2c·q + q·H·q`. The inputs are those that the
   approximated layers before deliver, the targets `z` those of the trained network, so that later layers make good
   what earlier ones got wrong. Samples count by how much an error there moves the network's output.
2. For many scales the levels are rounded together in this metric, as in OBQ (Frantar and Alistarh, arXiv 2208.11580), but
   keeping a beam of partial roundings and improving single weights and pairs afterwards. The best scales are
   settled: least squares, the coefficient rounded to its digits, the levels once more at just that coefficient.
3. When all is in place, each layer is moved as a whole along the gradient of the network's real output, on its grid,
   and a move is kept only if inputs that did not suggest it agree.

Signed digits have a price in this error, and a budget is met by the least price that meets it. Limits on single kernels hold
throughout: kernels take turns at the exact dynamic program in a diagonal that dominates the metric.

Each of these is a search that may miss the best, so each layer gets a certificate in the end: a number that no levels within
its limits and no scales get below, given the layers before it. With the metric in triangular form every beginning of a choice
has a least cost, and a search that keeps track of all it leaves behind knows the least of them; a budget is bounded by its
Lagrangian dual. The gap to what was found is reported.

A network whose maps together would need more than a million second moments is *large*: its maps share plain moments from
sampled positions and are rounded all at once, as in GPTQ (arXiv 2210.17323), both networks are computed once from node to
node, and the third step is left out. The report then says `shared_data`. Minutes become seconds: 183,000 parameters in three.

# Which is which

| folder | idea |
|---|---|
| `choices` | what may be chosen from, as a person writes it: sets, configurations, keys, a layer's own |
| `kernels` | one kernel by the sweep, a million of them, the same by the 0-1 program, the kernels of one map |
| `couplings` | choices that depend on each other: budgets (a knapsack), limits on single kernels |
| `data` | the fit to calibration inputs, and a certificate of how far it can be from the best |
| `large` | the same for networks whose maps share their second moments |
| `curves` | activations: the best curve, classical ones, tables, parametric slopes |
| `network` | from one network to the other, and back into a file |
| `reports` | what it cost and saved |

**Invariants.** This crate knows nothing of hardware, widths or files. The same input gives the same result on any number
of threads: sums are formed in a fixed order and nothing random is used. Nothing panics on any network that
`lacuna_network` admits.
*/

use std::collections::BTreeMap;

mod choices;
mod couplings;
mod curves;
mod data;
mod error;
mod kernels;
mod large;
mod network;
mod reports;

#[cfg(test)]
mod testing;

pub use choices::activation_config::{Activation, BestCurve, Table};
pub use choices::config::{Config, LayerConfig, Scale, Solver};
pub use choices::configuration::{Configuration, NoConfiguration};
pub use choices::sets::DyadicSet;
pub use couplings::coupled::{KernelLimits, LimitsError, solve_limited};
pub use couplings::knapsack::{Allocation, BudgetTooSmall, Group, allocate};
pub use curves::activations::{max_error, piecewise_linear};
pub use curves::best_curve::{CurveError, Found, Left, Target, best_curve};
pub use curves::curve::{PiecewiseLinear, Segment, Symmetry};
pub use data::calibration::Calibration;
pub use error::{Error, SetError, SolverError};
pub use kernels::bulk::{KernelFits, fit_kernels};
pub use kernels::program::{ProgramError, solve_program};
pub use network::approximate::{approximate, approximate_with_data};
pub use network::saved::as_trained;
pub use reports::report::{Kind, LayerReport, LevelCount, Method, Report, StopReason, Total};

/// A network of dyadic weights and piecewise-linear curves.
pub type ApproxNetwork = lacuna_network::Network<lacuna_network::Dyadic, PiecewiseLinear>;

/// An approximated network and what it cost. Two are equal if networks and reports are, however long they took.
#[derive(Clone, Debug)]
pub struct Approximation {
    /// The network in canonical form.
    pub network: ApproxNetwork,
    /// Its figures.
    pub report: Report,
    /// By layer, how long it took to choose the levels of each convolution. A budget of the whole network is met for
    /// all of them together, and is not in here.
    pub seconds: BTreeMap<String, f64>,
}

impl PartialEq for Approximation {
    fn eq(&self, other: &Self) -> bool {
        self.network == other.network && self.report == other.report
    }
}
