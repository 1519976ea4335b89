//! Budgets, limits, named configurations and activations, through the whole of `approximate`.

use lacuna_approximation::{ApproxNetwork, Config, StopReason, approximate};
use lacuna_network::{Layer, TrainedNetwork};

mod networks;
use networks::{chain, conv, face_finder, numbers, scaled_tanh};

fn config(yaml: &str) -> Config {
    serde_yaml::from_str(yaml).unwrap()
}

/// Signed digits, zeros and sum of one 2-D kernel.
type Figures = (usize, usize, f64);

/// The figures of every kernel, by layer.
fn kernels(network: &ApproxNetwork) -> Vec<(String, Vec<Figures>)> {
    let figures = |node: &lacuna_network::Node<_, _>| match &node.layer {
        Layer::Conv2d(conv) => {
            let kernels = conv.kernels.outer_iter().map(|kernel| {
                let digits = kernel.iter().map(|w: &lacuna_network::Dyadic| w.signed_digits().len()).sum();
                let zeros = kernel.iter().filter(|w| w.is_zero()).count();
                (digits, zeros, kernel.iter().map(|w| w.to_f64()).sum())
            });
            Some((node.name.clone(), kernels.collect()))
        }
        _ => None,
    };
    network.nodes().iter().filter_map(figures).collect()
}

fn digits(network: &ApproxNetwork) -> usize {
    kernels(network).iter().flat_map(|(_, kernels)| kernels).map(|(digits, ..)| digits).sum()
}

#[test]
fn a_network_budget_is_kept_and_certified() {
    let trained = face_finder();
    let free = approximate(&trained, &Config::default()).unwrap();
    let mut last = free.report.total.relative_error;
    for budget in [900, 600, 300, 50] {
        let limited = approximate(&trained, &config(&format!("network_digits: {budget}"))).unwrap();
        assert!(digits(&limited.network) <= budget, "{budget}");
        assert!(digits(&limited.network) + 3 > budget, "{budget}: what may be used is used");
        assert!(limited.report.total.relative_error > last, "{budget}");
        last = limited.report.total.relative_error;
        for layer in limited.report.layers.iter().filter(|layer| layer.solver.is_some()) {
            assert!(layer.gap.unwrap() < 1e-4 && layer.stop != StopReason::Converged, "{layer:?}");
        }
    }
    let none = approximate(&trained, &config("network_digits: 0")).unwrap();
    assert_eq!(digits(&none.network), 0);
    let fault = approximate(&trained, &config("{ network_digits: 100, set: '{±1}', scale: map }"))
        .unwrap_err()
        .to_string();
    assert!(fault.contains("`network_digits`: a budget of 100") && fault.contains("take 882"), "{fault}");
}

#[test]
fn a_layer_budget_holds_for_its_layer() {
    let limited = approximate(&face_finder(), &config("layers: { C2: { layer_digits: 100 } }")).unwrap();
    for (name, kernels) in kernels(&limited.network) {
        let digits: usize = kernels.iter().map(|(digits, ..)| digits).sum();
        assert_eq!(digits <= 100, name == "C2" || name == "N2", "{name}: {digits}");
    }
}

#[test]
fn limits_hold_for_every_kernel() {
    let trained = face_finder();
    let of = |yaml: &str| kernels(&approximate(&trained, &config(yaml)).unwrap().network);
    let all = |yaml: &str, holds: fn(&str, &Figures) -> bool| {
        for (name, kernels) in of(yaml) {
            assert!(kernels.iter().all(|kernel| holds(&name, kernel)), "{yaml} {name}: {kernels:?}");
        }
    };
    all("{ scale: map, kernel_digits: 6 }", |_, kernel| kernel.0 <= 6);
    all("{ layers: { C1: { kernel_zeros: 9 } } }", |name, kernel| name != "C1" || kernel.1 >= 9);
    let fault = |yaml: &str| approximate(&trained, &config(yaml)).unwrap_err().to_string();
    let none = fault("{ kernel_zeros: 1, set: '{±1, ±2}' }");
    assert!(none.contains("layer `C1`: no levels") && none.contains("at least 1 zeros"), "{none}");
    // Found before anything is solved: N2 has kernels of one weight.
    let small = fault("{ kernel_zeros: 3 }");
    assert!(small.contains("layer `N2`: no levels") && small.contains("limits of 1 weights"), "{small}");
}

#[test]
fn a_kept_gain_is_the_trained_one() {
    let trained = face_finder();
    let kept =
        approximate(&trained, &config("{ keep_gain: true, set: 'k/4 |k|<=8', coefficient_digits: 16 }"))
            .unwrap();
    let node = |name: &str| kept.network.nodes().iter().position(|node| node.name == name).unwrap();
    let (Layer::Conv2d(from), Layer::Affine(was)) = (&trained.nodes()[0].layer, &trained.nodes()[2].layer)
    else {
        panic!("C1 and S1")
    };
    let Layer::Affine(affine) = &kept.network.nodes()[node("S1")].layer else { panic!("S1") };
    for (o, (_, _, sum)) in kernels(&kept.network)[0].1.iter().enumerate() {
        let wanted =
            f64::from(was.coefficient[o]) * f64::from(from.kernels.index_axis(ndarray::Axis(0), o).sum());
        let coefficient = affine.coefficient[o].to_f64();
        // A sum nearer to zero than half a step of the grid can only be kept as zero.
        let near_zero = *sum == 0.0 && wanted.abs() <= 0.125 * coefficient.abs();
        assert!(
            (wanted - coefficient * sum).abs() < 1e-4 || near_zero,
            "map {o}: {wanted} {coefficient} {sum}"
        );
    }
}

#[test]
fn kinds_of_limits_do_not_mix() {
    let refuse = |yaml: &str| approximate(&face_finder(), &config(yaml)).unwrap_err().to_string();
    assert!(refuse("{ network_digits: 9, layer_digits: 9 }").contains("exclude each other"));
    assert!(refuse("{ network_digits: 900, keep_gain: true }").contains("keep one kind"));
    assert!(refuse("{ scale: layer, kernel_zeros: 2 }").contains("need `scale: kernel`"));
    assert!(refuse("{ solver: program, network_digits: 900 }").contains("takes kernels one by one"));
}

#[test]
fn a_configuration_names_the_sets_of_all_layers() {
    let trained = face_finder();
    let finest = |yaml: &str| -> Vec<i32> {
        let network = approximate(&trained, &config(yaml)).unwrap().network;
        let finest = |node: &lacuna_network::Node<_, _>| match &node.layer {
            Layer::Conv2d(conv) => {
                conv.kernels.iter().map(|w: &lacuna_network::Dyadic| w.fraction_bits()).max()
            }
            _ => None,
        };
        network.nodes().iter().filter_map(finest).collect()
    };
    assert_eq!(finest("{ configuration: A_3, scale: map }"), [3, 3, 3, 3]);
    assert_eq!(finest("{ configuration: 'A_(7,3,4)', scale: map }"), [7, 3, 4, 4]);
    assert_eq!(
        finest("{ configuration: 'A_7,3', scale: map, layers: { N1: { set: ternary } } }"),
        [7, 3, 0, 3]
    );
    let fault = approximate(&trained, &config("configuration: 'A_1,2,3,4,5'")).unwrap_err().to_string();
    assert!(fault.contains("names 5 sets, but the network has 4"), "{fault}");
    let fault = serde_yaml::from_str::<Config>("\nscale: map\nconfiguration: A_9").unwrap_err().to_string();
    assert!(fault.contains("names no configuration") && fault.contains("line 3"), "{fault}");
}

#[test]
fn named_curves_get_their_argument_from_the_layer_before() {
    let network = |layers| -> TrainedNetwork { chain(layers) };
    let n = &mut numbers(3);
    let lecun = network(vec![("A", conv(n, vec![vec![0]; 2], (3, 3))), ("T", scaled_tanh(1.7159, 0.6667))]);
    let image =
        ndarray::Array3::from_shape_fn((1, 8, 8), |(_, r, c)| ((3 * r + 5 * c) % 7) as f64 / 3.5 - 1.0);
    let worst = |activation: &str| {
        let config = config(&format!("{{ activation: {activation}, set: D8, coefficient_digits: 8 }}"));
        let approximated = approximate(&lecun, &config).unwrap().network;
        let difference = lecun.run(&image).unwrap() - approximated.run(&image).unwrap();
        difference.fold(0.0_f64, |m, d| m.max(d.abs()))
    };
    assert!(worst("plan") < 1.75 * 0.038 + 0.04, "the amplitude becomes 7/4: {}", worst("plan"));
    assert!(worst("best") < 0.02, "{}", worst("best"));
    let bare = network(vec![("T", scaled_tanh(1.0, 0.6667)), ("A", conv(n, vec![vec![0]], (1, 1)))]);
    let fault = approximate(&bare, &config("activation: plan")).unwrap_err().to_string();
    assert!(fault.contains("layer `T`") && fault.contains("use `activation: best`"), "{fault}");
    let fault = serde_yaml::from_str::<Config>("activation: quadratic1").unwrap_err().to_string();
    assert!(fault.contains("needs a squarer"), "{fault}");
}
