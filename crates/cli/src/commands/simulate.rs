//! `lacuna simulate`: a generated core in a simulator, every beat against the reference.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use lacuna_fixed_point::IntNetwork;
use lacuna_rtl::Manifest;
use serde::Serialize;

use crate::generated::{damaged, read_manifest};
use crate::{photograph, print, scoring};

/// Options of `lacuna simulate`.
#[derive(Args)]
pub(crate) struct Options {
    /// A folder written by `lacuna generate`
    folder: PathBuf,
    /// A photograph instead of the generated vectors: it is fitted into the frame, then again and again a sixth smaller, a
    /// frame each, down to the network's window. Or a folder of labelled images of the size of a frame, as `lacuna evaluate`
    /// takes it
    #[arg(long, value_name = "PATH")]
    input: Option<PathBuf>,
    /// Of a folder, only the first N images
    #[arg(long, value_name = "N", requires = "input", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// The simulator
    #[arg(long, value_enum, default_value_t = Simulator::Verilator)]
    simulator: Simulator,
    /// Percentage of clocks without a beat at the input
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=95))]
    idle: u8,
    /// Percentage of clocks in which the output is not taken
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=95))]
    stall: u8,
    /// Seed of both patterns
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Simulator {
    /// Verilator 5; the environment variable VERILATOR may name another executable
    Verilator,
    /// Icarus Verilog; slow, but starts at once
    Icarus,
}

/// What the testbench counted.
#[derive(Serialize)]
struct Outcome {
    pass: bool,
    frames: usize,
    beats: u64,
    mismatches: u64,
    beats_in: u64,
    cycles: u64,
    cycles_per_frame: f64,
    pixels_per_clock: f64,
    build_seconds: f64,
    seconds: f64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = &options.folder;
    let manifest = read_manifest(folder, &["sim/stimulus.hex", "sim/expected.hex"])?;
    let testbench = folder.join(&manifest.testbench);
    ensure!(testbench.is_file(), "{} is missing, generate the folder again", testbench.display());
    let [height, width] = manifest.config.frame;
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (stimulus, expected, frames) = match &options.input {
        None => {
            let frames = manifest.beats[0] / (height * width).max(1);
            (folder.join("sim/stimulus.hex"), folder.join("sim/expected.hex"), frames)
        }
        Some(input) => {
            let network = read_network(folder)?;
            let frames = if input.is_dir() {
                let limit = options.limit.map(|limit| limit as usize);
                scoring::frames(input, limit, &network, [height, width])?
            } else {
                ensure!(
                    options.limit.is_none(),
                    "`--limit` counts the images of a folder, and {} is none",
                    input.display()
                );
                let image = photograph::open(input)?;
                photograph::frames(image, network.input_maps(), [height, width], network.window())
                    .with_context(|| input.display().to_string())?
            };
            let vectors =
                lacuna_rtl::vectors(&network, &frames).with_context(|| input.display().to_string())?;
            let paths = (scratch.path().join("stimulus.hex"), scratch.path().join("expected.hex"));
            fs::write(&paths.0, vectors.stimulus).context("cannot write the test vectors")?;
            fs::write(&paths.1, vectors.expected).context("cannot write the test vectors")?;
            (paths.0, paths.1, frames.len())
        }
    };
    let mut plusargs = vec![
        format!("+stimulus={}", absolute(&stimulus)?),
        format!("+expected={}", absolute(&expected)?),
        format!("+idle={}", options.idle),
        format!("+stall={}", options.stall),
        format!("+seed={}", options.seed),
    ];
    if let Some(long) = plusargs.iter().find(|p| p.len() > 250) {
        bail!("the path in `{long}` is too long for the testbench: 240 characters at most");
    }
    let spinner = print::spinner(&format!("{:?} compiles the core", options.simulator));
    let started = Instant::now();
    let mut simulation = match options.simulator {
        Simulator::Verilator => build_verilator(folder, &manifest, scratch.path(), frames)?,
        Simulator::Icarus => build_icarus(folder, &manifest, scratch.path())?,
    };
    let build_seconds = started.elapsed().as_secs_f64();
    spinner.set_message(format!("{frames} frame(s) through the core"));
    let started = Instant::now();
    simulation.args(plusargs.drain(..));
    let output = simulation.output().context("cannot start the simulation")?;
    spinner.finish_and_clear();
    let text = String::from_utf8_lossy(&output.stdout);
    let mut outcome = read_outcome(&text).with_context(|| {
        format!("the simulation ended without a verdict:\n{text}{}", String::from_utf8_lossy(&output.stderr))
    })?;
    outcome.frames = frames;
    outcome.cycles_per_frame = outcome.cycles as f64 / frames.max(1) as f64;
    outcome.build_seconds = build_seconds;
    outcome.seconds = started.elapsed().as_secs_f64();
    outcome.pass &= output.status.success();
    if options.json {
        print::json(&outcome)?;
    } else {
        report(&outcome, &manifest);
    }
    if !outcome.pass {
        let detail: Vec<&str> =
            text.lines().filter(|l| !l.starts_with("RESULT") && !l.starts_with('-')).take(12).collect();
        let fault = match outcome.mismatches {
            0 => "the core says that a beat did not fit its frame, or the simulator failed".to_owned(),
            mismatches => format!("{mismatches} mismatches in {} beats", outcome.beats),
        };
        bail!("{fault}:\n{}", detail.join("\n"));
    }
    Ok(())
}

fn report(outcome: &Outcome, manifest: &Manifest) {
    let [height, width] = manifest.config.frame;
    let rows = vec![
        vec![format!("frames of {width} x {height} pixels"), outcome.frames.to_string()],
        vec!["multipliers in the core".to_owned(), manifest.multipliers.to_string()],
        vec!["adders in its adder graphs".to_owned(), manifest.adders.to_string()],
        vec!["beats compared, bit for bit".to_owned(), outcome.beats.to_string()],
        vec!["mismatches".to_owned(), outcome.mismatches.to_string()],
        vec!["clock cycles, first pixel to last result".to_owned(), outcome.cycles.to_string()],
        vec!["clock cycles per frame".to_owned(), format!("{:.0}", outcome.cycles_per_frame)],
        vec!["pixels per clock".to_owned(), format!("{:.3}", outcome.pixels_per_clock)],
        vec!["seconds to compile".to_owned(), format!("{:.1}", outcome.build_seconds)],
        vec!["seconds to simulate".to_owned(), format!("{:.1}", outcome.seconds)],
    ];
    print::note(&print::table(&["the core against the reference", "figure"], &rows));
}

fn read_network(folder: &Path) -> Result<IntNetwork> {
    let path = folder.join("model/network.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| damaged(&path))
}

/// Clocks times kilobytes of Verilog from which on a simulation takes longer than the compiler needs to make it fast.
const LONG: u64 = 200_000_000;

fn build_verilator(folder: &Path, manifest: &Manifest, scratch: &Path, frames: usize) -> Result<Command> {
    let verilator = std::env::var_os("VERILATOR").unwrap_or_else(|| "verilator".into());
    let top = testbench_module(manifest);
    let mut command = Command::new(&verilator);
    command.current_dir(folder).env_remove("MAKEFLAGS");
    command
        .args(["--binary", "--timing", "-MAKEFLAGS", "-s", "--top-module", &top, "-Mdir"])
        .arg(scratch.join("verilator"));
    // g++ takes most of the time, and each of its processes up to half a gigabyte.
    let jobs = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    command.args(["--build-jobs", &jobs.to_string()]);
    if work(folder, manifest, frames) < LONG {
        // Words of a ROM as they are, not 32 bits at a time: half the text for g++.
        command.args(["-MAKEFLAGS", "OPT_FAST=-O0", "-fno-expand"]);
    }
    command.arg(&manifest.testbench).args(&manifest.sources);
    execute(
        command,
        &verilator.to_string_lossy(),
        "install Verilator 5 (Debian: apt install verilator g++ make)",
    )?;
    Ok(Command::new(scratch.join("verilator").join(format!("V{top}"))))
}

/// Clocks of the simulation times kilobytes of Verilog.
fn work(folder: &Path, manifest: &Manifest, frames: usize) -> u64 {
    let bytes = |source: &String| fs::metadata(folder.join(source)).map_or(0, |file| file.len());
    let kilobytes = manifest.sources.iter().map(bytes).sum::<u64>() / 1000;
    let [height, width] = manifest.config.frame;
    let factors = [frames, height, width, manifest.config.clocks_per_pixel];
    factors.iter().fold(kilobytes, |work, &factor| work.saturating_mul(factor as u64))
}

fn build_icarus(folder: &Path, manifest: &Manifest, scratch: &Path) -> Result<Command> {
    let program = scratch.join("icarus.vvp");
    let mut command = Command::new("iverilog");
    command.current_dir(folder).args(["-g2005", "-s", &testbench_module(manifest), "-o"]).arg(&program);
    command.arg(&manifest.testbench).args(&manifest.sources);
    execute(command, "iverilog", "install Icarus Verilog (Debian: apt install iverilog)")?;
    let mut simulation = Command::new("vvp");
    simulation.arg("-N").arg(program);
    Ok(simulation)
}

fn testbench_module(manifest: &Manifest) -> String {
    format!("{}_tb", manifest.top)
}

/// Runs a tool to its end; what it prints is shown only where it fails.
fn execute(mut command: Command, name: &str, remedy: &str) -> Result<()> {
    let output = match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!("the tool `{name}` was not found: {remedy}")
        }
        output => output.with_context(|| format!("cannot start `{name}`"))?,
    };
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().take(20).collect();
        bail!("`{name}` failed ({}):\n{}", output.status, lines.join("\n"));
    }
    Ok(())
}

/// Reads the testbench's line `RESULT PASS beats=1 ...`.
fn read_outcome(text: &str) -> Option<Outcome> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("RESULT "))?;
    let (verdict, figures) = line.split_once(' ')?;
    let figure = |name: &str| -> Option<u64> {
        figures.split(' ').find_map(|f| f.strip_prefix(name)?.strip_prefix('='))?.parse().ok()
    };
    let (sent, cycles_in) = (figure("sent")?, figure("cycles_in")?);
    Some(Outcome {
        pass: verdict == "PASS" && figure("frame_error")? == 0,
        frames: 0,
        beats: figure("beats")?,
        mismatches: figure("mismatches")?,
        beats_in: sent,
        cycles: figure("cycles")?,
        cycles_per_frame: 0.0,
        pixels_per_clock: sent as f64 / cycles_in.max(1) as f64,
        build_seconds: 0.0,
        seconds: 0.0,
    })
}

fn absolute(path: &Path) -> Result<String> {
    let path = std::path::absolute(path).with_context(|| path.display().to_string())?;
    let text =
        path.to_str().with_context(|| format!("{} is no UTF-8, which simulators need", path.display()))?;
    Ok(text.to_owned())
}
