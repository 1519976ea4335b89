//! `lacuna detect`: faces in a photograph.

use std::io::Cursor;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use image::codecs::pnm::{PnmEncoder, PnmSubtype, SampleEncoding};
use image::{DynamicImage, ImageFormat};
use lacuna_detection::{Detection, Window};
use ndarray::{Array2, Array3, Axis};
use rayon::prelude::*;
use serde::Serialize;

use crate::folder::write_file;
use crate::levels::{Level, Runner};
use crate::project::{Project, ProjectArguments};
use crate::{photograph, print};

/// Options of `lacuna detect`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// The photograph
    #[arg(long, value_name = "FILE")]
    image: PathBuf,
    /// The photograph with boxes; its ending tells the format (.png, .jpg or .ppm)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Draw what has at least this confidence (the sum of the scores of all windows that agree on a face)
    #[arg(long, value_name = "C", default_value_t = 2.0, allow_negative_numbers = true)]
    confidence: f64,
    /// The value of the pipeline to run
    #[arg(long, value_enum, default_value_t = Level::Int)]
    level: Level,
    /// Print one JSON document with the boxes on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Found {
    level: &'static str,
    faces: Vec<Face>,
}

#[derive(Serialize)]
struct Face {
    x1: f64,
    y1: f64,
    x2: f64,
    y2: f64,
    confidence: f64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let project = options.project.load()?;
    let format = ImageFormat::from_path(&options.output)
        .ok()
        .filter(|f| match f {
            ImageFormat::Png | ImageFormat::Jpeg => true,
            ImageFormat::Pnm => options.output.extension().is_some_and(|e| e.eq_ignore_ascii_case("ppm")),
            _ => false,
        })
        .with_context(|| {
            format!("{}: the output's ending must be .png, .jpg or .ppm", options.output.display())
        })?;
    let image = photograph::open(&options.image)?;
    let runner = Runner::new(&project, options.level)?;
    let mut found = Pyramid::new(&project, &image)?.scan(&project, &runner)?;
    found.retain(|d| d.confidence >= options.confidence);
    let mut drawn = image.to_rgb8();
    lacuna_detection::draw(&mut drawn, &found);
    let mut bytes = Cursor::new(Vec::new());
    let written = match format {
        // Left to itself the encoder writes PAM, which few programs read.
        ImageFormat::Pnm => drawn.write_with_encoder(
            PnmEncoder::new(&mut bytes).with_subtype(PnmSubtype::Pixmap(SampleEncoding::Binary)),
        ),
        format => drawn.write_to(&mut bytes, format),
    };
    written.with_context(|| format!("cannot write {}", options.output.display()))?;
    write_file(&options.output, bytes.get_ref())?;
    if options.json {
        let face = |d: &Detection| {
            let b = d.bounds;
            Face { x1: b.x1, y1: b.y1, x2: b.x2, y2: b.y2, confidence: d.confidence }
        };
        return print::json(&Found { level: options.level.name(), faces: found.iter().map(face).collect() });
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|d| {
            let b = d.bounds;
            vec![
                format!("{:.0}, {:.0}", b.x1, b.y1),
                format!("{:.0} x {:.0}", b.width(), b.height()),
                format!("{:.1}", d.confidence),
            ]
        })
        .collect();
    print::note(&print::table(&["left, top", "width x height", "confidence"], &rows));
    print::note(&format!(
        "{} face(s) in {} -> {}",
        found.len(),
        options.image.display(),
        options.output.display()
    ));
    Ok(())
}

/// The levels of a photograph's pyramid as the network reads them.
pub(crate) struct Pyramid {
    window: Window,
    levels: Vec<(lacuna_detection::Level, Array3<u8>)>,
}

impl Pyramid {
    /// Resizes the photograph to all levels, on all cores.
    pub(crate) fn new(project: &Project, image: &DynamicImage) -> Result<Self> {
        let window = project.window()?;
        let grey = lacuna_detection::grey(image);
        let levels = lacuna_detection::pyramid(grey.dimensions(), window, &project.detector);
        let pixels = |level| photograph::pixels(&lacuna_detection::level_image(&grey, level));
        Ok(Self { window, levels: levels.into_par_iter().map(|level| (level, pixels(level))).collect() })
    }

    /// All detections of a network, every level on a core of its own.
    pub(crate) fn scan(&self, project: &Project, runner: &Runner) -> Result<Vec<Detection>> {
        let maps: Result<Vec<(lacuna_detection::Level, Array2<f64>)>> = self
            .levels
            .par_iter()
            .map(|(level, pixels)| Ok((*level, runner.run(pixels)?.index_axis_move(Axis(0), 0))))
            .collect();
        Ok(lacuna_detection::detections(&maps?, self.window, &project.detector))
    }
}
