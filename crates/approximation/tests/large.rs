//! Networks that are too large for moments of every map: one pass, on any graph, the same on any number of threads.

use lacuna_approximation::{Approximation, Calibration, Config, Method, approximate, approximate_with_data};
use lacuna_network::{
    Affine, Conv2d, Function, Layer, Network, Node, Padding, Pool, Sliding, Source, TrainedNetwork,
};
use ndarray::{Array1, Array3};

mod networks;
use networks::{Numbers, numbers};

fn conv(n: &mut Numbers, maps: usize, inputs: usize, side: usize, sliding: Sliding) -> Layer<f32, Function> {
    let spread = (3.0 / (inputs * side * side) as f32).sqrt();
    Layer::Conv2d(Conv2d {
        kernels: Array3::from_shape_simple_fn((maps * inputs, side, side), || spread * n.next()),
        connections: vec![(0..inputs).collect(); maps],
        bias: Array1::from_shape_simple_fn(maps, || 0.1 * n.next()),
        sliding,
    })
}

/// Strides, padding, dilation, maxima, sums of blocks with their affine layer, branches added and joined.
fn large(seed: u64) -> TrainedNetwork {
    let n = &mut numbers(seed);
    let padded =
        |stride: usize, side: usize| Sliding { padding: Padding::all(side), ..Sliding::strided([stride; 2]) };
    let dilated = Sliding { dilation: [2, 2], padding: Padding::all(2), ..Sliding::plain() };
    let relu = || Layer::Activation(Function::Relu);
    let affine = Affine { coefficient: Array1::from_elem(16, 0.25), bias: Array1::from_elem(16, 0.05) };
    let from = |n: usize| vec![Source::Node(n)];
    let nodes = vec![
        ("a", conv(n, 16, 2, 5, padded(2, 2)), vec![Source::Input]),
        ("a.relu", relu(), from(0)),
        ("a.pool", Layer::MaxPool(Pool { size: [3, 3], sliding: Sliding::strided([2, 2]) }), from(1)),
        ("b", conv(n, 16, 16, 3, padded(1, 1)), from(2)),
        ("b.relu", relu(), from(3)),
        ("c", conv(n, 16, 16, 3, dilated), from(4)),
        ("add", Layer::Add, vec![Source::Node(2), Source::Node(5)]),
        ("add.relu", relu(), from(6)),
        ("join", Layer::Concat, vec![Source::Node(7), Source::Node(4)]),
        ("d", conv(n, 16, 32, 3, padded(1, 1)), from(8)),
        ("d.pool", Layer::SumPool(Pool::blocks(2)), from(9)),
        ("d.affine", Layer::Affine(affine), from(10)),
        ("d.relu", relu(), from(11)),
        ("e", conv(n, 100, 16, 4, padded(1, 1)), from(12)),
        ("e.relu", relu(), from(13)),
        ("f", conv(n, 5, 100, 1, Sliding::plain()), from(14)),
    ];
    let node = |(name, layer, inputs): (&str, _, _)| Node { name: name.to_owned(), layer, inputs };
    Network::new(2, nodes.into_iter().map(node).collect()).unwrap()
}

fn pictures(count: usize, seed: u64) -> Calibration {
    let n = &mut Numbers(seed);
    let picture = |_| {
        let waves: Vec<[f32; 5]> = (0..4).map(|_| [(); 5].map(|()| n.next())).collect();
        Array3::from_shape_fn((2, 45, 41), |(m, r, c)| {
            let at = |[a, b, p, h, o]: &[f32; 5]| {
                h * (0.5 * a * r as f32 + 0.5 * b * c as f32 + 3.0 * p + o * m as f32).sin()
            };
            waves.iter().map(at).sum::<f32>()
        })
    };
    Calibration { inputs: (0..count).map(picture).collect() }
}

fn config(yaml: &str) -> Config {
    serde_yaml::from_str(yaml).unwrap()
}

fn error(trained: &TrainedNetwork, approximation: &Approximation, inputs: &Calibration) -> f64 {
    let difference = |input: &Array3<f32>| {
        let difference = trained.run(input).unwrap() - approximation.network.run(input).unwrap();
        difference.iter().map(|d| f64::from(*d).powi(2)).sum::<f64>()
    };
    inputs.inputs.iter().map(difference).sum()
}

#[test]
fn data_brings_a_large_network_nearer_on_unseen_inputs() {
    let (trained, seen, unseen) = (large(1), pictures(40, 2), pictures(6, 3));
    for yaml in ["{ set: '{0, ±1}' }", "{ set: '{0, ±1/2, ±1, ±2}', scale: map }"] {
        let config = config(yaml);
        let nearest = approximate(&trained, &config).unwrap();
        let fitted = approximate_with_data(&trained, &config, &seen).unwrap();
        let (before, after) = (error(&trained, &nearest, &unseen), error(&trained, &fitted, &unseen));
        assert!(after < 0.5 * before, "{yaml}: {after} and {before}");
        for layer in fitted.report.layers.iter().filter(|layer| layer.solver.is_some()) {
            assert_eq!(layer.solver, Some(Method::SharedData));
            assert!(layer.output_error.unwrap() < 1.0, "{} {:?}", layer.name, layer.output_error);
        }
        assert!(fitted.report.total.output_error.unwrap() > 0.0);
    }
}

#[test]
fn threads_change_nothing() {
    let (trained, seen) = (large(4), pictures(9, 5));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| approximate_with_data(&trained, &config("{ set: '{0, ±1, ±2}' }"), &seen).unwrap())
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn budgets_of_large_networks_are_met() {
    let (trained, seen) = (large(6), pictures(6, 7));
    let digits = |approximation: &Approximation, name: &str| -> usize {
        let layers = approximation.report.layers.iter().filter(|layer| layer.solver.is_some());
        layers.filter(|layer| name.is_empty() || layer.name == name).map(|layer| layer.signed_digits).sum()
    };
    let of = |yaml: &str| approximate_with_data(&trained, &config(yaml), &seen).unwrap();
    let free = of("{ scale: map, set: '{0, ±1}' }");
    let d = digits(&free, "d") / 2;
    let limited =
        of(&format!("{{ scale: map, set: '{{0, ±1}}', layers: {{ d: {{ layer_digits: {d} }} }} }}"));
    assert!(digits(&limited, "d") <= d && digits(&limited, "d") > d / 2);
    let all = digits(&free, "") / 2;
    let limited = of(&format!("{{ scale: map, set: '{{0, ±1}}', network_digits: {all} }}"));
    assert!(digits(&limited, "") <= all && digits(&limited, "") > all / 2);
}

#[test]
fn limits_on_kernels_of_large_networks_hold() {
    let (trained, seen) = (large(12), pictures(6, 13));
    for (yaml, most, layers) in [
        ("{ set: '{0, ±1}', kernel_digits: 3 }", 3, &["a", "b", "c", "d", "e", "f"][..]),
        ("{ set: '{0, ±1, ±2}', layers: { e: { kernel_zeros: 4 } } }", 12, &["e"]),
        ("{ set: '{0, ±1}', layers: { e: { keep_gain: true, kernel_digits: 9 } } }", 9, &["e"]),
    ] {
        let config = config(yaml);
        let nearest = approximate(&trained, &config).unwrap();
        let fitted = approximate_with_data(&trained, &config, &seen).unwrap();
        for node in fitted.network.nodes().iter().filter(|node| layers.contains(&node.name.as_str())) {
            let Layer::Conv2d(conv) = &node.layer else { panic!("a convolution") };
            for kernel in conv.kernels.outer_iter() {
                let digits: usize =
                    kernel.iter().map(|w: &lacuna_network::Dyadic| w.signed_digits().len()).sum();
                assert!(digits <= most, "{yaml} {}: {digits}", node.name);
            }
        }
        assert!(error(&trained, &fitted, &seen) < error(&trained, &nearest, &seen), "{yaml}");
    }
}

#[test]
fn inputs_that_say_nothing_or_too_much_do_no_harm() {
    let trained = large(8);
    for value in [0.0, 1.0, 1e6, 3e38] {
        let inputs = vec![Array3::from_elem((2, 45, 41), value), Array3::zeros((2, 45, 47))];
        let fitted = approximate_with_data(&trained, &config("set: k/4 |k|<=8"), &Calibration { inputs });
        if let Ok(fitted) = fitted {
            let output = fitted.network.run(&Array3::<f32>::zeros((2, 45, 41))).unwrap();
            assert!(value > 1e30 || output.iter().all(|v| v.is_finite()));
        }
    }
}

#[test]
fn small_networks_with_strides_and_padding_are_fitted_the_fine_way() {
    let n = &mut numbers(9);
    let sliding = Sliding { padding: Padding::all(1), ..Sliding::strided([2, 1]) };
    let layers = [
        ("a", conv(n, 4, 2, 3, sliding)),
        ("a.relu", Layer::Activation(Function::Relu)),
        ("b", conv(n, 3, 4, 3, Sliding { dilation: [2, 1], ..sliding })),
        ("b.pool", Layer::SumPool(Pool::blocks(2))),
        (
            "b.affine",
            Layer::Affine(Affine { coefficient: Array1::from_elem(3, 0.3), bias: Array1::zeros(3) }),
        ),
    ];
    let nodes = layers.into_iter().enumerate().map(|(n, (name, layer))| Node {
        name: name.to_owned(),
        layer,
        inputs: vec![n.checked_sub(1).map_or(Source::Input, Source::Node)],
    });
    let trained = Network::new(2, nodes.collect()).unwrap();
    let (seen, unseen) = (pictures(12, 10), pictures(4, 11));
    let config = config("{ set: '{0, ±1, ±2}', scale: map }");
    let nearest = approximate(&trained, &config).unwrap();
    let fitted = approximate_with_data(&trained, &config, &seen).unwrap();
    assert!(error(&trained, &fitted, &unseen) < error(&trained, &nearest, &unseen));
    assert!(fitted.report.layers.iter().all(|layer| layer.solver.is_none_or(|s| s == Method::Data)));
}
