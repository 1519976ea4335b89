//! Approximation with sample inputs: better where it counts, within budgets, and never a panic.

use lacuna_approximation::{
    Approximation, Calibration, Config, LayerReport, Method, StopReason, approximate, approximate_with_data,
};
use lacuna_network::{Layer, TrainedNetwork};
use ndarray::Array3;

mod networks;
use networks::{Numbers, chain, conv, face_finder, numbers};

fn config(yaml: &str) -> Config {
    serde_yaml::from_str(yaml).unwrap()
}

/// Smooth pictures, as photographs are: neighbouring pixels are alike.
fn pictures(count: usize, seed: u64) -> Calibration {
    let numbers = &mut Numbers(seed);
    let picture = |_| {
        let waves: Vec<[f32; 4]> = (0..4).map(|_| [(); 4].map(|()| numbers.next())).collect();
        Array3::from_shape_fn((1, 36, 32), |(_, r, c)| {
            let at = |[a, b, p, h]: &[f32; 4]| h * (0.4 * a * r as f32 + 0.4 * b * c as f32 + 3.0 * p).sin();
            waves.iter().map(at).sum::<f32>() * 0.5
        })
    };
    Calibration { inputs: (0..count).map(picture).collect() }
}

/// The mean squared difference of the outputs.
fn output_error(trained: &TrainedNetwork, approximation: &Approximation, inputs: &Calibration) -> f64 {
    let difference = |input: &Array3<f32>| {
        let difference = trained.run(input).unwrap() - approximation.network.run(input).unwrap();
        difference.iter().map(|d| f64::from(*d).powi(2)).sum::<f64>()
    };
    inputs.inputs.iter().map(difference).sum::<f64>() / inputs.inputs.len() as f64
}

#[test]
fn outputs_come_nearer_on_inputs_never_seen() {
    let trained = face_finder();
    let (seen, unseen) = (pictures(120, 1), pictures(60, 2));
    for set in ["ternary", "{0, ±1/2, ±1, ±2}"] {
        let fit = |rounds| config(&format!("{{ set: '{set}', scale: map, refinement_rounds: {rounds} }}"));
        let nearest = approximate(&trained, &fit(0)).unwrap();
        let fitted = approximate_with_data(&trained, &fit(0), &seen).unwrap();
        let refined = approximate_with_data(&trained, &fit(3), &seen).unwrap();
        let errors = [&nearest, &fitted, &refined].map(|a| output_error(&trained, a, &unseen));
        assert!(errors[1] < 0.5 * errors[0] && errors[2] < 1.2 * errors[1], "{set}: {errors:?}");
        let report = &refined.report;
        assert!(report.total.output_error.unwrap() < 1.0, "{:?}", report.total);
        assert!(report.layers[0].output_error.unwrap() < 0.5, "{:?}", report.layers[0]);
        assert_eq!(approximate_with_data(&trained, &fit(3), &seen).unwrap(), refined, "twice the same");
    }
}

/// The gaps of the convolutions; none stops without one.
fn gaps(approximation: &Approximation) -> Vec<f64> {
    let chosen = |layer: &&LayerReport| layer.solver.is_some_and(|solver| solver != Method::Keep);
    let convs = approximation.report.layers.iter().filter(chosen);
    convs
        .map(|layer| {
            let gap = layer.gap.unwrap_or_else(|| panic!("{} has no gap", layer.name));
            assert!((0.0..=1.0).contains(&gap), "{}: {gap}", layer.name);
            assert_eq!(layer.stop == StopReason::Optimal, gap <= 1e-9, "{}: {:?}", layer.name, layer.stop);
            assert!(layer.stop != StopReason::Converged, "{}", layer.name);
            gap
        })
        .collect()
}

#[test]
fn every_search_says_how_far_from_the_best_it_can_be() {
    let (trained, seen) = (face_finder(), pictures(40, 8));
    for (yaml, most) in [
        ("{ scale: map, set: '{0, ±1, ±2}', refinement_rounds: 0 }", 0.2),
        ("{ scale: map, set: '{0, ±1, ±2}', network_digits: 400 }", 1.0),
        ("{ scale: map, set: ternary, kernel_digits: 6 }", 1.0),
        ("{ scale: map, set: ternary, keep_gain: true }", 1.0),
        ("{ scale: map, set: ternary, layers: { C1: { layer_digits: 30 }, N2: { solver: keep } } }", 1.0),
    ] {
        let gaps = gaps(&approximate_with_data(&trained, &config(yaml), &seen).unwrap());
        assert!(gaps.iter().any(|&gap| gap <= most), "{yaml}: {gaps:?}");
    }
}

#[test]
fn the_result_stays_on_its_grids() {
    let config = config("{ set: ternary, scale: map, coefficient_digits: 2, bias_fraction_bits: 6 }");
    let network = approximate_with_data(&face_finder(), &config, &pictures(40, 3)).unwrap().network;
    for node in network.nodes() {
        match &node.layer {
            Layer::Conv2d(conv) => {
                assert!(conv.bias.iter().all(|b| b.is_zero()));
                assert!(conv.kernels.iter().all(|w| w.is_zero() || w.abs() == lacuna_network::Dyadic::ONE));
            }
            Layer::Affine(affine) => {
                assert!(affine.coefficient.iter().all(|c| c.signed_digits().len() <= 2));
                assert!(affine.bias.iter().all(|b| b.fraction_bits() <= 6));
            }
            _ => {}
        }
    }
}

#[test]
fn budgets_are_respected() {
    let (trained, seen) = (face_finder(), pictures(60, 4));
    let digits = |approximation: &Approximation, name: &str| -> usize {
        let layers = approximation.report.layers.iter().filter(|layer| layer.solver.is_some());
        layers.filter(|layer| name.is_empty() || layer.name == name).map(|layer| layer.signed_digits).sum()
    };
    let of = |yaml: &str| approximate_with_data(&trained, &config(yaml), &seen).unwrap();
    let free = of("{ scale: map, set: k/4 |k|<=8 }");
    let limited = of("{ scale: map, set: k/4 |k|<=8, network_digits: 500 }");
    assert!(digits(&limited, "") <= 500 && digits(&free, "") > 600);
    assert!(digits(&limited, "") > 300, "{}: most of what may be used is used", digits(&limited, ""));
    let layer = of("{ scale: map, set: k/4 |k|<=8, layers: { C1: { layer_digits: 40 } } }");
    assert!(digits(&layer, "C1") <= 40 && digits(&layer, "") > 500);
    let refuse = |yaml: &str| approximate_with_data(&trained, &config(yaml), &seen).unwrap_err().to_string();
    assert!(
        refuse("{ set: '{±1}', scale: map, network_digits: 90 }").contains("the cheapest levels take 882")
    );
}

#[test]
fn limits_hold_for_every_kernel_and_data_still_helps() {
    let (trained, seen, unseen) = (face_finder(), pictures(60, 5), pictures(30, 6));
    // The limits, and what they are for a kernel of some layer.
    for (limits, scale, most, fewest) in [
        ("kernel_digits: 5", "map", 5, ("", 0)),
        ("kernel_digits: 7", "kernel", 7, ("", 0)),
        ("layers: { C1: { kernel_zeros: 9 } }", "kernel", 1000, ("C1", 9)),
        ("kernel_digits: 8, layers: { C2: { kernel_zeros: 2 } }", "map", 8, ("C2", 2)),
        ("keep_gain: true", "map", 1000, ("", 0)),
    ] {
        let yaml = format!("{{ scale: {scale}, set: '{{0, ±1, ±2}}', {limits} }}");
        let config = config(&yaml);
        let nearest = approximate(&trained, &config).unwrap();
        let fitted = approximate_with_data(&trained, &config, &seen).unwrap();
        for node in nearest.network.nodes().iter().chain(fitted.network.nodes()) {
            let Layer::Conv2d(conv) = &node.layer else { continue };
            for kernel in conv.kernels.outer_iter() {
                let digits: usize =
                    kernel.iter().map(|w: &lacuna_network::Dyadic| w.signed_digits().len()).sum();
                let zeros = kernel.iter().filter(|w| w.is_zero()).count();
                assert!(digits <= most, "{yaml} {}: {digits}", node.name);
                assert!(node.name != fewest.0 || zeros >= fewest.1, "{yaml}: {zeros}");
            }
        }
        let errors = [&nearest, &fitted].map(|a| output_error(&trained, a, &unseen));
        assert!(errors[1] < errors[0], "{yaml}: {errors:?}");
    }
    let fault = approximate_with_data(&trained, &config("{ kernel_zeros: 3, set: '{±1}' }"), &seen);
    assert!(fault.unwrap_err().to_string().contains("at least 3 zeros"));
}

#[test]
fn a_kept_gain_is_kept_with_data() {
    let trained = face_finder();
    let config = config("{ keep_gain: true, scale: map, set: k/4 |k|<=8, coefficient_digits: 8 }");
    let network = approximate_with_data(&trained, &config, &pictures(40, 7)).unwrap().network;
    let kernels = |name: &str| match &network.nodes().iter().find(|n| n.name == name).unwrap().layer {
        Layer::Conv2d(conv) => conv.kernels.clone(),
        _ => panic!("a convolution"),
    };
    let affine = |name: &str| match &network.nodes().iter().find(|n| n.name == name).unwrap().layer {
        Layer::Affine(affine) => affine.coefficient.clone(),
        _ => panic!("an affine layer"),
    };
    let (Layer::Conv2d(from), Layer::Affine(was)) = (&trained.nodes()[0].layer, &trained.nodes()[2].layer)
    else {
        panic!("C1 and S1")
    };
    for (o, kernel) in kernels("C1").outer_iter().enumerate() {
        let wanted =
            f64::from(was.coefficient[o]) * f64::from(from.kernels.index_axis(ndarray::Axis(0), o).sum());
        let coefficient = affine("S1")[o].to_f64();
        let sum: f64 = kernel.iter().map(|w: &lacuna_network::Dyadic| w.to_f64()).sum();
        // Half a step of the set's grid.
        assert!(
            (wanted - coefficient * sum).abs() <= 0.1251 * coefficient.abs(),
            "{o}: {wanted} {coefficient} {sum}"
        );
    }
}

#[test]
fn inputs_that_say_nothing_do_no_harm() {
    let trained = face_finder();
    for inputs in [
        vec![Array3::zeros((1, 36, 32))],
        vec![Array3::from_elem((1, 36, 32), 1.0); 3],
        vec![Array3::from_elem((1, 37, 41), 100.0)],
    ] {
        let approximation =
            approximate_with_data(&trained, &config("set: k/4 |k|<=8"), &Calibration { inputs }).unwrap();
        let output = approximation.network.run(&Array3::<f32>::zeros((1, 36, 32))).unwrap();
        assert!(output.iter().all(|v| v.is_finite()));
        assert!(approximation.report.total.relative_error.is_finite());
    }
}

#[test]
fn a_budget_of_nothing_is_met_with_inputs_that_say_nothing() {
    let n = &mut numbers(9);
    let trained =
        chain(vec![("A", conv(n, vec![vec![0]; 2], (2, 2))), ("B", conv(n, vec![vec![0, 1]], (2, 2)))]);
    for limit in ["network_digits", "layer_digits"] {
        let inputs = vec![Array3::from_elem((1, 5, 5), -1.0); 2];
        let config = config(&format!("{{ set: '{{0, ±1, ±2}}', {limit}: 0 }}"));
        let found = approximate_with_data(&trained, &config, &Calibration { inputs }).unwrap();
        let convs = found.report.layers.iter().filter(|layer| layer.solver.is_some());
        assert_eq!(convs.map(|layer| layer.signed_digits).sum::<usize>(), 0, "{limit}");
        gaps(&found);
    }
}

#[test]
fn inputs_that_do_not_suit_are_refused() {
    let refuse = |inputs| {
        let fault = approximate_with_data(&face_finder(), &Config::default(), &Calibration { inputs });
        fault.unwrap_err().to_string()
    };
    assert!(refuse(vec![]).contains("at least one is needed"));
    assert!(refuse(vec![Array3::zeros((3, 36, 32))]).contains("calibration input 0: it has 3 maps"));
    let good = Array3::zeros((1, 36, 32));
    assert!(refuse(vec![good.clone(), Array3::zeros((1, 35, 32))]).contains("calibration input 1:"));
    assert!(
        refuse(vec![good, Array3::from_elem((1, 36, 32), f32::NAN)])
            .contains("NaN: every value must be finite")
    );
}

#[test]
fn images_larger_than_the_window_and_many_outputs_will_do() {
    let n = &mut numbers(5);
    let trained = chain(vec![
        ("A", conv(n, vec![vec![0]; 3], (3, 3))),
        ("T", Layer::Activation(lacuna_network::Function::Tanh)),
        ("B", conv(n, vec![vec![0, 1, 2]; 4], (2, 2))),
    ]);
    let seen = pictures(8, 6);
    let coarse = config("{ set: '{0, ±1, ±2}' }");
    let nearest = approximate(&trained, &coarse).unwrap();
    let fitted = approximate_with_data(&trained, &coarse, &seen).unwrap();
    let unseen = pictures(4, 7);
    assert!(output_error(&trained, &fitted, &unseen) < output_error(&trained, &nearest, &unseen));
}
