//! What the tests of the binary share.

// Each test file is a crate of its own and uses a part of this one.
#![allow(dead_code, reason = "shared by several test crates")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{GrayImage, Luma};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

/// The folder with the workspace's Cargo.toml.
pub(crate) fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the crate lies in the repository")
}

/// A folder of this crate's tests.
pub(crate) fn tests(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

/// A temporary folder with a copy of the project `tests/fixtures/NAME`.
pub(crate) fn project(name: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    copy_folder(&tests("fixtures").join(name), folder.path());
    make_weights(folder.path());
    folder
}

/// The binary, to be run in `folder`. It finds no tools, and its own temporary files go to `temporary`.
pub(crate) fn lacuna(folder: &Path, temporary: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lacuna"));
    command.current_dir(folder).env("PATH", "").env("TMPDIR", temporary).env_remove("VERILATOR");
    command
}

/// Runs the binary in a folder.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    let output = lacuna(folder, &std::env::temp_dir()).args(arguments).output();
    output.expect("the binary can be started")
}

/// What the binary prints on stdout as one JSON document, after it has ended well.
pub(crate) fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("stdout is one JSON document and nothing else")
}

/// All files below a folder with their contents, and all folders with `None`.
pub(crate) fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for path in entries(folder) {
        if path.is_dir() {
            found.extend(snapshot(&path));
            found.insert(path, None);
        } else {
            let bytes = fs::read(&path).expect("the file can be read");
            found.insert(path, Some(bytes));
        }
    }
    found
}

/// The paths in a folder, in alphabetical order.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("the folder can be read").path()).collect();
    paths.sort();
    paths
}

/// Copies all files of a folder over those of another.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for path in entries(from) {
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("the file can be copied");
        }
    }
}

/// Turns the text file `weights` of a folder, if there is one, into `weights.safetensors`.
///
/// A line is a tensor: `name type shape`, then `= values` where they matter. Values that are not given are a ramp.
pub(crate) fn make_weights(folder: &Path) {
    let description = folder.join("weights");
    let Ok(text) = fs::read_to_string(&description) else { return };
    fs::remove_file(&description).expect("the file can be removed");
    let tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = text.lines().map(tensor).collect();
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).expect("the bytes fit the shape"))
    });
    let bytes = safetensors::serialize(views, None).expect("the tensors can be written");
    fs::write(folder.join("weights.safetensors"), bytes).expect("the file can be written");
}

fn tensor(line: &str) -> (String, Dtype, Vec<usize>, Vec<u8>) {
    let (head, values) = line.split_once('=').unwrap_or((line, ""));
    let mut words = head.split_whitespace();
    let (name, dtype) = (words.next().expect("a name"), words.next().expect("a type"));
    let shape: Vec<usize> = words.map(|n| n.parse().expect("a number")).collect();
    let given: Vec<f64> = values.split_whitespace().map(|v| v.parse().expect("a value")).collect();
    let ramp = |n: usize| (n * 37 % 23) as f64 / 16.0 - 0.625;
    let values = (0..shape.iter().product()).map(|n| given.get(n).copied().unwrap_or_else(|| ramp(n)));
    let (dtype, bytes) = match dtype {
        "f32" => (Dtype::F32, values.flat_map(|v| (v as f32).to_le_bytes()).collect()),
        "f64" => (Dtype::F64, values.flat_map(f64::to_le_bytes).collect()),
        other => panic!("the type {other} is not f32 or f64"),
    };
    (name.to_owned(), dtype, shape, bytes)
}

/// A grey image with some structure, the same every time.
pub(crate) fn picture(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        let wave = f64::from(x * x + 3 * y).sqrt().sin() + f64::from(x + y * y / 7).sin();
        Luma([(128.0 + 60.0 * wave) as u8])
    })
}
