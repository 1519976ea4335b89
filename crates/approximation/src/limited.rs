//! Limits on single kernels and the scale together: branch and bound over the scale.
//!
//! At one scale dynamic programming is exact ([`crate::coupled`]). For all scales of an interval `[a, b]` at once, let
//! every weight and level have the least cost that any of them gives, `min (w - α·ρ·d)²`: the same dynamic program then
//! bounds the error of every choice in the interval from below. The interval with the lowest bound is cut in two again and
//! again; least squares in its middle gives answers, and what is left between the best answer and the lowest bound is
//! the gap. Above `2·max|w| / min|ρ·d|` nothing is better than a scale of almost zero, so the first interval is finite.
//!
//! A kept sum ties the scale to the levels in another way: there a range of scales is tried, and no gap is known.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use lacuna_network::Dyadic;

use crate::StopReason;
use crate::coupled::{LimitsError, least_cost, solve_limited, table_entries};
use crate::fit::{Choice, MapFit};

/// Scales tried first, from half to twice the unlimited one.
const SCALES: usize = 21;

/// The gap that is good enough, and below which the rest is rounding noise.
const GAP: f64 = 1e-3;
const NOTHING: f64 = 1e-9;

/// Steps of dynamic programs, over all kernels of a map, after which the search stops with the gap it has.
const WORK: usize = 40_000_000;

/// Intervals that are looked at in any case, and at most.
const INTERVALS: std::ops::RangeInclusive<usize> = 32..=4000;

/// The first interval reaches this many octaves down before it reaches to zero.
const OCTAVES: i32 = 8;

/// `found`, the unlimited fit, within the limits of `choice`.
pub(crate) fn limited(
    choice: &Choice<'_>,
    kernels: &[Vec<f64>],
    found: &MapFit,
) -> Result<MapFit, LimitsError> {
    let unit = if found.scale > 0.0 { found.scale } else { 1.0 };
    let mut best: Option<MapFit> = None;
    let try_scale = |scale: f64, best: &mut Option<MapFit>| -> Result<(), LimitsError> {
        let fit = at_scale(choice, kernels, found, scale)?;
        if best.as_ref().is_none_or(|least| fit.squared_error < least.squared_error) {
            *best = Some(fit);
        }
        Ok(())
    };
    for n in 0..SCALES {
        try_scale(unit * 4f64.powf(n as f64 / (SCALES - 1) as f64 - 0.5), &mut best)?;
    }
    if choice.limits.keep_sum {
        return Ok(best.unwrap_or_else(|| found.clone()));
    }

    let upper = kernels_ceiling(choice, kernels, found);
    let bound = |from: f64, to: f64| lower_bound(choice, kernels, &found.ratios, from, to);
    let mut intervals = BinaryHeap::new();
    let push = |intervals: &mut BinaryHeap<Interval>, from: f64, to: f64| {
        intervals.push(Interval { bound: bound(from, to), from, to });
    };
    let octave = |n: i32| upper * f64::from(-n).exp2();
    push(&mut intervals, 0.0, octave(OCTAVES));
    (0..OCTAVES).for_each(|n| push(&mut intervals, octave(n + 1), octave(n)));
    let entries: usize =
        kernels.iter().map(|kernel| table_entries(choice.set, kernel.len(), choice.limits)).sum();
    let most = (WORK / entries.saturating_mul(choice.set.values().len()).max(1))
        .clamp(*INTERVALS.start(), *INTERVALS.end());
    let least = |best: &Option<MapFit>| best.as_ref().map_or(f64::INFINITY, |fit| fit.squared_error);
    for _ in 0..most {
        let Some(next) = intervals.peek().copied() else { break };
        if next.bound >= least(&best) * (1.0 - GAP) {
            break;
        }
        intervals.pop();
        let middle = if next.from > 0.0 { (next.from * next.to).sqrt() } else { next.to / 4.0 };
        if middle <= next.from || middle >= next.to {
            break;
        }
        try_scale(middle, &mut best)?;
        push(&mut intervals, next.from, middle);
        push(&mut intervals, middle, next.to);
    }
    let lowest = intervals.peek().map_or(0.0, |interval| interval.bound);
    let mut best = best.unwrap_or_else(|| found.clone());
    let gap = if best.squared_error > 0.0 { (1.0 - lowest / best.squared_error).max(0.0) } else { 0.0 };
    best.gap = Some(gap);
    best.stop = if gap <= NOTHING { StopReason::Optimal } else { StopReason::Bounded };
    Ok(best)
}

/// Scales from `from` to `to`, and what no choice among them can get below.
#[derive(Clone, Copy)]
struct Interval {
    bound: f64,
    from: f64,
    to: f64,
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

/// The best levels at one scale, and then the scale that suits them; with a kept sum and one kernel, the one that keeps it.
fn at_scale(
    choice: &Choice<'_>,
    kernels: &[Vec<f64>],
    found: &MapFit,
    scale: f64,
) -> Result<MapFit, LimitsError> {
    let mut limited = Vec::with_capacity(kernels.len());
    for (kernel, &ratio) in kernels.iter().zip(&found.ratios) {
        let step = scale * ratio.to_f64();
        let targets: Vec<f64> = kernel.iter().map(|w| if step > 0.0 { w / step } else { 0.0 }).collect();
        let levels = solve_limited(choice.set, &targets, choice.limits)?;
        let level = |&l: &u16| choice.set.values()[usize::from(l)] * ratio;
        limited.push(levels.iter().map(level).collect::<Vec<Dyadic>>());
    }
    let mut fit = found.with_kernels(kernels, limited);
    if let (true, [kernel], [chosen]) = (choice.limits.keep_sum, kernels, fit.kernels.as_slice()) {
        let wanted: f64 = kernel.iter().sum();
        let sum: f64 = chosen.iter().map(|v| v.to_f64()).sum();
        if sum != 0.0 && wanted / sum > 0.0 {
            fit.scale = wanted / sum;
            let pairs = kernel.iter().zip(chosen);
            fit.squared_error = pairs.map(|(w, t)| (w - fit.scale * t.to_f64()).powi(2)).sum();
        }
    }
    Ok(fit)
}

/// A scale above which no choice is better than none.
fn kernels_ceiling(choice: &Choice<'_>, kernels: &[Vec<f64>], found: &MapFit) -> f64 {
    let largest = kernels.iter().flatten().fold(0.0_f64, |m, w| m.max(w.abs()));
    let least =
        |values: &mut dyn Iterator<Item = f64>| values.filter(|&v| v > 0.0).fold(f64::INFINITY, f64::min);
    let level = least(&mut choice.set.values().iter().map(|v| v.to_f64().abs()));
    let ratio = least(&mut found.ratios.iter().map(|r| r.to_f64()));
    let ceiling = 2.0 * largest / (level * ratio);
    if ceiling.is_finite() && ceiling > 0.0 { ceiling } else { 1.0 }
}

/// What no levels within the limits can get below at any scale from `from` to `to`.
fn lower_bound(choice: &Choice<'_>, kernels: &[Vec<f64>], ratios: &[Dyadic], from: f64, to: f64) -> f64 {
    let values: Vec<f64> = choice.set.values().iter().map(|v| v.to_f64()).collect();
    let of_kernel = |(kernel, ratio): (&Vec<f64>, &Dyadic)| {
        let ratio = ratio.to_f64();
        let cost = |weight: usize, level: usize| {
            let (w, v) = (kernel[weight], ratio * values[level]);
            let best = if v != 0.0 { (w / v).clamp(from, to) } else { from };
            (w - best * v).powi(2)
        };
        least_cost(choice.set, kernel.len(), choice.limits, cost).unwrap_or(f64::INFINITY)
    };
    kernels.iter().zip(ratios).map(of_kernel).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coupled::KernelLimits;
    use crate::fit::fit_map;
    use crate::signed_digits::count;
    use crate::sweep::Ladders;
    use crate::testing::{Random, kernel};
    use crate::{DyadicSet, Scale, Solver};

    /// All levels within the limits, each at its own best scale.
    fn brute_force(set: &DyadicSet, weights: &[f64], limits: KernelLimits) -> f64 {
        let m = set.values().len();
        let mut best = f64::INFINITY;
        for code in 0..m.pow(weights.len() as u32) {
            let chosen: Vec<Dyadic> =
                (0..weights.len() as u32).map(|i| set.values()[code / m.pow(i) % m]).collect();
            let digits: usize = chosen.iter().map(|&v| count(v)).sum();
            let zeros = chosen.iter().filter(|v| v.is_zero()).count();
            if limits.digits.is_some_and(|n| digits > n as usize)
                || limits.zeros.is_some_and(|n| zeros < n as usize)
            {
                continue;
            }
            let (s, q) = weights
                .iter()
                .zip(&chosen)
                .fold((0.0, 0.0), |(s, q), (w, t)| (s + w * t.to_f64(), q + t.to_f64() * t.to_f64()));
            let norm: f64 = weights.iter().map(|w| w * w).sum();
            best = best.min(if s > 0.0 && q > 0.0 { norm - s * s / q } else { norm });
        }
        best
    }

    #[test]
    fn the_gap_is_kept_over_all_scales() {
        let mut random = Random::seeded(41);
        for name in ["{0, ±1/2, ±1, ±2}", "{0, ±3/4, ±2}", "k/4 |k|<=4"] {
            let set: DyadicSet = name.parse().unwrap();
            let ladders = Ladders::new(&set);
            for (digits, zeros) in [(Some(3), None), (None, Some(2)), (Some(4), Some(1)), (Some(0), None)] {
                let limits = KernelLimits { digits, zeros, keep_sum: false };
                let (scale, solver) = (Scale::Map, Solver::Exact);
                let choice = Choice { set: &set, ladders: &ladders, scale, scale_digits: 3, solver, limits };
                for _ in 0..6 {
                    let weights = kernel(&mut random, 5);
                    let fit = fit_map(&choice, std::slice::from_ref(&weights)).unwrap();
                    let best = brute_force(&set, &weights, limits);
                    let gap = fit.gap.unwrap();
                    assert!(fit.squared_error >= best - 1e-9, "{name} {limits:?}");
                    assert!(fit.squared_error * (1.0 - gap) <= best + 1e-9, "{name} {limits:?}: {gap}");
                    assert!(gap <= 1.001 * GAP, "{name} {limits:?}: {gap}");
                }
            }
        }
    }
}
