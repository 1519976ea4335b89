//! The figures of a design on a board, as a table and as JSON.

use lacuna_rtl::Cells;
use serde::Serialize;
use serde_json::{Map, Value};

use super::board::{Board, Family};
use super::core::Core;
use crate::print;

/// What came out.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// There is a bitstream.
    Placed {
        needs: Cells,
        fmax_mhz: f64,
        /// The seed it is from.
        seed: u32,
        /// The frequencies of all seeds.
        seeds: Vec<f64>,
        /// The bitstream and the tools' logs.
        files: Vec<(String, Vec<u8>)>,
    },
    /// The part is too small.
    DoesNotFit(Cells),
}

/// What `--json` prints.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    board: String,
    part: String,
    luts: u64,
    carries: u64,
    ffs: u64,
    brams: u64,
    dsps: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    large_brams: Option<u64>,
    fmax_mhz: Option<f64>,
    frames_per_second: Option<f64>,
    fits: bool,
    estimate: Map<String, Value>,
    seconds: f64,
}

impl Verdict {
    pub(crate) fn fmax_mhz(&self) -> Option<f64> {
        match self {
            Self::Placed { fmax_mhz, .. } => Some(*fmax_mhz),
            Self::DoesNotFit(_) => None,
        }
    }

    pub(crate) fn with_seeds(mut self, all: Vec<f64>) -> Self {
        if let Self::Placed { seeds, .. } = &mut self {
            *seeds = all;
        }
        self
    }

    fn needs(&self) -> &Cells {
        match self {
            Self::Placed { needs, .. } | Self::DoesNotFit(needs) => needs,
        }
    }

    /// The figures, after `seconds` of work.
    pub(crate) fn report(&self, board: &Board, core: &Core, seconds: f64) -> Report {
        let Cells { luts, carries, ffs, brams, dsps, large_brams } = *self.needs();
        let rate = |mhz: f64| core.clocks_per_frame.map(|clocks| mhz * 1e6 / clocks);
        Report {
            board: board.name.clone(),
            part: board.description.part.clone(),
            luts,
            carries,
            ffs,
            brams,
            dsps,
            large_brams: (board.description.resources.large_brams > 0).then_some(large_brams),
            fmax_mhz: self.fmax_mhz(),
            frames_per_second: self.fmax_mhz().and_then(rate),
            fits: matches!(self, Self::Placed { .. }),
            estimate: core.estimate(board.description.family.cells()),
            seconds,
        }
    }

    /// The figures for people.
    pub(crate) fn table(&self, board: &Board, core: &Core) -> String {
        let part = &board.description.resources;
        let overfull = !self.needs().over(part).is_empty();
        let estimates = core.estimate(board.description.family.cells());
        let estimate = |name: &str| estimates.get(name).and_then(Value::as_f64);
        let estimated = self.needs().list().iter().any(|(name, _)| estimate(name).is_some());
        let title = format!("{} on {}, {}", core.name, board.description.title, board.description.part);
        let mut header = vec![title.as_str(), "needed", "there are", "share"];
        header.extend(overfull.then_some("too many"));
        header.extend(estimated.then_some(["estimate", "off by"]).into_iter().flatten());
        let mut rows = Vec::new();
        for (name, needed, has) in self.needs().beside(part) {
            let words = in_words(board.description.family, name).to_owned();
            let share = percent(needed as f64, has as f64);
            let share = share.map_or("-".to_owned(), |share| format!("{share:.0} %"));
            let mut row = vec![words, needed.to_string(), has.to_string(), share];
            let over = needed.saturating_sub(has);
            row.extend(overfull.then(|| if over > 0 { over.to_string() } else { String::new() }));
            if let Some(estimate) = estimate(name) {
                let off = percent(estimate - needed as f64, needed as f64);
                row.extend([estimate.to_string(), off.map_or("-".to_owned(), |off| format!("{off:+.1} %"))]);
            }
            rows.push(row);
        }
        let mut text = print::table(&header, &rows);
        if let Self::Placed { fmax_mhz, seed, seeds, .. } = self {
            let others: Vec<String> = seeds.iter().map(|mhz| format!("{mhz:.1}")).collect();
            text += &format!(
                "\n{fmax_mhz:.1} MHz at most, with seed {seed} (all seeds: {} MHz)",
                others.join(", ")
            );
            let clock = board.description.clock_mhz;
            if let Some(clocks) = core.clocks_per_frame {
                let rate = |mhz: f64| mhz * 1e6 / clocks;
                text += &format!(
                    ": {:.1} frames a second\n{clock} MHz on the board: {:.1} frames a second",
                    rate(*fmax_mhz),
                    rate(clock)
                );
            }
            if *fmax_mhz < clock {
                text += &format!("\nThe board's clock of {clock} MHz is too fast for the core.");
            }
            text += &format!(
                "\nnextpnr's figures for the core with {}, not for the core alone.",
                core.surroundings()
            );
        }
        text
    }

    /// What does not fit, in a sentence.
    pub(crate) fn fault(&self, board: &Board, core: &Core) -> Option<String> {
        let Self::DoesNotFit(needs) = self else { return None };
        let over = needs.over(&board.description.resources).into_iter().map(|(name, needed, has)| {
            let what = in_words(board.description.family, name);
            format!("{what}: {needed} needed, {has} there, {} too many", needed - has)
        });
        let over: Vec<String> = over.collect();
        Some(format!(
            "{} does not fit {} ({}): {}",
            core.name,
            board.name,
            board.description.part,
            over.join("; ")
        ))
    }
}

/// A part of a whole that is not nothing.
fn percent(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then_some(100.0 * part / whole)
}

pub(crate) fn in_words(family: Family, name: &str) -> &'static str {
    match (family, name) {
        (Family::Ice40, "luts") => "logic cells (LUT4, carry, flip-flop)",
        (Family::Ecp5, "luts") => "LUT4 (carries take two each)",
        (Family::Ice40, "carries") => "carries",
        (Family::Ecp5, "carries") => "carries, of two bits",
        (_, "ffs") => "flip-flops",
        (Family::Ice40, "brams") => "block RAMs of 4 kbit",
        (Family::Ecp5, "brams") => "block RAMs of 18 kbit",
        (_, "large_brams") => "large RAMs of 256 kbit",
        _ => "DSP blocks",
    }
}
