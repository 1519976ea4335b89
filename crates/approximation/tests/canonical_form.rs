//! The approximated network against the trained one: the canonical form changes nothing but the rounding.

use lacuna_approximation::{Approximation, Config, Error, Kind, Scale, StopReason, approximate};
use lacuna_network::{Conv2d, Dyadic, Function, Layer, Network, Node, Pool, Sliding, Source, TrainedNetwork};
use ndarray::{Array1, Array3, Axis};

mod networks;
use networks::{Numbers, affine, chain, conv, face_finder};

fn config(yaml: &str) -> Config {
    serde_yaml::from_str(yaml).unwrap()
}

fn image(maps: usize, height: usize, width: usize) -> Array3<f64> {
    let mut numbers = Numbers(9);
    Array3::from_shape_simple_fn((maps, height, width), || f64::from(numbers.next()))
}

/// The approximated network with the trained activation functions put back.
fn with_functions(approximation: &Approximation) -> Network<Dyadic, Function> {
    let nodes = approximation.network.nodes().iter().map(|node| Node {
        name: node.name.clone(),
        inputs: node.inputs.clone(),
        layer: match &node.layer {
            Layer::Conv2d(conv) => Layer::Conv2d(conv.clone()),
            Layer::SumPool(pool) => Layer::SumPool(*pool),
            Layer::MaxPool(pool) => Layer::MaxPool(*pool),
            Layer::Add => Layer::Add,
            Layer::Concat => Layer::Concat,
            Layer::Affine(affine) => Layer::Affine(affine.clone()),
            Layer::Activation(_) => Layer::Activation(Function::Tanh),
        },
    });
    Network::new(approximation.network.input_maps(), nodes.collect()).unwrap()
}

/// Replaces all kernels by `g · ρ · T` with `T` in `k/8 |k|<=16`, so that they can be had exactly: `ρ` per kernel, `g` per
/// map or per layer, as the scale asks. Each `T` begins with 2 and 1/8, which leaves no other scale to be had.
fn representable(network: &TrainedNetwork, scale: Scale) -> TrainedNetwork {
    let numbers = &mut Numbers(3);
    let mut nodes = network.nodes().to_vec();
    for node in &mut nodes {
        let Layer::Conv2d(conv) = &mut node.layer else { continue };
        let (height, width) = conv.kernel_size();
        let mut g = 0.0;
        for (o, kernels) in conv.clone().kernels_by_map().enumerate() {
            if o == 0 || scale != Scale::Layer {
                g = 0.1 + 0.05 * numbers.next();
            }
            for (k, _) in kernels {
                let own = scale == Scale::Kernel && height * width > 1;
                let ratio = if own { [1.0, 0.75, 0.625][k % 3] } else { 1.0 };
                for (i, weight) in conv.kernels.index_axis_mut(Axis(0), k).iter_mut().enumerate() {
                    let levels =
                        [16.0, 1.0].get(i).copied().unwrap_or_else(|| (16.0 * numbers.next()).round());
                    *weight = g * ratio * levels / 8.0;
                }
            }
        }
    }
    Network::new(network.input_maps(), nodes).unwrap()
}

#[test]
fn canonical_form_has_dyadic_kernels_and_no_bias() {
    let trained = face_finder();
    assert_eq!(trained.parameters(), 951);
    let approximation = approximate(&trained, &Config::default()).unwrap();
    let nodes = approximation.network.nodes();
    let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "C1", "S1.sum", "S1", "S1.tanh", "C2", "S2.sum", "S2", "S2.tanh", "N1", "N1.scale", "N1.tanh",
            "N2", "N2.scale", "N2.tanh"
        ]
    );
    for node in nodes {
        match &node.layer {
            Layer::Conv2d(conv) => assert!(conv.bias.iter().all(|b| b.is_zero())),
            Layer::Affine(affine) => {
                assert!(affine.coefficient.iter().all(|c| c.signed_digits().len() <= 4));
                assert!(affine.bias.iter().all(|b| b.fraction_bits() <= 12));
            }
            _ => {}
        }
    }
    assert_eq!(approximate(&trained, &Config::default()).unwrap(), approximation, "twice the same");
}

#[test]
fn kernels_that_the_set_can_say_survive_exactly() {
    let image = image(1, 36, 32);
    let n = &mut Numbers(4);
    let pools = chain(vec![
        ("A", conv(n, vec![vec![0]; 3], (3, 3))),
        ("P", Layer::SumPool(Pool::blocks(2))),
        ("Q", Layer::SumPool(Pool::blocks(3))),
        ("B", affine(n, 3)),
        ("D", affine(n, 3)),
        ("E", conv(n, vec![vec![0, 1, 2], vec![1], vec![0, 2]], (2, 2))),
        ("F", conv(n, vec![vec![0, 1, 2]], (1, 2))),
        ("G", Layer::SumPool(Pool::blocks(2))),
    ]);
    let n = &mut Numbers(5);
    let mut nodes = Vec::new();
    let mut add = |name: &str, layer, source| {
        nodes.push(Node { name: name.to_owned(), layer, inputs: vec![source] });
        Source::Node(nodes.len() - 1)
    };
    let a = add("A", conv(n, vec![vec![0]; 2], (3, 3)), Source::Input);
    let b = add("B", affine(n, 2), a);
    add("side", affine(n, 2), a);
    let p = add("P", Layer::SumPool(Pool::blocks(2)), b);
    add("A.scale", affine(n, 2), p);
    let shared = Network::new(1, nodes).unwrap();
    for scale in [Scale::Kernel, Scale::Map, Scale::Layer] {
        let mut config = config("{ coefficient_digits: 16, bias_fraction_bits: 30 }");
        config.scale = scale;
        for (what, trained) in [("pools", &pools), ("shared", &shared), ("faces", &face_finder())] {
            let trained = representable(trained, scale);
            let approximation = approximate(&trained, &config).unwrap();
            let (float, approx) =
                (trained.run(&image).unwrap(), with_functions(&approximation).run(&image).unwrap());
            let difference = (&float - &approx).fold(0.0_f64, |m, d| m.max(d.abs()));
            assert!(difference < 1e-6, "{what} {scale:?}: {difference}");
        }
    }
}

#[test]
fn reports_count_what_the_method_counts() {
    let report = approximate(&face_finder(), &Config::default()).unwrap().report;
    assert_eq!(report.total.multiplications_per_window, 121_926);
    assert_eq!(report.total.weights, 951);
    let layer = |name: &str| report.layers.iter().find(|layer| layer.name == name).unwrap();
    let c2 = layer("C2");
    assert_eq!((c2.kind, c2.weights, c2.multiplications_per_pixel), (Kind::Conv, 194, 180));
    assert_eq!(c2.stop, StopReason::Bounded, "two kernels under one scale: an alternating search");
    assert!(c2.gap.unwrap() < 0.1, "a scale of its own for each would not be much better: {:?}", c2.gap);
    assert_eq!(layer("C1").stop, StopReason::Optimal);
    assert_eq!(layer("S1.sum").adders, 12);
    assert!(layer("S1.tanh").max_error.unwrap() < 0.01);
    assert_eq!(layer("N1.scale").multiplications_per_window, 0, "it replaces none of the trained network's");
    assert!(report.layers.iter().all(|l| l.relative_error.is_none_or(|e| e < 0.1)));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["layers"][0]["kind"], "conv");
    assert_eq!(json["layers"][0]["solver"], "exact");
}

#[test]
fn the_program_gives_the_same_network() {
    let trained = face_finder();
    let exact = config("{ set: '{0, ±1/2, ±1, ±2}' }");
    let program = config("{ set: '{0, ±1/2, ±1, ±2}', solver: program }");
    let (exact, program) = (approximate(&trained, &exact).unwrap(), approximate(&trained, &program).unwrap());
    assert_eq!(exact.network, program.network);
}

#[test]
fn coarse_sets_and_single_scales_cost_error_and_save_adders() {
    let of = |yaml: &str| approximate(&face_finder(), &config(yaml)).unwrap().report.total;
    let totals = ["{ set: ternary }", "{ set: k/4 |k|<=8 }", "{ set: k/8 |k|<=16 }"].map(of);
    assert!(totals.is_sorted_by(|a, b| a.relative_error > b.relative_error && a.adders < b.adders));
    let scales = ["{ scale: layer }", "{ scale: map }", "{ scale: kernel }"].map(of);
    assert!(scales.is_sorted_by(|a, b| a.relative_error >= b.relative_error));
}

#[test]
fn single_layers_can_be_told_otherwise() {
    let trained = face_finder();
    let mixed = config(
        "layers: { C2: { set: ternary, scale: map }, S2: { coefficient_digits: 1 }, N2.tanh: { activation: plan } }",
    );
    let network = approximate(&trained, &mixed).unwrap().network;
    let node = |name: &str| &network.nodes().iter().find(|node| node.name == name).unwrap().layer;
    let Layer::Conv2d(c2) = node("C2") else { panic!() };
    assert!(c2.kernels.iter().all(|w| w.to_f64().abs() <= 1.0 && w.fraction_bits() == 0));
    let Layer::Affine(s2) = node("S2") else { panic!() };
    assert!(s2.coefficient.iter().all(|c| c.mantissa().abs() == 1));
    let (Layer::Activation(plan), Layer::Activation(best)) = (node("N2.tanh"), node("N1.tanh")) else {
        panic!()
    };
    assert_eq!((plan.segments.len(), best.segments.len()), (4, 6));

    let refuse = |yaml: &str| approximate(&trained, &config(yaml)).unwrap_err().to_string();
    assert!(
        refuse("layers: { C3: { set: ternary } }").contains("`C3`, but the network's layers are C1, S1.sum")
    );
    assert!(refuse("layers: { S1: { set: ternary } }").contains("`set` says nothing about layer `S1`"));
    assert!(refuse("layers: { S1.sum: { activation: plan } }").contains("kind sum_pool"));
}

#[test]
fn faults_of_a_configuration_are_found_where_they_stand() {
    let refuse = |yaml: &str| serde_yaml::from_str::<Config>(yaml).unwrap_err().to_string();
    for (yaml, needles) in [
        ("set: [0, 1, 0.3]", &["set", "0.3 is not dyadic", "line 1"][..]),
        ("\nlayers:\n  C1:\n    set: [0, 0.3]", &["layers.C1.set", "0.3 is not dyadic", "line 4"]),
        ("\nscale: map\nsett: ternary", &["unknown field `sett`", "line 3"]),
        ("set: quaternary", &["names no set", "set"]),
        ("set: {0, ±1}", &["in quotes"]),
        ("scale_digits: 0", &["scale_digits", "between 1 and 16"]),
        ("bias_fraction_bits: 99", &["bias_fraction_bits", "between 0 and 30"]),
        ("activation: relu6", &["activation", "`plan`"]),
        ("activation: { segment: 4 }", &["unknown field `segment`"]),
        ("layers: { C1: { coefficient_digits: 17 } }", &["layers.C1.coefficient_digits", "between 1 and 16"]),
    ] {
        let message = refuse(yaml);
        assert!(needles.iter().all(|needle| message.contains(needle)), "{yaml}: {message}");
    }
    assert_eq!(config("{}"), Config::default());
    let text = serde_yaml::to_string(&Config::default()).unwrap();
    assert_eq!(config(&text), Config::default(), "{text}");
}

#[test]
fn odd_weights_have_right_answers_or_clear_errors() {
    let single = |weights: Vec<f32>, bias: f32| {
        let kernels = Array3::from_shape_vec((1, 1, weights.len()), weights).unwrap();
        let layer = Conv2d {
            kernels,
            connections: vec![vec![0]],
            bias: Array1::from_elem(1, bias),
            sliding: Sliding::plain(),
        };
        chain(vec![("K", Layer::Conv2d(layer))])
    };
    let sets = ["ternary", "k/8 |k|<=16", "'{±1, ±3}'", "[1, 2]", "[-2]", "sums of 2 powers of two"];
    for set in sets {
        for weights in [
            vec![0.0; 4],
            vec![f32::from_bits(1), 0.0, -f32::from_bits(3), 0.0],
            vec![f32::MAX, f32::MIN_POSITIVE, -f32::MAX, 1.0],
            vec![-1.0, -2.0, -0.5, -1.0],
        ] {
            let trained = single(weights.clone(), 0.25);
            let approximation = approximate(&trained, &config(&format!("set: {set}"))).unwrap();
            let output = approximation.network.run(&Array3::<f64>::zeros((1, 1, 4))).unwrap();
            assert_eq!(output[[0, 0, 0]], 0.25, "{set} {weights:?}");
            assert!(approximation.report.total.relative_error <= 1.0, "{set} {weights:?}");
        }
    }
    for bad in [f32::NAN, f32::INFINITY] {
        let fault = approximate(&single(vec![1.0, bad], 0.0), &Config::default()).unwrap_err();
        assert!(matches!(&fault, Error::NotFinite { layer, .. } if layer == "K"), "{fault}");
    }
    let fault = approximate(&single(vec![1.0], 1e30), &Config::default()).unwrap_err().to_string();
    assert!(fault.contains("more than 62 bits with 12 fraction bits"), "{fault}");
}
