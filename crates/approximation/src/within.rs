//! Limits on single kernels in the metric of the data: every kernel stays within them at every step.
//!
//! At given scales, a kernel's own part of the metric is dominated by a diagonal, the sums of its rows' magnitudes. In
//! that diagonal its best levels within the limits are found exactly ([`crate::coupled`]), and since it touches the metric at
//! the present levels, the true cost never rises; kernels take turns until none moves. What the diagonal is too careful to
//! see, single weights and pairs of a kernel whose moves together respect the limits, is tried afterwards in the metric
//! itself.

use std::ops::RangeInclusive;

use lacuna_network::Dyadic;
use ndarray::{Array1, Array2};

use crate::DyadicSet;
use crate::coupled::{Coupled, KernelLimits, LimitsError};
use crate::metric::{Palette, Rounded};
use crate::signed_digits::count;

/// Turns of all kernels.
const PASSES: usize = 8;

/// Gains below this part of the whole are rounding noise.
const TOLERANCE: f64 = 1e-12;

/// The limits and the sums that kernels may have at some scales.
pub(crate) struct Reach<'a> {
    within: &'a Within,
    sums: Vec<RangeInclusive<f64>>,
}

/// What the weights of a kernel that have their levels leave to the next one.
pub(crate) struct Room<'a> {
    reach: &'a Reach<'a>,
    kernel: usize,
    tally: Tally,
    /// Weights that come after the next.
    after: usize,
}

/// The limits of kernels of one size, one after the other in a vector of weights.
#[derive(Clone, Debug)]
pub(crate) struct Within {
    limits: KernelLimits,
    size: usize,
    /// One per ratio that occurs.
    coupled: Vec<(Dyadic, Coupled, Vec<usize>)>,
    /// Per kernel: which of these it has, and the sum of its trained weights.
    kernels: Vec<(usize, f64)>,
    zero: Option<usize>,
    values: Vec<f64>,
}

/// What a kernel has used of its limits.
#[derive(Clone, Copy)]
struct Tally {
    digits: usize,
    zeros: usize,
    sum: f64,
}

/// A weight of a kernel that could take another level.
#[derive(Clone, Copy)]
struct Move {
    weight: usize,
    level: usize,
    by: f64,
    change: f64,
    digits: isize,
    zeros: isize,
    sum: f64,
}

/// How hard to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// One turn, to compare scales.
    Quick,
    /// Until nothing moves.
    Full,
}

impl Within {
    /// None where nothing limits the kernels.
    pub(crate) fn new(
        set: &DyadicSet,
        limits: KernelLimits,
        ratios: &[Dyadic],
        trained: &[Vec<f64>],
    ) -> Result<Option<Self>, LimitsError> {
        if limits.is_none() {
            return Ok(None);
        }
        let size = trained.first().map_or(0, Vec::len);
        let mut within = Self {
            limits,
            size,
            coupled: Vec::new(),
            kernels: Vec::with_capacity(trained.len()),
            zero: set.values().iter().position(|v| v.is_zero()),
            values: set.values().iter().map(|v| v.to_f64()).collect(),
        };
        for (&ratio, kernel) in ratios.iter().zip(trained) {
            let place = match within.coupled.iter().position(|(other, ..)| *other == ratio) {
                Some(place) => place,
                None => {
                    let coupled = Coupled::new(set, ratio, size, limits)?;
                    let digits = set.values().iter().map(|&v| count(v * ratio)).collect();
                    within.coupled.push((ratio, coupled, digits));
                    within.coupled.len() - 1
                }
            };
            within.kernels.push((place, kernel.iter().sum()));
        }
        Ok(Some(within))
    }

    /// The same limits for the kernels of several maps, one after the other.
    pub(crate) fn joined(parts: Vec<Self>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let mut all = parts.next()?;
        for part in parts {
            let first = all.coupled.len();
            all.coupled.extend(part.coupled);
            all.kernels.extend(part.kernels.into_iter().map(|(place, sum)| (first + place, sum)));
        }
        Some(all)
    }

    pub(crate) fn keeps_sums(&self) -> bool {
        self.limits.keep_sum
    }

    /// The scale at which a map's only kernel keeps its sum, where there is one; `t` are its levels times its ratio.
    pub(crate) fn exact_scale(&self, t: &Array1<f64>) -> Option<f64> {
        let [(_, wanted)] = self.kernels.as_slice() else { return None };
        let scale = wanted / t.sum();
        (self.limits.keep_sum && t.sum() != 0.0 && scale > 0.0 && scale.is_finite()).then_some(scale)
    }

    /// What the limits leave to choices at scales from one to the other; both of them positive or negative, zero or infinity.
    pub(crate) fn reach(&self, from: f64, to: f64) -> Reach<'_> {
        let sums = self.kernels.iter().map(|&(place, wanted)| {
            let (ratio, coupled, _) = &self.coupled[place];
            let at = |scale: f64| if wanted == 0.0 { 0.0 } else { wanted / (scale * ratio.to_f64()) };
            let (near, far) = (at(to), at(from));
            coupled.nearest_between(near.min(far), near.max(far))
        });
        Reach { within: self, sums: sums.collect() }
    }

    /// Levels within the limits whose cost `q·H·q - 2·pull·q`, plus their prices, is low: from `levels`, which may break
    /// the limits. Kernels whose steps are zero are left alone.
    pub(crate) fn descend(
        &self,
        h: &Array2<f64>,
        pull: &Array1<f64>,
        palette: Palette<'_>,
        steps: &[f64],
        mut levels: Vec<u16>,
        care: Care,
    ) -> Rounded {
        let weights = |levels: &[u16]| -> Array1<f64> {
            levels.iter().zip(steps).map(|(&level, step)| step * palette.values[usize::from(level)]).collect()
        };
        let q = weights(&levels);
        let mut slope = h.dot(&q) - pull;
        let diagonal: Vec<f64> = (0..levels.len()).map(|i| self.dominating(h, i)).collect();
        for pass in 0..if care == Care::Quick { 1 } else { PASSES } {
            let mut moved = false;
            for k in 0..self.kernels.len() {
                moved |= self.in_diagonal(k, h, &diagonal, palette, steps, &mut levels, &mut slope);
            }
            if !moved && pass > 0 {
                break;
            }
        }
        if care == Care::Full {
            let q = weights(&levels);
            let tolerance = TOLERANCE * q.dot(&h.dot(&q)).max(f64::MIN_POSITIVE);
            for _ in 0..PASSES {
                let mut moved = false;
                for k in 0..self.kernels.len() {
                    while self.best_move(k, h, palette, steps, &mut levels, &mut slope, tolerance) {
                        moved = true;
                    }
                }
                if !moved {
                    break;
                }
            }
        }
        let q = weights(&levels);
        let paid: f64 = levels.iter().map(|&level| palette.prices[usize::from(level)]).sum();
        Rounded { cost: q.dot(&(h.dot(&q) - 2.0 * pull)) + paid, levels }
    }

    /// Whether levels at these steps keep the limits.
    #[cfg(test)]
    pub(crate) fn holds(&self, levels: &[u16], steps: &[f64]) -> bool {
        levels
            .chunks(self.size)
            .enumerate()
            .all(|(k, own)| self.allows(k, self.tally(k, own), &self.sums(k, steps[k * self.size])))
    }

    fn weights_of(&self, kernel: usize) -> std::ops::Range<usize> {
        kernel * self.size..(kernel + 1) * self.size
    }

    /// The sum of magnitudes of a weight's row within its own kernel.
    fn dominating(&self, h: &Array2<f64>, weight: usize) -> f64 {
        let own = self.weights_of(weight / self.size);
        own.map(|other| h[[weight, other]].abs()).sum::<f64>().max(f64::MIN_POSITIVE)
    }

    /// The sums that a kernel's levels may have at its step.
    fn sums(&self, kernel: usize, step: f64) -> RangeInclusive<f64> {
        let (place, wanted) = self.kernels[kernel];
        let coupled = &self.coupled[place].1;
        if coupled.sums().is_empty() {
            return f64::NEG_INFINITY..=f64::INFINITY;
        }
        coupled.nearest_sums(wanted / step)
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one descent, named at the only call")]
    fn in_diagonal(
        &self,
        kernel: usize,
        h: &Array2<f64>,
        diagonal: &[f64],
        palette: Palette<'_>,
        steps: &[f64],
        levels: &mut [u16],
        slope: &mut Array1<f64>,
    ) -> bool {
        let own = self.weights_of(kernel);
        let (first, step) = (own.start, steps[own.start]);
        if step == 0.0 {
            return false;
        }
        let target: Vec<f64> = own
            .clone()
            .map(|i| step * palette.values[usize::from(levels[i])] - slope[i] / diagonal[i])
            .collect();
        let cost = |weight: usize, level: usize| {
            let away = target[weight] - step * palette.values[level];
            diagonal[first + weight] * away * away + palette.prices[level]
        };
        let sums = self.sums(kernel, step);
        let coupled = &self.coupled[self.kernels[kernel].0].1;
        let Some(found) = coupled.solve(cost, |sum| sums.contains(&sum)) else { return false };
        let total = |chosen: &[u16]| -> f64 {
            chosen.iter().enumerate().map(|(weight, &level)| cost(weight, usize::from(level))).sum()
        };
        let now = &levels[own.clone()];
        // Levels as good as those found stay, or equals would take turns for ever.
        if self.allows(kernel, self.tally(kernel, now), &sums) && total(now) <= total(&found) {
            return false;
        }
        for (i, level) in own.zip(found) {
            let by = step * (palette.values[usize::from(level)] - palette.values[usize::from(levels[i])]);
            if by != 0.0 {
                slope.scaled_add(by, &h.row(i));
            }
            levels[i] = level;
        }
        true
    }

    fn tally(&self, kernel: usize, levels: &[u16]) -> Tally {
        let (ratio, _, digits) = &self.coupled[self.kernels[kernel].0];
        let levels = || levels.iter().map(|&level| usize::from(level));
        Tally {
            digits: levels().map(|level| digits[level]).sum(),
            zeros: levels().filter(|&level| ratio.is_zero() || Some(level) == self.zero).count(),
            sum: levels().map(|level| self.values[level]).sum(),
        }
    }

    fn allows(&self, kernel: usize, tally: Tally, sums: &RangeInclusive<f64>) -> bool {
        let counted = !self.coupled[self.kernels[kernel].0].1.sums().is_empty();
        self.limits.digits.is_none_or(|most| tally.digits <= most as usize)
            && self.limits.zeros.is_none_or(|least| tally.zeros >= least as usize)
            && (!counted || sums.contains(&tally.sum))
    }

    /// Makes the best move of one weight, or of two of a kernel, that the limits allow.
    #[expect(clippy::too_many_arguments, reason = "the state of one descent, named at the only call")]
    fn best_move(
        &self,
        kernel: usize,
        h: &Array2<f64>,
        palette: Palette<'_>,
        steps: &[f64],
        levels: &mut [u16],
        slope: &mut Array1<f64>,
        tolerance: f64,
    ) -> bool {
        let own = self.weights_of(kernel);
        let step = steps[own.start];
        if step == 0.0 {
            return false;
        }
        let tally = self.tally(kernel, &levels[own.clone()]);
        let sums = self.sums(kernel, step);
        let digits = &self.coupled[self.kernels[kernel].0].2;
        let mut moves: Vec<Move> = Vec::with_capacity(4 * self.size);
        for weight in own {
            let here = usize::from(levels[weight]);
            let curvature = h[[weight, weight]];
            let free = palette.values[here] - slope[weight] / (curvature * step);
            let nearest = palette.values.partition_point(|&v| v < free).min(palette.values.len() - 1);
            let mut there = [here.wrapping_sub(1), here + 1, nearest, self.zero.unwrap_or(here)];
            there.sort_unstable();
            for (n, &level) in there.iter().enumerate() {
                if level == here || level >= palette.values.len() || (n > 0 && there[n - 1] == level) {
                    continue;
                }
                let by = step * (palette.values[level] - palette.values[here]);
                let is_zero = |level: usize| isize::from(Some(level) == self.zero);
                moves.push(Move {
                    weight,
                    level,
                    by,
                    change: by * (by * curvature + 2.0 * slope[weight]) + palette.prices[level]
                        - palette.prices[here],
                    digits: digits[level] as isize - digits[here] as isize,
                    zeros: is_zero(level) - is_zero(here),
                    sum: self.values[level] - self.values[here],
                });
            }
        }
        let allowed = |parts: &[&Move]| {
            let digits = parts.iter().map(|m| m.digits).sum::<isize>();
            let zeros = parts.iter().map(|m| m.zeros).sum::<isize>();
            let after = Tally {
                digits: tally.digits.saturating_add_signed(digits),
                zeros: tally.zeros.saturating_add_signed(zeros),
                sum: tally.sum + parts.iter().map(|m| m.sum).sum::<f64>(),
            };
            self.allows(kernel, after, &sums)
        };
        let mut best: (f64, Option<(Move, Option<Move>)>) = (-tolerance, None);
        for (n, first) in moves.iter().enumerate() {
            if first.change < best.0 && allowed(&[first]) {
                best = (first.change, Some((*first, None)));
            }
            for second in moves[n + 1..].iter().filter(|second| second.weight != first.weight) {
                let both = 2.0 * first.by * second.by * h[[first.weight, second.weight]];
                let change = first.change + second.change + both;
                if change < best.0 && allowed(&[first, second]) {
                    best = (change, Some((*first, Some(*second))));
                }
            }
        }
        let Some((first, second)) = best.1 else { return false };
        for made in [Some(first), second].into_iter().flatten() {
            slope.scaled_add(made.by, &h.row(made.weight));
            levels[made.weight] = made.level as u16;
        }
        true
    }
}

impl Reach<'_> {
    /// The room for `weight` once `others` have their levels.
    pub(crate) fn room(&self, weight: usize, others: impl Iterator<Item = (usize, u16)>) -> Room<'_> {
        let kernel = weight / self.within.size;
        let own: Vec<u16> =
            others.filter(|(other, _)| other / self.within.size == kernel).map(|(_, level)| level).collect();
        let after = self.within.size - 1 - own.len();
        Room { reach: self, kernel, tally: self.within.tally(kernel, &own), after }
    }
}

impl Room<'_> {
    /// Whether some levels of the weights after it keep the limits.
    pub(crate) fn allows(&self, level: usize) -> bool {
        let Within { limits, coupled, kernels, zero, values, .. } = self.reach.within;
        let (_, coupled, digits) = &coupled[kernels[self.kernel].0];
        let fewest = digits.iter().min().copied().unwrap_or(0);
        let zeros = self.tally.zeros + usize::from(Some(level) == *zero) + zero.map_or(0, |_| self.after);
        let sum = self.tally.sum + values[level];
        let after = self.after as f64;
        let ends = (values[0], values[values.len() - 1]);
        let sums = &self.reach.sums[self.kernel];
        let noise = 1e-9 * (sum.abs() + after * (ends.0.abs() + ends.1.abs()));
        limits
            .digits
            .is_none_or(|most| self.tally.digits + digits[level] + self.after * fewest <= most as usize)
            && limits.zeros.is_none_or(|least| zeros >= least as usize)
            && (coupled.sums().is_empty()
                || (sum + after * ends.0 <= sums.end() + noise
                    && sum + after * ends.1 >= sums.start() - noise))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Metric;
    use crate::testing::{Random, kernel};

    /// What trying all levels gives: the least cost within the limits at one scale.
    fn brute_force(
        set: &DyadicSet,
        h: &Array2<f64>,
        pull: &Array1<f64>,
        step: f64,
        allowed: impl Fn(&[u16]) -> bool,
    ) -> f64 {
        let m = set.values().len();
        let mut best = f64::INFINITY;
        for code in 0..m.pow(pull.len() as u32) {
            let levels: Vec<u16> = (0..pull.len() as u32).map(|i| (code / m.pow(i) % m) as u16).collect();
            if allowed(&levels) {
                let q: Array1<f64> =
                    levels.iter().map(|&l| step * set.values()[usize::from(l)].to_f64()).collect();
                best = best.min(q.dot(&(h.dot(&q) - 2.0 * pull)));
            }
        }
        best
    }

    #[test]
    fn limits_hold_and_little_is_lost() {
        let mut random = Random::seeded(81);
        let set: DyadicSet = "{0, ±1, ±2}".parse().unwrap();
        let values: Vec<f64> = set.values().iter().map(|v| v.to_f64()).collect();
        let palette = Palette { values: &values, prices: &[0.0; 5] };
        for (digits, zeros, keep_sum) in
            [(Some(2), None, false), (None, Some(2), false), (None, None, true), (Some(3), Some(1), true)]
        {
            let limits = KernelLimits { digits, zeros, keep_sum };
            let (mut ours, mut theirs) = (0.0, 0.0);
            for _ in 0..25 {
                let mix = Array2::from_shape_simple_fn((6, 6), || 0.3 * random.normal() + 0.4);
                let mut h = mix.t().dot(&mix);
                h.diag_mut().mapv_inplace(|d| d + 0.05);
                let trained = [kernel(&mut random, 3), kernel(&mut random, 3)];
                let wanted: Array1<f64> = trained.iter().flatten().copied().collect();
                let pull = h.dot(&wanted);
                let within = Within::new(&set, limits, &[Dyadic::ONE; 2], &trained).unwrap().unwrap();
                let step = 0.7;
                let metric = Metric { h: h.clone(), pull: pull.clone() };
                let free = metric.descend(palette, &[step; 6], vec![2; 6]).levels;
                let found = within.descend(&h, &pull, palette, &[step; 6], free, Care::Full);
                let holds = |levels: &[u16]| {
                    levels.chunks(3).enumerate().all(|(k, own)| {
                        let chosen = || own.iter().map(|&l| values[usize::from(l)]);
                        let sums = within.sums(k, step);
                        digits.is_none_or(|n| chosen().filter(|v| *v != 0.0).count() <= n as usize)
                            && zeros.is_none_or(|n| chosen().filter(|v| *v == 0.0).count() >= n as usize)
                            && (!keep_sum || sums.contains(&chosen().sum()))
                    })
                };
                assert!(holds(&found.levels), "{limits:?} {:?}", found.levels);
                let norm = wanted.dot(&pull);
                ours += found.cost + norm;
                theirs += brute_force(&set, &h, &pull, step, holds) + norm;
                assert!(ours >= theirs - 1e-9, "{limits:?}");
            }
            assert!(ours < 1.6 * theirs, "{limits:?}: {ours} and at best {theirs}");
        }
    }
}
