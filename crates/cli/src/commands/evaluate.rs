//! `lacuna evaluate`: how good a network is, at the float, approximated and integer level.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use lacuna_approximation::Solver;
use serde::Serialize;

use crate::levels::{Level, Runner};
use crate::project::{Project, ProjectArguments};
use crate::scoring::{ClassScore, Data, FALSE_ALARMS, Score};
use crate::{preprocessing, print};

/// So many images tell a trained network from chance.
const ENOUGH: usize = 100;

/// Right on less than this many times the images that chance would be right on, a network has seen something else in training.
const NEAR_CHANCE: f64 = 2.0;

/// A loss of so much is worth a hint.
const CLEAR_LOSS: f64 = 0.01;

/// Options of `lacuna evaluate`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// For a detector photographs with a boxes.txt (lines `file x1 y1 x2 y2`); for a network of one output two folders of
    /// windows, the class with the high scores first in the alphabet (such as face/ and other/), or with the higher number in front
    /// of its name (such as 0_other/ and 1_face/); for a network with an output
    /// per class idx files (t10k-* where there are several), a folder per class, or images with a labels.txt (lines `file
    /// label`) or the number of their class in front of the name
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Score only the first N photographs or labelled images, or the first N windows of each class
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Output<'a> {
    samples: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    boxes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<&'a [String; 2]>,
    levels: BTreeMap<&'static str, Score>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agreement: Option<BTreeMap<String, f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    images_per_second: Option<f64>,
    seconds: f64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    let project = options.project.load()?;
    let data = Data::open(&options.data, options.limit.map(|limit| limit as usize), &project)?;
    let runners = Runner::all(&project)?;
    let bar = print::progress("samples", data.samples());
    let begun = Instant::now();
    let scores = data.score(&project, &runners, &|| bar.inc(1))?;
    let scoring = begun.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let (boxes, classes, images_per_second) = match &data {
        Data::Photographs(data) => (Some(data.total()), None, None),
        Data::Windows(data) => (None, Some(&data.classes), None),
        Data::Classes(data) => (None, None, Some(data.samples() as f64 / scoring)),
    };
    let output = Output {
        samples: data.samples(),
        boxes,
        classes,
        agreement: agreement(&scores),
        levels: Level::ALL.into_iter().map(Level::name).zip(scores).collect(),
        images_per_second,
        seconds: start.elapsed().as_secs_f64(),
    };
    if options.json {
        return print::json(&output);
    }
    let rows: Vec<Vec<String>> = Level::ALL
        .iter()
        .map(|level| [vec![level.name().to_owned()], cells(&output.levels[level.name()])].concat())
        .collect();
    print::note(&print::table(header(&data), &rows));
    if output.samples >= ENOUGH {
        warn(&project, &output);
    }
    for (levels, share) in output.agreement.iter().flatten() {
        print::note(&format!("{} agree on {:.2} %", levels.replace('_', " and "), share * 100.0));
    }
    let speed = output.images_per_second.map(|speed| format!(", {speed:.0} images/s at all levels together"));
    let speed = speed.unwrap_or_default();
    let range = preprocessing::range_text(&project.model.input.range()?);
    print::note(&format!(
        "{}, pixels 0 to 255 enter the first layer as {range}, {:.1} s{speed}",
        contents(&data),
        output.seconds
    ));
    Ok(())
}

/// Says what the scores of many images suggest to change.
fn warn(project: &Project, output: &Output<'_>) {
    let main = |level: Level| output.levels[level.name()].main().value;
    if let Some(Score::Classes(float)) = output.levels.get(Level::Float.name())
        && is_near_chance(float.top1, project.trained.output_maps())
    {
        print::note(&format!(
            "warning: of {} classes the float network knows hardly more than chance: do the keys of `input` in {} (mean, \
             scale, order, resize) make of pixels what it was trained on?",
            project.trained.output_maps(),
            project.path.display()
        ));
    } else if main(Level::Float) - main(Level::Approx) >= CLEAR_LOSS
        && project.calibration.is_none()
        && project.approximation.solver == Solver::Exact
    {
        print::note(
            "hint: the levels are the nearest to the trained weights; --calibration PATH (a thousand inputs such as the network was \
             trained on) chooses them for the network's output, which usually loses less",
        );
    }
}

/// On which share of the images each two levels choose the same class.
fn agreement(scores: &[Score]) -> Option<BTreeMap<String, f64>> {
    let of_levels: Vec<(Level, &ClassScore)> = Level::ALL
        .into_iter()
        .zip(scores)
        .map(|(level, score)| match score {
            Score::Classes(score) => Some((level, score)),
            Score::Detector(_) | Score::Windows(_) => None,
        })
        .collect::<Option<_>>()?;
    let pairs = of_levels.iter().enumerate().flat_map(|(n, one)| {
        let name = |level: &Level| format!("{}_{}", one.0.name(), level.name());
        of_levels[n + 1..].iter().map(move |(level, score)| (name(level), one.1.agreement(score)))
    });
    Some(pairs.collect())
}

fn header(data: &Data) -> &'static [&'static str] {
    match data {
        Data::Photographs(_) => &["level", "AP at IoU 0.4", "recall at 8 false alarms", "at 31", "at 65"],
        Data::Windows(_) => &["level", "AUC"],
        Data::Classes(_) => &["level", "top-1", "top-5", "AUC"],
    }
}

fn cells(score: &Score) -> Vec<String> {
    match score {
        Score::Detector(score) => {
            let recalls = FALSE_ALARMS.iter().map(|n| format!("{:.3}", score.recall_at[n]));
            [format!("{:.4}", score.ap)].into_iter().chain(recalls).collect()
        }
        Score::Windows(score) => vec![format!("{:.5}", score.auc)],
        Score::Classes(score) => {
            let auc = score.auc.map_or("-".to_owned(), |auc| format!("{auc:.5}"));
            vec![format!("{:.2} %", score.top1 * 100.0), format!("{:.2} %", score.top5 * 100.0), auc]
        }
    }
}

fn contents(data: &Data) -> String {
    match data {
        Data::Photographs(data) => format!("{} photographs, {} faces", data.names.len(), data.total()),
        Data::Windows(data) => {
            let [high, low] = &data.classes;
            let [of_high, of_low] = data.images.each_ref().map(Vec::len);
            format!("{of_high} windows of `{high}`, {of_low} of `{low}`")
        }
        Data::Classes(data) => format!("{} images", data.samples()),
    }
}

/// A few times chance; of two or three classes, not even half of the way from chance to all.
fn is_near_chance(top1: f64, classes: usize) -> bool {
    let chance = 1.0 / classes.max(1) as f64;
    top1 < (NEAR_CHANCE * chance).min(f64::midpoint(chance, 1.0))
}

#[cfg(test)]
mod tests {
    use super::is_near_chance;

    #[test]
    fn two_classes_that_are_told_apart_are_not_near_chance() {
        assert!(!is_near_chance(0.97, 2) && is_near_chance(0.6, 2));
        assert!(!is_near_chance(0.5, 10) && is_near_chance(0.12, 10));
    }
}
