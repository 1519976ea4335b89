//! How far the integer network may be from the approximated one, and that it is no further.

mod common;

use common::{Case, Random, quick, random_function, real};
use lacuna_approximation::{Activation, ApproxNetwork, PiecewiseLinear, Symmetry, approximate};
use lacuna_fixed_point::{Config, IntLayer, IntNetwork, expected_reaches, quantize, reaches};
use lacuna_network::{Affine, Conv2d, Function, Layer, Network, Node, Sliding, Source};
use ndarray::{Array3, arr1};

/// An affine layer and an activation behind it, approximated and in integers.
fn scaled_activation(random: &mut Random, coefficient: f32) -> (PiecewiseLinear, IntNetwork) {
    let function = random_function(random);
    let affine = Affine { coefficient: arr1(&[coefficient]), bias: arr1(&[0.0]) };
    let node = |name: &str, layer, source| Node { name: name.to_owned(), layer, inputs: vec![source] };
    let nodes = vec![
        node("a", Layer::Affine(affine), Source::Input),
        node("f", Layer::Activation(function.clone()), Source::Node(0)),
    ];
    let trained = Network::new(1, nodes).expect("two layers are a network");
    let activation = if function == Function::Tanh { Activation::Plan } else { quick().activation };
    let config = lacuna_approximation::Config { activation, ..Default::default() };
    let approximated = approximate(&trained, &config).expect("an activation can be approximated").network;
    let bits = Config {
        activation_bits: random.between(2, 16) as u32,
        preactivation_bits: random.between(2, 14) as u32,
        ..Config::default()
    };
    let network = quantize(&approximated, &bits).expect("a curve fits 62 bits");
    let Layer::Activation(curve) = &approximated.nodes()[1].layer else { panic!("an activation") };
    (curve.clone(), network)
}

/// For every value that can come in: at most half a step from the real curve, or at the end of the range.
#[test]
fn a_curve_is_exact_to_half_a_step() {
    let random = &mut Random::seeded(2);
    for _ in 0..150 {
        let (curve, network) = scaled_activation(random, 8.0);
        let IntLayer::Curve(integer) = &network.nodes()[1].layer else { panic!("a curve") };
        let to_step = f64::from(integer.fraction).exp2();
        let center = match curve.symmetry {
            Symmetry::None => 0.0,
            Symmetry::Odd { center } => center.to_f64() * to_step,
        };
        let (lo, hi) = (integer.clamp.lo as f64, integer.clamp.hi as f64);
        let odd = integer.symmetry != lacuna_fixed_point::Symmetry::None;
        let (from, to) = (network.formats(0)[0], network.formats(1)[0]);
        for x in from.interval.lo..=from.interval.hi {
            let y = integer.apply(x);
            let wanted = curve.at(from.to_real(x)) * to_step;
            // What is saturated on the right is reflected to the left.
            let (lo, hi) = if odd && x < 0 { (2.0 * center - hi, 2.0 * center - lo) } else { (lo, hi) };
            let distance = (y as f64 - wanted.clamp(lo, hi)).abs();
            assert!(distance <= 0.5, "{curve:?} at {x}: {y} instead of {wanted}");
            assert!(to.interval.contains(y));
        }
    }
}

/// What saturation costs: a range that is a power of two is met one step below it.
#[test]
fn saturation_costs_at_most_one_step() {
    let random = &mut Random::seeded(3);
    for _ in 0..100 {
        let (curve, network) = scaled_activation(random, 1.0);
        let pixels = Array3::from_shape_fn((1, 1, 256), |(_, _, x)| x as u8);
        let values = network.run_all(&pixels).expect("a window of one pixel");
        let (from, to) = (network.formats(0)[0], network.formats(1)[0]);
        for (&x, &y) in values[0].iter().zip(&values[1]) {
            let wanted = curve.at(from.to_real(x));
            let steps = (to.to_real(y) - wanted).abs() * f64::from(to.fraction).exp2();
            assert!(steps <= 1.5, "{curve:?} at {x} is {steps} steps away");
        }
    }
}

/// The most that every map of every node can be from the approximated network's value, by what each layer does to an
/// error that comes in and what it adds. `None` where saturation in front of a curve makes the value itself no measure.
fn bounds(approximated: &ApproxNetwork, network: &IntNetwork) -> Vec<Option<Vec<f64>>> {
    let mut errors: Vec<Vec<f64>> = Vec::new();
    for (index, node) in approximated.nodes().iter().enumerate() {
        let read = |source: &Source| match *source {
            Source::Input => vec![0.0; approximated.input_maps()],
            Source::Node(n) => errors[n].clone(),
        };
        let inputs: Vec<Vec<f64>> = node.inputs.iter().map(read).collect();
        let e = &inputs[0];
        // Half a step of rounding, and one where a value saturates just below its range.
        let added = |map: usize| 1.5 * f64::from(-network.formats(index)[map].fraction).exp2();
        errors.push(match &node.layer {
            Layer::Conv2d(conv) => conv
                .kernels_by_map()
                .map(|kernels| {
                    let gain = |k: usize| {
                        conv.kernels
                            .index_axis(ndarray::Axis(0), k)
                            .iter()
                            .map(|w| w.abs().to_f64())
                            .sum::<f64>()
                    };
                    kernels.iter().map(|&(k, input)| gain(k) * e[input]).sum()
                })
                .collect(),
            Layer::SumPool(pool) => e.iter().map(|e| e * pool.area() as f64).collect(),
            Layer::MaxPool(_) => e.clone(),
            Layer::Add => (0..e.len()).map(|m| inputs.iter().map(|e| e[m]).sum()).collect(),
            Layer::Concat => inputs.concat(),
            Layer::Affine(affine) => {
                (0..e.len()).map(|m| affine.coefficient[m].abs().to_f64() * e[m] + added(m)).collect()
            }
            Layer::Activation(curve) => {
                let steepest = curve.segments.iter().map(|s| s.slope.abs().to_f64()).fold(0.0, f64::max);
                let jump = jumps(curve);
                e.iter().enumerate().map(|(m, e)| steepest * e + jump + added(m)).collect()
            }
        });
    }
    let saturates = |index: usize| {
        let readers = approximated.consumers(Source::Node(index));
        let curve = |&n: &usize| matches!(approximated.nodes()[n].layer, Layer::Activation(_));
        matches!(approximated.nodes()[index].layer, Layer::Affine(_)) && readers.iter().any(curve)
    };
    errors.into_iter().enumerate().map(|(index, e)| (!saturates(index)).then_some(e)).collect()
}

/// The sum of the steps that a curve takes between its segments; nothing for a continuous one.
fn jumps(curve: &PiecewiseLinear) -> f64 {
    let pairs = curve.segments.windows(2);
    let step = |pair: &[lacuna_approximation::Segment]| {
        let at =
            |s: &lacuna_approximation::Segment| s.slope.to_f64() * pair[1].start.to_f64() + s.offset.to_f64();
        (at(&pair[1]) - at(&pair[0])).abs()
    };
    pairs.map(step).sum()
}

#[test]
fn the_integer_network_stays_within_its_bound() {
    let mut checked = 0;
    for seed in 0..120 {
        let Case { approximated, network, pixels } = Case::seeded(seed);
        let wanted = approximated.run_all(&real(&pixels)).expect("the image is large enough");
        let values = network.run_all(&pixels).expect("the image is large enough");
        for (n, bound) in bounds(&approximated, &network).into_iter().enumerate() {
            let Some(bound) = bound else { continue };
            for ((map, r, c), &value) in values[n].indexed_iter() {
                let distance = (network.formats(n)[map].to_real(value) - wanted[n][(map, r, c)]).abs();
                let node = &network.nodes()[n].name;
                assert!(
                    distance <= bound[map] + 1e-9,
                    "seed {seed}, {node}: {distance} above {}",
                    bound[map]
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 10_000, "only {checked} values were checked");
}

/// Worst cases of ReLU networks lie far beyond what images give: covering them leaves few steps for these.
#[test]
fn without_inputs_a_relu_network_keeps_its_steps() {
    const MAPS: usize = 8;
    let random = &mut Random::seeded(5);
    let mut nodes = Vec::new();
    for layer in 0..5 {
        let incoming = if layer == 0 { 1 } else { MAPS };
        let scale = 2.0 / (9.0 * incoming as f32).sqrt();
        let conv = Conv2d {
            kernels: Array3::from_shape_simple_fn((MAPS * incoming, 3, 3), || scale * random.weight()),
            connections: vec![(0..incoming).collect(); MAPS],
            bias: arr1(&[0.1; MAPS]),
            sliding: Sliding::plain(),
        };
        let source = if layer == 0 { Source::Input } else { Source::Node(2 * layer - 1) };
        nodes.push(Node { name: format!("c{layer}"), layer: Layer::Conv2d(conv), inputs: vec![source] });
        let (layer, inputs) = (Layer::Activation(Function::Relu), vec![Source::Node(2 * layer)]);
        nodes.push(Node { name: format!("r{}", nodes.len()), layer, inputs });
    }
    let trained = Network::new(1, nodes).expect("ten layers are a network");
    let approximated = approximate(&trained, &quick()).expect("it can be approximated").network;
    // A bright disc on a slope.
    let pixels = Array3::from_shape_fn((1, 24, 24), |(_, y, x)| {
        let inside = y.abs_diff(10).pow(2) + x.abs_diff(13).pow(2) < 40;
        if inside { 230 } else { (20 + 4 * y + 2 * x) as u8 }
    });
    let wanted = approximated.run(&real(&pixels)).expect("the image is large enough");
    let error = |config: &Config| {
        let network = quantize(&approximated, config).expect("it fits 62 bits");
        let values = network.run(&pixels).expect("the image is large enough");
        let got = values.indexed_iter().map(|((map, ..), &v)| network.output_formats()[map].to_real(v));
        let squares = got.zip(&wanted).map(|(got, wanted)| (got - wanted).powi(2)).sum::<f64>();
        (squares / wanted.iter().map(|wanted| wanted.powi(2)).sum::<f64>()).sqrt()
    };
    let mut config = Config::default();
    let all = error(&config);
    config.reach = expected_reaches(&approximated, &config, trained.field_of_view().window)
        .expect("the window gives a result");
    let expected = error(&config);
    assert!(expected < 0.1 && 3.0 * expected < all, "{expected} of the outputs, {all} where all is covered");
}

/// With many bits the two networks are as good as equal, so no format is chosen wrongly.
#[test]
fn many_bits_leave_no_difference() {
    for seed in 0..40 {
        let Case { approximated, pixels, .. } = Case::seeded(seed);
        let config = Config { activation_bits: 22, preactivation_bits: 22, ..Config::default() };
        let network = quantize(&approximated, &config).expect("22 bits leave room");
        let wanted = approximated.run(&real(&pixels)).expect("the image is large enough");
        let values = network.run(&pixels).expect("the image is large enough");
        for ((map, r, c), &value) in values.indexed_iter() {
            let (got, wanted) = (network.output_formats()[map].to_real(value), wanted[(map, r, c)]);
            assert!((got - wanted).abs() < 1e-3 * (1.0 + wanted.abs()), "seed {seed}: {got} and {wanted}");
        }
    }
}

#[test]
fn bits_out_of_range_are_refused() {
    let Case { approximated, .. } = Case::seeded(0);
    for (activation_bits, preactivation_bits, message) in [
        (1, 12, "`activation_bits: 1` is out of range: it must be 2 to 24"),
        (8, 25, "`preactivation_bits: 25` is out of range: it must be 2 to 24"),
    ] {
        let refused =
            quantize(&approximated, &Config { activation_bits, preactivation_bits, ..Config::default() });
        assert_eq!(refused.expect_err("the bits are out of range").to_string(), message);
    }
}

#[test]
fn values_without_an_end_reach_as_far_as_was_seen() {
    let affine = Affine { coefficient: arr1(&[4.0]), bias: arr1(&[0.0]) };
    let node = |name: &str, layer, source| Node { name: name.to_owned(), layer, inputs: vec![source] };
    let nodes = vec![
        node("a", Layer::Affine(affine), Source::Input),
        node("f", Layer::Activation(Function::Relu), Source::Node(0)),
    ];
    let trained = Network::new(1, nodes).expect("two layers are a network");
    let approximated = approximate(&trained, &quick()).expect("a ReLU is dyadic").network;
    let mut config = Config::default();
    let wide = quantize(&approximated, &config).expect("it fits 62 bits");
    assert_eq!(wide.formats(1)[0].fraction, 5, "all that can occur: up to 4");

    // Nothing above 0.4 is seen, and what lies below zero does not matter to a ReLU.
    let seen = [0.1, -0.9].map(|pixel| Array3::from_elem((1, 1, 1), pixel));
    config.reach = reaches(&approximated, &config, &seen).expect("the inputs fit");
    assert_eq!((config.reach["a"], config.reach["f"]), (0.5, 0.5));
    let narrow = quantize(&approximated, &config).expect("it fits 62 bits");
    assert_eq!(narrow.formats(1)[0].fraction, 8, "eight bits for half the unit, the sign included");
    let run = |pixel: u8| narrow.run(&Array3::from_elem((1, 1, 1), pixel)).expect("one pixel")[(0, 0, 0)];
    assert_eq!([run(0), run(128), run(136), run(255)], [0, 0, 64, 127], "beyond its reach a value saturates");

    config.reach.insert("g".to_owned(), 1.0);
    let fault = quantize(&approximated, &config).expect_err("there is no g").to_string();
    assert!(fault.contains("`reach` names `g`"), "{fault}");
}
