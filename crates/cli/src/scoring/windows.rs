//! Networks of one output on windows of two classes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;
use serde::Serialize;

use crate::levels::Runner;
use crate::listing::{images_in, name};
use crate::photograph;
use crate::project::Project;

/// Two folders of windows, the class with the high scores first.
pub(crate) struct Windows {
    /// The names of the folders.
    pub(crate) classes: [String; 2],
    /// In alphabetical order.
    pub(crate) images: [Vec<PathBuf>; 2],
}

/// How well a network tells the classes apart.
#[derive(Serialize)]
pub(crate) struct WindowScore {
    pub(crate) auc: f64,
}

impl Windows {
    pub(super) fn open(high: &Path, low: &Path, limit: Option<usize>) -> Result<Self> {
        let mut images = [images_in(high)?, images_in(low)?];
        for (folder, images) in [high, low].iter().zip(&mut images) {
            if images.is_empty() {
                bail!("{} holds no images", folder.display());
            }
            images.truncate(limit.unwrap_or(usize::MAX));
        }
        Ok(Self { classes: [name(high), name(low)], images })
    }

    pub(super) fn files(&self) -> Vec<(String, PathBuf)> {
        let of_class = |(class, images): (&String, &Vec<PathBuf>)| -> Vec<(String, PathBuf)> {
            images.iter().map(|path| (format!("{class}/{}", name(path)), path.clone())).collect()
        };
        self.classes.iter().zip(&self.images).flat_map(of_class).collect()
    }

    pub(super) fn score(
        &self,
        project: &Project,
        runners: &[Runner],
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<WindowScore>> {
        let scores = |path: &PathBuf| -> Result<Vec<f64>> {
            let shown = || path.display().to_string();
            let pixels =
                photograph::input(photograph::open(path)?, &project.model.input).with_context(shown)?;
            let one = |runner: &Runner| {
                let output = runner.run(&pixels).with_context(shown)?;
                let results = output.len();
                ensure!(
                    results == 1,
                    "{}: a window must give one result, this image gives {results}",
                    path.display()
                );
                Ok(output[(0, 0, 0)])
            };
            let all = runners.iter().map(one).collect();
            done();
            all
        };
        let [high, low] = &self.images;
        let high: Vec<Vec<f64>> = high.par_iter().map(scores).collect::<Result<_>>()?;
        let low: Vec<Vec<f64>> = low.par_iter().map(scores).collect::<Result<_>>()?;
        let of =
            |class: &[Vec<f64>], runner: usize| class.iter().map(|all| all[runner]).collect::<Vec<f64>>();
        let auc = |runner| lacuna_detection::auc(&of(&high, runner), &of(&low, runner));
        Ok((0..runners.len()).map(|runner| WindowScore { auc: auc(runner) }).collect())
    }
}
