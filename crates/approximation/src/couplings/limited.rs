//! Limits on single kernels and the scale together: branch and bound over the scale.
//!
//! At one scale dynamic programming is exact ([`crate::couplings::coupled`]). For all scales of an interval `[a, b]` at once, let
//! every weight and level have the least cost that any of them gives, `min (w - α·ρ·d)²`: the same dynamic program then
//! bounds the error of every choice in the interval from below. The interval with the lowest bound is cut in two again and
//! again; least squares in its middle gives answers, and what is left between the best answer and the lowest bound is
//! the gap. Above `2·max|w| / min|ρ·d|` nothing is better than a scale of almost zero, so the first interval is finite.
//!
//! A kept sum ties the scale to the levels. Where a scale belongs to one kernel, sums `s` other than zero need `α = Σw / s`: an
//! interval stands for the sums whose scales it holds, and once it holds one it is a point. Zero, and the sums of kernels
//! that share a scale, are only held to be the nearest ones, which gives a range of sums for an interval and a range of
//! scales for least squares.

use std::collections::BinaryHeap;

use lacuna_network::Dyadic;

use crate::StopReason;
use crate::couplings::coupled::{Coupled, LimitsError};
use crate::couplings::interval::Interval;
use crate::kernels::fit::{Choice, MapFit};
use crate::kernels::signed_digits::places;

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
    let mut search = Search::new(choice, kernels, found)?;
    let unit = if found.scale > 0.0 { found.scale } else { 1.0 };
    let upper = search.ceiling();
    let octave = |n: i32| upper * f64::from(-n).exp2();
    let octaves = |search: &Search<'_>| -> BinaryHeap<Interval> {
        let all = (0..OCTAVES).filter_map(|n| search.interval(octave(n + 1), octave(n)));
        search.interval(0.0, octave(OCTAVES)).into_iter().chain(all).collect()
    };
    let mut intervals = octaves(&search);
    if intervals.is_empty() {
        // No scale keeps the sum where the set has no sum of its sign: the nearest will do.
        search.is_exact = false;
        intervals = octaves(&search);
    }
    let mut best: Option<MapFit> = None;
    let try_scale = |scale: f64, best: &mut Option<MapFit>| {
        for fit in search.at_scale(scale) {
            if best.as_ref().is_none_or(|least| fit.squared_error < least.squared_error) {
                *best = Some(fit);
            }
        }
    };
    for n in 0..SCALES {
        try_scale(unit * 4f64.powf(n as f64 / (SCALES - 1) as f64 - 0.5), &mut best);
    }
    // What lies above the ceiling, or cannot be cut any further.
    let mut rest = if choice.limits.keep_sum { search.norm() } else { f64::INFINITY };
    let most = (WORK / search.work().max(1)).clamp(*INTERVALS.start(), *INTERVALS.end());
    let least = |best: &Option<MapFit>| best.as_ref().map_or(f64::INFINITY, |fit| fit.squared_error);
    for _ in 0..most {
        let Some(next) = intervals.peek().copied() else { break };
        if next.bound >= least(&best) * (1.0 - GAP) {
            break;
        }
        intervals.pop();
        let Some(middle) = next.middle() else {
            rest = rest.min(next.bound);
            continue;
        };
        try_scale(middle, &mut best);
        intervals.extend(search.interval(next.from, middle));
        intervals.extend(search.interval(middle, next.to));
    }
    let lowest = intervals.peek().map_or(rest, |interval| interval.bound.min(rest));
    let Some(mut best) = best else {
        let weights = kernels.first().map_or(0, Vec::len);
        return Err(LimitsError::Infeasible { weights, limits: choice.limits });
    };
    let gap = if best.squared_error > 0.0 { (1.0 - lowest / best.squared_error).max(0.0) } else { 0.0 };
    best.gap = Some(gap);
    best.stop = if gap <= NOTHING { StopReason::Optimal } else { StopReason::Bounded };
    Ok(best)
}

/// The kernels of one scale.
struct Search<'a> {
    choice: &'a Choice<'a>,
    kernels: &'a [Vec<f64>],
    found: MapFit,
    values: Vec<f64>,
    /// Per kernel: its limits, and the sum to be kept, in units of the scale.
    coupled: Vec<Coupled>,
    sums: Vec<f64>,
    /// Whether the scale has to be the one that keeps the sum exactly, where that is not zero.
    is_exact: bool,
}

impl<'a> Search<'a> {
    fn new(choice: &'a Choice<'a>, kernels: &'a [Vec<f64>], found: &MapFit) -> Result<Self, LimitsError> {
        let mut found = found.clone();
        if choice.limits.keep_sum {
            // A kernel that is dropped does not keep its sum.
            let least = Dyadic::new(1, 2 - places(choice.scale_digits) as i32);
            let dropped = found.ratios.iter_mut().filter(|ratio| ratio.is_zero());
            dropped.for_each(|ratio| *ratio = least);
        }
        let coupled = kernels.iter().zip(&found.ratios);
        let coupled: Vec<Coupled> = coupled
            .map(|(kernel, &ratio)| Coupled::new(choice.set, ratio, kernel.len(), choice.limits))
            .collect::<Result<_, _>>()?;
        let sum = |(kernel, ratio): (&Vec<f64>, &Dyadic)| kernel.iter().sum::<f64>() / ratio.to_f64();
        let sums = match choice.limits.keep_sum {
            true => kernels.iter().zip(&found.ratios).map(sum).collect(),
            false => vec![0.0; kernels.len()],
        };
        let values = choice.set.values().iter().map(|v| v.to_f64()).collect();
        let is_exact = choice.limits.keep_sum && kernels.len() == 1 && !coupled[0].sums().is_empty();
        Ok(Self { choice, kernels, found, values, coupled, sums, is_exact })
    }

    fn work(&self) -> usize {
        self.coupled.iter().map(Coupled::work).fold(0, usize::saturating_add)
    }

    fn norm(&self) -> f64 {
        self.kernels.iter().flatten().map(|w| w * w).sum()
    }

    /// A scale above which no choice is better than none.
    fn ceiling(&self) -> f64 {
        let largest = self.kernels.iter().flatten().fold(0.0_f64, |m, w| m.max(w.abs()));
        let least =
            |values: &mut dyn Iterator<Item = f64>| values.filter(|&v| v > 0.0).fold(f64::INFINITY, f64::min);
        let level = least(&mut self.values.iter().map(|v| v.abs()));
        let ratio = least(&mut self.found.ratios.iter().map(|r| r.to_f64()));
        let ceiling = 2.0 * largest / (level * ratio);
        if ceiling.is_finite() && ceiling > 0.0 { ceiling } else { 1.0 }
    }

    /// The best levels at about one scale, and then the scale that suits them within what their sums allow.
    fn at_scale(&self, scale: f64) -> Vec<MapFit> {
        if !self.is_exact {
            return self.nearest_at(scale).into_iter().collect();
        }
        let mut fits = Vec::new();
        let (sum, wanted) = (self.sums[0], self.sums[0] / scale);
        let nearest = self.coupled[0].nearest_sums(wanted);
        if nearest.contains(&0.0) {
            fits.extend(self.nearest_at_with(scale, |_, s| s == 0.0));
        }
        for kept in [*nearest.start(), *nearest.end()] {
            if kept != 0.0 && sum / kept > 0.0 {
                let scale = sum / kept;
                if let Some(mut fit) = self.levels_at(scale, |_, s| s == kept) {
                    fit.scale = scale;
                    fit.squared_error = self.error(&fit);
                    fits.push(fit);
                }
            }
        }
        fits
    }

    /// Sums are the nearest ones at `scale`, and stay so.
    fn nearest_at(&self, scale: f64) -> Option<MapFit> {
        let nearest: Vec<_> =
            self.coupled.iter().zip(&self.sums).map(|(c, sum)| c.nearest_sums(sum / scale)).collect();
        self.nearest_at_with(scale, |k, sum| nearest[k].contains(&sum))
    }

    fn nearest_at_with(&self, scale: f64, allowed: impl Fn(usize, f64) -> bool) -> Option<MapFit> {
        let mut fit = self.levels_at(scale, allowed)?;
        let (mut low, mut high) = (0.0_f64, f64::INFINITY);
        for (k, coupled) in self.coupled.iter().enumerate() {
            let (from, to) = self.scales_of_sum(k, coupled, &fit.kernels[k]);
            (low, high) = (low.max(from), high.min(to));
        }
        if low > 0.0 || high < f64::INFINITY {
            // Rounding may have put the ends in the wrong order.
            fit.scale = fit.scale.min(high).max(low);
            fit.squared_error = self.error(&fit);
        }
        Some(fit)
    }

    /// The scales at which the sum of these levels is the nearest one.
    fn scales_of_sum(&self, k: usize, coupled: &Coupled, kernel: &[Dyadic]) -> (f64, f64) {
        let ratio = self.found.ratios[k].to_f64();
        let sum: f64 = kernel.iter().map(|v| v.to_f64() / ratio).sum();
        let sums = coupled.sums();
        let wanted = self.sums[k];
        if sums.is_empty() || wanted == 0.0 {
            return (0.0, f64::INFINITY);
        }
        let at = sums.partition_point(|&s| s < sum - 1e-12 * sum.abs());
        let half = |a: usize, b: usize| match (sums.get(a), sums.get(b)) {
            (Some(a), Some(b)) => Some((a + b) / 2.0),
            _ => None,
        };
        // |wanted| / scale has to lie between the middles on either side, seen from zero.
        let (below, above) = (at.checked_sub(1).and_then(|before| half(before, at)), half(at, at + 1));
        let (inner, outer) =
            if wanted > 0.0 { (below, above) } else { (above.map(|m| -m), below.map(|m| -m)) };
        let scale = |middle: f64| if middle > 0.0 { wanted.abs() / middle } else { f64::INFINITY };
        (outer.map_or(0.0, scale), inner.map_or(f64::INFINITY, scale))
    }

    /// The best levels at one scale, with the scale that suits them best.
    fn levels_at(&self, scale: f64, allowed: impl Fn(usize, f64) -> bool) -> Option<MapFit> {
        let mut limited = Vec::with_capacity(self.kernels.len());
        for (k, (kernel, &ratio)) in self.kernels.iter().zip(&self.found.ratios).enumerate() {
            let step = scale * ratio.to_f64();
            let cost = |weight: usize, level: usize| (kernel[weight] - step * self.values[level]).powi(2);
            let levels = self.coupled[k].solve(cost, |sum| allowed(k, sum))?;
            let level = |&l: &u16| self.choice.set.values()[usize::from(l)] * ratio;
            limited.push(levels.iter().map(level).collect::<Vec<Dyadic>>());
        }
        Some(self.found.with_kernels(self.kernels, limited))
    }

    fn error(&self, fit: &MapFit) -> f64 {
        let pairs = self.kernels.iter().flatten().zip(fit.kernels.iter().flatten());
        pairs.map(|(w, t)| (w - fit.scale * t.to_f64()).powi(2)).sum()
    }

    /// The interval and what no levels within the limits can get below at any of its scales; none if there are no such
    /// levels.
    fn interval(&self, mut from: f64, mut to: f64) -> Option<Interval> {
        if self.is_exact {
            let sum = self.sums[0];
            let kept = |s: f64| s != 0.0 && sum / s >= from && sum / s <= to && sum != 0.0;
            let zero = self.coupled[0].nearest_between(sum / to, sum / to).contains(&0.0);
            let scales = self.coupled[0].sums().iter().filter(|&&s| kept(s)).map(|s| sum / s);
            if !zero {
                let ends = scales.fold((f64::INFINITY, 0.0_f64), |(a, b), s| (a.min(s), b.max(s)));
                if ends.0 > ends.1 {
                    return None;
                }
                let bound = self.bound(ends.0, ends.1, |_, s| kept(s));
                (from, to) = ends;
                return Some(Interval { bound, from, to });
            }
            let bound = self.bound(from, to, |_, s| s == 0.0 || kept(s));
            return Some(Interval { bound, from, to });
        }
        let ranges: Vec<_> = self
            .coupled
            .iter()
            .zip(&self.sums)
            .map(|(coupled, &sum)| {
                let far = if from > 0.0 || sum == 0.0 {
                    sum / from.max(f64::MIN_POSITIVE)
                } else {
                    sum * f64::INFINITY
                };
                let near = sum / to;
                coupled.nearest_between(near.min(far), near.max(far))
            })
            .collect();
        let bound = self.bound(from, to, |k, sum| ranges[k].contains(&sum));
        Some(Interval { bound, from, to })
    }

    fn bound(&self, from: f64, to: f64, allowed: impl Fn(usize, f64) -> bool) -> f64 {
        let of_kernel = |k: usize| {
            let ratio = self.found.ratios[k].to_f64();
            let cost = |weight: usize, level: usize| {
                let (w, v) = (self.kernels[k][weight], ratio * self.values[level]);
                let best = if v != 0.0 { (w / v).clamp(from, to) } else { from };
                (w - best * v).powi(2)
            };
            self.coupled[k].least(cost, |sum| allowed(k, sum))
        };
        (0..self.kernels.len()).map(of_kernel).sum()
    }
}

#[cfg(test)]
mod tests;
