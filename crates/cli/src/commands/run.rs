//! `lacuna run`: one image through the network.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use crate::levels::{Level, Runner};
use crate::project::ProjectArguments;
use crate::{photograph, print};

/// Options of `lacuna run`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// The image
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The value of the pipeline to run
    #[arg(long, value_enum, default_value_t = Level::Int)]
    level: Level,
    /// Print one JSON document with all outputs on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Output {
    level: &'static str,
    /// Maps, height, width.
    shape: [usize; 3],
    /// By map, row and column.
    values: Vec<Vec<Vec<f64>>>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let project = options.project.load()?;
    let image = photograph::open(&options.input)?;
    let shown = || options.input.display().to_string();
    let pixels = photograph::input(image, &project.model.input).with_context(shown)?;
    let output = Runner::new(&project, options.level)?.run(&pixels).with_context(shown)?;
    let (maps, height, width) = output.dim();
    if options.json {
        let rows = |map: ndarray::ArrayView2<'_, f64>| map.outer_iter().map(|row| row.to_vec()).collect();
        let values = output.outer_iter().map(rows).collect();
        return print::json(&Output { level: options.level.name(), shape: [maps, height, width], values });
    }
    let rows: Vec<Vec<String>> = output
        .outer_iter()
        .enumerate()
        .map(|(map, values)| {
            let (at, best) = values
                .indexed_iter()
                .fold(((0, 0), f64::NEG_INFINITY), |best, (at, &v)| if v > best.1 { (at, v) } else { best });
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            vec![
                map.to_string(),
                format!("{least:.4}"),
                format!("{:.4}", values.mean().unwrap_or(f64::NAN)),
                format!("{best:.4}"),
                format!("{}, {}", at.0, at.1),
            ]
        })
        .collect();
    print::note(&format!("{} level, {maps} map(s) of {width} x {height} results", options.level.name()));
    print::note(&print::table(&["map", "least", "mean", "greatest", "at row, column"], &rows));
    Ok(())
}
