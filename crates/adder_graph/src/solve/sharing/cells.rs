//! What the rows cost: adders, or cells.

use super::super::range::{Range, row_cells};
use super::Sharing;
use crate::Interval;

/// What the rows cost in cells.
pub(super) struct Cells {
    /// What each symbol can be.
    pub(super) ranges: Vec<Range>,
    /// Cells of each row, out of date for the changed ones.
    pub(super) rows: Vec<u64>,
    pub(super) changed: Vec<u32>,
    total: u64,
}

impl Sharing {
    /// From now on counts cells too, for inputs within these intervals.
    pub(in super::super) fn measure_cells(&mut self, inputs: &[Interval]) {
        let mut ranges: Vec<Range> = inputs.iter().map(|&interval| Range::of(interval)).collect();
        // A program numbers symbols after those they use, and this one has not been changed yet.
        for row in &self.rows[self.outputs..] {
            let range = row.iter().fold(None, |sum: Option<Range>, &term| {
                let own = ranges[term.symbol as usize].times(term);
                Some(sum.map_or(own, |sum| sum.plus(own)))
            });
            ranges.push(range.unwrap_or(Range::sum([], &[])));
        }
        let changed = (0..self.rows.len() as u32).collect();
        self.cells = Some(Cells { ranges, rows: vec![0; self.rows.len()], changed, total: 0 });
    }

    /// What is to be made small: cells if they are measured, else adders.
    pub(in super::super) fn cost(&mut self) -> u64 {
        let Some(cells) = &mut self.cells else { return self.adders as u64 };
        cells.changed.sort_unstable();
        cells.changed.dedup();
        for r in cells.changed.drain(..) {
            let new = row_cells(&self.rows[r as usize], &cells.ranges);
            cells.total = cells.total - cells.rows[r as usize] + new;
            cells.rows[r as usize] = new;
        }
        cells.total
    }
}
