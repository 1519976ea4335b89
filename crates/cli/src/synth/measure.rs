//! What the tools say: cells from Yosys, what is used of the part and the frequency from nextpnr.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use lacuna_rtl::Cells;
use serde_json::Value;

use super::board::Family;

/// Cells of the netlist by type, as Yosys' `stat -json` counts them in a flat design.
pub(crate) fn cells(text: &str) -> Result<BTreeMap<String, u64>> {
    let statistics: Value = serde_json::from_str(text).context("Yosys' statistics are no JSON")?;
    let modules = statistics["modules"].as_object();
    let only = modules.filter(|modules| modules.len() == 1).and_then(|modules| modules.values().next());
    let counts = only.and_then(|module| module["num_cells_by_type"].as_object());
    let counts = counts.context("Yosys' statistics are of another form than known")?;
    counts
        .iter()
        .map(|(name, count)| Ok((name.clone(), count.as_u64().context("Yosys counts cells in fractions")?)))
        .collect()
}

/// What is used of a part, by nextpnr's log after packing: every `NAME: used/ available` below its last heading.
pub(crate) fn utilisation(log: &str) -> BTreeMap<String, u64> {
    let heading = "Device utilisation:";
    let Some((_, table)) = log.rsplit_once(heading) else { return BTreeMap::new() };
    let row = |line: &str| -> Option<(String, u64)> {
        let (name, figures) = line.strip_prefix("Info:")?.split_once(':')?;
        let (used, _) = figures.split_once('/')?;
        Some((name.trim().to_owned(), used.trim().parse().ok()?))
    };
    table.lines().skip(1).map_while(row).collect()
}

/// What a design needs, in the units in which [`Cells`] counts; `None` where the log does not get that far.
pub(crate) fn usage(
    family: Family,
    cells: &BTreeMap<String, u64>,
    used: &BTreeMap<String, u64>,
) -> Option<Cells> {
    let counted = |prefix: &str| -> u64 {
        let cells = cells.iter().filter(|(name, _)| name.starts_with(prefix));
        cells.map(|(_, count)| count).sum()
    };
    let part = |name: &str| used.get(name).copied();
    Some(match family {
        Family::Ice40 => Cells {
            luts: part("ICESTORM_LC")?,
            carries: counted("SB_CARRY"),
            ffs: counted("SB_DFF"),
            brams: part("ICESTORM_RAM")?,
            dsps: part("ICESTORM_DSP").unwrap_or(0),
            large_brams: part("ICESTORM_SPRAM").unwrap_or(0),
        },
        Family::Ecp5 => Cells {
            luts: part("TRELLIS_COMB")?,
            carries: counted("CCU2C"),
            ffs: part("TRELLIS_FF")?,
            brams: part("DP16KD")?,
            dsps: part("MULT18X18D")? + part("ALU54B")?,
            large_brams: 0,
        },
    })
}

/// The frequency of the slowest clock in nextpnr's report, or in the last such line of its log where there is none.
pub(crate) fn fmax(report: Option<&str>, log: &str) -> Option<f64> {
    let report = report.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let clocks = report.as_ref().and_then(|report| report["fmax"].as_object());
    let achieved = clocks.into_iter().flatten().filter_map(|(_, clock)| clock["achieved"].as_f64());
    achieved.reduce(f64::min).or_else(|| {
        let line = log.lines().rev().find(|line| line.contains("Max frequency for clock"))?;
        line.rsplit_once("': ")?.1.split(' ').next()?.parse().ok()
    })
}

/// The lines in which a tool says what is wrong.
pub(crate) fn complaints(log: &str) -> String {
    let is_complaint = |line: &&str| line.contains("ERROR") || line.contains("rror:");
    let mut lines: Vec<&str> = log.lines().filter(is_complaint).take(6).collect();
    if lines.is_empty() {
        let all: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        lines = all[all.len().saturating_sub(6)..].to_vec();
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_all_versions_are_read() {
        let old = r#"{"modules": {"\\top": {"num_cells": 3, "num_cells_by_type": {"SB_LUT4": 2, "SB_DFFE": 1}}},
                     "design": {"num_cells_by_type": {"SB_LUT4": 2}}}"#;
        assert_eq!(cells(old).expect("it is right")["SB_LUT4"], 2);
        assert!(cells("{}").is_err() && cells("no").is_err());
    }

    #[test]
    fn the_last_table_of_a_log_counts() {
        let log = "Info: Device utilisation:\nInfo: \t ICESTORM_LC: 1/ 5280 0%\n\nInfo: Device utilisation:\n\
                   Info: \t         ICESTORM_LC:  2220/ 5280    42%\nInfo: \t        ICESTORM_RAM:     0/   30     0%\n\n\
                   Info: Placed 0 cells based on constraints.\nERROR: Unable to place cell 'x'\n";
        let used = utilisation(log);
        assert_eq!(used.len(), 2);
        let cells = BTreeMap::from([
            ("SB_DFFE".to_owned(), 7),
            ("SB_DFFSR".to_owned(), 2),
            ("SB_CARRY".to_owned(), 5),
        ]);
        let usage = usage(Family::Ice40, &cells, &used).expect("the table is there");
        assert_eq!(usage, Cells { luts: 2220, carries: 5, ffs: 9, brams: 0, dsps: 0, large_brams: 0 });
        assert_eq!(complaints(log), "ERROR: Unable to place cell 'x'");
        assert!(utilisation("Info: Packing..").is_empty());
    }

    #[test]
    fn the_slowest_clock_counts_and_the_last_line() {
        let report = r#"{"fmax": {"a": {"achieved": 90.5, "constraint": 60.0}, "b": {"achieved": 70.25}}}"#;
        assert_eq!(fmax(Some(report), ""), Some(70.25));
        let log = "Info: Max frequency for clock 'clk': 61.00 MHz (FAIL at 100.00 MHz)\n\
                   Info: Max frequency for clock 'clk': 78.00 MHz (PASS at 12.00 MHz)\n";
        assert_eq!(fmax(None, log), Some(78.0));
        assert_eq!(fmax(None, ""), None);
    }
}
