//! Kernels whose weights cannot be chosen one by one: at most so many signed digits, at least so many zeros, a sum kept.
//!
//! At a given scale each weight and level has a cost, and the constraints count digits, zeros, and the sum of the
//! levels in steps of the set's grid. Dynamic programming over (digits, zeros, sum) so far is exact. The scale is somebody
//! else's, see [`crate::couplings::limited`].

use std::ops::RangeInclusive;

use lacuna_network::Dyadic;

use crate::DyadicSet;
use crate::kernels::signed_digits::count;

/// Table entries (over all weights of a kernel) up to which the dynamic program is run.
const MAX_TABLE: usize = 30_000_000;

/// What the levels of one kernel have to satisfy together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KernelLimits {
    /// At most so many signed digits.
    pub digits: Option<u32>,
    /// At least so many zeros.
    pub zeros: Option<u32>,
    /// The levels' sum is the one nearest to that of the weights.
    pub keep_sum: bool,
}

/// Why no levels satisfy the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitsError {
    /// No choice of levels satisfies them.
    #[error("no levels of the set satisfy the limits of {weights} weights: {}", describe(*limits))]
    Infeasible {
        /// Weights of the kernel.
        weights: usize,
        /// What was asked for.
        limits: KernelLimits,
    },
    /// The dynamic program would be too large.
    #[error(
        "the limits together need {entries} table entries for a kernel of {weights} weights, but at most {MAX_TABLE} \
         are kept: drop one of {}, or take a smaller set",
        describe(*limits)
    )]
    TooLarge {
        /// Weights of the kernel.
        weights: usize,
        /// What was asked for.
        limits: KernelLimits,
        /// Table entries it would take.
        entries: u64,
    },
}

fn describe(limits: KernelLimits) -> String {
    let digits = limits.digits.map(|n| format!("at most {n} signed digits"));
    let zeros = limits.zeros.map(|n| format!("at least {n} zeros"));
    let sum = limits.keep_sum.then(|| "the sum kept".to_owned());
    [digits, zeros, sum].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl KernelLimits {
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// The levels nearest to `targets` (weights divided by their scale) that satisfy the limits, as indices into the set.
///
/// # Errors
/// Nothing satisfies them, or the dynamic program would be too large.
pub fn solve_limited(
    set: &DyadicSet,
    targets: &[f64],
    limits: KernelLimits,
) -> Result<Vec<u16>, LimitsError> {
    let coupled = Coupled::new(set, Dyadic::ONE, targets.len(), limits)?;
    let values: Vec<f64> = set.values().iter().map(|v| v.to_f64()).collect();
    let sums = coupled.nearest_sums(targets.iter().sum());
    let cost = |weight: usize, level: usize| (targets[weight] - values[level]).powi(2);
    coupled.solve(cost, |sum| sums.contains(&sum)).ok_or(coupled.infeasible())
}

/// The dynamic program of one kernel, ready for any costs of weights and levels.
#[derive(Clone, Debug)]
pub(crate) struct Coupled {
    grid: Grid,
    weights: usize,
    limits: KernelLimits,
    /// What the levels can sum up to, ascending; empty where no sum is to be kept.
    sums: Vec<f64>,
}

impl Coupled {
    /// For kernels of so many weights whose levels are multiplied by `ratio`: digits are those of the products.
    pub(crate) fn new(
        set: &DyadicSet,
        ratio: Dyadic,
        weights: usize,
        limits: KernelLimits,
    ) -> Result<Self, LimitsError> {
        let infeasible = LimitsError::Infeasible { weights, limits };
        let grid = Grid::new(set, ratio, weights, limits).ok_or(infeasible)?;
        let entries = (grid.states() as u64).saturating_mul(weights as u64);
        if entries > MAX_TABLE as u64 {
            return Err(LimitsError::TooLarge { weights, limits, entries });
        }
        let mut coupled = Self { grid, weights, limits, sums: Vec::new() };
        let reached = coupled.totals(|_, _| 0.0);
        if !reached.iter().any(|total| total.is_finite()) {
            return Err(infeasible);
        }
        let finite = (0..reached.len()).filter(|&state| reached[state].is_finite());
        coupled.sums = finite.filter_map(|state| coupled.grid.sum(state)).collect();
        coupled.sums.sort_by(f64::total_cmp);
        coupled.sums.dedup();
        Ok(coupled)
    }

    pub(crate) fn infeasible(&self) -> LimitsError {
        LimitsError::Infeasible { weights: self.weights, limits: self.limits }
    }

    /// Steps of one run of the dynamic program.
    pub(crate) fn work(&self) -> usize {
        self.grid.states().saturating_mul(self.weights).saturating_mul(self.grid.levels.len())
    }

    /// What the levels can sum up to, ascending; empty where no sum is to be kept.
    pub(crate) fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// The sums to which the wanted ones from here to there are rounded; of two equally near ones both.
    pub(crate) fn nearest_between(&self, from: f64, to: f64) -> RangeInclusive<f64> {
        let (first, last) = (self.nearest_sums(from), self.nearest_sums(to));
        *first.start()..=*last.end()
    }

    /// The sum nearest to the one wanted; of two equally near ones both.
    pub(crate) fn nearest_sums(&self, wanted: f64) -> RangeInclusive<f64> {
        let (Some(&least), Some(&most)) = (self.sums.first(), self.sums.last()) else {
            return f64::NEG_INFINITY..=f64::INFINITY;
        };
        let above = self.sums.partition_point(|&sum| sum < wanted);
        let up = self.sums.get(above).copied().unwrap_or(most);
        let down = above.checked_sub(1).map_or(least, |below| self.sums[below]);
        let (far, near) = ((up - wanted).abs(), (wanted - down).abs());
        // Infinities are nearest to the last sum.
        if !wanted.is_finite() {
            let end = if wanted > 0.0 { most } else { least };
            return end..=end;
        }
        let noise = 1e-12 * wanted.abs();
        if (far - near).abs() <= noise {
            down..=up
        } else if far < near {
            up..=up
        } else {
            down..=down
        }
    }

    /// The least sum of costs over all levels whose sum is allowed; infinite where there are none.
    pub(crate) fn least(&self, cost: impl Fn(usize, usize) -> f64, allowed: impl Fn(f64) -> bool) -> f64 {
        let totals = self.totals(cost);
        let states = (0..totals.len()).filter(|&state| self.grid.sum(state).is_none_or(&allowed));
        states.map(|state| totals[state]).fold(f64::INFINITY, f64::min)
    }

    /// The levels with the least sum of costs, as indices into the set, among those whose sum is allowed.
    pub(crate) fn solve(
        &self,
        cost: impl Fn(usize, usize) -> f64,
        allowed: impl Fn(f64) -> bool,
    ) -> Option<Vec<u16>> {
        let mut steps: Vec<Vec<(u32, u16)>> = Vec::with_capacity(self.weights);
        let totals = self.run(cost, |from| steps.push(from));
        let mut at = (0..totals.len())
            .filter(|&state| totals[state].is_finite() && self.grid.sum(state).is_none_or(&allowed))
            .min_by(|&a, &b| totals[a].total_cmp(&totals[b]))?;
        let mut levels = vec![0; self.weights];
        for (level, step) in levels.iter_mut().zip(&steps).rev() {
            let (before, taken) = step[at];
            *level = taken;
            at = before as usize;
        }
        Some(levels)
    }

    /// The least cost of every final state; infinite for those that the limits exclude.
    fn totals(&self, cost: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        self.run(cost, |_| ())
    }

    /// The same, and for each weight where every state was reached from, and by which level.
    fn run(&self, cost: impl Fn(usize, usize) -> f64, mut keep: impl FnMut(Vec<(u32, u16)>)) -> Vec<f64> {
        let grid = &self.grid;
        let mut best = vec![f64::INFINITY; grid.states()];
        best[0] = 0.0;
        for weight in 0..self.weights {
            let costs: Vec<f64> = (0..grid.levels.len()).map(|level| cost(weight, level)).collect();
            let mut next = vec![f64::INFINITY; grid.states()];
            let mut from = vec![(u32::MAX, 0); grid.states()];
            for (state, &so_far) in best.iter().enumerate().filter(|(_, cost)| cost.is_finite()) {
                for (level, cost) in costs.iter().enumerate() {
                    let Some(to) = grid.after(state, level) else { continue };
                    if so_far + cost < next[to] {
                        next[to] = so_far + cost;
                        from[to] = (state as u32, level as u16);
                    }
                }
            }
            best = next;
            keep(from);
        }
        for (state, total) in best.iter_mut().enumerate() {
            if !grid.enough_zeros(state) {
                *total = f64::INFINITY;
            }
        }
        best
    }
}

/// The states of the dynamic program: as many dimensions as there are limits.
#[derive(Clone, Debug)]
struct Grid {
    /// Digits used: `0..digits`, or just one value.
    digits: usize,
    zeros: usize,
    sums: usize,
    /// Per level: its digits (0 where they don't count), whether it is zero, its steps above the lowest level.
    levels: Vec<(usize, bool, usize)>,
    count_digits: bool,
    count_zeros: bool,
    /// One step of the grid, and the sum when all weights are at the lowest level.
    unit: f64,
    lowest: f64,
}

impl Grid {
    fn new(set: &DyadicSet, ratio: Dyadic, weights: usize, limits: KernelLimits) -> Option<Self> {
        let fraction = set.values().iter().map(|v| v.fraction_bits()).max()?;
        let step = |v: &Dyadic| if limits.keep_sum { v.to_integer(fraction) } else { Some(0) };
        let steps: Vec<i64> = set.values().iter().map(step).collect::<Option<_>>()?;
        let (first, last) = (steps.first()?, steps.last()?);
        let counts: Vec<usize> = set.values().iter().map(|&v| count(v * ratio)).collect();
        let most = counts.iter().max()? * weights;
        let sums = usize::try_from((last - first) as u64).ok()?.checked_mul(weights)?.checked_add(1)?;
        let levels = set.values().iter().zip(&steps).zip(&counts);
        Some(Self {
            digits: limits.digits.map_or(1, |n| (n as usize).min(most) + 1),
            zeros: limits.zeros.map_or(1, |n| n as usize + 1),
            sums: if limits.keep_sum { sums } else { 1 },
            levels: levels
                .map(|((&v, step), &digits)| (digits, (v * ratio).is_zero(), (step - first) as usize))
                .collect(),
            count_digits: limits.digits.is_some(),
            count_zeros: limits.zeros.is_some(),
            unit: f64::from(-fraction).exp2(),
            lowest: *first as f64 * weights as f64 * f64::from(-fraction).exp2(),
        })
    }

    fn states(&self) -> usize {
        self.digits.saturating_mul(self.zeros).saturating_mul(self.sums)
    }

    /// The state after one more weight has taken a level; none when the digits run out.
    fn after(&self, state: usize, level: usize) -> Option<usize> {
        let (digits, zero, steps) = self.levels[level];
        let (sum, rest) = (state % self.sums, state / self.sums);
        let (zeros, used) = (rest % self.zeros, rest / self.zeros);
        let used = if self.count_digits { used + digits } else { used };
        let zeros = if self.count_zeros && zero { (zeros + 1).min(self.zeros - 1) } else { zeros };
        let sum = if self.sums > 1 { sum + steps } else { sum };
        (used < self.digits).then_some((used * self.zeros + zeros) * self.sums + sum)
    }

    fn enough_zeros(&self, state: usize) -> bool {
        state / self.sums % self.zeros == self.zeros - 1
    }

    fn sum(&self, state: usize) -> Option<f64> {
        (self.sums > 1).then(|| self.lowest + (state % self.sums) as f64 * self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Random, kernel};

    fn brute_force(set: &DyadicSet, targets: &[f64], limits: KernelLimits) -> Option<f64> {
        let m = set.values().len();
        let wanted: f64 = targets.iter().sum();
        let mut best: Option<(f64, f64)> = None;
        for code in 0..m.pow(targets.len() as u32) {
            let chosen: Vec<_> =
                (0..targets.len() as u32).map(|i| set.values()[code / m.pow(i) % m]).collect();
            let digits: usize = chosen.iter().map(|&v| count(v)).sum();
            let zeros = chosen.iter().filter(|v| v.is_zero()).count();
            if limits.digits.is_some_and(|n| digits > n as usize)
                || limits.zeros.is_some_and(|n| zeros < n as usize)
            {
                continue;
            }
            let sum: f64 = chosen.iter().map(|v| v.to_f64()).sum();
            let miss = if limits.keep_sum { (sum - wanted).abs() } else { 0.0 };
            let error = targets.iter().zip(&chosen).map(|(t, v)| (t - v.to_f64()).powi(2)).sum();
            if best.is_none_or(|least| miss < least.0 - 1e-12 || (miss < least.0 + 1e-12 && error < least.1))
            {
                best = Some((miss, error));
            }
        }
        best.map(|(_, error)| error)
    }

    #[test]
    fn equals_trying_everything() {
        let mut random = Random::seeded(21);
        for name in ["ternary", "{0, ±3/4, ±2}", "{-1, 1/2, 3}"] {
            let set: DyadicSet = name.parse().unwrap();
            for digits in [None, Some(0), Some(3)] {
                for zeros in [None, Some(2)] {
                    for keep_sum in [false, true] {
                        let limits = KernelLimits { digits, zeros, keep_sum };
                        let targets = kernel(&mut random, 5);
                        let expected = brute_force(&set, &targets, limits);
                        let got = solve_limited(&set, &targets, limits).ok().map(|levels| {
                            let value = |&level: &u16| set.values()[usize::from(level)].to_f64();
                            targets
                                .iter()
                                .zip(&levels)
                                .map(|(t, level)| (t - value(level)).powi(2))
                                .sum::<f64>()
                        });
                        match (expected, got) {
                            (Some(a), Some(b)) => assert!((a - b).abs() < 1e-9, "{name} {limits:?}: {a} {b}"),
                            (a, b) => assert_eq!(a.is_none(), b.is_none(), "{name} {limits:?}"),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        let limits = KernelLimits { digits: Some(3), zeros: None, keep_sum: true };
        let fault = solve_limited(&"{±1}".parse().unwrap(), &[0.5; 9], limits).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "no levels of the set satisfy the limits of 9 weights: at most 3 signed digits, the sum kept"
        );
        let limits = KernelLimits { digits: Some(400), zeros: Some(90), keep_sum: true };
        let fault = solve_limited(&"D8".parse().unwrap(), &[0.5; 121], limits).unwrap_err().to_string();
        assert!(fault.contains("table entries") && fault.contains("drop one of at most 400"), "{fault}");
    }
}
