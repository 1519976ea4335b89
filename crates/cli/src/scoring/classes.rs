//! Networks with an output map per class on labelled images.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use lacuna_detection::Verdict;
use ndarray::Array3;
use rayon::prelude::*;
use serde::Serialize;

use super::labelled::Labelled;
use crate::levels::Runner;
use crate::project::Project;

/// Labelled images for a network that tells classes apart.
pub(crate) struct Classes(Labelled);

/// How well a network tells the classes apart.
#[derive(Serialize)]
pub(crate) struct ClassScore {
    pub(crate) top1: f64,
    pub(crate) top5: f64,
    /// Of two classes.
    pub(crate) auc: Option<f64>,
    #[serde(skip)]
    verdicts: Vec<Verdict>,
}

impl Classes {
    pub(super) fn open(folder: &Path, limit: Option<usize>, project: &Project) -> Result<Self> {
        let classes = project.trained.output_maps();
        ensure!(
            classes > 1,
            "{}: labelled images need a network with an output map per class, this network has {classes}",
            project.path.display()
        );
        let data = Self(Labelled::open(folder, limit, classes)?);
        // Most faults are those of all images: better told before the network is approximated.
        data.pixels(project, 0)?;
        Ok(data)
    }

    /// An image of which the network makes one result.
    fn pixels(&self, project: &Project, number: usize) -> Result<Array3<u8>> {
        let pixels = self.0.pixels(number, &project.model.input)?;
        let (_, rows, columns) = pixels.dim();
        let shown = || self.0.name(number);
        let shapes = project.trained.shapes(rows, columns).with_context(shown)?;
        let results = shapes.last().map_or(0, |shape| shape.height * shape.width);
        let window = project.trained.field_of_view().window;
        ensure!(
            results == 1,
            "{}: an image must give one result, this one of {columns} x {rows} pixels (width x height) gives {results}; {} x {} \
             would be right, to which `input.height` and `input.width` bring images of any size",
            shown(),
            window.width,
            window.height
        );
        Ok(pixels)
    }

    /// Images.
    pub(crate) fn samples(&self) -> usize {
        self.0.labels.len()
    }

    pub(super) fn files(&self) -> Vec<(String, PathBuf)> {
        self.0.files()
    }

    pub(super) fn score(
        &self,
        project: &Project,
        runners: &[Runner],
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<ClassScore>> {
        let scores = |number: usize| -> Result<Vec<Vec<f64>>> {
            let pixels = self.pixels(project, number)?;
            let one = |runner: &Runner| {
                let output = runner.run(&pixels).with_context(|| self.0.name(number))?;
                Ok(output.into_iter().collect())
            };
            let all = runners.iter().map(one).collect();
            done();
            all
        };
        let all: Vec<Vec<Vec<f64>>> =
            (0..self.samples()).into_par_iter().map(scores).collect::<Result<_>>()?;
        let of = |runner: usize| {
            let scores: Vec<&[f64]> = all.iter().map(|of_runners| of_runners[runner].as_slice()).collect();
            ClassScore::new(&scores, &self.0.labels)
        };
        Ok((0..runners.len()).map(of).collect())
    }
}

impl ClassScore {
    fn new(scores: &[&[f64]], labels: &[usize]) -> Self {
        let judged =
            scores.iter().zip(labels).map(|(scores, &label)| lacuna_detection::verdict(scores, label));
        let verdicts: Vec<Verdict> = judged.collect();
        let pairs: Option<Vec<[f64; 2]>> = scores.iter().map(|&scores| scores.try_into().ok()).collect();
        Self {
            top1: lacuna_detection::top(&verdicts, 1),
            top5: lacuna_detection::top(&verdicts, 5),
            auc: pairs.and_then(|pairs| lacuna_detection::auc_of_two(&pairs, labels)),
            verdicts,
        }
    }

    /// On which share of the images another network chooses the same class.
    pub(crate) fn agreement(&self, other: &Self) -> f64 {
        lacuna_detection::agreement(&self.verdicts, &other.verdicts)
    }
}
