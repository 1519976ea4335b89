//! How far the values of a network reach on sample inputs.
//!
//! A wire of few bits either covers rare large values or resolves small ones. For a reach of `2^k` the squared error is what
//! is cut off beyond it plus a rounding error of a twelfth of a squared step for every value; both follow from three
//! sums per octave, so one pass over the samples serves all `k`.

use std::collections::BTreeMap;

use lacuna_approximation::{ApproxNetwork, PiecewiseLinear, Segment, Symmetry};
use lacuna_network::{Dyadic, Layer, Source};
use ndarray::{Array3, ArrayView3};

use crate::quantize::reach_of_curves;
use crate::{Config, Error};

/// Octaves below and above one that are told apart.
const OCTAVES: i32 = 40;

/// More inputs than this say little new: so many, evenly spread, are looked at.
const INPUTS: usize = 64;

/// How far the values of the layers need to reach that have no end by themselves, for [`Config::reach`]: those of
/// activations like ReLU, and of affine layers that no saturating curve follows. A value that no convolution
/// reads (a result, what a curve is applied to, a branch on its way to a sum) has [`Config::preactivation_bits`].
///
/// # Errors
/// An input does not fit the network.
pub fn reaches(
    network: &ApproxNetwork,
    config: &Config,
    inputs: &[Array3<f32>],
) -> Result<BTreeMap<String, f64>, Error> {
    let reach = |(index, bits, only_positive): (usize, u32, bool), ranges: &Ranges| {
        Some((network.nodes()[index].name.clone(), ranges.reach(index, bits, only_positive)?))
    };
    let open: Vec<(usize, u32, bool)> =
        (0..network.nodes().len()).filter_map(|index| open_end(network, index, config)).collect();
    if open.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ranges = Ranges::observe(network, inputs)?;
    Ok(open.into_iter().filter_map(|node| reach(node, &ranges)).collect())
}

/// Where a node's values have no end by themselves: its bits, and whether negative values do not matter.
fn open_end(network: &ApproxNetwork, index: usize, config: &Config) -> Option<(usize, u32, bool)> {
    match &network.nodes()[index].layer {
        Layer::Activation(curve) => {
            let is_open = curve.segments.last().is_some_and(|last| !last.slope.is_zero())
                || curve.symmetry == Symmetry::None
                    && curve.segments.first().is_some_and(|first| !first.slope.is_zero());
            is_open.then_some((index, config.activation_bits, false))
        }
        Layer::Affine(_) if reach_of_curves(network, index).is_none() => {
            let only_positive = !network.consumers(Source::Node(index)).is_empty()
                && !feeds(network, index, |layer| !is_flat_below_zero(layer));
            Some((index, bits_of_affine(network, index, config), only_positive))
        }
        _ => None,
    }
}

/// The bits of an affine layer whose values have no end: those of an activation where a convolution reads them.
pub(crate) fn bits_of_affine(network: &ApproxNetwork, index: usize, config: &Config) -> u32 {
    if network.nodes()[index].inputs == [Source::Input] {
        // Pixels made ready for the network lose nothing by it.
        return config.preactivation_bits;
    }
    let is_read = feeds(network, index, |layer| matches!(layer, Layer::Conv2d(_) | Layer::Affine(_)));
    if is_read { config.activation_bits } else { config.preactivation_bits }
}

/// Whether some layer that reads the node's value, directly or through pools and concatenations, is such a layer.
fn feeds(
    network: &ApproxNetwork,
    index: usize,
    is_such: impl Fn(&Layer<Dyadic, PiecewiseLinear>) -> bool + Copy,
) -> bool {
    network.consumers(Source::Node(index)).into_iter().any(|reader| match &network.nodes()[reader].layer {
        Layer::SumPool(_) | Layer::MaxPool(_) | Layer::Concat => feeds(network, reader, is_such),
        layer => is_such(layer),
    })
}

/// Whether the layer makes the same of all negative values.
fn is_flat_below_zero(layer: &Layer<Dyadic, PiecewiseLinear>) -> bool {
    let Layer::Activation(curve) = layer else { return false };
    let flat =
        |(n, segment): (usize, &Segment)| segment.slope.is_zero() || curve.segments[n].start.to_f64() >= 0.0;
    curve.symmetry == Symmetry::None
        && curve.segments.first().is_some_and(|first| first.slope.is_zero())
        && curve.segments.iter().enumerate().all(flat)
}

/// What the values of every node look like.
#[derive(Clone, Debug)]
struct Ranges {
    /// Per node the positive and the negative values.
    nodes: Vec<[Octaves; 2]>,
}

/// Number, sum and sum of squares of the magnitudes in each octave `2^(o - 40) <= |x| < 2^(o - 39)`.
#[derive(Clone, Debug)]
struct Octaves {
    sums: Vec<[f64; 3]>,
}

impl Ranges {
    /// Runs the network on some of the inputs.
    fn observe(network: &ApproxNetwork, inputs: &[Array3<f32>]) -> Result<Self, Error> {
        let blank = || Octaves { sums: vec![[0.0; 3]; 2 * OCTAVES as usize + 1] };
        let mut nodes: Vec<[Octaves; 2]> = network.nodes().iter().map(|_| [blank(), blank()]).collect();
        for input in inputs.iter().step_by(inputs.len().div_ceil(INPUTS).max(1)) {
            let values = network.run_all(input).map_err(|e| Error::Image(e.to_string()))?;
            for (sides, value) in nodes.iter_mut().zip(&values) {
                take(sides, value.view());
            }
        }
        Ok(Self { nodes })
    }

    /// The power of two that a wire of `bits` bits (the sign included) should reach at a node, for the least squared error;
    /// `None` where nothing was seen but zeros. Where `only_positive`, nobody looks at the negative values.
    fn reach(&self, node: usize, bits: u32, only_positive: bool) -> Option<f64> {
        let [positive, negative] = &self.nodes[node];
        let sides = if only_positive { vec![positive] } else { vec![positive, negative] };
        let count: f64 = sides.iter().flat_map(|side| &side.sums).map(|[count, ..]| count).sum();
        let highest =
            sides.iter().filter_map(|side| side.sums.iter().rposition(|[count, ..]| *count > 0.0)).max()?;
        let error = |octave: usize| {
            let reach = reach_of(octave);
            let beyond = sides.iter().flat_map(|side| &side.sums[octave + 1..]);
            let cut: f64 =
                beyond.map(|[n, sum, squares]| squares - 2.0 * reach * sum + n * reach * reach).sum();
            let step = reach * f64::from(1 - bits as i32).exp2();
            cut + count * step * step / 12.0
        };
        let best = (0..=highest).min_by(|&a, &b| error(a).total_cmp(&error(b)))?;
        Some(reach_of(best))
    }
}

/// The upper end of an octave.
fn reach_of(octave: usize) -> f64 {
    f64::from(octave as i32 - OCTAVES + 1).exp2()
}

fn take(sides: &mut [Octaves; 2], values: ArrayView3<'_, f32>) {
    for &value in values {
        let magnitude = f64::from(value.abs());
        if magnitude > 0.0 {
            let octave = (magnitude.log2().floor() as i32).clamp(-OCTAVES, OCTAVES) + OCTAVES;
            let [count, sum, squares] = &mut sides[usize::from(value < 0.0)].sums[octave as usize];
            *count += 1.0;
            *sum += magnitude;
            *squares += magnitude * magnitude;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(values: &[f32]) -> Ranges {
        let blank = || Octaves { sums: vec![[0.0; 3]; 2 * OCTAVES as usize + 1] };
        let mut sides = [blank(), blank()];
        let values = Array3::from_shape_vec((1, 1, values.len()), values.to_vec()).unwrap();
        take(&mut sides, values.view());
        Ranges { nodes: vec![sides] }
    }

    /// The error of rounding to steps and cutting off, value by value.
    fn error(values: &[f32], reach: f64, bits: u32) -> f64 {
        let step = reach * f64::from(1 - bits as i32).exp2();
        values.iter().map(|&v| (f64::from(v).abs() - reach).max(0.0).powi(2) + step * step / 12.0).sum()
    }

    #[test]
    fn the_reach_has_the_least_error_of_all_powers_of_two() {
        let mut state = 1_u64;
        for bits in [3, 4, 8] {
            // Long tails: a few values are far out.
            let values: Vec<f32> = (0..2000)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let uniform = (state >> 40) as f32 / (1 << 24) as f32 - 0.5;
                    uniform.powi(5) * 300.0
                })
                .collect();
            let found = ranges(&values).reach(0, bits, false).unwrap();
            let least = (-20..20)
                .map(|k| f64::from(k).exp2())
                .min_by(|&a, &b| error(&values, a, bits).total_cmp(&error(&values, b, bits)));
            assert_eq!(Some(found), least, "{bits} bits");
        }
    }

    #[test]
    fn zeros_and_ignored_values_ask_for_nothing() {
        assert_eq!(ranges(&[0.0, 0.0]).reach(0, 8, false), None);
        assert_eq!(ranges(&[-3.0]).reach(0, 8, true), None);
        assert_eq!(ranges(&[-3.0, 0.25]).reach(0, 8, true), Some(0.25));
        assert_eq!(ranges(&[-3.0, 0.25]).reach(0, 8, false), Some(4.0));
        assert!(ranges(&[f32::MAX, f32::MIN_POSITIVE]).reach(0, 8, false).is_some());
    }
}
