//! What an approximation cost and what it saved, layer by layer.

use lacuna_network::Dyadic;
use serde::Serialize;

/// The whole approximation in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// One entry per layer of the approximated network, in its order.
    pub layers: Vec<LayerReport>,
    /// All layers together.
    pub total: Total,
}

/// One layer in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerReport {
    /// The layer's name.
    pub name: String,
    /// What kind of layer it is.
    pub kind: Kind,
    /// Trained numbers the layer had, biases included.
    pub weights: usize,
    /// `||W - W'||_F / ||W||_F` over kernels, each multiplied by the coefficient it meets behind the convolution, or over
    /// coefficients that meet no convolution; `null` for other layers.
    pub relative_error: Option<f64>,
    /// `||W||_F²`, what the relative error refers to.
    pub squared_norm: f64,
    /// With calibration data: root mean square error of the convolution's output, its affine layer included, over the
    /// standard deviation of that output.
    pub output_error: Option<f64>,
    /// The greatest difference between a curve and the function it stands for; `null` for other layers.
    pub max_error: Option<f64>,
    /// Kernel weights or coefficients that became zero.
    pub zeros: usize,
    /// The values of a convolution's weights and how often they occur, ascending.
    pub levels: Vec<LevelCount>,
    /// Multiplications the trained layer needs for one output pixel of all its maps.
    pub multiplications_per_pixel: usize,
    /// The same for the smallest input that gives one output of the network.
    pub multiplications_per_window: usize,
    /// Signed digits (powers of two) of all kernel weights, coefficients or slopes.
    pub signed_digits: usize,
    /// Two-input adders for one output pixel of all maps before any sharing, those of sums and biases included.
    pub adders: usize,
    /// Signed digits other than `±1`: the shifts, which are wires where the circuit is unrolled.
    pub shifts: usize,
    /// Bits to store the layer: an index into its set per kernel weight, two's complement for coefficients, biases and the
    /// numbers of a curve's pieces or table.
    pub storage_bits: usize,
    /// How the levels were chosen; `null` where nothing was to be chosen among levels.
    pub solver: Option<Method>,
    /// Why the search ended.
    pub stop: StopReason,
    /// Where a bound is known: how far from the best the result can be, as a part of its squared error. Without data that is the
    /// error of the weights (of a budget at its scales, of limits at their ratios), with data that of the layer's output on the
    /// calibration inputs, given the layers before it.
    pub gap: Option<f64>,
}

/// How often a value occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LevelCount {
    /// The value.
    pub value: Dyadic,
    /// How many weights have it.
    pub count: usize,
}

/// Kinds of layers in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A convolution: its kernels.
    Conv,
    /// Sums over a window.
    SumPool,
    /// Maxima over a window.
    MaxPool,
    /// Coefficients and biases, those of a conv's scale included.
    Affine,
    /// An activation.
    Activation,
    /// The sum of branches.
    Add,
    /// Branches side by side.
    Concat,
}

/// What chose the levels of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The sweep over scales.
    Exact,
    /// The 0-1 program.
    Program,
    /// Dynamic programming within limits on single kernels, at one scale after the other.
    Limits,
    /// The knapsack of a budget.
    Budget,
    /// The fit to calibration inputs.
    Data,
    /// The same for a large network: one metric for all maps of a layer, and no moves of whole layers at the end.
    SharedData,
    /// Nobody: the weights were kept.
    Keep,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The best there is was found, and this is proved.
    Optimal,
    /// A lower bound proves how far from the best it can be: see the gap.
    Bounded,
    /// A local search can improve nothing more; no proof that nothing better exists.
    Converged,
}

/// Sums over all layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Total {
    /// Trained numbers, biases included.
    pub weights: usize,
    /// `||W - W'||_F / ||W||_F` over all kernels and coefficients.
    pub relative_error: f64,
    /// With calibration data: root mean square error of the network's output over its standard deviation.
    pub output_error: Option<f64>,
    /// Kernel weights and coefficients that became zero.
    pub zeros: usize,
    /// Multiplications of the trained network per output pixel of each layer, summed; all of them are replaced.
    pub multiplications_per_pixel: usize,
    /// Multiplications of the trained network for the smallest window; all of them are replaced.
    pub multiplications_per_window: usize,
    /// Signed digits.
    pub signed_digits: usize,
    /// Two-input adders before any sharing.
    pub adders: usize,
    /// Shifts.
    pub shifts: usize,
    /// Bits to store the network.
    pub storage_bits: usize,
}

/// How a convolution's levels came about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Note {
    pub(crate) solver: Method,
    pub(crate) stop: StopReason,
    pub(crate) gap: Option<f64>,
    pub(crate) seconds: f64,
}
