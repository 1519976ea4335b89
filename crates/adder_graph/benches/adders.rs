//! Adders, depth, cells and seconds for a folder of matrices, one a file:
//!
//! ```text
//! cargo bench -p lacuna-adder-graph -- DIR [--effort fast|default|max] [--min-depth] [--luts] [--seed N]
//!     [--beside FILE.json --setting NAME]
//! ```
//!
//! A file is `{"name", "input": {"signed", "bits"}, "data": [inputs][outputs]}`. With `--beside` the figures of another
//! optimiser are set beside ours: `[{"name", NAME: {"adders", "depth", "seconds"}}]`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use lacuna_adder_graph::{Config, Depth, Effort, Interval, Matrix, pipeline, solve};
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut config = Config::adders();
    let (mut folder, mut beside, mut setting) = (None, None, String::from("count"));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--effort" => config.effort = effort(&value()?)?,
            "--min-depth" => config.depth = Depth::Minimum,
            "--luts" => config.objective = Config::luts().objective,
            "--seed" => config.seed = value()?.parse()?,
            "--beside" => beside = Some(serde_json::from_str::<Value>(&std::fs::read_to_string(value()?)?)?),
            "--setting" => setting = value()?,
            // Cargo adds this to what the user gives.
            "--bench" => {}
            other if other.starts_with('-') => return Err(format!("no such option: {other}").into()),
            other => folder = Some(PathBuf::from(other)),
        }
    }
    let Some(folder) = folder else {
        println!("usage: cargo bench -p lacuna-adder-graph -- DIR [options]");
        return Ok(());
    };

    println!(
        "{:20} {:>7} {:>6} {:>7} {:>8} {:>8}  other  ratio",
        "matrix", "adders", "depth", "cells", "FF", "seconds"
    );
    let (mut adders, mut seconds, mut ratios) = (0, 0.0, Vec::new());
    for path in files(&folder)? {
        let (name, matrix, input) = read(&path)?;
        let start = Instant::now();
        let graph = solve(&matrix, &vec![input; matrix.rows()], &config)?;
        let elapsed = start.elapsed().as_secs_f64();
        graph.verify(&matrix)?;
        let cost = graph.cost();
        let registers = pipeline(&graph, 1).register_bits();
        let other = beside.as_ref().and_then(|rows| figure(rows, &name, &setting));
        let ratio = other.map(|other| cost.adders as f64 / other);
        let text = |figure: Option<f64>, digits| figure.map_or(String::new(), |f| format!("{f:.digits$}"));
        println!(
            "{name:20} {:7} {:6} {:7} {registers:8} {elapsed:8.3} {:>6} {:>6}",
            cost.adders,
            cost.depth,
            cost.lut_estimate,
            text(other, 0),
            text(ratio, 3)
        );
        adders += cost.adders;
        seconds += elapsed;
        ratios.extend(ratio);
    }
    println!("total: {adders} adders, {seconds:.2} seconds");
    if !ratios.is_empty() {
        let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        let worst = ratios.iter().copied().fold(0.0, f64::max);
        println!("ratio: geometric mean {mean:.4}, worst {worst:.3}, {} matrices", ratios.len());
    }
    Ok(())
}

fn effort(name: &str) -> Result<Effort, Failure> {
    match name {
        "fast" => Ok(Effort::Fast),
        "default" => Ok(Effort::Default),
        "max" => Ok(Effort::Max),
        other => Err(format!("no such effort: {other}").into()),
    }
}

/// The matrix files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files = entries.collect::<Result<Vec<_>, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<(String, Matrix, Interval), Failure> {
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let name = document["name"].as_str().ok_or("no name")?.to_string();
    let rows: Vec<Vec<i64>> = serde_json::from_value(document["data"].clone())?;
    let bits = document["input"]["bits"].as_u64().ok_or("no input bits")? as u32;
    let is_signed = document["input"]["signed"].as_bool().ok_or("no input sign")?;
    let input = if is_signed { Interval::signed(bits) } else { Interval::unsigned(bits) };
    Ok((name, Matrix::from_rows(&rows)?, input))
}

fn figure(rows: &Value, name: &str, setting: &str) -> Option<f64> {
    let row = rows.as_array()?.iter().find(|row| row["name"] == name)?;
    row[setting]["adders"].as_f64()
}
