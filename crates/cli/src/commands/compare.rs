//! `lacuna compare`: how far the outputs of the levels are from those of the trained network, on images without labels.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;
use lacuna_detection::Deviation;
use ndarray::Array3;
use rayon::prelude::*;
use serde::Serialize;

use crate::levels::{Level, Runner};
use crate::listing::images_below;
use crate::project::{Project, ProjectArguments};
use crate::{photograph, print};

/// Options of `lacuna compare`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// A folder of images; those in the folders below it count too
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Only the first N images, in the order of their names
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Output {
    samples: usize,
    /// Maps, height and width of the output for the first image.
    shape: [usize; 3],
    levels: BTreeMap<&'static str, Difference>,
    seconds: f64,
}

/// How far outputs are from those of the trained network.
#[derive(Serialize)]
struct Difference {
    /// The norm of all differences, as a part of the norm of all outputs.
    relative_error: f64,
    /// The largest single difference.
    largest_difference: f64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    let project = options.project.load()?;
    let shown = options.data.display();
    ensure!(options.data.is_dir(), "{shown}: there is no such folder");
    let mut images = images_below(&options.data)?;
    images.truncate(options.limit.map_or(usize::MAX, |limit| limit as usize));
    ensure!(!images.is_empty(), "{shown}: no image lies in the folder or below it");
    let read = |path: &PathBuf| -> Result<Array3<u8>> {
        let shown = || path.display().to_string();
        let pixels = photograph::input(photograph::open(path)?, &project.model.input).with_context(shown)?;
        project.trained.shapes(pixels.dim().1, pixels.dim().2).with_context(shown)?;
        Ok(pixels)
    };
    // What is wrong with all images is told before the network is approximated.
    let (_, height, width) = read(&images[0])?.dim();
    let shape = project.trained.shapes(height, width)?.last().map_or([0; 3], |s| [s.maps, s.height, s.width]);
    let runners = Runner::all(&project)?;
    let bar = print::progress("images", images.len());
    let all: Vec<[Deviation; 2]> = images
        .par_iter()
        .map(|path| {
            let of_image = compared(&runners, &read(path)?).with_context(|| path.display().to_string());
            bar.inc(1);
            of_image
        })
        .collect::<Result<_>>()?;
    bar.finish_and_clear();
    let levels = Level::ALL[1..].iter().enumerate();
    let levels = levels.map(|(n, level)| (level.name(), difference(all.iter().map(|of| of[n])))).collect();
    let output = Output { samples: images.len(), shape, levels, seconds: start.elapsed().as_secs_f64() };
    if options.json {
        return print::json(&output);
    }
    report(&project, &output);
    Ok(())
}

/// One image through the trained network and the two others.
fn compared(runners: &[Runner; 3], pixels: &Array3<u8>) -> Result<[Deviation; 2]> {
    let wanted = runners[0].run(pixels)?;
    let deviation = |runner: &Runner| runner.run(pixels).map(|values| Deviation::of(&values, &wanted));
    Ok([deviation(&runners[1])?, deviation(&runners[2])?])
}

fn difference(of_images: impl Iterator<Item = Deviation>) -> Difference {
    let all = of_images.fold(Deviation::default(), Deviation::and);
    Difference { relative_error: all.relative(), largest_difference: all.largest() }
}

fn report(project: &Project, output: &Output) {
    let row = |(level, difference): (&&'static str, &Difference)| {
        let Difference { relative_error, largest_difference } = difference;
        vec![
            (*level).to_owned(),
            format!("{:.3} %", relative_error * 100.0),
            format!("{largest_difference:.4}"),
        ]
    };
    let rows: Vec<Vec<String>> = output.levels.iter().map(row).collect();
    print::note(&print::table(&["level", "relative error", "largest difference"], &rows));
    let [maps, height, width] = output.shape;
    print::note(&format!(
        "{}: outputs of {maps} x {height} x {width} (maps, height, width) for {} images, against float; {:.1} s",
        project.path.display(),
        output.samples,
        output.seconds
    ));
}
