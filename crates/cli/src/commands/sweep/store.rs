//! The folder of a sweep: one file per point, written whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lacuna_sweep::{Point, Record};

use crate::folder::write_file;

/// Where the points lie within the folder of a sweep.
const POINTS: &str = "points";

/// The points of one sweep.
pub(super) struct Store {
    points: PathBuf,
    sweep: String,
}

/// What lies where a point belongs.
pub(super) enum Found {
    Record(Record),
    Nothing,
    /// A file that is no record of the point, with a sentence about it.
    Broken(String),
}

impl Store {
    /// Opens or makes the folder of the sweep with this fingerprint.
    pub(super) fn open(folder: &Path, sweep: &str) -> Result<Self> {
        let shown = folder.display();
        let points = folder.join(POINTS);
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries.count(),
            Err(_) if folder.exists() => {
                bail!("cannot write to {shown}: it exists and is no folder that can be read")
            }
            Err(_) => 0,
        };
        if entries > 0 && !points.is_dir() {
            bail!("{shown} is not empty and holds no sweep: choose another folder or empty it");
        }
        fs::create_dir_all(&points)
            .with_context(|| format!("cannot create the folder {}", points.display()))?;
        let store = Self { points, sweep: sweep.to_owned() };
        store.refuse_other_sweeps(folder)?;
        Ok(store)
    }

    fn refuse_other_sweeps(&self, folder: &Path) -> Result<()> {
        let shown = self.points.display();
        let entries =
            fs::read_dir(&self.points).with_context(|| format!("cannot read the folder {shown}"))?;
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.with_context(|| format!("cannot read the folder {shown}"))?.path());
        }
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "json")) {
            let Ok(record) = record(path) else { continue };
            if record.sweep != self.sweep {
                bail!(
                    "{} holds another sweep: {} is of other weights, settings, data or another version of lacuna; choose \
                     another folder or remove {shown}",
                    folder.display(),
                    path.display()
                );
            }
        }
        Ok(())
    }

    /// The record of a point, if there is one.
    pub(super) fn read(&self, point: &Point) -> Found {
        let path = self.file(&point.key());
        if !path.exists() {
            return Found::Nothing;
        }
        match record(&path) {
            Ok(found) if found.key == point.key() => Found::Record(found),
            Ok(found) => Found::Broken(format!("{} is the point {}", path.display(), found.key)),
            Err(error) => Found::Broken(format!("{error:#}")),
        }
    }

    /// Writes a record, whole or not at all.
    pub(super) fn write(&self, record: &Record) -> Result<()> {
        let text = serde_json::to_string_pretty(record).context("cannot write the point as JSON")? + "\n";
        write_file(&self.file(&record.key), text.as_bytes())
    }

    fn file(&self, key: &str) -> PathBuf {
        self.points.join(format!("{key}.json"))
    }
}

fn record(path: &Path) -> Result<Record> {
    let shown = path.display();
    let text = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let record: Record =
        serde_json::from_slice(&text).with_context(|| format!("{shown} is no whole point"))?;
    ensure!(record.is_sound(), "{shown} holds figures that no point can have");
    Ok(record)
}
