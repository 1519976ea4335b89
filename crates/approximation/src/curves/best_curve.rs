//! The best continuous piecewise-linear curve with dyadic breakpoints and short slopes, found exactly.
//!
//! Breakpoints lie on a grid of `2^-b`, slopes are powers of two (or have two signed digits) down to
//! [`LOWEST_SLOPE`]. A continuous curve that starts on a grid point then has all its corners on a grid too, so it is
//! a path through finitely many corners `(x, y)`, and an edge of the path costs the greatest distance between
//! its line and the function above it. The least greatest distance over all paths of `n` edges is a dynamic program over
//! (edges so far, corner): nothing is missed on that grid.
//!
//! Three things make it quick. For a line of slope `s` through a corner the distance to `f` on an interval follows from
//! the extremes of `f(x) - s·x`, which do not depend on the corner's height and grow with the interval. A corner further
//! from the function than the best known error is never visited. And the best known error comes from the same search
//! on a grid twice as coarse, whose curves exist on the finer one as well.
//!
//! Many curves can share the least greatest error, so a second pass over the same graph takes, among the paths that
//! keep it, the one with the least sum of squares.

use lacuna_network::Dyadic;

use crate::curves::curve_search::{Goal, Grid};
use crate::{BestCurve, PiecewiseLinear, Segment, Symmetry};

/// Exponent of the lowest slope other than zero.
pub(crate) const LOWEST_SLOPE: i32 = -6;

/// The longest range a function is followed on.
const MAX_RANGE: i32 = 64;

/// Samples of the function per unit of `x`, a power of two.
pub(crate) const SAMPLES: usize = 256;

/// Slopes are no steeper than this (and a quarter).
const MAX_SLOPE: f64 = 16.0;

/// The most segments that are tried before giving up on an error.
const MAX_SEGMENTS: u32 = 16;

/// A function of one variable that becomes constant to the right, and is odd or becomes constant to the left as well.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The function.
    pub function: &'a dyn Fn(f64) -> f64,
    /// Where and what it is like to the left.
    pub left: Left,
    /// The first place from which on it is as good as constant.
    pub reach: i32,
    /// Its value at infinity.
    pub limit: f64,
}

/// The left half of a function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Left {
    /// `f(-x) = 2·center - f(x)`: only `x >= 0` is looked at, and the curve starts at `(0, center)`.
    Odd {
        /// The value at zero.
        center: Dyadic,
    },
    /// As good as constant up to this place, which lies left of the reach.
    Constant {
        /// The last such place.
        until: i32,
        /// The value at minus infinity.
        limit: f64,
    },
}

/// A curve and its greatest distance from the function it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The curve.
    pub curve: PiecewiseLinear,
    /// Its greatest distance on a grid of 256 points per unit of `x`.
    pub max_error: f64,
}

/// The best continuous curve for a function, as `best` says.
///
/// # Errors
/// The function is not finite somewhere, or the range it has to be followed on is empty or longer than 64.
pub fn best_curve(target: &Target<'_>, best: &BestCurve) -> Result<Found, CurveError> {
    target.check()?;
    let BestCurve { max_error, segments, slope_digits, breakpoint_fraction_bits } = *best;
    Ok(match segments {
        Some(n) => with_segments(target, n, slope_digits, breakpoint_fraction_bits),
        None => within(target, max_error, slope_digits, breakpoint_fraction_bits),
    })
}

/// Why there is no best curve for a function.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CurveError {
    /// The range is empty or too long.
    #[error("the function is followed from {from} to {to}: the range must be between 1 and {MAX_RANGE} long")]
    Range {
        /// Where it begins.
        from: i32,
        /// Where it ends.
        to: i32,
    },
    /// A value of the function is NaN or infinite, or too large.
    #[error("the function is {value} at {x}: it must stay between -256 and 256")]
    Value {
        /// Where.
        x: f64,
        /// What it is there.
        value: f64,
    },
}

impl Target<'_> {
    /// The first `x` that is looked at.
    pub(crate) fn from(&self) -> i32 {
        match self.left {
            Left::Odd { .. } => 0,
            Left::Constant { until, .. } => until,
        }
    }

    fn check(&self) -> Result<(), CurveError> {
        let (from, to) = (self.from(), self.reach);
        if !(1..=MAX_RANGE).contains(&to.saturating_sub(from)) || from.abs() > MAX_RANGE {
            return Err(CurveError::Range { from, to });
        }
        let left = if let Left::Constant { limit, .. } = self.left { limit } else { 0.0 };
        let ends = [(f64::INFINITY, self.limit), (f64::NEG_INFINITY, left)];
        let samples = self.samples();
        let inside =
            samples.iter().enumerate().map(|(n, &y)| (f64::from(from) + n as f64 / SAMPLES as f64, y));
        match ends.into_iter().chain(inside).find(|(_, y)| y.is_nan() || y.abs() > 256.0) {
            Some((x, value)) => Err(CurveError::Value { x, value }),
            None => Ok(()),
        }
    }

    fn samples(&self) -> Vec<f64> {
        let count = (self.reach - self.from()) as usize * SAMPLES;
        (0..=count).map(|n| (self.function)(f64::from(self.from()) + n as f64 / SAMPLES as f64)).collect()
    }
}

/// The curve with the fewest segments whose error is at most `max_error`, or else the best with [`MAX_SEGMENTS`].
fn within(target: &Target<'_>, max_error: f64, slope_digits: u32, breakpoint_bits: u32) -> Found {
    let mut segments = 1;
    loop {
        let found = with_segments(target, segments, slope_digits, breakpoint_bits);
        if found.max_error <= max_error || segments == MAX_SEGMENTS {
            return found;
        }
        segments += 1;
    }
}

/// The best curve of at most `segments` segments, the saturating ones included.
fn with_segments(target: &Target<'_>, segments: u32, slope_digits: u32, breakpoint_bits: u32) -> Found {
    let samples = target.samples();
    let slopes = slopes(&samples, slope_digits);
    let (saturating, flat) = match target.left {
        Left::Odd { center } => (1, center),
        Left::Constant { limit, .. } => (2, Dyadic::round((limit + target.limit) / 2.0, -LOWEST_SLOPE)),
    };
    // The constant is a curve, and every other one has to beat it.
    let ends =
        [target.limit, if let Left::Constant { limit, .. } = target.left { limit } else { target.limit }];
    let mut bound =
        samples.iter().chain(&ends).fold(0.0_f64, |worst, y| worst.max((y - flat.to_f64()).abs()));
    let from = target.from();
    let mut path =
        vec![Segment { start: Dyadic::new(i64::from(from), 0), slope: Dyadic::ZERO, offset: flat }];
    if segments >= saturating {
        let edges = (segments.min(MAX_SEGMENTS) - saturating) as usize;
        for bits in 0..=breakpoint_bits {
            let grid = Grid::new(target, &samples, &slopes, bits, bound);
            if let Some((_, least)) = grid.best_path(edges, Goal::Greatest) {
                bound = least;
            }
            let goal = Goal::Squares { greatest: bound };
            if let (true, Some((best, _))) = (bits == breakpoint_bits, grid.best_path(edges, goal)) {
                path = grid.segments(&best);
            }
        }
    }
    path.dedup_by(|next, before| next.slope == before.slope && next.offset == before.offset);
    let symmetry = match target.left {
        Left::Odd { center } => Symmetry::Odd { center },
        Left::Constant { .. } => Symmetry::None,
    };
    Found { curve: PiecewiseLinear { symmetry, segments: path }, max_error: bound }
}

/// Ascending multiples of `2^LOWEST_SLOPE` with at most `digits` signed digits, between the function's least and greatest
/// slope and a quarter beyond.
fn slopes(samples: &[f64], digits: u32) -> Vec<i64> {
    let steps = samples.windows(2).map(|pair| (pair[1] - pair[0]) * SAMPLES as f64);
    let (low, high) = steps.fold((0.0_f64, 0.0_f64), |(low, high), slope| (low.min(slope), high.max(slope)));
    let one = f64::from(-LOWEST_SLOPE).exp2();
    let (low, high) = ((1.25 * low.max(-MAX_SLOPE) * one).floor(), (1.25 * high.min(MAX_SLOPE) * one).ceil());
    (low as i64..=high as i64)
        .filter(|&k| crate::kernels::signed_digits::count(Dyadic::new(k, LOWEST_SLOPE)) <= digits as usize)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TANH: Target<'_> =
        Target { function: &f64::tanh, left: Left::Odd { center: Dyadic::ZERO }, limit: 1.0, reach: 4 };

    /// Every curve on a coarse grid, one by one.
    fn brute_force(segments: u32, bits: u32) -> f64 {
        let step = f64::from(bits).exp2().recip();
        let samples = |from: f64, to: f64| {
            (0..=4 * SAMPLES).map(|n| n as f64 / SAMPLES as f64).filter(move |&x| from <= x && x <= to)
        };
        fn go(x: f64, y: f64, edges: u32, step: f64, samples: &dyn Fn(f64, f64) -> Vec<f64>) -> f64 {
            let distance = |from: f64, to: f64, slope: f64| {
                samples(from, to)
                    .iter()
                    .map(|&n| (n.tanh() - y - slope * (n - from)).abs())
                    .fold(0.0, f64::max)
            };
            if edges == 0 {
                return distance(x, 4.0, 0.0).max((1.0 - y).abs());
            }
            let mut best = f64::INFINITY;
            for slope in
                slopes(&TANH.samples(), 1).into_iter().map(|s| s as f64 * f64::from(LOWEST_SLOPE).exp2())
            {
                let mut to = x + step;
                while to <= 4.0 {
                    let here = distance(x, to, slope);
                    if here < best {
                        let rest = go(to, y + slope * (to - x), edges - 1, step, samples);
                        best = best.min(here.max(rest));
                    }
                    to += step;
                }
            }
            best
        }
        go(0.0, 0.0, segments - 1, step, &|from, to| samples(from, to).collect())
    }

    #[test]
    fn finds_what_trying_everything_finds() {
        for (segments, bits) in [(2, 2), (3, 0), (3, 1), (3, 2)] {
            let found = with_segments(&TANH, segments, 1, bits).max_error;
            assert!(
                (found - brute_force(segments, bits)).abs() < 1e-12,
                "{segments} segments, {bits} bits: {found}"
            );
        }
    }

    #[test]
    fn more_freedom_never_costs() {
        let error = |segments, digits, bits| with_segments(&TANH, segments, digits, bits).max_error;
        for segments in 2..8 {
            assert!(error(segments + 1, 1, 3) <= error(segments, 1, 3));
            assert!(error(segments, 2, 3) <= error(segments, 1, 3));
            assert!(error(segments, 1, 4) <= error(segments, 1, 3));
        }
    }

    #[test]
    fn four_segments_beat_plan_and_six_reach_a_hundredth() {
        assert!(with_segments(&TANH, 4, 2, 4).max_error < 0.0186);
        assert!(with_segments(&TANH, 4, 1, 5).max_error < 0.0321, "even with powers of two only");
        let found = within(&TANH, 0.01, 2, 4);
        assert_eq!(found.curve.segments.len(), 6);
        assert!(found.max_error < 0.0094);
    }

    #[test]
    fn the_curve_is_continuous() {
        for pair in within(&TANH, 0.01, 2, 4).curve.segments.windows(2) {
            let at = |s: &Segment| s.slope * pair[1].start + s.offset;
            assert_eq!(at(&pair[0]), at(&pair[1]));
        }
    }

    #[test]
    fn functions_that_are_not_odd_have_curves_too() {
        // A bump: rises and falls again.
        let bump = |x: f64| (-(x - 0.5) * (x - 0.5)).exp();
        let target =
            Target { function: &bump, left: Left::Constant { until: -3, limit: 0.0 }, reach: 4, limit: 0.0 };
        let errors: Vec<f64> = (1..=9)
            .map(|n| best_curve(&target, &BestCurve { segments: Some(n), ..BestCurve::default() }).unwrap())
            .map(|found| {
                let dense = (-2000..2000).map(|n| f64::from(n) / 256.0);
                let error = dense.map(|x| (found.curve.at(x) - bump(x)).abs()).fold(0.0, f64::max);
                assert!((error - found.max_error).abs() < 1e-3, "{error} {found:?}");
                assert!(found.curve.segments.is_sorted_by(|a, b| a.start < b.start), "{found:?}");
                error
            })
            .collect();
        assert!(errors.is_sorted_by(|a, b| a >= b) && errors[8] < 0.03, "{errors:?}");
    }

    #[test]
    fn impossible_targets_are_refused() {
        let refuse = |target: Target<'_>| best_curve(&target, &BestCurve::default()).unwrap_err().to_string();
        assert!(refuse(Target { reach: 0, ..TANH }).contains("from 0 to 0"));
        assert!(refuse(Target { reach: i32::MAX, ..TANH }).contains("between 1 and 64"));
        assert!(refuse(Target { function: &|x| 1.0 / x, ..TANH }).contains("inf at 0"));
        assert!(refuse(Target { limit: f64::NAN, ..TANH }).contains("NaN"));
    }
}
