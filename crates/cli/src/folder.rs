//! Output folders and files that are written whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lacuna_rtl::SourceFile;

use crate::owned::{self, Kind, MANIFEST};

/// How the names of temporary files and folders begin.
const PREFIX: &str = ".lacuna-";

/// Writes all files into a new folder and moves it to `target` when it is complete.
///
/// An earlier output of the same kind is replaced, if it is as we left it; any other folder with something in it is left
/// alone and is an error.
pub(crate) fn write_folder(target: &Path, kind: Kind, files: &[SourceFile]) -> Result<()> {
    let files: Vec<(&str, &[u8])> = files.iter().map(|f| (f.path.as_str(), f.text.as_bytes())).collect();
    write_files(target, kind, &files)
}

/// The same for any bytes; one of the files must be our manifest.
pub(crate) fn write_files(target: &Path, kind: Kind, files: &[(&str, &[u8])]) -> Result<()> {
    let shown = target.display().to_string();
    let target = &check_target(target, kind)?;
    let parent = parent_of(target);
    fs::create_dir_all(parent).with_context(|| format!("cannot create the folder {}", parent.display()))?;
    let fresh = temporary_folder(parent)?;
    let (_, manifest) = files.iter().find(|(name, _)| *name == MANIFEST).expect("an output has a manifest");
    let manifest = owned::with_files(manifest, kind, files)?;
    for (name, bytes) in files {
        let bytes = if *name == MANIFEST { &manifest } else { *bytes };
        let path = fresh.path().join(name);
        let folder = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, bytes))
            .with_context(|| format!("cannot write {name} for {shown}"))?;
    }
    // A temporary folder is private; what we hand over has the usual permissions of its parent.
    copy_permissions(parent, fresh.path());
    if target.exists() {
        // The old output steps aside and comes back if the new one cannot take its place.
        let aside = temporary_folder(parent)?;
        let old = aside.path().join("old");
        fs::rename(target, &old).with_context(|| format!("cannot replace {shown}"))?;
        if let Err(error) = fs::rename(fresh.path(), target) {
            fs::rename(&old, target).with_context(|| format!("cannot restore {shown}"))?;
            return Err(error).with_context(|| format!("cannot write {shown}"));
        }
    } else {
        fs::rename(fresh.path(), target).with_context(|| format!("cannot write {shown}"))?;
    }
    // It has been moved away: there is nothing left to remove.
    let _ = fresh.keep();
    Ok(())
}

/// Whether an output of this kind could be written to `target` now; where the folder really is. Long work asks before it begins.
pub(crate) fn check_target(target: &Path, kind: Kind) -> Result<PathBuf> {
    let shown = target.display().to_string();
    ensure!(target.exists() || !target.is_symlink(), "cannot write to {shown}: it is a link to nothing");
    // `.` cannot be moved, the folder it stands for can.
    let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    let occupied = match fs::read_dir(&target) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) if target.exists() => {
            bail!("cannot write to {shown}: it exists and is no folder that can be read")
        }
        Err(_) => false,
    };
    if occupied {
        owned::check(&target, &shown, kind)?;
    }
    let parent = parent_of(&target);
    ensure!(parent.is_dir() || !parent.exists(), "cannot write {shown}: {} is no folder", parent.display());
    Ok(target)
}

/// Refuses to write an output over the project that it is made from.
pub(crate) fn refuse_to_replace(project: &Path, output: &Path) -> Result<()> {
    let same =
        |a: &Path, b: &Path| matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b);
    ensure!(
        !same(parent_of(project), output),
        "{} holds the project itself: choose another folder",
        output.display()
    );
    Ok(())
}

/// The folder a path lies in.
pub(crate) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary_folder(parent: &Path) -> Result<tempfile::TempDir> {
    let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent);
    made.map_err(without_path).with_context(|| unwritable(parent))
}

fn unwritable(folder: &Path) -> String {
    format!("cannot write to the folder {}", folder.display())
}

/// The fault without the name of the temporary file, which nobody has chosen.
fn without_path(error: io::Error) -> io::Error {
    io::Error::from(error.kind())
}

fn copy_permissions(from: &Path, to: &Path) {
    if let Ok(metadata) = fs::metadata(from) {
        // Failing to widen permissions loses nothing.
        let _ = fs::set_permissions(to, metadata.permissions());
    }
}

/// Writes one file by way of a temporary one beside it.
pub(crate) fn write_file(target: &Path, bytes: &[u8]) -> Result<()> {
    let shown = target.display();
    let parent = parent_of(target);
    ensure!(parent.is_dir(), "cannot write {shown}: {} is no folder", parent.display());
    let made = tempfile::Builder::new().prefix(PREFIX).tempfile_in(parent);
    let mut file = made.map_err(without_path).with_context(|| unwritable(parent))?;
    file.write_all(bytes).with_context(|| format!("cannot write {shown}"))?;
    let file = file.persist(target).map_err(|e| e.error).with_context(|| format!("cannot write {shown}"))?;
    if let Ok(metadata) = fs::metadata(parent) {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o666;
        let _ = file.set_permissions(fs::Permissions::from_mode(mode));
    }
    Ok(())
}
