//! `lacuna adders`: constant matrices become graphs of shared adders, a tool on its own.

mod matrix_file;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use lacuna_adder_graph::{Config, Depth, Effort, Objective};
use lacuna_rtl::SourceFile;
use rayon::prelude::*;
use serde::Serialize;

use crate::folder::write_folder;
use crate::owned::{Kind, MANIFEST};
use crate::print;

use matrix_file::Task;

/// Options of `lacuna adders`.
#[derive(Args)]
pub(crate) struct Options {
    /// Matrices: {"name", "data": [inputs][outputs], "input": {"signed", "bits"} or {"min", "max"}, or "inputs": one each}
    #[arg(required = true, value_name = "MATRIX.json")]
    matrices: Vec<PathBuf>,
    /// How much work a matrix may take; counted in steps, so that the result is the same everywhere
    #[arg(long, value_enum, default_value_t = WrittenEffort::Default)]
    effort: WrittenEffort,
    /// What is to be small: the number of adders, or the cells of an ECP5
    #[arg(long, value_enum, default_value_t = WrittenObjective::Adders)]
    objective: WrittenObjective,
    /// The most adders in a row
    #[arg(long, value_name = "N", conflicts_with = "min_depth")]
    max_depth: Option<usize>,
    /// As few adders in a row as the matrix allows
    #[arg(long)]
    min_depth: bool,
    /// Seed of the optimiser's choices
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Matrices worked on side by side; all cores when absent, with the same result
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Adders in a row between two registers of the Verilog
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    adders_per_stage: u32,
    /// Write pipelined Verilog, a testbench and test vectors of each matrix
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WrittenEffort {
    Fast,
    Default,
    Max,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WrittenObjective {
    Adders,
    Luts,
}

/// The figures of one matrix.
#[derive(Serialize)]
struct Figures {
    name: String,
    n_in: usize,
    n_out: usize,
    adders: usize,
    negations: usize,
    depth: usize,
    lut_estimate: u64,
    register_bits: u64,
    seconds: f64,
    verified: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let tasks: Result<Vec<Task>> = options
        .matrices
        .iter()
        .map(|path| matrix_file::read(path).with_context(|| path.display().to_string()))
        .collect();
    let tasks = tasks?;
    if options.output.is_some() {
        distinct_names(&tasks)?;
    }
    let config = Config {
        objective: match options.objective {
            WrittenObjective::Adders => Objective::Adders,
            WrittenObjective::Luts => Objective::Luts,
        },
        effort: match options.effort {
            WrittenEffort::Fast => Effort::Fast,
            WrittenEffort::Default => Effort::Default,
            WrittenEffort::Max => Effort::Max,
        },
        depth: match (options.max_depth, options.min_depth) {
            (Some(depth), _) => Depth::AtMost(depth),
            (None, true) => Depth::Minimum,
            (None, false) => Depth::Free,
        },
        seed: options.seed,
    };
    let threads = options.threads.map_or(0, usize::from);
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().context("cannot start threads")?;
    let bar = print::progress("matrices", tasks.len());
    let solved: Result<Vec<(Figures, Vec<SourceFile>)>> = pool.install(|| {
        let one = |task: &Task| {
            let solved = solve(task, &config, options).with_context(|| task.name.clone());
            bar.inc(1);
            solved
        };
        tasks.par_iter().map(one).collect()
    });
    bar.finish_and_clear();
    let (figures, files): (Vec<Figures>, Vec<Vec<SourceFile>>) = solved?.into_iter().unzip();
    if let Some(folder) = &options.output {
        write(folder, &figures, files)?;
    }
    if options.json {
        return print::json(&figures);
    }
    print::note(&table(&figures));
    Ok(())
}

/// Names become files and modules, and some file systems do not tell upper from lower case.
fn distinct_names(tasks: &[Task]) -> Result<()> {
    let mut names: Vec<String> = tasks.iter().map(|t| t.name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => bail!("two matrices are named `{}`: with -o each needs a name of its own", pair[0]),
        None => Ok(()),
    }
}

fn solve(task: &Task, config: &Config, options: &Options) -> Result<(Figures, Vec<SourceFile>)> {
    let started = Instant::now();
    let graph = lacuna_adder_graph::solve(&task.matrix, &task.inputs, config)?;
    let seconds = started.elapsed().as_secs_f64();
    // Coefficient vectors and intervals, exact integers: a graph that differs from its matrix is no result.
    graph.verify(&task.matrix).context("the graph was found to differ from the matrix")?;
    let pipeline = lacuna_adder_graph::pipeline(&graph, options.adders_per_stage);
    let cost = graph.cost();
    let files = match options.output {
        None => Vec::new(),
        Some(_) => {
            lacuna_rtl::matrix_core(&task.name, &task.matrix, &graph, &pipeline, options.adders_per_stage)?
        }
    };
    let figures = Figures {
        name: task.name.clone(),
        n_in: task.matrix.rows(),
        n_out: task.matrix.columns(),
        adders: cost.adders,
        negations: cost.negations,
        depth: cost.depth,
        lut_estimate: cost.lut_estimate,
        register_bits: pipeline.register_bits(),
        seconds,
        verified: true,
    };
    Ok((figures, files))
}

/// All matrices into one folder; modules that several of them share are written once.
fn write(folder: &Path, figures: &[Figures], files: Vec<Vec<SourceFile>>) -> Result<()> {
    let mut all: Vec<SourceFile> = files.into_iter().flatten().collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all.dedup();
    if let Some(pair) = all.windows(2).find(|pair| pair[0].path == pair[1].path) {
        bail!("two matrices want to write {}: give them other names", pair[0].path);
    }
    let names: Vec<&str> = figures.iter().map(|f| f.name.as_str()).collect();
    all.push(lacuna_rtl::matrix_makefile(&names));
    // What the machine measured stays out: the same matrices give the same bytes.
    let mut matrices = serde_json::to_value(figures).context("cannot write the manifest")?;
    for entry in matrices.as_array_mut().into_iter().flatten() {
        entry.as_object_mut().map(|entry| entry.remove("seconds"));
    }
    let generator = concat!("lacuna ", env!("CARGO_PKG_VERSION"));
    let manifest = serde_json::json!({ "generator": generator, "matrices": matrices });
    let text = serde_json::to_string_pretty(&manifest).context("cannot write the manifest")? + "\n";
    all.push(SourceFile { path: MANIFEST.to_owned(), text });
    write_folder(folder, Kind::Adders, &all)
}

fn table(figures: &[Figures]) -> String {
    let row = |f: &Figures| {
        vec![
            f.name.clone(),
            format!("{} x {}", f.n_in, f.n_out),
            f.adders.to_string(),
            f.depth.to_string(),
            f.lut_estimate.to_string(),
            f.register_bits.to_string(),
            format!("{:.2}", f.seconds),
        ]
    };
    let mut rows: Vec<Vec<String>> = figures.iter().map(row).collect();
    if figures.len() > 1 {
        rows.push(vec![
            "total".to_owned(),
            String::new(),
            figures.iter().map(|f| f.adders).sum::<usize>().to_string(),
            String::new(),
            figures.iter().map(|f| f.lut_estimate).sum::<u64>().to_string(),
            figures.iter().map(|f| f.register_bits).sum::<u64>().to_string(),
            format!("{:.2}", figures.iter().map(|f| f.seconds).sum::<f64>()),
        ]);
    }
    let header = [
        "matrix",
        "inputs x outputs",
        "adders",
        "depth",
        "ECP5 cells (estimate)",
        "register bits",
        "seconds",
    ];
    print::table(&header, &rows)
}
