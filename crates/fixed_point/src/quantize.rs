//! From dyadic weights to integers: choosing the formats.

use std::collections::BTreeMap;

use lacuna_approximation::{ApproxNetwork, PiecewiseLinear};
use lacuna_network::{Affine, Conv2d, Dyadic, Layer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::curve::{IntCurve, IntSegment, Symmetry};
use crate::ranges::bits_of_affine;
use crate::{Error, Format, IntConv2d, IntLayer, IntNetwork, IntNode, Interval, Rescale, Source};

/// Bit widths: the `fixed_point` section of a project file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "keys such as `activation_bits: 8`")]
pub struct Config {
    /// Bits of an activation, the sign included: between 2 and 24.
    #[serde(deserialize_with = "bits")]
    pub activation_bits: u32,
    /// Bits of the value a curve is applied to, the sign included: between 2 and 24.
    #[serde(deserialize_with = "bits")]
    pub preactivation_bits: u32,
    /// How far from zero the values of a layer need to reach; what lies beyond saturates. Where a layer is not named, all
    /// that can occur is covered; [`crate::reaches`] finds these from sample inputs, [`crate::expected_reaches`] without.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "reach")]
    pub reach: BTreeMap<String, f64>,
}

/// The narrowest and the widest wire that can be asked for.
const BITS: [u32; 2] = [2, 24];

fn bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let [least, most] = BITS.map(|bits| bits as usize);
    lacuna_network::whole_number(deserializer, least, most).map(|bits| bits as u32)
}

fn reach<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
    let reach = BTreeMap::<String, f64>::deserialize(deserializer)?;
    match reach.iter().find(|(_, value)| !(1e-9..=1e9).contains(*value)) {
        Some((name, value)) => Err(serde::de::Error::custom(format_args!(
            "`{name}: {value}` is out of range: it must be 1e-9 to 1e9"
        ))),
        None => Ok(reach),
    }
}

impl Default for Config {
    /// Eight-bit activations, twelve bits before a curve.
    fn default() -> Self {
        Self { activation_bits: 8, preactivation_bits: 12, reach: BTreeMap::new() }
    }
}

/// Chooses the formats and makes every constant an integer.
///
/// Weights are exact (they are dyadic). A rescaling in front of a curve covers the inputs for which the curve is not
/// constant, with [`Config::preactivation_bits`]; any other rescaling covers all values that can occur, with
/// [`Config::activation_bits`]. A curve's result covers all values of the curve with [`Config::activation_bits`], where
/// a value that is just a power of two (the 1 of a tanh) saturates one step below it.
///
/// # Errors
/// A bit width out of range, a layer that is not in the approximation's canonical form, or a value above 62 bits.
pub fn quantize(network: &ApproxNetwork, config: &Config) -> Result<IntNetwork, Error> {
    if let Some(name) =
        config.reach.keys().find(|name| network.nodes().iter().all(|node| node.name != **name))
    {
        return Err(Error::UnknownLayer(name.clone()));
    }
    for (key, got) in
        [("activation_bits", config.activation_bits), ("preactivation_bits", config.preactivation_bits)]
    {
        let [lo, hi] = BITS;
        if !(lo..=hi).contains(&got) {
            return Err(Error::Bits { key, got, lo, hi });
        }
    }
    let mut done = IntNetwork::without_nodes(network.input_maps());
    for (index, node) in network.nodes().iter().enumerate() {
        let incoming: Vec<Vec<Format>> =
            node.inputs.iter().map(|&source| done.source_formats(source)).collect();
        let layer = integer_layer(network, index, &incoming, config)
            .map_err(|problem| Error::Form { layer: node.name.clone(), problem })?;
        done.push(IntNode { name: node.name.clone(), inputs: node.inputs.clone(), layer })?;
    }
    done.finish()
}

fn integer_layer(
    network: &ApproxNetwork,
    index: usize,
    inputs: &[Vec<Format>],
    config: &Config,
) -> Result<IntLayer, String> {
    let incoming = &inputs[0];
    let reach = config.reach.get(&network.nodes()[index].name).copied();
    Ok(match &network.nodes()[index].layer {
        Layer::Conv2d(conv) => IntLayer::Conv2d(integer_kernels(conv)?),
        Layer::SumPool(pool) => IntLayer::SumPool(*pool),
        Layer::MaxPool(pool) => IntLayer::MaxPool(*pool),
        Layer::Affine(affine) => {
            let full = full_reach(affine, incoming);
            let (bits, reach) = match (reach_of_curves(network, index), reach) {
                (Some(reach), _) => (config.preactivation_bits, reach),
                (None, None) => (config.activation_bits, full),
                (None, Some(reach)) => (bits_of_affine(network, index, config), reach.min(full)),
            };
            IntLayer::Rescale(rescale(affine, incoming, bits, reach)?)
        }
        Layer::Activation(curve) => {
            IntLayer::Curve(integer_curve(curve, incoming, config.activation_bits, reach)?)
        }
        Layer::Add => IntLayer::Add { shifts: alignment(inputs)? },
        Layer::Concat => IntLayer::Concat { shifts: alignment(inputs)? },
    })
}

/// The shifts that give all inputs the fraction bits of the finest.
fn alignment(inputs: &[Vec<Format>]) -> Result<Vec<u32>, String> {
    let of_input = |formats: &Vec<Format>| formats.first().map_or(0, |f| f.fraction);
    let finest = inputs.iter().map(of_input).max().unwrap_or(0);
    let shift =
        |formats| u32::try_from(finest - of_input(formats)).map_err(|_| "its inputs do not align".to_owned());
    inputs.iter().map(shift).collect()
}

/// How far from zero the curves that read a node still change, if curves are all that reads it.
pub(crate) fn reach_of_curves(network: &ApproxNetwork, index: usize) -> Option<f64> {
    let curve = |reader: usize| match &network.nodes()[reader].layer {
        Layer::Activation(curve) => Some(curve),
        _ => None,
    };
    let curves: Option<Vec<&PiecewiseLinear>> =
        network.consumers(Source::Node(index)).into_iter().map(curve).collect();
    curves.filter(|curves| !curves.is_empty()).and_then(|curves| active_reach(&curves))
}

fn integer_kernels(conv: &Conv2d<Dyadic>) -> Result<IntConv2d, String> {
    if conv.bias.iter().any(|b| !b.is_zero()) {
        return Err("its bias should have been moved into the affine layer behind it".to_owned());
    }
    let mut kernels = ndarray::Array3::zeros(conv.kernels.dim());
    let mut fraction = Vec::with_capacity(conv.connections.len());
    for inputs in conv.kernels_by_map() {
        let weights =
            || inputs.iter().flat_map(|&(k, _)| conv.kernels.index_axis(ndarray::Axis(0), k).into_iter());
        // The largest power of two that divides all weights of the map: what remains are the smallest integers.
        let bits = weights().filter(|w| !w.is_zero()).map(|w| -w.exponent()).max().unwrap_or(0);
        for &(k, _) in &inputs {
            for (at, weight) in conv.kernels.index_axis(ndarray::Axis(0), k).indexed_iter() {
                kernels[(k, at.0, at.1)] =
                    weight.to_integer(bits).ok_or_else(|| format!("weight {weight} does not fit 63 bits"))?;
            }
        }
        fraction.push(bits);
    }
    Ok(IntConv2d { kernels, connections: conv.connections.clone(), fraction, sliding: conv.sliding })
}

/// How far from zero the curves still change: beyond it they may as well be fed a saturated value.
fn active_reach(curves: &[&PiecewiseLinear]) -> Option<f64> {
    curves
        .iter()
        .map(|curve| {
            let last = curve.segments.last()?;
            let first = curve.segments.first()?;
            let flat_below = match curve.symmetry {
                lacuna_approximation::Symmetry::Odd { .. } => true,
                lacuna_approximation::Symmetry::None => first.slope.is_zero() && curve.segments.len() > 1,
            };
            let below = curve.segments.get(1).map_or(0.0, |s| s.start.to_f64().abs());
            (last.slope.is_zero() && flat_below).then(|| last.start.to_f64().abs().max(below))
        })
        .try_fold(0.0, |reach: f64, r| r.map(|r| reach.max(r)))
}

/// The largest magnitude an affine layer can put out.
fn full_reach(affine: &Affine<Dyadic>, incoming: &[Format]) -> f64 {
    incoming
        .iter()
        .enumerate()
        .map(|(m, f)| {
            let (a, b) = (affine.coefficient[m].to_f64(), affine.bias[m].to_f64());
            let ends = [f.interval.lo, f.interval.hi].map(|v| (a * f.to_real(v) + b).abs());
            ends[0].max(ends[1])
        })
        .fold(0.0, f64::max)
}

/// The most fraction bits with which `bits` bits still reach `reach` (exactly or one step short of it).
fn fraction_for(reach: f64, bits: u32) -> i32 {
    let whole = if reach > 0.0 { reach.log2().ceil() as i32 } else { 0 };
    bits as i32 - 1 - whole
}

fn rescale(affine: &Affine<Dyadic>, incoming: &[Format], bits: u32, reach: f64) -> Result<Rescale, String> {
    let fraction = fraction_for(reach, bits);
    let mut rescale = Rescale {
        multiplier: Vec::new(),
        bias: Vec::new(),
        shift: Vec::new(),
        clamp: Interval::symmetric((1 << (bits - 1)) - 1),
        fraction,
    };
    for (m, format) in incoming.iter().enumerate() {
        let (coefficient, bias) = (affine.coefficient[m], affine.bias[m]);
        // The product is exact with `inner` fraction bits; it is widened where the bias or the result has more.
        let exact = format.fraction - if coefficient.is_zero() { 0 } else { coefficient.exponent() };
        let inner = exact.max(fraction).max(bias.fraction_bits());
        let wide = |value: Dyadic, at: i32| {
            value.to_integer(at).ok_or_else(|| {
                format!(
                    "{value} does not fit 63 bits with {at} fraction bits: scale the weights of the network"
                )
            })
        };
        rescale.multiplier.push(wide(coefficient, inner - format.fraction)?);
        rescale.bias.push(wide(bias, inner)?);
        rescale.shift.push((inner - fraction) as u32);
    }
    Ok(rescale)
}

/// `observed` is how far the results need to reach, where that is known.
fn integer_curve(
    curve: &PiecewiseLinear,
    incoming: &[Format],
    bits: u32,
    observed: Option<f64>,
) -> Result<IntCurve, String> {
    let from = incoming.first().ok_or("it has no input maps")?.fraction;
    if incoming.iter().any(|f| f.fraction != from) {
        return Err("its input maps have different fraction bits".to_owned());
    }
    let reach = incoming
        .iter()
        .flat_map(|f| curve_extremes(curve, f.to_real(f.interval.lo), f.to_real(f.interval.hi)))
        .fold(0.0, f64::max);
    let reach = observed.map_or(reach, |observed| observed.min(reach));
    let fraction = fraction_for(reach, bits);
    let top = (1_i64 << (bits - 1)) - 1;
    let slope_bits = curve.segments.iter().map(|s| s.slope.fraction_bits()).max().unwrap_or(0);
    let offset_bits = curve.segments.iter().map(|s| s.offset.fraction_bits()).max().unwrap_or(0);
    let inner = (from + slope_bits).max(offset_bits).max(fraction);
    let wide = |value: Dyadic, at: i32| {
        value.to_integer(at).ok_or_else(|| format!("{value} of its curve does not fit 63 bits"))
    };
    let segments: Result<Vec<IntSegment>, String> = curve
        .segments
        .iter()
        .map(|s| {
            Ok(IntSegment {
                start: integer_start(s.start, from),
                slope: wide(s.slope, inner - from)?,
                offset: wide(s.offset, inner)?,
            })
        })
        .collect();
    let symmetry = match curve.symmetry {
        lacuna_approximation::Symmetry::None => Symmetry::None,
        lacuna_approximation::Symmetry::Odd { center } => Symmetry::Odd { center: wide(center, fraction)? },
    };
    let mut segments = segments?;
    // On a coarse input grid two pieces can start at the same integer: the later one holds from there. The first piece of
    // a curve without symmetry is still needed for what lies below.
    if let (Symmetry::None, [first, second, ..]) = (symmetry, segments.as_mut_slice()) {
        first.start = first.start.min(second.start - 1);
    }
    segments.dedup_by(|later, earlier| {
        let same = later.start == earlier.start;
        if same {
            *earlier = *later;
        }
        same
    });
    Ok(IntCurve {
        symmetry,
        segments,
        shift: (inner - fraction) as u32,
        clamp: Interval::symmetric(top),
        fraction,
    })
}

/// The least integer `n` with `n / 2^fraction >= start`.
fn integer_start(start: Dyadic, fraction: i32) -> i64 {
    start.to_integer(fraction).unwrap_or_else(|| (start.to_f64() * f64::from(fraction).exp2()).ceil() as i64)
}

/// Magnitudes of a curve at the ends of an interval and at its own corners inside it.
fn curve_extremes(curve: &PiecewiseLinear, lo: f64, hi: f64) -> Vec<f64> {
    use lacuna_network::Curve;
    let corners = curve.segments.iter().flat_map(|s| [s.start.to_f64(), -s.start.to_f64()]);
    corners.filter(|x| (lo..=hi).contains(x)).chain([lo, hi]).map(|x| curve.apply(x).abs()).collect()
}
