//! `lacuna approximate`: what the dyadic numbers cost and save.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use lacuna_approximation::Solver;

use crate::figures::{adders_after_sharing, figures};
use crate::print;
use crate::project::ProjectArguments;

/// Options of `lacuna approximate`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// Write a project whose weights are the approximated ones: it needs no calibration data any more
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    let project = options.project.load()?;
    let approximation = project.approximate()?;
    project.warn_of_constants(&approximation);
    let network = project.quantize(&approximation)?;
    let waiting = print::waiting("counting adders after sharing");
    let adders = adders_after_sharing(&approximation.report, &network);
    waiting.finish_and_clear();
    let adders = adders?;
    if adders.is_none() {
        print::note("The network is very large: adders after sharing are not sought");
    }
    let figures = figures(&approximation, adders.as_deref(), start.elapsed().as_secs_f64());
    if let Some(folder) = &options.output {
        project.save(&approximation, &figures, folder)?;
    }
    if options.json {
        return print::json(&figures);
    }
    print::note(&figures.table());
    print::note("How often each level occurs:");
    print::note(&figures.histogram());
    print::note(&format!(
        "All {} multiplications of a window are replaced by additions and shifts. Errors are relative Frobenius norms, output \
         errors are relative to the spread of the outputs on the calibration inputs, curve errors absolute; adders are \
         those of one result of each layer; seconds are those of the solver, in total those of everything.",
        figures.total.multiplications_replaced
    ));
    if project.approximation.solver == Solver::Keep {
        print::note(
            "With `solver: keep` the weights of the file are what is counted: 1 and -1 are no multiplications, and every weight is stored \
             as an index into the values that occur.",
        );
    }
    if let Some(folder) = &options.output {
        print::note(&format!("The approximated project is in {}", folder.display()));
    }
    Ok(())
}
