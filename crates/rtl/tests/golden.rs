//! The Verilog of one small network, committed, so that a change of a template is reviewed in the diff.
//!
//! `tests/golden/network.json` becomes the files in `tests/golden/rtl`. Modules that are copied from `hdl_templates` as they
//! are do not appear. `UPDATE_EXPECT=1` writes the files anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lacuna_fixed_point::IntNetwork;
use lacuna_rtl::{Config, design, render};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The modules that are printed through a template, by file name.
fn printed() -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder().join("network.json")).expect("the network can be read");
    let network: IntNetwork = serde_json::from_str(&text).expect("the network is right");
    let config = Config { frame: [5, 7], adders_per_stage: 2, ..Config::default() };
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
fn committed() -> BTreeMap<String, String> {
    let paths = fs::read_dir(rtl()).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let named = |path: PathBuf| {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(path).expect("Verilog is text"))
    };
    paths.map(named).collect()
}

fn rtl() -> PathBuf {
    folder().join("rtl")
}

#[test]
fn the_verilog_is_as_committed() {
    let printed = printed();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        // It may not be there yet.
        let _ = fs::remove_dir_all(rtl());
        fs::create_dir(rtl()).expect("the folder can be made");
        for (name, text) in &printed {
            fs::write(rtl().join(name), text).expect("the file can be written");
        }
    }
    let committed = committed();
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&printed), names(&committed));
    for (name, text) in &printed {
        let mut lines = text.lines().zip(committed[name].lines()).enumerate();
        if let Some((line, (printed, committed))) =
            lines.find(|(_, (printed, committed))| printed != committed)
        {
            panic!("{name}:{}\n printed: {printed}\ncommitted: {committed}", line + 1);
        }
        assert!(*text == committed[name], "{name} has another length");
    }
}
