//! Intervals of scales, for branch and bound.

use std::cmp::Ordering;

/// Scales from `from` to `to`, and what no choice among them can get below.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interval {
    pub(crate) bound: f64,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Interval {
    /// Where to cut it; none where rounding leaves nothing to cut.
    pub(crate) fn middle(&self) -> Option<f64> {
        let middle = match () {
            () if self.from > 0.0 && self.to < f64::INFINITY => (self.from * self.to).sqrt(),
            () if self.from > 0.0 => 4.0 * self.from,
            () => self.to / 4.0,
        };
        (middle > self.from && middle < self.to).then_some(middle)
    }
}

impl Ord for Interval {
    /// The lowest bound comes first in a heap.
    fn cmp(&self, other: &Self) -> Ordering {
        other.bound.total_cmp(&self.bound).then(other.from.total_cmp(&self.from))
    }
}

impl PartialOrd for Interval {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Interval {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Interval {}
