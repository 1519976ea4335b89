//! Detectors on photographs with boxes that people drew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lacuna_detection::{BoundingBox, Photograph};
use rayon::prelude::*;
use serde::Serialize;

use crate::commands::detect::Pyramid;
use crate::levels::Runner;
use crate::listing::images_in;
use crate::photograph;
use crate::project::Project;

/// Overlap from which a detection counts as the face it overlaps.
const MATCH_IOU: f64 = 0.4;

/// Numbers of false alarms at which recall is given.
pub(crate) const FALSE_ALARMS: [usize; 3] = [8, 31, 65];

/// A folder of photographs.
pub(crate) struct Photographs {
    folder: PathBuf,
    boxes: PathBuf,
    /// File names, in alphabetical order.
    pub(crate) names: Vec<String>,
    faces: BTreeMap<String, Vec<BoundingBox>>,
}

/// How good a detector is.
#[derive(Serialize)]
pub(crate) struct DetectorScore {
    pub(crate) ap: f64,
    pub(crate) recall_at: BTreeMap<usize, f64>,
}

impl Photographs {
    pub(super) fn open(folder: &Path, boxes: &Path, limit: Option<usize>) -> Result<Self> {
        let shown = boxes.display();
        let text = fs::read_to_string(boxes).with_context(|| format!("cannot read {shown}"))?;
        let faces = lacuna_detection::parse_boxes(&text).with_context(|| shown.to_string())?;
        let mut names: Vec<String> = images_in(folder)?
            .iter()
            .filter_map(|path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned))
            .collect();
        if let Some(missing) = faces.keys().find(|name| !names.contains(name)) {
            bail!("{shown}: it names {missing}, which is not among the images beside it");
        }
        names.sort();
        names.truncate(limit.unwrap_or(usize::MAX));
        let data = Self { folder: folder.to_owned(), boxes: boxes.to_owned(), names, faces };
        ensure!(
            data.total() > 0,
            "{shown}: it lists no box{}, so there is nothing to find",
            match limit {
                Some(limit) => format!(" in the first {limit} photographs"),
                None => String::new(),
            }
        );
        Ok(data)
    }

    /// Faces in all photographs.
    pub(crate) fn total(&self) -> usize {
        self.names.iter().filter_map(|name| self.faces.get(name)).map(Vec::len).sum()
    }

    pub(super) fn files(&self) -> Vec<(String, PathBuf)> {
        let image = |name: &String| (name.clone(), self.folder.join(name));
        [("boxes.txt".to_owned(), self.boxes.clone())]
            .into_iter()
            .chain(self.names.iter().map(image))
            .collect()
    }

    pub(super) fn score(
        &self,
        project: &Project,
        runners: &[Runner],
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<DetectorScore>> {
        let scanned: Result<Vec<Vec<Photograph>>> = self
            .names
            .par_iter()
            .map(|name| {
                let pyramid = Pyramid::new(project, &photograph::open(&self.folder.join(name))?)?;
                let of_runners = runners.iter().map(|runner| {
                    let faces: Vec<BoundingBox> = self.faces.get(name).cloned().unwrap_or_default();
                    Ok(Photograph { detections: pyramid.scan(project, runner)?, faces })
                });
                let of_runners = of_runners.collect::<Result<Vec<_>>>().with_context(|| name.clone());
                done();
                of_runners
            })
            .collect();
        let scanned = scanned?;
        let score = |runner: usize| {
            let photographs: Vec<Photograph> = scanned.iter().map(|all| all[runner].clone()).collect();
            let scores = lacuna_detection::score(&photographs, MATCH_IOU, &FALSE_ALARMS);
            DetectorScore { ap: scores.ap, recall_at: scores.recall_at }
        };
        Ok((0..runners.len()).map(score).collect())
    }
}
