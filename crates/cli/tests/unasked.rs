//! What a core is where nothing is said of its hardware: unrolled if the network is small, of shared units if it is large, and what fits
//! the board where one is named.

mod common;

use std::fs;

use common::{project, repository, run};
use serde_json::Value;

/// The configuration of the core that `generate` makes, and what it prints.
fn generated(fixture: &str, change: impl Fn(String) -> String) -> (Value, String) {
    let folder = project(fixture);
    let file = folder.path().join("lacuna.yaml");
    let text = fs::read_to_string(&file).expect("the project is there");
    fs::write(&file, change(text)).expect("the project can be written");
    let output = run(folder.path(), &["generate", ".", "-o", "core"]);
    let said = String::from_utf8(output.stderr).expect("what is printed is text");
    assert!(output.status.success(), "{said}");
    let manifest = fs::read_to_string(folder.path().join("core/manifest.json")).expect("there is a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("the manifest is JSON");
    (manifest["config"].clone(), said)
}

const SENTENCE: &str = "weights are too many for an adder each";

#[test]
fn a_large_network_shares_units_and_that_is_said() {
    let (config, said) = generated("large", |text| text);
    let clocks = config["clocks_per_pixel"].as_u64().expect("a number");
    assert!(clocks > 1, "{config}");
    assert!(config["layers"]["B"]["inputs"].is_u64(), "{config}");
    assert!(config["layers"]["A"]["inputs"].is_null(), "72 weights have adders of their own: {config}");
    let sentence = format!(
        "2504 {SENTENCE}, and nothing is said of the hardware: layers share units, a pixel in {clocks} clocks"
    );
    assert_eq!(said.matches(&sentence).count(), 1, "{said}");
    assert!(!said.contains("no board is named"), "one reason is enough: {said}");
}

#[test]
fn what_the_project_says_is_what_is_built() {
    let (config, said) = generated("large", |text| text + "  clocks_per_pixel: 1\n");
    assert_eq!(config["clocks_per_pixel"], 1);
    assert!(config["layers"].as_object().is_none_or(serde_json::Map::is_empty), "{config}");
    assert!(!said.contains(SENTENCE), "{said}");
}

#[test]
fn a_small_network_takes_a_pixel_every_clock() {
    let (config, said) = generated("tiny", |text| text);
    assert_eq!(config["clocks_per_pixel"], 1);
    assert!(!said.contains(SENTENCE), "{said}");
}

#[test]
fn a_core_that_fits_no_board_is_made_with_a_warning() {
    let warning = "the core fits no board";
    let (config, said) = generated("large", |text| {
        text.replace(
            "[12, 12]",
            "[12, 60000]\n  clocks_per_pixel: 1\n  layers: {A.sum: unrolled, B: unrolled}",
        )
    });
    assert_eq!(config["frame"][1], 60_000);
    assert_eq!(said.matches(warning).count(), 1, "{said}");
    let (_, said) = generated("tiny", |text| text);
    assert!(!said.contains(warning), "{said}");
}

#[test]
fn the_small_detector_is_planned_for_the_smallest_board() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let model = repository().join("models/cff");
    let whole = fs::read_to_string(model.join("up5k.yaml")).expect("the project is there");
    let (open, _) = whole.split_once("  adders_per_stage").expect("the project says how it is built");
    fs::write(folder.path().join("lacuna.yaml"), format!("{open}\ndetector: {{}}\n"))
        .expect("the project can be written");
    fs::copy(model.join("up5k.safetensors"), folder.path().join("up5k.safetensors"))
        .expect("the weights can be copied");
    let output = run(folder.path(), &["check", ".", "--board", "icebreaker"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("a pixel a clock"), "{said}");
    let large = said.lines().find(|line| line.starts_with("large RAMs of 256 kbit"));
    assert!(large.is_some_and(|line| line.ends_with("4          4  100 %")), "{said}");
}
