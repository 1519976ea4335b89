//! Approximation for sample inputs through the real binary: where they come from, what they change, and how it is kept.

mod common;

use std::fs;
use std::path::Path;

use common::{json, picture, project, repository, run};
use serde_json::Value;

/// A folder of windows of several kinds, some of them in a folder of their own.
fn windows(folder: &Path) {
    fs::create_dir_all(folder.join("windows/more")).expect("the folder can be made");
    for n in 0..12_u32 {
        let place = if n % 2 == 0 { "windows" } else { "windows/more" };
        let cut = picture(40 + n, 60 - n);
        cut.save(folder.join(place).join(format!("{n:02}.png"))).expect("the image can be written");
    }
}

fn without_seconds(mut report: Value) -> Value {
    report.as_object_mut().expect("an object").remove("seconds");
    for layer in report["layers"].as_array_mut().expect("layers") {
        layer.as_object_mut().expect("an object").remove("seconds");
    }
    report
}

#[test]
fn a_folder_of_images_makes_outputs_come_nearer() {
    let temporary = tempfile::tempdir().expect("a temporary folder can be made");
    windows(temporary.path());
    let cff = repository().join("models/cff");
    let cff = cff.to_str().expect("the path is text");
    let of = |set: &str, more: &[&str]| {
        let arguments = [&["approximate", cff, "--set", set, "--json"], more].concat();
        without_seconds(json(temporary.path(), &arguments))
    };
    let fitted = of("ternary", &["--calibration", "windows"]);
    let total = fitted["total"]["output_error"].as_f64().expect("an output error where there is data");
    assert!(total > 0.0 && total < 1.0, "{total}");
    for layer in fitted["layers"].as_array().expect("layers") {
        let conv = layer["kind"] == "conv";
        assert_eq!(layer["solver"] == "data", conv, "{layer}");
        assert_eq!(layer["output_error"].is_f64(), conv, "{layer}");
    }
    let nearest = of("ternary", &[]);
    assert_eq!(nearest["total"]["output_error"], Value::Null);
    assert!(nearest["total"]["relative_error"].as_f64() < fitted["total"]["relative_error"].as_f64());
    let one_thread = common::lacuna(temporary.path(), temporary.path())
        .args(["approximate", cff, "--set", "ternary", "--json", "--calibration", "windows"])
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .expect("the binary can be started");
    let one_thread: Value = serde_json::from_slice(&one_thread.stdout).expect("one JSON document");
    assert_eq!(without_seconds(one_thread), fitted, "the same on any number of threads");
}

#[test]
fn the_key_is_relative_to_the_project_and_the_option_to_where_we_are() {
    let project = project("tiny");
    let folder = project.path();
    windows(folder);
    let yaml = fs::read_to_string(folder.join("lacuna.yaml")).expect("the project can be read");
    let by_option =
        without_seconds(json(folder, &["approximate", ".", "--json", "--calibration", "windows"]));
    fs::write(folder.join("lacuna.yaml"), yaml + "approximation:\n  calibration: windows\n")
        .expect("the project can be written");
    let away = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.to_str().expect("the path is text");
    let by_key = without_seconds(json(away.path(), &["approximate", path, "--json"]));
    assert_eq!(by_key, by_option);
}

#[test]
fn a_saved_approximation_is_the_same_network() {
    let project = project("tiny");
    let folder = project.path();
    windows(folder);
    let image = picture(30, 20);
    image.save(folder.join("image.png")).expect("the image can be written");
    let set = ["--set", "{0, ±1/2, ±1, ±2}", "--calibration", "windows"];
    let saved = run(folder, &[&["approximate", ".", "-o", "kept"][..], &set].concat());
    assert!(saved.status.success(), "{}", String::from_utf8_lossy(&saved.stderr));
    let outputs = |project: &str, more: &[&str]| {
        ["approx", "int"].map(|level| {
            let arguments = ["run", project, "--input", "image.png", "--level", level, "--json"];
            json(folder, &[&arguments, more].concat())
        })
    };
    assert_eq!(outputs("kept", &[]), outputs(".", &set));
    let report = json(folder, &["approximate", "kept", "--json"]);
    assert_eq!(report["total"]["relative_error"], 0.0);
    assert_eq!(report["layers"][0]["solver"], "keep");
    let again = run(folder, &["approximate", "kept", "-o", "again"]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(outputs("again", &[]), outputs(".", &set), "saving twice changes nothing");
}
