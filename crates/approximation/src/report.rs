//! What an approximation cost and what it saved, layer by layer.

use lacuna_network::{Affine, Conv2d, Dyadic, Function, SumPool};
use serde::Serialize;

use crate::signed_digits::count;
use crate::{PiecewiseLinear, Solver, max_error};

/// The whole approximation in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// One entry per layer that held trained numbers or a curve, in the network's order.
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
    /// `||W - W'||_F / ||W||_F` over kernels (with their scales) or coefficients; `null` for other layers.
    pub relative_error: Option<f64>,
    /// `||W||_F²`, what the relative error refers to; for affine layers after the scales before them were taken up.
    pub squared_norm: f64,
    /// The greatest difference between a curve and the function it stands for; `null` for other layers.
    pub max_error: Option<f64>,
    /// Kernel weights or coefficients that became zero.
    pub zeros: usize,
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
    /// How the levels were chosen; `null` where nothing was to be chosen among levels.
    pub solver: Option<Solver>,
    /// Why the search ended.
    pub stop: StopReason,
}

/// Kinds of layers in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A convolution: its kernels.
    Conv,
    /// Sums of blocks.
    SumPool,
    /// Coefficients and biases, those of a conv's scale included.
    Affine,
    /// An activation.
    Activation,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The best there is was found, and this is proved.
    Optimal,
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
    /// Kernel weights and coefficients that became zero.
    pub zeros: usize,
    /// Multiplications of the trained network for the smallest window; all of them are replaced.
    pub multiplications_per_window: usize,
    /// Multiplications of the trained network per output pixel of each layer, summed.
    pub multiplications_per_pixel: usize,
    /// Signed digits.
    pub signed_digits: usize,
    /// Two-input adders before any sharing.
    pub adders: usize,
    /// Shifts.
    pub shifts: usize,
}

pub(crate) fn conv_report(
    name: &str,
    trained: &Conv2d<f32>,
    conv: &Conv2d<Dyadic>,
    squared_error: f64,
    pixels: usize,
    solver: Solver,
    stop: StopReason,
) -> LayerReport {
    let digits =
        |k: usize| conv.kernels.index_axis(ndarray::Axis(0), k).iter().map(|&w| count(w)).sum::<usize>();
    let per_map: Vec<usize> =
        conv.kernels_by_map().map(|kernels| kernels.iter().map(|&(k, _)| digits(k)).sum()).collect();
    let squared_norm = trained.kernels.iter().map(|&w| f64::from(w).powi(2)).sum();
    LayerReport {
        weights: trained.kernels.len() + trained.bias.len(),
        relative_error: Some(relative(squared_error, squared_norm)),
        squared_norm,
        zeros: conv.kernels.iter().filter(|w| w.is_zero()).count(),
        multiplications_per_pixel: trained.kernels.len(),
        multiplications_per_window: trained.kernels.len() * pixels,
        signed_digits: per_map.iter().sum(),
        adders: per_map.iter().map(|&digits| digits.saturating_sub(1)).sum(),
        shifts: shifts(&conv.kernels),
        solver: Some(solver),
        stop,
        ..blank(name, Kind::Conv)
    }
}

pub(crate) fn pool_report(name: &str, pool: SumPool, maps: usize) -> LayerReport {
    LayerReport { adders: maps * (pool.size * pool.size - 1), ..blank(name, Kind::SumPool) }
}

/// `trained` is `None` for a layer that was inserted to carry a convolution's scale: it replaces no multiplication.
pub(crate) fn affine_report(
    name: &str,
    trained: Option<&Affine<f32>>,
    wanted: &[f64],
    affine: &Affine<Dyadic>,
    pixels: usize,
) -> LayerReport {
    let pairs = || wanted.iter().zip(&affine.coefficient);
    let squared_norm = wanted.iter().map(|c| c * c).sum();
    let squared_error: f64 = pairs().map(|(c, d)| (c - d.to_f64()).powi(2)).sum();
    let multiplications = trained.map_or(0, |affine| affine.coefficient.len());
    let adders = |(c, b): (&Dyadic, &Dyadic)| match count(*c) {
        0 => 0,
        digits => digits - 1 + usize::from(!b.is_zero()),
    };
    LayerReport {
        weights: trained.map_or(0, |affine| affine.coefficient.len() + affine.bias.len()),
        relative_error: Some(relative(squared_error, squared_norm)),
        squared_norm,
        zeros: affine.coefficient.iter().filter(|c| c.is_zero()).count(),
        multiplications_per_pixel: multiplications,
        multiplications_per_window: multiplications * pixels,
        signed_digits: affine.coefficient.iter().map(|&c| count(c)).sum(),
        adders: affine.coefficient.iter().zip(&affine.bias).map(adders).sum(),
        shifts: shifts(&affine.coefficient),
        ..blank(name, Kind::Affine)
    }
}

/// A curve's segments share one datapath: the adders of its longest slope, and one for the offset.
pub(crate) fn curve_report(
    name: &str,
    function: Function,
    curve: &PiecewiseLinear,
    maps: usize,
) -> LayerReport {
    let longest = curve.segments.iter().map(|s| count(s.slope)).max().unwrap_or(0);
    let offset = curve.segments.iter().any(|s| !s.offset.is_zero());
    let slopes: Vec<Dyadic> = curve.segments.iter().map(|s| s.slope).collect();
    LayerReport {
        max_error: Some(max_error(function, curve)),
        signed_digits: slopes.iter().map(|&slope| count(slope)).sum(),
        adders: maps * (longest.saturating_sub(1) + usize::from(offset)),
        shifts: shifts(&slopes),
        ..blank(name, Kind::Activation)
    }
}

pub(crate) fn total(layers: &[LayerReport]) -> Total {
    let sum = |of: fn(&LayerReport) -> usize| layers.iter().map(of).sum::<usize>();
    let squared_norm: f64 = layers.iter().map(|layer| layer.squared_norm).sum();
    let squared_error =
        layers.iter().map(|layer| layer.relative_error.map_or(0.0, |e| e * e * layer.squared_norm)).sum();
    Total {
        weights: sum(|layer| layer.weights),
        relative_error: relative(squared_error, squared_norm),
        zeros: sum(|layer| layer.zeros),
        multiplications_per_window: sum(|layer| layer.multiplications_per_window),
        multiplications_per_pixel: sum(|layer| layer.multiplications_per_pixel),
        signed_digits: sum(|layer| layer.signed_digits),
        adders: sum(|layer| layer.adders),
        shifts: sum(|layer| layer.shifts),
    }
}

fn blank(name: &str, kind: Kind) -> LayerReport {
    LayerReport {
        name: name.to_owned(),
        kind,
        weights: 0,
        relative_error: None,
        squared_norm: 0.0,
        max_error: None,
        zeros: 0,
        multiplications_per_pixel: 0,
        multiplications_per_window: 0,
        signed_digits: 0,
        adders: 0,
        shifts: 0,
        solver: None,
        stop: StopReason::Optimal,
    }
}

/// The square root of a ratio of squares; zero of nothing is nothing.
fn relative(squared_error: f64, squared_norm: f64) -> f64 {
    if squared_norm > 0.0 { (squared_error / squared_norm).sqrt() } else { 0.0 }
}

fn shifts<'a>(weights: impl IntoIterator<Item = &'a Dyadic>) -> usize {
    weights.into_iter().map(|w| w.signed_digits().iter().filter(|(_, exponent)| *exponent != 0).count()).sum()
}
