//! `lacuna evaluate` and `lacuna sweep` on labelled images.

mod common;

use std::fs;
use std::path::Path;

use common::{json, make_weights, picture, project, run};
use image::GrayImage;
use serde_json::Value;
use tempfile::TempDir;

/// Images of the tests.
const COUNT: usize = 12;

/// The tiny project with so many classes, in which all outputs differ.
fn classifier(classes: usize) -> TempDir {
    let project = project("tiny");
    let folder = project.path();
    let model = fs::read_to_string(folder.join("lacuna.yaml")).expect("the model can be read");
    let model = model.replace("op: conv, maps: 1,", &format!("op: conv, maps: {classes},"));
    fs::write(folder.join("lacuna.yaml"), model).expect("the model can be written");
    let weights = format!(
        "A.kernels f32 2 3 3\nA.bias f32 2\nB.kernels f32 {} 1 1\nB.bias f32 {classes}\n",
        2 * classes
    );
    fs::write(folder.join("weights"), weights).expect("the weights can be written");
    make_weights(folder);
    fs::create_dir(folder.join("data")).expect("the folder can be made");
    project
}

fn window(n: usize) -> GrayImage {
    image::imageops::crop_imm(&picture(60, 60), 4 * n as u32, 3 * n as u32, 4, 4).to_image()
}

fn save(window: &GrayImage, path: &Path) {
    fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the folder can be made");
    window.save(path).expect("the image can be written");
}

/// Two idx files of the windows.
fn write_idx(data: &Path, part: &str, labels: &[usize]) {
    let side = |n: usize| (n as u32).to_be_bytes();
    let mut images = [&[0, 0, 8, 3][..], &side(labels.len()), &side(4), &side(4)].concat();
    (0..labels.len()).for_each(|n| images.extend(window(n % COUNT).as_raw()));
    let mut classes = [&[0, 0, 8, 1][..], &side(labels.len())].concat();
    classes.extend(labels.iter().map(|&label| label as u8));
    fs::write(data.join(format!("{part}-images-idx3-ubyte")), images).expect("the images can be written");
    fs::write(data.join(format!("{part}-labels-idx1-ubyte")), classes).expect("the labels can be written");
}

fn evaluated(folder: &Path, more: &[&str]) -> Value {
    json(folder, &[&["evaluate", ".", "--data", "data", "--json"], more].concat())
}

/// What a run says but for its times.
fn figures(folder: &Path) -> Value {
    let result = evaluated(folder, &[]);
    serde_json::json!([result["samples"], result["levels"], result["agreement"]])
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn the_same_images_score_the_same_wherever_they_come_from() {
    let project = classifier(3);
    let (folder, data) = (project.path(), project.path().join("data"));
    let labels: Vec<usize> = (0..COUNT).map(|n| (n + n / 3) % 3).collect();
    let again = || {
        fs::remove_dir_all(&data).expect("the folder can be removed");
        fs::create_dir(&data).expect("the folder can be made");
    };
    write_idx(&data, "t10k", &labels);
    write_idx(&data, "train", &[0, 0]);
    let idx = figures(folder);
    assert_eq!(idx[0], COUNT, "of two pairs the test images are scored");

    again();
    let mut list = "# file label\n\n".to_owned();
    for (n, label) in labels.iter().enumerate() {
        save(&window(n), &data.join(format!("some/an image {n}.png")));
        list += &format!("some/an image {n}.png {label}\n");
    }
    fs::write(data.join("labels.txt"), list).expect("the labels can be written");
    assert_eq!(figures(folder), idx, "labels.txt");

    again();
    labels.iter().enumerate().for_each(|(n, label)| save(&window(n), &data.join(format!("{label}_{n}.png"))));
    assert_eq!(figures(folder), idx, "numbers in front of names");

    again();
    let name = |label: usize| ["zero", "one", "two"][label];
    for (n, &label) in labels.iter().enumerate() {
        save(&window(n), &data.join(format!("{label} {}/{n}.png", name(label))));
    }
    assert_eq!(figures(folder), idx, "folders with numbers");

    again();
    let name = |label: usize| ["a", "b", "c"][label];
    labels
        .iter()
        .enumerate()
        .for_each(|(n, &label)| save(&window(n), &data.join(format!("{}/{n}.png", name(label)))));
    assert_eq!(figures(folder), idx, "folders by name");
}

#[test]
fn training_images_in_an_idx_file_are_calibration_inputs() {
    let project = classifier(3);
    let (folder, data) = (project.path(), project.path().join("data"));
    write_idx(&data, "t10k", &[0]);
    write_idx(&data, "train", &[0; COUNT]);
    (0..COUNT).for_each(|n| save(&window(n), &folder.join(format!("windows/{n:02}.png"))));
    let layers = |place| {
        let mut report = json(folder, &["approximate", ".", "--json", "--calibration", place]);
        let layers = report["layers"].as_array_mut().expect("layers");
        layers.iter_mut().for_each(|layer| layer["seconds"] = Value::Null);
        layers.clone()
    };
    assert_eq!(layers("data"), layers("windows"));
    // The first thousand, and no others.
    write_idx(&data, "train", &[0; 1000]);
    let thousand = layers("data");
    write_idx(&data, "train", &[0; 1001]);
    assert_eq!(layers("data"), thousand);
    write_idx(&data, "train", &[0; 999]);
    assert_ne!(layers("data"), thousand);

    fs::remove_file(data.join("train-images-idx3-ubyte")).expect("the images can be removed");
    let output = run(folder, &["approximate", ".", "--calibration", "data"]);
    let fault = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(fault.contains("t10k-images-idx3-ubyte holds test images"), "{fault}");
}

#[test]
fn a_network_is_right_about_what_it_says_itself() {
    let project = classifier(7);
    let folder = project.path();
    // A constant network chooses the same class for all: weights of nought and a bias that grows.
    let weights = "A.kernels f32 2 3 3\nA.bias f32 2\nB.kernels f32 14 1 1 = 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n\
                   B.bias f32 7 = 0 1 2 3 4 5 6\n";
    fs::write(folder.join("weights"), weights).expect("the weights can be written");
    make_weights(folder);
    write_idx(&folder.join("data"), "t10k", &[6, 6, 6, 5, 2, 1]);
    let result = evaluated(folder, &["--set", "k/8 |k|<=16"]);
    let keys: Vec<&String> = result.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["agreement", "images_per_second", "levels", "samples", "seconds"]);
    for level in ["float", "approx", "int"] {
        let score = &result["levels"][level];
        assert_eq!(number(&score["top1"]), 0.5, "{level}");
        assert!((number(&score["top5"]) - 5.0 / 6.0).abs() < 1e-12, "{level}");
        assert_eq!(score["auc"], Value::Null);
    }
    for levels in ["float_approx", "float_int", "approx_int"] {
        assert_eq!(number(&result["agreement"][levels]), 1.0);
    }
    assert!(number(&result["images_per_second"]) > 0.0);
    assert_eq!(evaluated(folder, &["--limit", "4"])["samples"], 4);
    let output = run(folder, &["evaluate", ".", "--data", "data"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("50.00 %") && text.contains("float and int agree on 100.00 %"), "{text}");
}

#[test]
fn two_classes_have_an_area_and_a_limit_takes_of_both() {
    let project = classifier(2);
    let (folder, data) = (project.path(), project.path().join("data"));
    for n in 0..COUNT {
        save(&window(n), &data.join(format!("{}/{n:02}.png", ["face", "other"][n / 6])));
    }
    let all = evaluated(folder, &[]);
    assert_eq!(all["samples"], COUNT);
    assert!((0.0..=1.0).contains(&number(&all["levels"]["int"]["auc"])));
    assert!(
        evaluated(folder, &["--limit", "2"])["levels"]["float"]["auc"].is_number(),
        "one image of each class"
    );
}

#[test]
fn a_sweep_scores_classifiers_as_evaluate_does() {
    let project = classifier(3);
    let folder = project.path();
    write_idx(&folder.join("data"), "t10k", &[0, 1, 2, 2, 1, 0]);
    let arguments =
        ["sweep", ".", "--sets", "ternary", "--data", "data", "--limit", "5", "-o", "out", "--json"];
    let swept = json(folder, &arguments);
    assert_eq!(swept["quality"], serde_json::json!({ "score": "top1" }));
    let of = |n: usize, kind: &str| number(&swept["points"][n]["outcome"][kind]["score"]["value"]);
    let result = evaluated(folder, &["--set", "ternary", "--limit", "5"]);
    assert_eq!(of(0, "float"), number(&result["levels"]["float"]["top1"]));
    assert_eq!(of(1, "built"), number(&result["levels"]["int"]["top1"]));
    // Fewer images are another sweep.
    let output =
        run(folder, &["sweep", ".", "--sets", "ternary", "--data", "data", "--limit", "4", "-o", "out"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds another sweep"));
}

#[test]
fn damaged_idx_files_are_refused_or_read() {
    let project = classifier(3);
    let (folder, data) = (project.path(), project.path().join("data"));
    write_idx(&data, "t10k", &[0, 1, 2]);
    let path = data.join("t10k-images-idx3-ubyte");
    let whole = fs::read(&path).expect("the file can be read");
    let check = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).expect("the file can be written");
        let output = run(folder, &["evaluate", ".", "--data", "data"]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 1)) && !text.contains("panicked"), "{what}: {text}");
    };
    (0..24).for_each(|length| check(&whole[..length], &format!("cut to {length}")));
    for at in 0..16 {
        for value in [0, 1, 127, 255] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            check(&bytes, &format!("byte {at} is {value}"));
        }
    }
}
