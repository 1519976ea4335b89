//! Activation curves on integers.

use serde::{Deserialize, Serialize};

use crate::{Interval, round_shift};

/// A piecewise-linear curve from one integer format to another.
///
/// For an input `x` and the last segment that starts at or below it,
/// `y = clamp(round_shift(slope · x + offset, shift))`. An odd curve is described for `|x|` and reflected:
/// `y(-x) = 2 · center - y(x)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntCurve {
    /// Whether the segments describe all inputs or their magnitudes.
    pub symmetry: Symmetry,
    /// In ascending order of `start`; the first also holds below its start.
    pub segments: Vec<IntSegment>,
    /// Bits dropped after the linear part.
    pub shift: u32,
    /// The values a result may take before reflection.
    pub clamp: Interval,
    /// Fraction bits of the result.
    pub fraction: i32,
}

/// Which inputs the segments of a curve describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Symmetry {
    /// Every input.
    None,
    /// Inputs from zero on; negative ones by `y(-x) = 2 · center - y(x)`.
    Odd {
        /// The value at zero, in the output's format.
        center: i64,
    },
}

/// One straight piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntSegment {
    /// The first input it holds for.
    pub start: i64,
    /// Multiplies the input. A short sum of powers of two.
    pub slope: i64,
    /// Added to the product, in the product's format.
    pub offset: i64,
}

impl IntCurve {
    /// The value of the curve.
    pub fn apply(&self, x: i64) -> i64 {
        match self.symmetry {
            Symmetry::None => self.piece(x),
            Symmetry::Odd { .. } if x >= 0 => self.piece(x),
            Symmetry::Odd { center } => 2 * center - self.piece(-x),
        }
    }

    fn piece(&self, x: i64) -> i64 {
        let above = self.segments.partition_point(|segment| segment.start <= x);
        let segment = self.segments[above.saturating_sub(1)];
        self.clamp.clamp(round_shift(segment.slope * x + segment.offset, self.shift))
    }

    /// The exact interval of results for inputs in `x`.
    pub(crate) fn range(&self, x: Interval) -> Interval {
        match self.symmetry {
            Symmetry::None => self.piece_range(x),
            Symmetry::Odd { center } => {
                let reflect = |y: Interval| Interval { lo: 2 * center - y.hi, hi: 2 * center - y.lo };
                let positive = (x.hi >= 0).then(|| self.piece_range(Interval { lo: x.lo.max(0), hi: x.hi }));
                let negative =
                    (x.lo < 0).then(|| reflect(self.piece_range(Interval { lo: (-x.hi).max(1), hi: -x.lo })));
                match (positive, negative) {
                    (Some(p), Some(n)) => p.union(n),
                    (Some(only), None) | (None, Some(only)) => only,
                    (None, None) => unreachable!("an interval holds at least one value"),
                }
            }
        }
    }

    /// Every piece is monotone, so its extremes lie at the ends of the piece.
    fn piece_range(&self, x: Interval) -> Interval {
        let inside = |at: i64| x.contains(at);
        let corners = self.segments.iter().flat_map(|segment| [segment.start - 1, segment.start]);
        corners
            .filter(|&at| inside(at))
            .chain([x.lo, x.hi])
            .map(|at| self.piece(at))
            .map(|y| Interval { lo: y, hi: y })
            .reduce(Interval::union)
            .expect("both ends of the interval are looked at")
    }

    /// The largest intermediate magnitude for inputs in `x`, to prove that nothing overflows.
    pub(crate) fn widest(&self, x: Interval) -> i128 {
        let half = 1_i128 << self.shift.saturating_sub(1);
        let reach = i128::from(x.magnitude());
        let center = match self.symmetry {
            Symmetry::None => 0,
            Symmetry::Odd { center } => i128::from(center).abs(),
        };
        let reflected = 2 * center + i128::from(self.clamp.magnitude());
        self.segments
            .iter()
            .map(|s| i128::from(s.slope).abs() * reach + i128::from(s.offset).abs() + half)
            .fold(reflected, i128::max)
    }
}
