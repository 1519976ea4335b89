//! What the tests share: the models in `tests/models`.

// Each test file is a crate of its own and uses a part of this one.
#![allow(dead_code, reason = "shared by several test crates")]

use std::fs;
use std::path::{Path, PathBuf};

use lacuna_onnx::{Error, Imported, Part};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models")
}

/// The names of all models, in alphabetical order.
pub(crate) fn models() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("the models are there");
    let names =
        entries.map(|e| e.expect("the folder can be read").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter_map(|n| n.strip_suffix(".onnx").map(str::to_owned)).collect();
    names.sort();
    names
}

pub(crate) fn bytes(file: &str) -> Vec<u8> {
    fs::read(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

pub(crate) fn floats(file: &str) -> Vec<f32> {
    bytes(file).chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// A part of a file among the models.
pub(crate) fn read_part(part: &Part<'_>) -> Result<Vec<u8>, String> {
    let all = fs::read(folder().join(part.file)).map_err(|error| error.to_string())?;
    let start = usize::try_from(part.offset).map_err(|error| error.to_string())?;
    let end = start.saturating_add(part.length);
    all.get(start..end).map(<[u8]>::to_vec).ok_or_else(|| "the file is too short".to_owned())
}

pub(crate) fn import(name: &str) -> Result<Imported, Error> {
    lacuna_onnx::import(bytes(&format!("{name}.onnx")), None, &mut read_part)
}
