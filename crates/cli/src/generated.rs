//! Reading a folder that `lacuna generate` wrote.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use lacuna_rtl::Manifest;
use serde_json::Value;

use crate::owned::MANIFEST;

/// The manifest of whatever kind of output: its text, and what it says.
pub(crate) fn read_any_manifest(folder: &Path, written_by: &str) -> Result<(String, Value)> {
    let path = folder.join(MANIFEST);
    let shown = path.display();
    let text = fs::read_to_string(&path).with_context(|| match path.exists() {
        true => format!("cannot read {shown}"),
        false => format!("cannot read {shown}: DIR is a folder written by {written_by}"),
    })?;
    let manifest = serde_json::from_str(&text).with_context(|| damaged(&path))?;
    Ok((text, manifest))
}

/// The manifest of a core, whose sources and further `files` are there.
pub(crate) fn read_manifest(folder: &Path, files: &[&str]) -> Result<Manifest> {
    let written_by = "`lacuna generate`";
    let (text, manifest) = read_any_manifest(folder, written_by)?;
    if let Some(kind) = manifest["kind"].as_str().filter(|kind| *kind != "core") {
        bail!(
            "{} is output of another kind ({kind}): DIR is a folder written by {written_by}",
            folder.display()
        );
    }
    core_manifest(folder, &text, files)
}

/// The same, of a manifest whose text has been read.
pub(crate) fn core_manifest(folder: &Path, text: &str, files: &[&str]) -> Result<Manifest> {
    let path = folder.join(MANIFEST);
    // From the text: its faults have a line and a column.
    let manifest: Manifest = serde_json::from_str(text).with_context(|| damaged(&path))?;
    ensure!(manifest.is_well_formed(), "{}: it names other files than lacuna writes", damaged(&path));
    let sources = manifest.sources.iter().map(String::as_str);
    for file in sources.chain(files.iter().copied()).map(|file| folder.join(file)) {
        ensure!(file.is_file(), "{} is missing, generate the folder again", file.display());
    }
    Ok(manifest)
}

/// What is to be said of a file that is not as it was written.
pub(crate) fn damaged(path: &Path) -> String {
    format!("{} is damaged, generate the folder again", path.display())
}
