//! How good a network is on a folder of data.

mod classes;
mod labelled;
mod photographs;
mod windows;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use lacuna_fixed_point::IntNetwork;
use lacuna_network::InputSpec;
use lacuna_sweep::Metric;
use ndarray::Array3;
use serde::Serialize;

pub(crate) use classes::{ClassScore, Classes};
pub(crate) use photographs::{DetectorScore, FALSE_ALARMS, Photographs};
pub(crate) use windows::{WindowScore, Windows};

use labelled::{Labelled, number_in_front};

use crate::idx;
use crate::levels::Runner;
use crate::listing::{folders_in, name};
use crate::project::Project;

/// The labelled images of a folder as frames of one size (height, width).
pub(crate) fn frames(
    folder: &Path,
    limit: Option<usize>,
    network: &IntNetwork,
    [height, width]: [usize; 2],
) -> Result<Vec<Array3<u8>>> {
    // A network of one output tells two classes apart.
    let images = Labelled::open(folder, limit, network.output_formats().len().max(2))?;
    let input = InputSpec { maps: network.input_maps(), ..InputSpec::default() };
    let frame = |number: usize| {
        let pixels = images.pixels(number, &input)?;
        let (_, rows, columns) = pixels.dim();
        ensure!(
            [rows, columns] == [height, width],
            "{}: an image of {columns} x {rows} pixels (width x height) is no frame of {width} x {height}",
            images.name(number)
        );
        Ok(pixels)
    };
    (0..images.labels.len()).map(frame).collect()
}

/// A folder of data that has been looked through. Its kind tells what is scored.
pub(crate) enum Data {
    /// Photographs with a boxes.txt: a detector.
    Photographs(Photographs),
    /// Two folders of windows: a network that tells two classes apart.
    Windows(Windows),
    /// Labelled images: a network with an output map per class.
    Classes(Classes),
}

/// How good a network is.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Score {
    Detector(DetectorScore),
    Windows(WindowScore),
    Classes(ClassScore),
}

impl Data {
    /// Looks through a folder for what a network can be scored on. With a limit, only the first so many photographs, labelled
    /// images, or windows of each class, count.
    pub(crate) fn open(folder: &Path, limit: Option<usize>, project: &Project) -> Result<Self> {
        let boxes = folder.join("boxes.txt");
        let outputs = project.trained.output_maps();
        Ok(if boxes.is_file() {
            project.window()?;
            Self::Photographs(Photographs::open(folder, &boxes, limit)?)
        } else if outputs > 1 || folder.join(labelled::LIST).is_file() || idx::pair(folder)?.is_some() {
            Self::Classes(Classes::open(folder, limit, project)?)
        } else {
            let mut folders = folders_in(folder)?;
            let numbers: Option<Vec<usize>> =
                folders.iter().map(|folder| number_in_front(&name(folder))).collect();
            if numbers.is_some_and(|numbers| numbers.is_sorted()) {
                folders.reverse();
            }
            let [high, low] = folders.as_slice() else {
                bail!(
                    "{} holds neither a boxes.txt nor two folders of windows, one a class (it has {} folders)",
                    folder.display(),
                    folders.len()
                )
            };
            Self::Windows(Windows::open(high, low, limit)?)
        })
    }

    /// The score of each runner, every sample on a core of its own; `done` is called after each.
    pub(crate) fn score(
        &self,
        project: &Project,
        runners: &[Runner],
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<Score>> {
        Ok(match self {
            Self::Photographs(data) => {
                data.score(project, runners, done)?.into_iter().map(Score::Detector).collect()
            }
            Self::Windows(data) => {
                data.score(project, runners, done)?.into_iter().map(Score::Windows).collect()
            }
            Self::Classes(data) => {
                data.score(project, runners, done)?.into_iter().map(Score::Classes).collect()
            }
        })
    }

    /// Photographs, windows or images.
    pub(crate) fn samples(&self) -> usize {
        match self {
            Self::Photographs(data) => data.names.len(),
            Self::Windows(data) => data.images.iter().map(Vec::len).sum(),
            Self::Classes(data) => data.samples(),
        }
    }

    /// All files that a score depends on, with names that say their place in the folder.
    pub(crate) fn files(&self) -> Vec<(String, PathBuf)> {
        match self {
            Self::Photographs(data) => data.files(),
            Self::Windows(data) => data.files(),
            Self::Classes(data) => data.files(),
        }
    }
}

impl Score {
    /// The one number to compare networks by.
    pub(crate) fn main(&self) -> lacuna_sweep::Score {
        match self {
            Self::Detector(score) => lacuna_sweep::Score { metric: Metric::Ap, value: score.ap },
            Self::Windows(score) => lacuna_sweep::Score { metric: Metric::Auc, value: score.auc },
            Self::Classes(score) => lacuna_sweep::Score { metric: Metric::Top1, value: score.top1 },
        }
    }
}
