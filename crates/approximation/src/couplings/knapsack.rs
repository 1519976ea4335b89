//! A budget of signed digits for many weights: a multiple-choice knapsack.
//!
//! Every weight takes one level; a level costs a squared error, which depends on the weight, and signed digits, which do
//! not. Wanted is the least total error with at most so many digits:
//!
//! ```text
//! minimise Σ_i e_i(j_i)    subject to    Σ_i digits(j_i) <= B
//! ```
//!
//! For each weight only the best level per number of digits matters, and of these only the lower convex hull, as far as
//! the relaxation is concerned that lets weights be mixtures of levels. Its optimum is found by taking steps along the
//! hulls in order of error saved per digit until the budget is spent, which bounds the true optimum from below; at most
//! one weight is left half way. Rounding that one down and spending what is left on other steps gives an answer whose
//! distance from the bound is the certificate. Small problems are solved exactly by dynamic programming instead.

use crate::StopReason;

/// Table entries up to which the exact dynamic program is run.
const MAX_TABLE: u64 = 20_000_000;

/// Levels for every weight, within the budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// One level per weight.
    pub levels: Vec<u16>,
    /// The sum of their errors.
    pub error: f64,
    /// No allocation within the budget has a smaller sum than this.
    pub bound: f64,
    /// Signed digits taken.
    pub digits: u64,
    /// [`StopReason::Optimal`], or [`StopReason::Bounded`] where error and bound differ.
    pub stop: StopReason,
}

impl Allocation {
    /// `(error - bound) / error`: how far from the optimum it can be at most.
    pub fn gap(&self) -> f64 {
        if self.error > self.bound { (self.error - self.bound) / self.error } else { 0.0 }
    }
}

/// Not even the cheapest levels fit into the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a budget of {budget} signed digits cannot be met at the scales that were found: the cheapest levels take {least}"
)]
pub struct BudgetTooSmall {
    /// What was allowed.
    pub budget: u64,
    /// What is needed at least.
    pub least: u64,
}

/// Weights that choose among the same levels.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    /// One row per weight, one column per level.
    pub errors: &'a [f64],
    /// Per level.
    pub digits: &'a [u32],
}

/// A level worth considering for one weight.
#[derive(Clone, Copy)]
struct Candidate {
    level: u16,
    digits: u32,
    error: f64,
}

/// All weights' candidates one after the other; those of one weight ascend in digits and descend in error.
struct Fronts {
    candidates: Vec<Candidate>,
    /// Where each weight's begin, and the end of the last.
    starts: Vec<u32>,
}

impl Fronts {
    fn new(groups: &[Group<'_>]) -> Self {
        let mut fronts = Self { candidates: Vec::new(), starts: vec![0] };
        for group in groups {
            let mut order: Vec<u16> = (0..group.digits.len() as u16).collect();
            for row in group.errors.chunks_exact(group.digits.len().max(1)) {
                order.sort_unstable_by(|&a, &b| {
                    let key = |level: u16| (group.digits[usize::from(level)], row[usize::from(level)]);
                    let (a_key, b_key) = (key(a), key(b));
                    a_key.0.cmp(&b_key.0).then(a_key.1.total_cmp(&b_key.1)).then(a.cmp(&b))
                });
                let mut least = f64::INFINITY;
                for &level in &order {
                    let error = row[usize::from(level)];
                    if error < least {
                        least = error;
                        fronts.candidates.push(Candidate {
                            level,
                            digits: group.digits[usize::from(level)],
                            error,
                        });
                    }
                }
                fronts.starts.push(fronts.candidates.len() as u32);
            }
        }
        fronts
    }

    fn weights(&self) -> usize {
        self.starts.len() - 1
    }

    fn of(&self, weight: usize) -> &[Candidate] {
        &self.candidates[self.starts[weight] as usize..self.starts[weight + 1] as usize]
    }

    /// The sum over weights of one candidate each.
    fn digits(&self, which: impl Fn(&[Candidate]) -> u32) -> u64 {
        (0..self.weights()).map(|weight| u64::from(which(self.of(weight)))).sum()
    }

    fn allocation(&self, chosen: &[Candidate], bound: Option<f64>) -> Allocation {
        let error = chosen.iter().map(|c| c.error).sum();
        let bound = bound.map_or(error, |bound| bound.min(error));
        Allocation {
            levels: chosen.iter().map(|c| c.level).collect(),
            error,
            bound,
            digits: chosen.iter().map(|c| u64::from(c.digits)).sum(),
            stop: if bound < error { StopReason::Bounded } else { StopReason::Optimal },
        }
    }
}

/// The best levels for all weights of all groups, in their order, with at most `budget` signed digits together.
///
/// # Errors
/// [`BudgetTooSmall`] when no choice fits.
pub fn allocate(groups: &[Group<'_>], budget: u64) -> Result<Allocation, BudgetTooSmall> {
    let fronts = Fronts::new(groups);
    let least = fronts.digits(|front| front[0].digits);
    if least > budget {
        return Err(BudgetTooSmall { budget, least });
    }
    let relaxed = relax(&fronts, budget);
    let most = fronts.digits(|front| front[front.len() - 1].digits);
    let table = fronts.weights() as u64 * (budget.min(most) + 1);
    if relaxed.stop == StopReason::Optimal || table > MAX_TABLE {
        return Ok(relaxed);
    }
    Ok(exact(&fronts, budget.min(most)))
}

/// The relaxation's bound and the allocation that rounding it gives.
fn relax(fronts: &Fronts, budget: u64) -> Allocation {
    let mut chosen: Vec<Candidate> = (0..fronts.weights()).map(|weight| fronts.of(weight)[0]).collect();
    let mut left = budget - fronts.digits(|front| front[0].digits);
    let mut error: f64 = chosen.iter().map(|c| c.error).sum();
    let mut steps = hull_steps(fronts);
    steps.sort_unstable_by(|a, b| b.rate.total_cmp(&a.rate).then((a.weight, a.to).cmp(&(b.weight, b.to))));
    let mut bound = None;
    let mut closed = vec![false; fronts.weights()];
    for step in &steps {
        let weight = step.weight as usize;
        let to = fronts.of(weight)[step.to as usize];
        let taken = u64::from(to.digits - chosen[weight].digits);
        if taken > left && bound.is_none() {
            bound = Some(error - step.rate * left as f64);
        }
        // A step builds on the one before it on the same hull.
        if taken <= left && !closed[weight] {
            left -= taken;
            error -= chosen[weight].error - to.error;
            chosen[weight] = to;
        } else {
            closed[weight] = true;
        }
        if left == 0 && bound.is_some() {
            break;
        }
    }
    fronts.allocation(&chosen, bound)
}

/// What one more step along a weight's hull brings.
struct Step {
    /// Error saved per digit.
    rate: f64,
    weight: u32,
    /// The candidate it leads to.
    to: u32,
}

fn hull_steps(fronts: &Fronts) -> Vec<Step> {
    let mut steps = Vec::with_capacity(fronts.candidates.len());
    for weight in 0..fronts.weights() {
        let front = fronts.of(weight);
        let mut at = 0;
        while at + 1 < front.len() {
            let rate = |to: usize| {
                (front[at].error - front[to].error) / f64::from(front[to].digits - front[at].digits)
            };
            let mut next = at + 1;
            for to in at + 2..front.len() {
                if rate(to) >= rate(next) {
                    next = to;
                }
            }
            steps.push(Step { rate: rate(next), weight: weight as u32, to: next as u32 });
            at = next;
        }
    }
    steps
}

/// Dynamic programming over digits used so far.
fn exact(fronts: &Fronts, budget: u64) -> Allocation {
    let size = budget as usize + 1;
    let mut best = vec![0.0; size];
    let mut taken: Vec<u16> = vec![0; size * fronts.weights()];
    for weight in 0..fronts.weights() {
        let mut next = vec![f64::INFINITY; size];
        for (n, candidate) in fronts.of(weight).iter().enumerate() {
            for used in candidate.digits as usize..size {
                let error = best[used - candidate.digits as usize] + candidate.error;
                if error < next[used] {
                    next[used] = error;
                    taken[weight * size + used] = n as u16;
                }
            }
        }
        best = next;
    }
    let mut left = budget as usize;
    let mut chosen = Vec::with_capacity(fronts.weights());
    for weight in (0..fronts.weights()).rev() {
        let candidate = fronts.of(weight)[usize::from(taken[weight * size + left])];
        left -= candidate.digits as usize;
        chosen.push(candidate);
    }
    chosen.reverse();
    fronts.allocation(&chosen, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Random, kernel};

    const VALUES: [f64; 7] = [-2.0, -1.0, -0.75, 0.0, 0.75, 1.0, 2.0];
    const DIGITS: [u32; 7] = [1, 1, 2, 0, 2, 1, 1];

    fn errors(random: &mut Random, weights: usize) -> Vec<f64> {
        kernel(random, weights).iter().flat_map(|w| VALUES.map(|v| (w - v).powi(2))).collect()
    }

    #[test]
    fn equals_trying_everything() {
        let mut random = Random::seeded(8);
        for _ in 0..30 {
            let errors = errors(&mut random, 5);
            for budget in 0..=11 {
                let got = allocate(&[Group { errors: &errors, digits: &DIGITS }], budget).unwrap();
                let mut best = f64::INFINITY;
                for code in 0..7_usize.pow(5) {
                    let levels: Vec<usize> = (0..5).map(|i| code / 7_usize.pow(i) % 7).collect();
                    let used: u64 = levels.iter().map(|&level| u64::from(DIGITS[level])).sum();
                    if used <= budget {
                        best = best
                            .min(levels.iter().enumerate().map(|(i, &level)| errors[i * 7 + level]).sum());
                    }
                }
                assert!(
                    (got.error - best).abs() < 1e-12 && got.digits <= budget,
                    "budget {budget}: {got:?}, {best}"
                );
                assert_eq!(got.stop, StopReason::Optimal);
            }
        }
    }

    #[test]
    fn the_relaxation_is_certified_and_all_but_optimal() {
        let mut random = Random::seeded(9);
        let errors = errors(&mut random, 2000);
        let fronts = Fronts::new(&[Group { errors: &errors, digits: &DIGITS }]);
        for budget in [0, 300, 1000, 1501, 2500] {
            let relaxed = relax(&fronts, budget);
            let exact = exact(&fronts, budget);
            assert!(relaxed.digits <= budget && exact.digits <= budget);
            assert!(relaxed.bound <= exact.error + 1e-9 && exact.error <= relaxed.error + 1e-9, "{budget}");
            assert!(relaxed.gap() < 1e-4, "{budget}: {}", relaxed.gap());
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        let group = |errors| Group { errors, digits: &[1, 2] };
        let fault = allocate(&[group(&[1.0, 2.0, 1.0, 2.0])], 1).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "a budget of 1 signed digits cannot be met at the scales that were found: the cheapest levels take 2"
        );
        assert!(allocate(&[], 0).unwrap().levels.is_empty());
        assert_eq!(allocate(&[Group { errors: &[0.5, 0.0], digits: &[0, 1] }], 0).unwrap().levels, [0]);
    }
}
