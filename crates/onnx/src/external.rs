//! Tensor data in another file: only in files beside the model or below its folder, and only what is asked for.

use prost::bytes::Bytes;

use crate::proto::Entry;
use crate::tensor::MAX_ELEMENTS;

/// A part of a file beside the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Relative to the model's folder; its parts are plain names, joined by `/`.
    pub file: &'a str,
    /// From the file's beginning, in bytes.
    pub offset: u64,
    /// In bytes.
    pub length: usize,
}

/// Whoever reads files, and how many bytes may still be read.
pub(crate) struct External<'a> {
    read: &'a mut dyn FnMut(&Part<'_>) -> Result<Vec<u8>, String>,
    left: usize,
}

impl<'a> External<'a> {
    pub(crate) fn new(read: &'a mut dyn FnMut(&Part<'_>) -> Result<Vec<u8>, String>) -> Self {
        Self { read, left: 4 * MAX_ELEMENTS }
    }
}

impl External<'_> {
    /// The bytes that have been read.
    pub(crate) fn used(&self) -> usize {
        4 * MAX_ELEMENTS - self.left
    }
}

/// Reads the `length` bytes that the entries name.
pub(crate) fn read(entries: &[Entry], length: usize, files: &mut External<'_>) -> Result<Bytes, String> {
    let value = |key: &str| entries.iter().find(|e| e.key == key).map(|e| e.value.as_str());
    let file = value("location").ok_or("its data is external, but no file is named")?;
    check_name(file)?;
    let number = |key: &str| match value(key) {
        None => Ok(None),
        Some(text) => {
            text.parse::<u64>().map(Some).map_err(|_| format!("`{key}: {text}` of its data is no number"))
        }
    };
    let offset = number("offset")?.unwrap_or(0);
    if let Some(stored) = number("length")?
        && stored != length as u64
    {
        return Err(format!("its shape needs {length} bytes, but {stored} are said to lie in `{file}`"));
    }
    files.left = files.left.checked_sub(length).ok_or("the model's external data is too large")?;
    let bytes = (files.read)(&Part { file, offset, length })?;
    if bytes.len() != length {
        return Err(format!("{length} bytes are needed from `{file}`, but {} are there", bytes.len()));
    }
    Ok(bytes.into())
}

/// Whether a name stays inside the model's folder on every system.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    let named = name.strip_prefix("./").unwrap_or(name).split('/').all(plain);
    if named && !name.contains(['\\', ':', '\0']) {
        return Ok(());
    }
    Err(format!("its data lies in `{}`: only files in the model's folder are read", name.escape_debug()))
}
