//! The Verilog of two small networks, committed, so that a change of a template is reviewed in the diff.
//!
//! `tests/golden/NAME/network.json` becomes the files in `tests/golden/NAME/rtl`. Modules that are copied from `hdl_templates` as they
//! are do not appear. `UPDATE_EXPECT=1` writes the files anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lacuna_fixed_point::IntNetwork;
use lacuna_rtl::{Config, design, render};
use serde_json::{Value, json};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The modules that are printed through a template, by file name.
fn printed(name: &str, config: Value) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder(name).join("network.json")).expect("the network can be read");
    let network: IntNetwork = serde_json::from_str(&text).expect("the network is right");
    let config: Config = serde_json::from_value(config).expect("the section is right");
    let files = render(&design("golden", &network, &config).expect("the network can become hardware"));
    let copied = |text: &str| {
        let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hdl_templates");
        let mut entries = fs::read_dir(templates).expect("the templates can be read");
        entries.any(|entry| fs::read_to_string(entry.expect("an entry").path()).is_ok_and(|t| t == text))
    };
    let modules = files.into_iter().filter(|file| !copied(&file.text));
    modules.filter_map(|file| Some((file.path.strip_prefix("rtl/")?.to_owned(), file.text))).collect()
}

/// The committed files, by name.
fn committed(rtl: &Path) -> BTreeMap<String, String> {
    let paths = fs::read_dir(rtl).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let named = |path: PathBuf| {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(path).expect("Verilog is text"))
    };
    paths.map(named).collect()
}

fn assert_as_committed(name: &str, config: Value) {
    let printed = printed(name, config);
    let rtl = folder(name).join("rtl");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        // It may not be there yet.
        let _ = fs::remove_dir_all(&rtl);
        fs::create_dir(&rtl).expect("the folder can be made");
        for (file, text) in &printed {
            fs::write(rtl.join(file), text).expect("the file can be written");
        }
    }
    let committed = committed(&rtl);
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&printed), names(&committed), "{name}");
    for (file, text) in &printed {
        let mut lines = text.lines().zip(committed[file].lines()).enumerate();
        if let Some((line, (printed, committed))) =
            lines.find(|(_, (printed, committed))| printed != committed)
        {
            panic!("{name}/rtl/{file}:{}\n printed: {printed}\ncommitted: {committed}", line + 1);
        }
        assert!(*text == committed[file], "{name}/rtl/{file} has another length");
    }
}

#[test]
fn unrolled_layers_are_as_committed() {
    assert_as_committed("unrolled", json!({"frame": [5, 7], "adders_per_stage": 2}));
}

/// An edge, maxima, a depthwise layer whose lines lie in two RAMs, and tables, with maps that take turns.
#[test]
fn folded_layers_are_as_committed() {
    let layers = json!({
        "A": {"inputs": 1, "outputs": 2}, "A.scale": {"inputs": 1}, "A.tanh": "table", "A.max": {"inputs": 1},
        "B": {"inputs": 1, "large_bits": 5}, "B.tanh": "table", "C": {"inputs": 1, "outputs": 2}
    });
    assert_as_committed("folded", json!({"frame": [12, 12], "clocks_per_pixel": 6, "layers": layers}));
}
