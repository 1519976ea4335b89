//! What a core is where nothing is said of its hardware: unrolled if the network is small, of shared units if it is large.

mod common;

use std::fs;

use common::{project, run};
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
