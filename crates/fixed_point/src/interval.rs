//! Closed integer intervals, and the two ways a value may change other than exactly.

use serde::{Deserialize, Serialize};

/// All integers from `lo` to `hi`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// The smallest value.
    pub lo: i64,
    /// The largest value; never below `lo`.
    pub hi: i64,
}

impl Interval {
    /// The interval `-limit ..= limit`.
    pub fn symmetric(limit: i64) -> Self {
        assert!(limit >= 0, "a symmetric interval needs a limit that is not negative");
        Self { lo: -limit, hi: limit }
    }

    /// Bits of the narrowest two's complement wire that holds every value.
    pub fn width(self) -> u32 {
        let needed = |v: i64| 65 - if v < 0 { v.leading_ones() } else { v.leading_zeros() };
        needed(self.lo).max(needed(self.hi))
    }

    /// The value itself, or the nearer end of the interval.
    pub fn clamp(self, value: i64) -> i64 {
        value.clamp(self.lo, self.hi)
    }

    /// Whether the value lies inside.
    pub fn contains(self, value: i64) -> bool {
        (self.lo..=self.hi).contains(&value)
    }

    /// The largest absolute value inside.
    pub fn magnitude(self) -> i64 {
        self.lo.saturating_abs().max(self.hi.saturating_abs())
    }

    /// Applies a monotone function to both ends.
    pub(crate) fn map(self, f: impl Fn(i64) -> i64) -> Self {
        let (a, b) = (f(self.lo), f(self.hi));
        Self { lo: a.min(b), hi: a.max(b) }
    }

    /// The smallest interval that holds both.
    pub(crate) fn union(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
}

/// `value / 2^shift` rounded to the nearest integer, halves up: `floor(value / 2^shift + 1/2)`.
///
/// The one rounding rule of Lacuna; in hardware an addition of a constant and dropped bits.
pub fn round_shift(value: i64, shift: u32) -> i64 {
    if shift == 0 { value } else { (value + (1 << (shift - 1))) >> shift }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_the_narrowest() {
        for (lo, hi, width) in
            [(0, 0, 1), (-1, 0, 1), (0, 1, 2), (-128, 127, 8), (-128, 128, 9), (-129, 0, 9)]
        {
            assert_eq!(Interval { lo, hi }.width(), width, "[{lo}, {hi}]");
        }
    }

    #[test]
    fn rounding_is_to_nearest_halves_up() {
        for value in -4096..4096_i64 {
            for shift in 0..8_u32 {
                let exact = value as f64 / f64::from(1 << shift);
                assert_eq!(round_shift(value, shift) as f64, (exact + 0.5).floor(), "{value} >> {shift}");
            }
        }
    }
}
