//! The binary `lacuna`: one file per subcommand, and all the reading, writing, printing and waiting there is.
//!
//! **Invariant:** no arithmetic of networks happens here; every number comes from a library crate.

mod calibration;
mod commands;
mod figures;
mod flow;
mod folder;
mod generated;
mod idx;
mod levels;
mod listing;
mod npy;
mod owned;
mod photograph;
mod plan_table;
mod preprocessing;
mod print;
mod project;
mod remedies;
mod scoring;
mod synth;
mod tensor;
mod unasked;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Trained convolutional networks as multiplier-free, bit-exact streaming Verilog.
///
/// Exit codes: 0 done, 1 bad input or a mismatch found, 2 wrong usage. PROJECT is a lacuna.yaml or its folder.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Turn an ONNX model into a project
    Import(commands::import::Options),
    /// Find everything that can be wrong with a project, before any work
    Check(commands::check::Options),
    /// Approximate a network by dyadic numbers: errors, multiplications saved, adders, shifts, per layer
    Approximate(commands::approximate::Options),
    /// Write Verilog, testbench, test vectors and reference model
    Generate(commands::generate::Options),
    /// Run a generated core in a simulator and compare every beat with the reference model
    Simulate(commands::simulate::Options),
    /// Make a bitstream of a generated core for a board: cells, memory, frequency, frames per second
    Synth(commands::synth::Options),
    /// Run a network on one image
    Run(commands::run::Options),
    /// Find faces in a photograph and draw them
    Detect(commands::detect::Options),
    /// Score a network on a folder of data, at the float, approximated and integer level
    Evaluate(commands::evaluate::Options),
    /// Measure how far the outputs of the levels are apart on images without labels
    Compare(commands::compare::Options),
    /// Approximate a network in many ways, score each, and show accuracy against adders
    Sweep(commands::sweep::Options),
    /// Turn constant integer matrices into graphs of shared adders
    Adders(commands::adders::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Import(options) => commands::import::run(&options),
        Command::Check(options) => commands::check::run(&options),
        Command::Approximate(options) => commands::approximate::run(&options),
        Command::Generate(options) => commands::generate::run(&options),
        Command::Simulate(options) => commands::simulate::run(&options),
        Command::Synth(options) => commands::synth::run(&options),
        Command::Run(options) => commands::run::run(&options),
        Command::Detect(options) => commands::detect::run(&options),
        Command::Evaluate(options) => commands::evaluate::run(&options),
        Command::Compare(options) => commands::compare::run(&options),
        Command::Sweep(options) => commands::sweep::run(&options),
        Command::Adders(options) => commands::adders::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::failure(&error);
            ExitCode::FAILURE
        }
    }
}
