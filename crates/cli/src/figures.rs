//! The figures of an approximation with the adders that remain after sharing: what `lacuna approximate` prints.

use std::collections::BTreeMap;

use anyhow::Result;
use lacuna_approximation::{Approximation, Kind, LayerReport, LevelCount, Method, Report, StopReason};
use lacuna_fixed_point::IntNetwork;
use serde::Serialize;

use crate::print;

/// Levels of a layer that people are shown all, and else the most frequent ones.
const MOST_LISTED: usize = 17;
const FREQUENT: usize = 5;

/// One document: layers, their total, and how long it took.
#[derive(Serialize)]
pub(crate) struct Figures {
    pub(crate) layers: Vec<Layer>,
    pub(crate) total: Total,
    pub(crate) seconds: f64,
}

#[derive(Serialize)]
pub(crate) struct Layer {
    name: String,
    kind: Kind,
    weights: usize,
    relative_error: Option<f64>,
    output_error: Option<f64>,
    max_error: Option<f64>,
    levels: Vec<LevelCount>,
    zeros: usize,
    multiplications_replaced: usize,
    signed_digits: usize,
    adders_before: usize,
    /// After sharing; not known of a very large network.
    adders: Option<usize>,
    shifts: usize,
    storage_bits: usize,
    solver: Option<Method>,
    stop: StopReason,
    gap: Option<f64>,
    seconds: Option<f64>,
}

#[derive(Serialize)]
pub(crate) struct Total {
    weights: usize,
    relative_error: f64,
    output_error: Option<f64>,
    zeros: usize,
    pub(crate) multiplications_replaced: usize,
    signed_digits: usize,
    adders_before: usize,
    adders: Option<usize>,
    shifts: usize,
    storage_bits: usize,
}

/// The adders of each layer of a report that remain after sharing, in the report's order; none where the network is too large for
/// them to be sought.
pub(crate) fn adders_after_sharing(report: &Report, network: &IntNetwork) -> Result<Option<Vec<usize>>> {
    let in_order = |shared: BTreeMap<String, usize>| {
        report.layers.iter().map(|l| shared.get(&l.name).copied().unwrap_or(l.adders)).collect()
    };
    Ok(lacuna_rtl::shared_adders(network)?.map(in_order))
}

/// The report of an approximation, with how many adders each layer has after sharing, where that is known.
pub(crate) fn figures(approximation: &Approximation, shared: Option<&[usize]>, seconds: f64) -> Figures {
    let report = &approximation.report;
    let shared: Vec<Option<usize>> = match shared {
        Some(shared) => shared.iter().copied().map(Some).collect(),
        None => vec![None; report.layers.len()],
    };
    let layer = |(l, adders): (&LayerReport, Option<usize>)| Layer {
        name: l.name.clone(),
        kind: l.kind,
        weights: l.weights,
        relative_error: l.relative_error,
        output_error: l.output_error,
        max_error: l.max_error,
        levels: l.levels.clone(),
        zeros: l.zeros,
        multiplications_replaced: l.multiplications_per_window,
        signed_digits: l.signed_digits,
        adders_before: l.adders,
        adders,
        shifts: l.shifts,
        storage_bits: l.storage_bits,
        solver: l.solver,
        stop: l.stop,
        gap: l.gap,
        seconds: approximation.seconds.get(&l.name).copied(),
    };
    let layers: Vec<Layer> = report.layers.iter().zip(shared).map(layer).collect();
    let total = Total {
        weights: report.total.weights,
        relative_error: report.total.relative_error,
        output_error: report.total.output_error,
        zeros: report.total.zeros,
        multiplications_replaced: report.total.multiplications_per_window,
        signed_digits: report.total.signed_digits,
        adders_before: report.total.adders,
        adders: layers.iter().map(|l| l.adders).sum(),
        shifts: report.total.shifts,
        storage_bits: report.total.storage_bits,
    };
    Figures { layers, total, seconds }
}

impl Figures {
    /// The layers and their total.
    pub(crate) fn table(&self) -> String {
        let known = |n: Option<usize>| n.map_or("-".to_owned(), |n| n.to_string());
        let percent = |e: Option<f64>| e.map_or("-".to_owned(), |e| format!("{:.2} %", e * 100.0));
        let row = |l: &Layer| {
            let outcome = match (l.solver, l.gap) {
                (None, _) => "-".to_owned(),
                (Some(method), None) => format!("{}, {}", word(&method), word(&l.stop)),
                (Some(method), Some(gap)) => {
                    let gap = if gap < 1e-3 { format!("{gap:.0e}") } else { format!("{:.1} %", 100.0 * gap) };
                    format!("{}, {}, gap {gap}", word(&method), word(&l.stop))
                }
            };
            let seconds = l.seconds.map_or("-".to_owned(), |s| format!("{s:.2}"));
            vec![
                l.name.clone(),
                l.weights.to_string(),
                percent(l.relative_error),
                percent(l.output_error),
                l.max_error.map_or("-".to_owned(), |e| format!("{e:.4}")),
                l.zeros.to_string(),
                l.multiplications_replaced.to_string(),
                l.adders_before.to_string(),
                known(l.adders),
                l.shifts.to_string(),
                l.storage_bits.to_string(),
                outcome,
                seconds,
            ]
        };
        let t = &self.total;
        let last = vec![
            "total".to_owned(),
            t.weights.to_string(),
            percent(Some(t.relative_error)),
            percent(t.output_error),
            "-".to_owned(),
            t.zeros.to_string(),
            t.multiplications_replaced.to_string(),
            t.adders_before.to_string(),
            known(t.adders),
            t.shifts.to_string(),
            t.storage_bits.to_string(),
            "-".to_owned(),
            format!("{:.2}", self.seconds),
        ];
        let rows: Vec<Vec<String>> = self.layers.iter().map(row).chain([last]).collect();
        let header = [
            "layer",
            "parameters",
            "relative error",
            "output error",
            "curve error",
            "zeros",
            "multiplications",
            "adders before sharing",
            "adders",
            "shifts",
            "bits",
            "solver",
            "seconds",
        ];
        print::table(&header, &rows)
    }

    /// How often each level occurs, layer by layer; of many levels only the most frequent ones are named.
    pub(crate) fn histogram(&self) -> String {
        let listed = |levels: &[LevelCount]| {
            let levels: Vec<String> = levels.iter().map(|l| format!("{} x {}", l.count, l.value)).collect();
            levels.join(", ")
        };
        let line = |l: &Layer| match l.levels.as_slice() {
            [first, .., last] if l.levels.len() > MOST_LISTED => {
                let mut frequent = l.levels.clone();
                frequent.sort_by_key(|level| std::cmp::Reverse(level.count));
                let (named, rest) = frequent.split_at(FREQUENT);
                let others: usize = rest.iter().map(|level| level.count).sum();
                format!(
                    "{}: {} levels from {} to {}: {}, {others} x others (--json lists all)\n",
                    l.name,
                    l.levels.len(),
                    first.value,
                    last.value,
                    listed(named),
                )
            }
            levels => format!("{}: {}\n", l.name, listed(levels)),
        };
        self.layers.iter().filter(|l| !l.levels.is_empty()).map(line).collect()
    }
}

/// A word of the JSON document.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
