//! `lacuna evaluate`: how good a network is, at the float, approximated and integer level.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::levels::{Level, Runner};
use crate::print;
use crate::project::ProjectArguments;
use crate::scoring::{Data, FALSE_ALARMS, Score};

/// Options of `lacuna evaluate`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// Photographs with a boxes.txt (lines `file x1 y1 x2 y2`), or two folders of windows, the class with the high scores first
    /// in the alphabet (such as face/ and other/)
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
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
    seconds: f64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    let project = options.project.load()?;
    let data = Data::open(&options.data, None)?;
    data.check(&project)?;
    let runners = Runner::all(&project)?;
    let bar = print::progress("samples", data.samples());
    let scores = data.score(&project, &runners, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let (boxes, classes) = match &data {
        Data::Photographs(data) => (Some(data.total()), None),
        Data::Windows(data) => (None, Some(&data.classes)),
    };
    let levels = Level::ALL.into_iter().map(Level::name).zip(scores).collect();
    let seconds = start.elapsed().as_secs_f64();
    let output = Output { samples: data.samples(), boxes, classes, levels, seconds };
    if options.json {
        return print::json(&output);
    }
    let rows: Vec<Vec<String>> = Level::ALL
        .iter()
        .map(|level| [vec![level.name().to_owned()], cells(&output.levels[level.name()])].concat())
        .collect();
    print::note(&print::table(header(&data), &rows));
    print::note(&format!("{}, {seconds:.1} s", contents(&data)));
    Ok(())
}

fn header(data: &Data) -> &'static [&'static str] {
    match data {
        Data::Photographs(_) => &["level", "AP at IoU 0.4", "recall at 8 false alarms", "at 31", "at 65"],
        Data::Windows(_) => &["level", "AUC"],
    }
}

fn cells(score: &Score) -> Vec<String> {
    match score {
        Score::Detector(score) => {
            let recalls = FALSE_ALARMS.iter().map(|n| format!("{:.3}", score.recall_at[n]));
            [format!("{:.4}", score.ap)].into_iter().chain(recalls).collect()
        }
        Score::Windows(score) => vec![format!("{:.5}", score.auc)],
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
    }
}
