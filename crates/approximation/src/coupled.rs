//! Kernels whose weights cannot be chosen one by one: at most so many signed digits, at least so many zeros, a sum kept.
//!
//! At a given scale each weight and level has a cost, and the constraints count digits, zeros, and the sum of the
//! levels in steps of the set's grid. Dynamic programming over (digits, zeros, sum) so far is exact. The scale is somebody
//! else's, see [`crate::limited`].

use lacuna_network::Dyadic;

use crate::DyadicSet;
use crate::signed_digits::count;

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
    let weights = targets.len();
    let infeasible = LimitsError::Infeasible { weights, limits };
    let grid = Grid::new(set, weights, limits).ok_or(infeasible)?;
    let entries = grid.states() as u64 * weights as u64;
    if entries > MAX_TABLE as u64 {
        return Err(LimitsError::TooLarge { weights, limits, entries });
    }
    let values: Vec<f64> = set.values().iter().map(|v| v.to_f64()).collect();
    let mut best = vec![f64::INFINITY; grid.states()];
    best[0] = 0.0;
    let mut steps: Vec<Vec<(u32, u16)>> = Vec::with_capacity(weights);
    for target in targets {
        let mut next = vec![f64::INFINITY; grid.states()];
        let mut from = vec![(u32::MAX, 0); grid.states()];
        for (state, &cost) in best.iter().enumerate().filter(|(_, cost)| cost.is_finite()) {
            for (level, value) in values.iter().enumerate() {
                if let Some(to) = grid.after(state, level) {
                    let total = cost + (target - value).powi(2);
                    if total < next[to] {
                        next[to] = total;
                        from[to] = (state as u32, level as u16);
                    }
                }
            }
        }
        best = next;
        steps.push(from);
    }
    let wanted: f64 = targets.iter().sum();
    let mut at = (0..grid.states())
        .filter(|&state| best[state].is_finite() && grid.enough_zeros(state))
        .min_by(|&a, &b| {
            let miss = |state| grid.sum(state).map_or(0.0, |sum| (sum - wanted).abs());
            miss(a).total_cmp(&miss(b)).then(best[a].total_cmp(&best[b]))
        })
        .ok_or(infeasible)?;
    let mut levels = vec![0; weights];
    for (level, step) in levels.iter_mut().zip(&steps).rev() {
        let (before, taken) = step[at];
        *level = taken;
        at = before as usize;
    }
    Ok(levels)
}

/// The least sum of costs of levels that satisfy limits on digits and zeros, the cost of a weight and level being given.
pub(crate) fn least_cost(
    set: &DyadicSet,
    weights: usize,
    limits: KernelLimits,
    cost: impl Fn(usize, usize) -> f64,
) -> Option<f64> {
    let grid = Grid::new(set, weights, KernelLimits { keep_sum: false, ..limits })?;
    let mut best = vec![f64::INFINITY; grid.states()];
    best[0] = 0.0;
    for weight in 0..weights {
        let costs: Vec<f64> = (0..set.values().len()).map(|level| cost(weight, level)).collect();
        let mut next = vec![f64::INFINITY; grid.states()];
        for (state, &so_far) in best.iter().enumerate().filter(|(_, cost)| cost.is_finite()) {
            for (level, cost) in costs.iter().enumerate() {
                if let Some(to) = grid.after(state, level) {
                    next[to] = next[to].min(so_far + cost);
                }
            }
        }
        best = next;
    }
    (0..grid.states()).filter(|&state| grid.enough_zeros(state)).map(|state| best[state]).reduce(f64::min)
}

/// Table entries of the dynamic program for one kernel.
pub(crate) fn table_entries(set: &DyadicSet, weights: usize, limits: KernelLimits) -> usize {
    let grid = Grid::new(set, weights, KernelLimits { keep_sum: false, ..limits });
    grid.map_or(usize::MAX, |grid| grid.states().saturating_mul(weights))
}

/// The states of the dynamic program: as many dimensions as there are limits.
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
    fn new(set: &DyadicSet, weights: usize, limits: KernelLimits) -> Option<Self> {
        let fraction = set.values().iter().map(|v| v.fraction_bits()).max()?;
        let step = |v: &Dyadic| if limits.keep_sum { v.to_integer(fraction) } else { Some(0) };
        let steps: Vec<i64> = set.values().iter().map(step).collect::<Option<_>>()?;
        let (first, last) = (steps.first()?, steps.last()?);
        let most = set.values().iter().map(|&v| count(v)).max()? * weights;
        let sums = usize::try_from((last - first) as u64).ok()?.checked_mul(weights)?.checked_add(1)?;
        let levels = set.values().iter().zip(&steps);
        Some(Self {
            digits: limits.digits.map_or(1, |n| (n as usize).min(most) + 1),
            zeros: limits.zeros.map_or(1, |n| n as usize + 1),
            sums: if limits.keep_sum { sums } else { 1 },
            levels: levels.map(|(&v, step)| (count(v), v.is_zero(), (step - first) as usize)).collect(),
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
