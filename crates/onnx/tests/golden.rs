//! Every operator and some small networks against the reference of the `onnx` package; `make_models.py` says how.

mod common;

use common::{floats, import, models};
use lacuna_network::{Order, Shape};
use lacuna_onnx::Pixels;
use ndarray::Array3;

#[test]
fn outputs_equal_the_reference() {
    let models = models();
    assert!(models.len() > 60, "the models have not been found");
    let faults: Vec<String> = models.iter().filter_map(|name| fault_of(name)).collect();
    assert!(faults.is_empty(), "{} of {} models\n{}", faults.len(), models.len(), faults.join("\n"));
}

/// What differs, beyond 1e-4 of the largest output.
fn fault_of(name: &str) -> Option<String> {
    let imported = match import(name) {
        Ok(imported) => imported,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    let Shape { maps, height, width } = imported.input;
    let (x, expected) = (floats(&format!("{name}.input")), floats(&format!("{name}.output")));
    let Ok(x) = Array3::from_shape_vec((maps, height, width), x) else {
        return Some(format!("{name}: its input should not be {:?}", imported.input));
    };
    let y = match imported.network.run_all(&x) {
        Ok(mut values) => values.pop()?,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    let y: Vec<f32> = y.iter().copied().collect();
    if y.len() != expected.len() {
        return Some(format!("{name}: {} results instead of {}", y.len(), expected.len()));
    }
    let scale = expected.iter().fold(1e-6_f32, |most, v| most.max(v.abs()));
    let error = y.iter().zip(&expected).map(|(a, b)| (a - b).abs() / scale).fold(0.0, f32::max);
    (error.is_nan() || error > 1e-4).then(|| format!("{name}: the error is {error}"))
}

/// The layers that some models become, as a project lists them.
#[test]
fn layers_are_merged() {
    for (name, layers) in [
        ("batch_norm", "n0 n2"),
        ("batch_norm_shared", "n0 n1 n2 n3"),
        ("matmul_add", "n1"),
        ("pad_conv", "n0 n2"),
        ("pad_max", "n0 n2"),
        ("pad_max_of_negative", "n0 n1"),
        ("clip_hard_tanh", "n0 n1 n1.result"),
        ("average_pool", "n0.sum n0"),
        ("pixels", "n4"),
        ("pixels_padded", "n0.pixels n1"),
        (
            "pytorch_lenet",
            "features.0 features.1 features.2 features.3 features.4 features.5 classifier.0 classifier.1 classifier.2",
        ),
        ("keras_lenet", "conv2d conv2d.Relu bn zero_padding2d max_pooling2d dense dense.Sigmoid dense_1"),
    ] {
        let imported = import(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let got: Vec<&str> = imported.spec.layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(got.join(" "), layers, "{name}");
    }
    assert_eq!(import("pytorch_lenet").map(|imported| imported.ending), Ok(Some("softmax")));
    assert_eq!(import("keras_lenet").map(|imported| imported.ending), Ok(Some("softmax")));
    assert_eq!(import("mobile_block").map(|imported| imported.ending), Ok(Some("log_softmax")));
}

#[test]
fn constants_and_metadata_tell_what_pixels_become() {
    let by_constants = |range| Pixels::Told { range, by: "the constants that it begins with" };
    let by_metadata = |range| Pixels::Told { range, by: "`Image.NominalPixelRange` of its metadata" };
    for (name, pixels) in [
        ("keras_lenet", Pixels::Untold),
        ("range_unclear", Pixels::Untold),
        ("pixels", Pixels::Whole),
        ("range_bytes", by_constants([0.0, 255.0])),
        ("range_bytes_less_mean", by_constants([0.0, 255.0])),
        ("range_unit", by_constants([0.0, 1.0])),
        ("range_signed", by_constants([-1.0, 1.0])),
        ("range_metadata", by_metadata([-1.0, 1.0])),
    ] {
        let imported = import(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(imported.pixels, pixels, "{name}");
        let order = if name == "range_metadata" { Order::Bgr } else { Order::Rgb };
        assert_eq!(imported.spec.input.order, order, "{name}");
    }
}
