//! `lacuna evaluate`: how good a network is, at the float, approximated and integer level.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use lacuna_detection::{BoundingBox, Photograph};
use rayon::prelude::*;
use serde::Serialize;

use super::detect::Pyramid;
use crate::levels::{Level, Runner};
use crate::project::{Project, ProjectArguments};
use crate::{photograph, print};

/// Overlap from which a detection counts as the face it overlaps.
const MATCH_IOU: f64 = 0.4;

/// Numbers of false alarms at which recall is given.
const FALSE_ALARMS: [usize; 3] = [8, 31, 65];

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

/// Scores of a detector on photographs.
#[derive(Serialize)]
struct DetectorResult {
    samples: usize,
    boxes: usize,
    levels: BTreeMap<&'static str, DetectorLevel>,
    seconds: f64,
}

#[derive(Serialize)]
struct DetectorLevel {
    ap: f64,
    recall_at: BTreeMap<usize, f64>,
}

/// Scores of a two-class network on windows.
#[derive(Serialize)]
struct WindowResult {
    samples: usize,
    classes: [String; 2],
    levels: BTreeMap<&'static str, WindowLevel>,
    seconds: f64,
}

#[derive(Serialize)]
struct WindowLevel {
    auc: f64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let project = options.project.load()?;
    let boxes = options.data.join("boxes.txt");
    if boxes.is_file() {
        return evaluate_detector(&project, &options.data, &boxes, options.json);
    }
    let folders = class_folders(&options.data)?;
    match folders.as_slice() {
        [high, low] => evaluate_windows(&project, high, low, options.json),
        _ => bail!(
            "{} holds neither a boxes.txt nor two folders of windows, one a class (it has {} folders)",
            options.data.display(),
            folders.len()
        ),
    }
}

fn evaluate_detector(project: &Project, data: &Path, boxes: &Path, json: bool) -> Result<()> {
    let start = Instant::now();
    let text = fs::read_to_string(boxes).with_context(|| format!("cannot read {}", boxes.display()))?;
    let faces = lacuna_detection::parse_boxes(&text).with_context(|| boxes.display().to_string())?;
    let mut names: Vec<String> = images_in(data)?
        .iter()
        .filter_map(|path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned))
        .collect();
    if let Some(missing) = faces.keys().find(|name| !names.contains(name)) {
        bail!("{}: it names {missing}, which is not among the images beside it", boxes.display());
    }
    names.sort();
    let total: usize = faces.values().map(Vec::len).sum();
    ensure!(total > 0, "{}: it lists no box, so there is nothing to find", boxes.display());
    project.window()?;
    let runners = Runner::all(project)?;

    let bar = print::progress("photographs", names.len());
    let scanned: Result<Vec<Vec<Photograph>>> = names
        .par_iter()
        .map(|name| {
            let pyramid = Pyramid::new(project, &photograph::open(&data.join(name))?)?;
            let of_levels = runners.iter().map(|(_, runner)| {
                let faces: Vec<BoundingBox> = faces.get(name).cloned().unwrap_or_default();
                Ok(Photograph { detections: pyramid.scan(project, runner)?, faces })
            });
            let of_levels = of_levels.collect::<Result<Vec<_>>>().with_context(|| name.clone());
            bar.inc(1);
            of_levels
        })
        .collect();
    bar.finish_and_clear();
    let scanned = scanned?;

    let levels = runners
        .iter()
        .enumerate()
        .map(|(index, (level, _))| {
            let photographs: Vec<Photograph> = scanned.iter().map(|levels| levels[index].clone()).collect();
            let scores = lacuna_detection::score(&photographs, MATCH_IOU, &FALSE_ALARMS);
            (level.name(), DetectorLevel { ap: scores.ap, recall_at: scores.recall_at })
        })
        .collect();
    let result =
        DetectorResult { samples: names.len(), boxes: total, levels, seconds: start.elapsed().as_secs_f64() };
    if json {
        return print::json(&result);
    }
    let rows: Vec<Vec<String>> = Level::ALL
        .iter()
        .map(|level| {
            let scores = &result.levels[level.name()];
            let recalls = FALSE_ALARMS.iter().map(|n| format!("{:.3}", scores.recall_at[n]));
            [level.name().to_owned(), format!("{:.4}", scores.ap)].into_iter().chain(recalls).collect()
        })
        .collect();
    print::note(&print::table(
        &["level", "AP at IoU 0.4", "recall at 8 false alarms", "at 31", "at 65"],
        &rows,
    ));
    print::note(&format!("{} photographs, {total} faces, {:.1} s", result.samples, result.seconds));
    Ok(())
}

fn evaluate_windows(project: &Project, high: &Path, low: &Path, json: bool) -> Result<()> {
    let start = Instant::now();
    let maps = project.trained.output_maps();
    ensure!(
        maps == 1,
        "{}: two classes need one output map, this network has {maps}",
        project.path.display()
    );
    let classes = [images_in(high)?, images_in(low)?];
    for (folder, images) in [high, low].iter().zip(&classes) {
        if images.is_empty() {
            bail!("{} holds no images", folder.display());
        }
    }
    let samples = classes.iter().map(Vec::len).sum();
    let runners = Runner::all(project)?;
    let bar = print::progress("windows", samples * Level::ALL.len());
    let mut levels = BTreeMap::new();
    for (level, runner) in runners {
        let score = |path: &PathBuf| -> Result<f64> {
            let shown = || path.display().to_string();
            let maps = project.trained.input_maps();
            let pixels = photograph::input_maps(&photograph::open(path)?, maps).with_context(shown)?;
            let output = runner.run(&pixels).with_context(shown)?;
            if output.len() != 1 {
                bail!("{}: a window must give one result, this image gives {}", path.display(), output.len());
            }
            bar.inc(1);
            Ok(output[(0, 0, 0)])
        };
        let scores: Result<Vec<Vec<f64>>> =
            classes.iter().map(|class| class.par_iter().map(score).collect::<Result<Vec<f64>>>()).collect();
        let scores = scores?;
        levels.insert(level.name(), WindowLevel { auc: lacuna_detection::auc(&scores[0], &scores[1]) });
    }
    bar.finish_and_clear();
    let name = |folder: &Path| folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let result = WindowResult {
        samples,
        classes: [name(high), name(low)],
        levels,
        seconds: start.elapsed().as_secs_f64(),
    };
    if json {
        return print::json(&result);
    }
    let rows: Vec<Vec<String>> = Level::ALL
        .iter()
        .map(|level| vec![level.name().to_owned(), format!("{:.5}", result.levels[level.name()].auc)])
        .collect();
    print::note(&print::table(&["level", "AUC"], &rows));
    print::note(&format!(
        "{} windows of `{}`, {} of `{}`, {:.1} s",
        classes[0].len(),
        result.classes[0],
        classes[1].len(),
        result.classes[1],
        result.seconds
    ));
    Ok(())
}

/// The images of a folder, by name.
fn images_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut images: Vec<PathBuf> =
        entries(folder)?.into_iter().filter(|p| photograph::looks_like_image(p)).collect();
    images.sort();
    Ok(images)
}

fn class_folders(data: &Path) -> Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = entries(data)?.into_iter().filter(|p| p.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let shown = folder.display();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read the folder {shown}"))?;
    entries
        .map(|entry| Ok(entry.with_context(|| format!("cannot read the folder {shown}"))?.path()))
        .collect()
}
