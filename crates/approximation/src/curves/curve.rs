//! Piecewise-linear curves whose breakpoints, slopes and offsets are dyadic: activations without a multiplier.

use lacuna_network::{Curve, Dyadic};
use ndarray::{Array3, ArrayView3};
use num_traits::Float;
use serde::Serialize;

/// A piecewise-linear curve with dyadic breakpoints, slopes and offsets.
///
/// Invariant, kept by everything in this crate that makes one: at least one segment, starts strictly ascending, and
/// with [`Symmetry::Odd`] the first start is zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PiecewiseLinear {
    /// Whether the segments describe the whole axis or only its right half.
    pub symmetry: Symmetry,
    /// From left to right.
    pub segments: Vec<Segment>,
}

/// What the segments leave out because it follows by symmetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Symmetry {
    /// Nothing: the segments describe the whole axis.
    None,
    /// The left half: `y(-x) = 2·center - y(x)`, and the segments describe `x >= 0`.
    Odd {
        /// The value at zero.
        center: Dyadic,
    },
}

/// `y = slope·x + offset` from `start` (inclusive) to the next segment's start.
///
/// The first segment also holds below its start. Slopes are short sums of powers of two, mostly a single power;
/// a last slope of zero saturates. With [`Symmetry::Odd`] everything is said of `|x|`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// The first `x` it holds for.
    pub start: Dyadic,
    /// The shift-and-add factor of `x`.
    pub slope: Dyadic,
    /// The value the line has at `x = 0`.
    pub offset: Dyadic,
}

impl PiecewiseLinear {
    /// The curve's value at `x` in double precision.
    pub fn at(&self, x: f64) -> f64 {
        self.apply(x)
    }
}

impl Curve for PiecewiseLinear {
    fn apply<S: Float>(&self, x: S) -> S {
        Lines::of(self).at(x)
    }

    fn apply_to<S: Float>(&self, values: ArrayView3<'_, S>) -> Array3<S> {
        let lines = Lines::of(self);
        values.mapv(|x| lines.at(x))
    }
}

/// A curve in floating point.
struct Lines<S> {
    /// Starts, slopes and offsets.
    segments: Vec<(S, S, S)>,
    /// Twice the value at zero, of a curve that is odd.
    twice_center: Option<S>,
}

impl<S: Float> Lines<S> {
    fn of(curve: &PiecewiseLinear) -> Self {
        let real = |d: Dyadic| S::from(d.to_f64()).expect("a dyadic of a curve is a finite double");
        let segments = curve.segments.iter().map(|s| (real(s.start), real(s.slope), real(s.offset)));
        let twice_center = match curve.symmetry {
            Symmetry::Odd { center } => Some(real(center + center)),
            Symmetry::None => None,
        };
        Self { segments: segments.collect(), twice_center }
    }

    fn at(&self, x: S) -> S {
        match self.twice_center {
            Some(twice_center) if x < S::zero() => twice_center - self.along(-x),
            Some(_) | None => self.along(x),
        }
    }

    fn along(&self, x: S) -> S {
        let after = self.segments.iter().take_while(|segment| segment.0 <= x).count();
        let (_, slope, offset) = self.segments[after.saturating_sub(1)];
        slope * x + offset
    }
}
