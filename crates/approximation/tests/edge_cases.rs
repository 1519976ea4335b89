//! Weights and settings at the edge of what there is: right answers, or errors that say what is wrong.

use lacuna_approximation::{Approximation, Calibration, Config, approximate, approximate_with_data};
use lacuna_network::{
    Affine, Conv2d, Function, InputSpec, Layer, LayerKind, LayerSpec, ModelSpec, Pool, Sliding,
    TrainedNetwork,
};
use ndarray::{Array1, Array3};

mod networks;
use networks::{Numbers, chain, conv, face_finder, numbers};

fn config(yaml: &str) -> Config {
    serde_yaml::from_str(yaml).unwrap()
}

fn noise(height: usize, width: usize, seed: u64) -> Array3<f32> {
    let mut numbers = Numbers(seed);
    Array3::from_shape_simple_fn((1, height, width), || numbers.next())
}

/// With and without data.
fn both_ways(trained: &TrainedNetwork, yaml: &str) -> [Approximation; 2] {
    let inputs = (0..12).map(|seed| noise(12, 12, seed)).collect();
    [
        approximate(trained, &config(yaml)).unwrap_or_else(|e| panic!("{yaml}: {e}")),
        approximate_with_data(trained, &config(yaml), &Calibration { inputs })
            .unwrap_or_else(|e| panic!("{yaml} with data: {e}")),
    ]
}

fn single(weights: &[f32]) -> TrainedNetwork {
    let kernels = Array3::from_shape_vec((1, 3, 3), weights.to_vec()).unwrap();
    chain(vec![
        (
            "A",
            Layer::Conv2d(Conv2d {
                kernels,
                connections: vec![vec![0]],
                bias: Array1::zeros(1),
                sliding: Sliding::plain(),
            }),
        ),
        ("T", Layer::Activation(Function::ClippedRelu { limit: 1.0 })),
    ])
}

#[test]
fn kernels_of_any_size_have_finite_results() {
    let tiny = f32::from_bits(1);
    for weights in [
        [0.0; 9],
        [tiny; 9],
        [1e-30, -1e-30, 0.0, 0.0, 1e-38, 0.0, 0.0, 0.0, 1e-30],
        [1e12, 1e-12, 0.0, -1e12, 1.0, 1e-30, 0.0, tiny, 3.0],
        [0.0, 0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0],
    ] {
        for set in ["ternary", "'{±1, ±3}'", "'{0, 1, 2}'", "'{-2}'", "'{-1/4, 0, 1/2, 1}'", "k/8 |k|<=16"]
        {
            for scale in ["kernel", "map", "layer"] {
                let found = both_ways(&single(&weights), &format!("{{ set: {set}, scale: {scale} }}"));
                // Rounding the coefficient may cost a little even where the best is nothing at all.
                let error = found[0].report.total.relative_error;
                assert!(error <= 1.02, "{weights:?} {set} {scale}: {error}");
                for found in found {
                    assert!(found.report.total.relative_error.is_finite(), "{weights:?} {set} {scale}");
                    let output = found.network.run(&noise(9, 9, 3)).unwrap();
                    assert!(output.iter().all(|v| v.is_finite()), "{weights:?} {set} {scale}");
                }
            }
        }
    }
}

#[test]
fn a_budget_of_zero_leaves_nothing_but_the_biases() {
    let trained = chain(vec![("A", conv(&mut numbers(2), vec![vec![0]; 2], (3, 3)))]);
    for found in both_ways(&trained, "{ network_digits: 0 }") {
        let Layer::Conv2d(conv) = &found.network.nodes()[0].layer else { panic!("a conv") };
        assert!(conv.kernels.iter().all(|w| w.is_zero()));
        let (dark, bright) = (Array3::<f32>::zeros((1, 5, 5)), Array3::from_elem((1, 5, 5), 1.0_f32));
        assert_eq!(found.network.run(&dark).unwrap(), found.network.run(&bright).unwrap());
    }
    let fault = approximate(&trained, &config("{ network_digits: 0, set: '{±1}' }")).unwrap_err().to_string();
    assert!(fault.contains("a budget of 0") && fault.contains("take 18"), "{fault}");
}

#[test]
fn parametric_relus_have_a_slope_per_map() {
    let slopes = [0.25, 0.1, -0.5];
    let n = &mut numbers(7);
    let trained = chain(vec![
        ("A", conv(n, vec![vec![0]; 3], (3, 3))),
        ("P", Layer::Activation(Function::ParametricRelu { slopes: slopes.into() })),
        ("B", conv(n, vec![vec![0, 1, 2]], (2, 2))),
    ]);
    let fine = "{ set: D8, coefficient_digits: 8, bias_fraction_bits: 20 }";
    for found in both_ways(&trained, fine) {
        let names: Vec<&str> = found.network.nodes().iter().map(|node| node.name.as_str()).collect();
        for name in ["P.split", "P.relu", "P"] {
            assert!(names.contains(&name), "{names:?}");
        }
        let Layer::Conv2d(last) = &found.network.nodes()[names.iter().position(|n| *n == "P").unwrap()].layer
        else {
            panic!("a conv")
        };
        let weights: Vec<f64> = last.kernels.iter().map(|w| w.to_f64()).collect();
        assert_eq!(weights, [1.0, -0.25, 1.0, -0.09375, 1.0, 0.5], "a tenth is 3/32");
        let image = noise(9, 9, 4);
        let difference = trained.run(&image).unwrap() - found.network.run(&image).unwrap();
        assert!(difference.iter().all(|d| d.abs() < 0.02), "{difference}");
    }
}

#[test]
fn curves_of_ones_own_and_tables_stand_for_functions() {
    let n = &mut numbers(8);
    let own: Function = "points(-2 -1, -0.5 0, 0.5 0, 2 1)".parse().unwrap();
    let trained = chain(vec![("A", conv(n, vec![vec![0]; 2], (3, 3))), ("T", Layer::Activation(own))]);
    for (activation, error) in [("best", 0.011), ("{ table: 64 }", 0.05)] {
        for found in both_ways(&trained, &format!("{{ set: D8, activation: {activation} }}")) {
            let curve = found.report.layers.iter().find(|layer| layer.name == "T").unwrap();
            assert!(curve.max_error.unwrap() <= error, "{activation}: {:?}", curve.max_error);
        }
    }
    let fault =
        serde_yaml::from_str::<Config>("activation: { table: 64, segments: 3 }").unwrap_err().to_string();
    assert!(fault.contains("takes no other key"), "{fault}");
    let fault = serde_yaml::from_str::<Config>("activation: { table: 1 }").unwrap_err().to_string();
    assert!(fault.contains("between 2 and 256"), "{fault}");
}

/// A mean over 2x2, 3x3, ... is a sum and a short sum of powers of two.
#[test]
fn divisions_are_short_sums() {
    let mut table = Vec::new();
    for digits in [1, 2, 3, 4] {
        for n in [3_u8, 5, 6, 7, 9, 25, 49] {
            let coefficient = Array1::from_elem(1, 1.0 / f32::from(n));
            let affine = Layer::Affine(Affine { coefficient, bias: Array1::zeros(1) });
            let found =
                approximate(&chain(vec![("M", affine)]), &config(&format!("coefficient_digits: {digits}")));
            let network = found.unwrap().network;
            let Layer::Affine(affine) = &network.nodes()[0].layer else { panic!("an affine layer") };
            assert!(affine.coefficient[0].signed_digits().len() <= digits);
            table.push((digits, n, (affine.coefficient[0].to_f64() * f64::from(n) - 1.0).abs()));
        }
    }
    for (digits, worst) in [(1, 0.34), (2, 0.11), (3, 0.016), (4, 0.004)] {
        let errors = table.iter().filter(|row| row.0 == digits);
        assert!(errors.clone().all(|row| row.2 < worst), "{digits}: {:?}", errors.collect::<Vec<_>>());
    }
    let model = ModelSpec {
        input: InputSpec { maps: 1, ..InputSpec::default() },
        layers: vec![LayerSpec {
            name: "P".into(),
            from: vec![],
            kind: LayerKind::AveragePool(Pool::blocks(3)),
        }],
    };
    let network = lacuna_network::load(&model, &no_tensors()).unwrap();
    let mean = network.run(&noise(3, 3, 1)).unwrap()[(0, 0, 0)];
    assert!((mean - noise(3, 3, 1).mean().unwrap()).abs() < 1e-6);
}

/// A safetensors file of nothing.
fn no_tensors() -> Vec<u8> {
    let mut bytes = 2_u64.to_le_bytes().to_vec();
    bytes.extend(b"{}");
    bytes
}

#[test]
fn a_kept_network_is_the_network() {
    let config = config("{ set: ternary, coefficient_digits: 2, layers: { N1.tanh: { activation: plan } } }");
    let trained = face_finder();
    let first = approximate(&trained, &config).unwrap();
    let saved = lacuna_approximation::as_trained(&trained, &config, &first.network).unwrap();
    let again = approximate(&saved, &config.keeping()).unwrap();
    assert_eq!(again.network, first.network);
    assert_eq!(again.report.total.relative_error, 0.0);
}
