//! `lacuna import` from end to end: what is written reads back as the same network, bit for bit.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{copy_folder, entries, repository, run};
use lacuna_network::{InputSpec, LayerSpec, ModelSpec, TrainedNetwork};
use lacuna_onnx::Part;

fn models() -> PathBuf {
    repository().join("crates/onnx/tests/models")
}

/// The input and the layers of a project's folder.
fn model(folder: &Path) -> ModelSpec {
    let text = fs::read_to_string(folder.join("lacuna.yaml")).expect("the project is there");
    let file: serde_yaml::Value = serde_yaml::from_str(&text).expect("the project is YAML");
    let layers: Vec<LayerSpec> =
        serde_yaml::from_value(file["layers"].clone()).expect("the layers are right");
    let input = serde_yaml::from_value(file["input"].clone()).expect("the input is right");
    ModelSpec { input, layers }
}

/// The network of a project's folder, without what makes its input of pixels.
fn read(folder: &Path) -> TrainedNetwork {
    let ModelSpec { input, layers } = model(folder);
    let input = InputSpec { mean: Vec::new(), scale: Vec::new(), ..input };
    let weights = fs::read(folder.join("weights.safetensors")).expect("the weights are there");
    lacuna_network::load(&ModelSpec { input, layers }, &weights).expect("the network holds together")
}

#[test]
fn what_is_written_reads_back() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut read_part = |part: &Part<'_>| {
        let all = fs::read(models().join(part.file)).map_err(|error| error.to_string())?;
        let start = part.offset as usize;
        Ok(all[start..start + part.length].to_vec())
    };
    let mut count = 0;
    for path in entries(&models()).into_iter().filter(|path| path.extension().is_some_and(|e| e == "onnx")) {
        let name = path.file_stem().expect("a model has a name").to_string_lossy().into_owned();
        let output = run(folder.path(), &["import", &path.to_string_lossy(), "-o", &name]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let bytes = fs::read(&path).expect("the model can be read");
        let imported = lacuna_onnx::import(bytes, None, &mut read_part).expect("it has been imported before");
        assert_eq!(read(&folder.path().join(&name)), imported.network, "{name}");
        count += 1;
    }
    assert!(count > 60, "the models have not been found");
}

#[test]
fn a_project_is_readable_and_the_same_every_time() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let model = models().join("keras_lenet.onnx").to_string_lossy().into_owned();
    for name in ["a/lenet", "b/lenet"] {
        assert!(run(folder.path(), &["import", &model, "-o", name]).status.success());
    }
    for file in ["lacuna.yaml", "weights.safetensors"] {
        let [a, b] =
            ["a/lenet", "b/lenet"].map(|name| fs::read(folder.path().join(name).join(file)).unwrap());
        assert!(a == b, "{file} differs");
    }
    let text = fs::read_to_string(folder.path().join("a/lenet/lacuna.yaml")).unwrap();
    let expected = "\
# From keras_lenet.onnx, by `lacuna import`.
# output: softmax (left out: the values here are what it is computed from)
name: lenet
weights: weights.safetensors
# pixels 0 to 255 become 0 to 1: assumed, for the model does not say
input: {maps: 2, height: 14, width: 12, mean: 0.0, scale: 0.003921569}

layers:
  - {name: conv2d, op: conv, maps: 4, kernel: [3, 3], stride: 2, padding: [0, 0, 1, 1]}
  - {name: conv2d.Relu, op: activation, function: relu}
";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("\nfixed_point: {activation_bits: 10, preactivation_bits: 14}\n"), "{text}");
}

#[test]
fn a_folder_may_have_the_name_of_a_keyword() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let model = models().join("tanh.onnx").to_string_lossy().into_owned();
    for (name, core) in
        [("large", "net_large"), ("lacuna", "net_lacuna"), ("7x7", "net_7x7"), ("Face", "face")]
    {
        assert!(run(folder.path(), &["import", &model, "-o", name]).status.success());
        let text = fs::read_to_string(folder.path().join(name).join("lacuna.yaml")).unwrap();
        assert!(text.contains(&format!("\nname: {core}\n")), "{name}: {text}");
        assert!(run(folder.path(), &["check", name]).status.success(), "{name}");
    }
}

#[test]
fn activations_that_saturate_keep_the_usual_bits() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let model = models().join("tanh.onnx").to_string_lossy().into_owned();
    assert!(run(folder.path(), &["import", &model, "-o", "net"]).status.success());
    let text = fs::read_to_string(folder.path().join("net/lacuna.yaml")).unwrap();
    assert!(text.contains("function: tanh") && !text.contains("fixed_point"), "{text}");
}

#[test]
fn links_do_not_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let inside = folder.path().join("model");
    copy_folder(&models(), &inside);
    let (data, outside) = (inside.join("external_data.bin"), folder.path().join("outside.bin"));
    fs::rename(&data, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &data).unwrap();
    let output = run(folder.path(), &["import", "model/external_data.onnx", "-o", "out"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("`external_data.bin`, which leads out of the model's folder"), "{text}");
    // A link within the folder is fine.
    fs::rename(&outside, inside.join("other.bin")).unwrap();
    fs::remove_file(&data).unwrap();
    std::os::unix::fs::symlink("other.bin", &data).unwrap();
    assert!(run(folder.path(), &["import", "model/external_data.onnx", "-o", "out"]).status.success());
}

#[test]
fn preprocessing_is_told_or_given() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let import = |model: &str, options: &[&str]| {
        let model = models().join(format!("{model}.onnx")).to_string_lossy().into_owned();
        let _ = fs::remove_dir_all(folder.path().join("out"));
        run(folder.path(), &[&["import", model.as_str(), "-o", "out"], options].concat())
    };
    let input = |name: &str, options: &[&str]| {
        let output = import(name, options);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let input = model(&folder.path().join("out")).input;
        (input.mean, input.scale)
    };
    let near = |got: (Vec<f32>, Vec<f32>), mean: &[f32], scale: &[f32]| {
        assert_eq!((got.0.len(), got.1.len()), (mean.len(), scale.len()), "{got:?}");
        let pairs = got.0.iter().zip(mean).chain(got.1.iter().zip(scale));
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs()), "{got:?}");
    };
    near(input("conv_plain", &[]), &[0.0], &[1.0 / 255.0]);
    near(input("conv_plain", &["--input-range", "-1,1"]), &[127.5], &[2.0 / 255.0]);
    near(input("conv_plain", &["--input-range", "0,255", "--mean", "128", "--std", "128"]), &[], &[]);
    let normalised = input("conv_plain", &["--mean", "0.1307", "--std", "0.3081,0.5"]);
    near(normalised, &[33.3285], &[1.0 / (255.0 * 0.3081), 2.0 / 255.0]);
    near(input("range_bytes", &[]), &[0.0], &[1.0]);
    near(input("range_signed", &[]), &[127.5], &[2.0 / 255.0]);
    near(input("pixels", &[]), &[], &[]);
    for (name, options, said) in [
        ("pixels", ["--mean", "0.5"], "the model takes whole numbers, which are the pixels themselves"),
        ("conv_plain", ["--mean", "1,2,3"], "--mean: it has 3 numbers, but the model's input has 2 map(s)"),
        ("conv_plain", ["--std", "0"], "--std: it must be above zero"),
        ("conv_plain", ["--order", "bgr"], "--order: the model's input has 2 map(s), not three colours"),
        ("conv_plain", ["--input-range", "1,0"], "it must be two numbers, the lower first, such as 0,1"),
    ] {
        let output = import(name, &options);
        assert!(!output.status.success(), "{options:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(said), "{options:?}: {text}");
    }
}

#[test]
fn a_row_of_features_may_be_an_image() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let model = models().join("features.onnx").to_string_lossy().into_owned();
    let said = |arguments: &[&str]| {
        let output = run(folder.path(), &[&["import", &model], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    };
    let row = said(&["-o", "row"]);
    assert!(row.contains("10 map(s) of 1 x 1") && !row.contains("--input-shape"), "ten are no square: {row}");
    assert!(said(&["-o", "image", "--input-shape", "1,2,5"]).contains("1 map(s) of 5 x 2"));
}
