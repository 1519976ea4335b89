//! What the points show together: tables and a plot.

use std::path::Path;

use anyhow::{Context, Result};
use lacuna_sweep::{Outcome, Record, Summary, csv, svg};

use crate::folder::write_file;
use crate::print;

/// Writes sweep.csv, sweep.json, pareto.csv and sweep.svg.
pub(super) fn write(folder: &Path, summary: &Summary) -> Result<()> {
    let json = serde_json::to_string_pretty(summary).context("cannot write the sweep as JSON")? + "\n";
    let files = [
        ("sweep.csv", csv(&summary.points)),
        ("sweep.json", json),
        ("pareto.csv", csv(summary.front())),
        ("sweep.svg", svg(summary)?),
    ];
    files.iter().try_for_each(|(name, text)| write_file(&folder.join(name), text.as_bytes()))
}

/// A table of all points for people, and what else they should know.
pub(super) fn show(folder: &Path, summary: &Summary) {
    let rows: Vec<Vec<String>> = summary.points.iter().map(|record| row(summary, record)).collect();
    let header = [
        "set or configuration",
        "method",
        "digits",
        "relative error",
        "adders before sharing",
        "adders",
        "score",
        "front",
    ];
    print::note(&print::table(&header, &rows));
    for record in &summary.points {
        if let Outcome::Infeasible { reason } = &record.outcome {
            print::note(&format!("{} cannot be had: {reason}", record.key));
        }
    }
    print::note(&format!("{}: sweep.csv, sweep.json, pareto.csv, sweep.svg", folder.display()));
}

fn row(summary: &Summary, record: &Record) -> Vec<String> {
    let none = || "-".to_owned();
    let cost = record.cost();
    let on_front = summary.pareto.contains(&record.key);
    vec![
        record.levels().to_owned(),
        record.method.map_or_else(none, |method| method.name().replace('_', " ")),
        record.budget.map_or_else(none, |digits| digits.to_string()),
        cost.map_or_else(none, |c| format!("{:.2} %", c.relative_error * 100.0)),
        cost.map_or_else(none, |c| c.adders_before.to_string()),
        cost.map_or_else(none, |c| c.adders.to_string()),
        record.score().map_or_else(none, |score| format!("{} {:.4}", score.metric.name(), score.value)),
        if on_front { "*".to_owned() } else { String::new() },
    ]
}
