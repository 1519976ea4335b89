//! `lacuna approximate`: what the dyadic numbers cost and save.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use lacuna_approximation::{LayerReport, Report};
use lacuna_rtl::{Design, StageKind};
use serde::Serialize;

use crate::print;
use crate::project::ProjectArguments;

/// Options of `lacuna approximate`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// Print one JSON document on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Output<'a> {
    layers: Vec<Layer<'a>>,
    total: Total,
    seconds: f64,
}

#[derive(Serialize)]
struct Layer<'a> {
    name: &'a str,
    kind: lacuna_approximation::Kind,
    weights: usize,
    relative_error: Option<f64>,
    max_error: Option<f64>,
    zeros: usize,
    multiplications_replaced: usize,
    adders_before: usize,
    adders: usize,
    shifts: usize,
    stop: lacuna_approximation::StopReason,
}

#[derive(Serialize)]
struct Total {
    weights: usize,
    relative_error: f64,
    zeros: usize,
    multiplications_replaced: usize,
    adders_before: usize,
    adders: usize,
    shifts: usize,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    let project = options.project.load()?;
    let approximation = project.approximate()?;
    let network = project.quantize(&approximation)?;
    let design = project.design(&network)?;
    let output = figures(&approximation.report, &design, start);
    if options.json {
        return print::json(&output);
    }
    let percent = |e: Option<f64>| e.map_or("-".to_owned(), |e| format!("{:.2} %", e * 100.0));
    let mut rows: Vec<Vec<String>> = output
        .layers
        .iter()
        .map(|l| {
            vec![
                l.name.to_owned(),
                l.weights.to_string(),
                percent(l.relative_error),
                l.max_error.map_or("-".to_owned(), |e| format!("{e:.4}")),
                l.zeros.to_string(),
                l.multiplications_replaced.to_string(),
                l.adders_before.to_string(),
                l.adders.to_string(),
                l.shifts.to_string(),
            ]
        })
        .collect();
    let t = &output.total;
    rows.push(vec![
        "total".to_owned(),
        t.weights.to_string(),
        percent(Some(t.relative_error)),
        "-".to_owned(),
        t.zeros.to_string(),
        t.multiplications_replaced.to_string(),
        t.adders_before.to_string(),
        t.adders.to_string(),
        t.shifts.to_string(),
    ]);
    let header = [
        "layer",
        "parameters",
        "relative error",
        "curve error",
        "zeros",
        "multiplications",
        "adders before sharing",
        "adders",
        "shifts",
    ];
    print::note(&print::table(&header, &rows));
    print::note(&format!(
        "All {} multiplications of a window are replaced by additions and shifts. Errors are relative Frobenius norms, \
         curve errors absolute; adders are those of one result of each layer.",
        t.multiplications_replaced
    ));
    Ok(())
}

/// The adders of each layer of a report that remain after sharing, in the report's order.
pub(crate) fn shared_adders(report: &Report, design: &Design) -> Vec<usize> {
    let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
    for stage in &design.stages {
        let adders = match &stage.kind {
            StageKind::Graph { graph, .. } => graph.adders().len(),
            // One addition of the bias per map.
            StageKind::Requantize { rescale, .. } => rescale.bias.iter().filter(|b| **b != 0).count(),
            StageKind::Window { .. } | StageKind::SumPool { .. } | StageKind::Curve { .. } => continue,
        };
        *shared.entry(&stage.layer).or_default() += adders;
    }
    report.layers.iter().map(|l| shared.get(l.name.as_str()).copied().unwrap_or(l.adders)).collect()
}

/// The approximation's report with the adders that remain after sharing.
fn figures<'a>(report: &'a Report, design: &Design, start: Instant) -> Output<'a> {
    let layer = |(l, adders): (&'a LayerReport, usize)| Layer {
        name: &l.name,
        kind: l.kind,
        weights: l.weights,
        relative_error: l.relative_error,
        max_error: l.max_error,
        zeros: l.zeros,
        multiplications_replaced: l.multiplications_per_window,
        adders_before: l.adders,
        adders,
        shifts: l.shifts,
        stop: l.stop,
    };
    let layers: Vec<Layer<'a>> = report.layers.iter().zip(shared_adders(report, design)).map(layer).collect();
    let total = Total {
        weights: report.total.weights,
        relative_error: report.total.relative_error,
        zeros: report.total.zeros,
        multiplications_replaced: report.total.multiplications_per_window,
        adders_before: report.total.adders,
        adders: layers.iter().map(|l| l.adders).sum(),
        shifts: report.total.shifts,
    };
    Output { layers, total, seconds: start.elapsed().as_secs_f64() }
}
