//! The figures of a report, read off the trained and the approximated network.

use std::collections::BTreeMap;

use lacuna_network::{Affine, Conv2d, Dyadic, Function, Layer, Pool, Source, TrainedNetwork};
use ndarray::Axis;

use crate::choices::settings;
use crate::data::output_error::OutputErrors;
use crate::kernels::signed_digits::count;
use crate::network::canonical::{Destination, destination};
use crate::reports::report::{Kind, LayerReport, LevelCount, Note, Report, StopReason, Total};
use crate::{ApproxNetwork, Config, PiecewiseLinear, Segment, Solver, max_error};

/// The report of an approximated network.
pub(crate) fn report(
    trained: &TrainedNetwork,
    network: &ApproxNetwork,
    config: &Config,
    notes: &[Option<Note>],
    errors: Option<&OutputErrors>,
) -> Report {
    let window = trained.field_of_view().window;
    let shapes = trained.shapes(window.height, window.width).unwrap_or_default();
    let pixels = |index: usize| shapes.get(index).map_or(0, |shape| shape.height * shape.width);
    let mut layers = Vec::with_capacity(network.nodes().len());
    for (place, node) in network.nodes().iter().enumerate() {
        let origin = trained.nodes().iter().position(|other| other.name == node.name);
        let maps = network.maps(Source::Node(place));
        let mut layer = match (&node.layer, origin.map(|n| (n, &trained.nodes()[n].layer))) {
            (Layer::Conv2d(conv), Some((n, Layer::Conv2d(from)))) => {
                let own = settings::of_layer(config, &node.name);
                let set = (own.solver != Solver::Keep).then(|| own.set.values().len());
                let mut layer = conv_report(from, conv, set);
                (layer.squared_norm, layer.relative_error) = unit_error(trained, network, n, place);
                layer.output_error = errors.and_then(|errors| errors.of_layer(n));
                if let Some(Some(note)) = notes.get(n) {
                    (layer.solver, layer.stop, layer.gap) = (Some(note.solver), note.stop, note.gap);
                }
                layer
            }
            (Layer::Affine(affine), Some((n, Layer::Affine(from)))) => {
                affine_report(affine, Some(from), takes_up_a_scale(trained, n))
            }
            (Layer::Affine(affine), _) => affine_report(affine, None, true),
            (Layer::SumPool(pool), _) => pool_report(*pool, maps),
            (Layer::MaxPool(_), _) => blank(Kind::MaxPool),
            (Layer::Add, _) => LayerReport { adders: maps * (node.inputs.len() - 1), ..blank(Kind::Add) },
            (Layer::Concat, _) => blank(Kind::Concat),
            (Layer::Activation(curve), Some((_, Layer::Activation(function)))) => {
                curve_report(function, curve, maps)
            }
            _ => unreachable!("nodes keep their kinds"),
        };
        layer.name.clone_from(&node.name);
        layer.multiplications_per_window = layer.multiplications_per_pixel * origin.map_or(0, pixels);
        layers.push(layer);
    }
    Report { total: total(&layers, errors), layers }
}

/// Whether the trained affine node takes up the scale of some convolution.
fn takes_up_a_scale(trained: &TrainedNetwork, affine: usize) -> bool {
    (0..affine).any(|n| {
        matches!(trained.nodes()[n].layer, Layer::Conv2d(_))
            && matches!(destination(trained, n), Destination::Affine { node, .. } if node == affine)
    })
}

/// Squared norm and relative error of kernels times coefficients.
fn unit_error(
    trained: &TrainedNetwork,
    network: &ApproxNetwork,
    conv: usize,
    place: usize,
) -> (f64, Option<f64>) {
    let (Layer::Conv2d(from), Layer::Conv2d(to)) =
        (&trained.nodes()[conv].layer, &network.nodes()[place].layer)
    else {
        return (0.0, None);
    };
    let (owner, affine) = match destination(trained, conv) {
        Destination::Affine { node, .. } => {
            let name = &trained.nodes()[node].name;
            (Some(node), network.nodes().iter().position(|other| other.name == *name))
        }
        Destination::Inserted => (None, Some(place + 1)),
    };
    let trained_coefficient = |o: usize| match owner.map(|node| &trained.nodes()[node].layer) {
        Some(Layer::Affine(affine)) => f64::from(affine.coefficient[o]),
        _ => 1.0,
    };
    let coefficient = |o: usize| match affine.map(|node| &network.nodes()[node].layer) {
        Some(Layer::Affine(affine)) => affine.coefficient[o].to_f64(),
        _ => 1.0,
    };
    let (mut squared_norm, mut squared_error) = (0.0, 0.0);
    for (o, kernels) in from.kernels_by_map().enumerate() {
        for (k, _) in kernels {
            let pairs = from.kernels.index_axis(Axis(0), k);
            for (w, t) in pairs.iter().zip(to.kernels.index_axis(Axis(0), k)) {
                let wanted = trained_coefficient(o) * f64::from(*w);
                squared_norm += wanted * wanted;
                squared_error += (wanted - coefficient(o) * t.to_f64()).powi(2);
            }
        }
    }
    (squared_norm, Some(relative(squared_error, squared_norm)))
}

fn conv_report(trained: &Conv2d<f32>, conv: &Conv2d<Dyadic>, set: Option<usize>) -> LayerReport {
    let digits = |k: usize| conv.kernels.index_axis(Axis(0), k).iter().map(|&w| count(w)).sum::<usize>();
    let per_map: Vec<usize> =
        conv.kernels_by_map().map(|kernels| kernels.iter().map(|&(k, _)| digits(k)).sum()).collect();
    let mut levels: BTreeMap<(i32, i64), usize> = BTreeMap::new();
    for weight in &conv.kernels {
        *levels.entry((weight.exponent(), weight.mantissa())).or_default() += 1;
    }
    let mut levels: Vec<LevelCount> = levels
        .into_iter()
        .map(|((exponent, mantissa), count)| LevelCount { value: Dyadic::new(mantissa, exponent), count })
        .collect();
    let set = set.unwrap_or(levels.len());
    levels.sort_by(|a, b| a.value.to_f64().total_cmp(&b.value.to_f64()));
    LayerReport {
        weights: trained.kernels.len() + trained.bias.len(),
        zeros: conv.kernels.iter().filter(|w| w.is_zero()).count(),
        levels,
        // A weight of one multiplies nothing.
        multiplications_per_pixel: trained.kernels.iter().filter(|w| w.abs() != 1.0).count(),
        signed_digits: per_map.iter().sum(),
        adders: per_map.iter().map(|&digits| digits.saturating_sub(1)).sum(),
        shifts: shifts(&conv.kernels),
        storage_bits: trained.kernels.len() * set.next_power_of_two().trailing_zeros() as usize,
        ..blank(Kind::Conv)
    }
}

fn pool_report(pool: Pool, maps: usize) -> LayerReport {
    LayerReport { adders: maps * (pool.area() - 1), ..blank(Kind::SumPool) }
}

/// `trained` is `None` for a layer that was inserted to carry a convolution's scale: it replaces no multiplication.
fn affine_report(
    affine: &Affine<Dyadic>,
    trained: Option<&Affine<f32>>,
    takes_up_a_scale: bool,
) -> LayerReport {
    let wanted: Vec<f64> =
        trained.iter().flat_map(|affine| &affine.coefficient).map(|&c| f64::from(c)).collect();
    let squared_norm: f64 = wanted.iter().map(|c| c * c).sum();
    let squared_error: f64 =
        wanted.iter().zip(&affine.coefficient).map(|(c, d)| (c - d.to_f64()).powi(2)).sum();
    let adders = |(c, b): (&Dyadic, &Dyadic)| match count(*c) {
        0 => 0,
        digits => digits - 1 + usize::from(!b.is_zero()),
    };
    LayerReport {
        weights: trained.map_or(0, |affine| affine.coefficient.len() + affine.bias.len()),
        relative_error: (!takes_up_a_scale).then(|| relative(squared_error, squared_norm)),
        squared_norm: if takes_up_a_scale { 0.0 } else { squared_norm },
        zeros: affine.coefficient.iter().filter(|c| c.is_zero()).count(),
        multiplications_per_pixel: wanted.len(),
        signed_digits: affine.coefficient.iter().map(|&c| count(c)).sum(),
        adders: affine.coefficient.iter().zip(&affine.bias).map(adders).sum(),
        shifts: shifts(&affine.coefficient),
        storage_bits: affine.coefficient.iter().chain(&affine.bias).map(bits).sum(),
        ..blank(Kind::Affine)
    }
}

/// A curve's segments share one datapath: the adders of its longest slope, and one for the offset.
fn curve_report(function: &Function, curve: &PiecewiseLinear, maps: usize) -> LayerReport {
    let longest = curve.segments.iter().map(|s| count(s.slope)).max().unwrap_or(0);
    let offset = curve.segments.iter().any(|s| !s.offset.is_zero());
    let slopes: Vec<Dyadic> = curve.segments.iter().map(|s| s.slope).collect();
    LayerReport {
        max_error: Some(max_error(function, curve)),
        signed_digits: slopes.iter().map(|&slope| count(slope)).sum(),
        adders: maps * (longest.saturating_sub(1) + usize::from(offset)),
        shifts: shifts(&slopes),
        storage_bits: curve_bits(curve),
        ..blank(Kind::Activation)
    }
}

/// A table is its constants, all as wide as the widest; of other curves the numbers count that are neither zero nor one.
fn curve_bits(curve: &PiecewiseLinear) -> usize {
    let segments = &curve.segments;
    if segments.iter().all(|s| s.slope.is_zero()) {
        let fraction = segments.iter().map(|s| -s.offset.exponent()).max().unwrap_or(0);
        let magnitude = |s: &Segment| s.offset.to_f64().abs() * f64::from(fraction).exp2();
        let widest = segments.iter().map(magnitude).fold(0.0, f64::max);
        return segments.len() * ((widest + 1.0).log2().ceil() as usize + 1);
    }
    let numbers = segments.iter().flat_map(|s| [s.start, s.slope, s.offset]);
    numbers.filter(|n| !n.is_zero() && n.to_f64().abs() != 1.0).map(|n| bits(&n)).sum()
}

/// Two's complement of the odd part: where its point is costs nothing.
fn bits(number: &Dyadic) -> usize {
    64 - number.mantissa().unsigned_abs().leading_zeros() as usize + 1
}

fn total(layers: &[LayerReport], errors: Option<&OutputErrors>) -> Total {
    let sum = |of: fn(&LayerReport) -> usize| layers.iter().map(of).sum::<usize>();
    let squared_norm: f64 = layers.iter().map(|layer| layer.squared_norm).sum();
    let squared_error =
        layers.iter().map(|layer| layer.relative_error.map_or(0.0, |e| e * e * layer.squared_norm)).sum();
    Total {
        weights: sum(|layer| layer.weights),
        relative_error: relative(squared_error, squared_norm),
        output_error: errors.map(OutputErrors::of_network),
        zeros: sum(|layer| layer.zeros),
        multiplications_per_pixel: sum(|layer| layer.multiplications_per_pixel),
        multiplications_per_window: sum(|layer| layer.multiplications_per_window),
        signed_digits: sum(|layer| layer.signed_digits),
        adders: sum(|layer| layer.adders),
        shifts: sum(|layer| layer.shifts),
        storage_bits: sum(|layer| layer.storage_bits),
    }
}

fn blank(kind: Kind) -> LayerReport {
    LayerReport {
        name: String::new(),
        kind,
        weights: 0,
        relative_error: None,
        squared_norm: 0.0,
        output_error: None,
        max_error: None,
        zeros: 0,
        levels: Vec::new(),
        multiplications_per_pixel: 0,
        multiplications_per_window: 0,
        signed_digits: 0,
        adders: 0,
        shifts: 0,
        storage_bits: 0,
        solver: None,
        stop: StopReason::Optimal,
        gap: None,
    }
}

/// The square root of a ratio of squares; zero of nothing is nothing.
pub(crate) fn relative(squared_error: f64, squared_norm: f64) -> f64 {
    if squared_norm > 0.0 { (squared_error / squared_norm).sqrt() } else { 0.0 }
}

fn shifts<'a>(weights: impl IntoIterator<Item = &'a Dyadic>) -> usize {
    weights.into_iter().map(|w| w.signed_digits().iter().filter(|(_, exponent)| *exponent != 0).count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices::activation_config::{Activation, Table};
    use crate::piecewise_linear;

    #[test]
    fn a_curve_is_stored_as_its_numbers_and_a_table_as_its_constants() {
        let bits = |function, activation: &Activation| curve_bits(&piecewise_linear(function, activation));
        let best = Activation::default();
        assert_eq!(bits(Function::Relu, &best), 0, "nothing but zeros and ones");
        // Its limit twice, as a start and as a height: 5 in two's complement.
        assert_eq!(bits(Function::ClippedRelu { limit: 5.0 }, &best), 2 * 4);
        let table = |table| piecewise_linear(Function::Tanh, &Activation::Table(Table { table }));
        for entries in [16, 64] {
            let segments = table(entries).segments.len();
            // Heights up to one with twelve fraction bits, and a sign.
            assert_eq!(curve_bits(&table(entries)), segments * 14, "{entries}");
        }
    }
}
