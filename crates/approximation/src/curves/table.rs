//! An activation as a small table: constant on equally long intervals.
//!
//! On an interval whose values lie between `l` and `h` the constant `(l + h)/2` is the best, and its error is `(h - l)/2`.
//! The intervals are a power of two wide, so the leading bits of the argument are the address.

use lacuna_network::Dyadic;

use crate::curves::best_curve::{Left, Target};
use crate::{PiecewiseLinear, Segment, Symmetry};

/// Samples per interval that are looked at.
const SAMPLES: i32 = 64;

/// Fraction bits of the constants.
const FRACTION: i32 = 12;

/// A table of at most `entries` intervals between where the target begins and its reach, and constants beyond.
pub(crate) fn table(target: &Target<'_>, entries: u32) -> PiecewiseLinear {
    let range = f64::from(target.reach - target.from());
    let power = (range / f64::from(entries.max(1))).log2().ceil() as i32;
    let width = f64::from(power).exp2();
    let constant = |start: Dyadic, value: f64| Segment {
        start,
        slope: Dyadic::ZERO,
        offset: Dyadic::round(value, FRACTION),
    };
    let first = f64::from(target.from());
    let mut segments: Vec<Segment> = Vec::new();
    let (symmetry, left) = match target.left {
        Left::Odd { center } => (Symmetry::Odd { center }, None),
        Left::Constant { until, limit } => (Symmetry::None, Some((until, limit))),
    };
    if let Some((until, limit)) = left {
        segments.push(constant(Dyadic::new(i64::from(until) - 1, 0), limit));
    }
    let mut n = 0;
    while f64::from(n) * width < range {
        let from = first + f64::from(n) * width;
        let at = |k: i32| (target.function)(from + width * f64::from(k) / f64::from(SAMPLES));
        let values = (0..=SAMPLES).map(at);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), y| (l.min(y), h.max(y)));
        let start = Dyadic::new(i64::from(target.from()), 0) + Dyadic::new(i64::from(n), power);
        segments.push(constant(start, (low + high) / 2.0));
        n += 1;
    }
    segments.push(constant(
        Dyadic::new(i64::from(target.from()), 0) + Dyadic::new(i64::from(n), power),
        target.limit,
    ));
    segments.dedup_by(|next, before| next.offset == before.offset);
    PiecewiseLinear { symmetry, segments }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_entries_halve_the_error() {
        let target =
            Target { function: &f64::tanh, left: Left::Odd { center: Dyadic::ZERO }, limit: 1.0, reach: 4 };
        for entries in [8, 16, 32, 64, 128] {
            let curve = table(&target, entries);
            assert!(curve.segments.len() <= entries as usize + 1);
            let error = (-8000..8000)
                .map(|n| f64::from(n) / 1000.0)
                .map(|x| (curve.at(x) - x.tanh()).abs())
                .fold(0.0, f64::max);
            // The steepest slope is 1, so half an interval is the error.
            assert!(error <= 2.0 / f64::from(entries) + 2e-4, "{entries}: {error}");
        }
    }

    #[test]
    fn tables_of_other_functions_begin_and_end_as_they_do() {
        let ramp = |x: f64| x.clamp(-1.0, 2.0);
        let target =
            Target { function: &ramp, left: Left::Constant { until: -3, limit: -1.0 }, limit: 2.0, reach: 5 };
        let curve = table(&target, 16);
        assert_eq!((curve.at(-100.0), curve.at(100.0)), (-1.0, 2.0));
        assert!((curve.at(0.3) - 0.3).abs() <= 0.25);
        assert!(curve.segments.is_sorted_by(|a, b| a.start < b.start));
    }
}
