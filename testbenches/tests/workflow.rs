//! The Snakemake workflow: its dry run, a small run on this machine, and that it gives what `lacuna sweep` gives.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lacuna_testbenches::{lacuna, repository};
use tempfile::TempDir;

/// The points of the sweep below.
const POINTS: usize = 4;

/// A folder with a configuration of the workflow.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let config = format!(
        "lacuna: {}\nproject: {}\nsets: [ternary]\nconfigurations: [A_2]\nbudgets: [none, 700]\noutput: out\nthreads: 1\n",
        lacuna().display(),
        repository().join("models/cff").display()
    );
    fs::write(folder.path().join("small.yaml"), config).expect("the configuration can be written");
    folder
}

/// Runs Snakemake in a folder; whether it succeeded, and what it said.
fn snakemake(folder: &Path, profile: &str, more: &[&str]) -> (bool, String) {
    let workflows = repository().join("workflows");
    let tool = repository().join(".tools/venv/bin/snakemake");
    let output = Command::new(&tool)
        .arg("--snakefile")
        .arg(workflows.join("Snakefile"))
        .arg("--profile")
        .arg(workflows.join("profiles").join(profile))
        .args(["--configfile", "small.yaml"])
        .args(more)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .output()
        .unwrap_or_else(|e| panic!("{} cannot be started ({e}): run tools/setup.sh test", tool.display()));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// All files below a folder with their contents.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it lies there").to_owned();
                found.insert(name, fs::read(&path).expect("the file can be read"));
            }
        }
    }
    found
}

#[test]
fn a_dry_run_names_every_point_and_does_none() {
    let folder = folder();
    for (profile, more) in [("local", &["--dry-run"][..]), ("slurm", &["--dry-run", "--executor", "dryrun"])]
    {
        let (success, text) = snakemake(folder.path(), profile, more);
        assert!(success, "{profile}: {text}");
        for key in ["ternary.none.nearest", "ternary.700.nearest", "A_2.none.nearest", "A_2.700.nearest"] {
            assert!(text.contains(&format!("--point {key} ")), "{profile}: {key}\n{text}");
        }
        assert!(!folder.path().join("out").exists(), "{profile}");
    }
}

#[test]
fn the_workflow_gives_the_bytes_of_the_sweep() {
    let folder = folder();
    let (success, text) = snakemake(folder.path(), "local", &["--cores", "2"]);
    assert!(success, "{text}");
    let cff = repository().join("models/cff");
    let direct = Command::new(lacuna())
        .arg("sweep")
        .arg(cff)
        .args(["--sets", "ternary", "--configurations", "A_2", "--budgets", "none", "700", "-o", "direct"])
        .current_dir(folder.path())
        .output();
    assert!(direct.expect("lacuna can be started").status.success());
    let swept = files(&folder.path().join("out"));
    assert_eq!(swept.len(), POINTS + 4);
    assert!(swept == files(&folder.path().join("direct")));

    let (success, text) = snakemake(folder.path(), "local", &["--cores", "2"]);
    assert!(success && text.contains("Nothing to be done"), "{text}");
}

#[test]
fn a_sweep_that_lacuna_refuses_fails_with_its_message() {
    let folder = folder();
    let (success, text) = snakemake(folder.path(), "local", &["--dry-run", "--config", "sets=[quaternary]"]);
    assert!(!success && text.contains("`quaternary` names no set"), "{text}");
}
