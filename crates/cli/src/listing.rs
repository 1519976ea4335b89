//! What lies in a folder, in the order of names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::photograph::looks_like_image;

/// All that lies in a folder.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let shown = || format!("cannot read the folder {}", folder.display());
    let entries = fs::read_dir(folder).with_context(shown)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry.with_context(shown)?.path())).collect::<Result<_>>()?;
    paths.sort();
    Ok(paths)
}

/// The folders in a folder.
pub(crate) fn folders_in(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

/// The images of a folder.
pub(crate) fn images_in(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| looks_like_image(path)).collect())
}

/// All images below a folder, folder by folder.
pub(crate) fn images_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut images = Vec::new();
    for path in entries(folder)? {
        // A link to a folder is left out: it may lead back here.
        if path.is_dir() && !path.is_symlink() {
            images.extend(images_below(&path)?);
        } else if looks_like_image(&path) {
            images.push(path);
        }
    }
    Ok(images)
}

/// The last part of a path, for people.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
