//! `lacuna synth`: a generated core becomes a bitstream, and figures.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::folder::{check_target, write_files};
use crate::owned::{Kind, MANIFEST};
use crate::print;
use crate::synth::{Around, Board, Core, Limits, Report, Verdict, synthesise};

/// Options of `lacuna synth`.
#[derive(Args)]
pub(crate) struct Options {
    /// A folder written by `lacuna generate`, or by `lacuna adders -o`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// A folder of `constraints` by its name, such as icebreaker or ulx3s-25f, or any folder with a `/` in it
    #[arg(long, value_name = "NAME")]
    board: String,
    /// Placements tried, of which the fastest is kept
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: u32,
    /// The longest that a tool may take for one run, before it is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 1800, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    timeout: u64,
    /// Which core, where DIR holds several
    #[arg(long, value_name = "NAME")]
    core: Option<String>,
    /// A Verilog file with a module lacuna_board_top around the core, instead of the one that measures it
    #[arg(long, value_name = "FILE")]
    top: Option<PathBuf>,
    /// What stands around the core: `measure` keeps its pins alive, no more; `spi` feeds it from a host (docs/host.md)
    #[arg(long, value_enum, value_name = "SHELL", default_value_t = Shell::Measure, conflicts_with = "top")]
    shell: Shell,
    /// The folder to write: bitstream, report, logs, and the shell's Verilog; DIR/build/synth/BOARD when absent, with --core NAME-BOARD
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

/// The shells that we print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// Every pin of the core kept alive with three pins of the board.
    Measure,
    /// An SPI port for a host.
    Spi,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    let board = Board::find(&options.board)?;
    let around = match (&options.top, options.shell) {
        (Some(file), _) => Around::File(file),
        (None, Shell::Measure) => Around::Measure,
        (None, Shell::Spi) => Around::Spi,
    };
    let core = Core::read(&options.folder, options.core.as_deref(), around)?;
    let place = match &options.core {
        Some(core) => format!("{core}-{}", board.name),
        None => board.name.clone(),
    };
    let usual = || options.folder.join("build/synth").join(place);
    let output = options.output.clone().unwrap_or_else(usual);
    // Minutes of work are no time to find that out.
    check_target(&output, Kind::Synthesis)?;
    let limits = Limits { seeds: options.seeds, timeout: Duration::from_secs(options.timeout) };
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let verdict = synthesise(&board, &core, limits, scratch.path())?;
    let report = verdict.report(&board, &core, started.elapsed().as_secs_f64());
    let fault = verdict.fault(&board, &core);
    let table = verdict.table(&board, &core);
    if let Verdict::Placed { mut files, .. } = verdict {
        files.push(("board_top.v".to_owned(), core.board_top.text.into_bytes()));
        write(&output, files, &report)?;
    }
    print::note(&table);
    if options.json {
        print::json(&report)?;
    }
    match fault {
        Some(fault) => bail!(fault),
        None => Ok(()),
    }
}

fn write(output: &Path, mut files: Vec<(String, Vec<u8>)>, report: &Report) -> Result<()> {
    let text = serde_json::to_vec_pretty(report).context("cannot write the report")?;
    files.push(("report.json".to_owned(), [text, b"\n".to_vec()].concat()));
    let manifest = serde_json::json!({ "generator": concat!("lacuna ", env!("CARGO_PKG_VERSION")) });
    files.push((MANIFEST.to_owned(), manifest.to_string().into_bytes()));
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    write_files(output, Kind::Synthesis, &files)?;
    print::note(&format!("written to {}", output.display()));
    Ok(())
}
