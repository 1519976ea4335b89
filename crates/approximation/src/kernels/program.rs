//! The paper's 0-1 linear program for one kernel, stated in good_lp and solved by microlp.
//!
//! For a given scale, `x_ij` says whether weight `i` takes level `j`. Each choice has a constant cost, so
//!
//! ```text
//! minimise Σ_ij (w_i/α - d_j)² x_ij    subject to    Σ_j x_ij = 1 for every i,    x_ij in {0, 1}
//! ```
//!
//! is linear. Without further constraints it falls apart into one nearest level per weight, which makes it the
//! second way to the sweep's answer. Answers of the solver are not believed but checked: every weight must have
//! exactly one level.

use good_lp::{
    Expression, ProblemVariables, Solution, SolverModel, WithTimeLimit, constraint, microlp, variable,
};

use crate::DyadicSet;

/// Zero-one variables of one program; beyond this the solver's memory and time are not to be trusted.
pub(crate) const MAX_VARIABLES: usize = 20_000;

/// Seconds after which the solver has to stop.
const TIME_LIMIT: f64 = 30.0;

/// Why a program has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// The program is too large to be tried.
    #[error("the 0-1 program has {0} variables, but at most {MAX_VARIABLES} are tried: use `solver: exact`")]
    TooLarge(usize),
    /// The solver gave up.
    #[error("the solver of the 0-1 program stopped: {0}; use `solver: exact`")]
    Stopped(String),
    /// The solver's answer is not one level per weight.
    #[error("the solver of the 0-1 program gave weight {0} no level of its own; use `solver: exact`")]
    NotOneHot(usize),
}

/// The best levels for `targets` (weights divided by their scale), as indices into the set.
///
/// # Errors
/// The program is too large, or the solver fails.
pub fn solve_program(set: &DyadicSet, targets: &[f64]) -> Result<Vec<usize>, ProgramError> {
    let values: Vec<f64> = set.values().iter().map(|v| v.to_f64()).collect();
    let size = values.len() * targets.len();
    if size > MAX_VARIABLES {
        return Err(ProgramError::TooLarge(size));
    }
    let mut variables = ProblemVariables::new();
    let chosen: Vec<Vec<_>> =
        targets.iter().map(|_| variables.add_vector(variable().binary(), values.len())).collect();
    let mut cost = Expression::with_capacity(size);
    for (target, row) in targets.iter().zip(&chosen) {
        for (value, &x) in values.iter().zip(row) {
            cost.add_mul((target - value).powi(2), x);
        }
    }
    let mut model = variables.minimise(cost).using(microlp).with_time_limit(TIME_LIMIT);
    for row in &chosen {
        let levels: Expression = row.iter().sum();
        model.add_constraint(constraint!(levels == 1.0));
    }
    let solution = model.solve().map_err(|e| ProgramError::Stopped(e.to_string()))?;
    let one_hot = |(i, row): (usize, &Vec<_>)| {
        let taken: Vec<usize> = (0..row.len()).filter(|&j| solution.value(row[j]) > 0.5).collect();
        match taken.as_slice() {
            &[level] => Ok(level),
            _ => Err(ProgramError::NotOneHot(i)),
        }
    };
    chosen.iter().enumerate().map(one_hot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::sweep::{Ladders, sweep};
    use crate::testing::{Random, kernel};

    #[test]
    fn agrees_with_the_sweep() {
        let mut random = Random::seeded(5);
        for (name, size) in
            [("ternary", 9), ("{0, ±1/2, ±1, ±2}", 25), ("k/8 |k|<=16", 25), ("{-1, 1/2, 3}", 9)]
        {
            let set: DyadicSet = name.parse().unwrap();
            let ladders = Ladders::new(&set);
            for _ in 0..20 {
                let weights = kernel(&mut random, size);
                let fit = sweep(&ladders, &weights, |_| 1.0);
                let targets: Vec<f64> = weights.iter().map(|w| w / fit.scale).collect();
                let levels = solve_program(&set, &targets).unwrap();
                let error: f64 = weights
                    .iter()
                    .zip(&levels)
                    .map(|(w, &level)| (w - fit.scale * set.values()[level].to_f64()).powi(2))
                    .sum();
                assert!((error - fit.squared_error).abs() < 1e-9 * fit.squared_error.max(1e-9), "{name}");
            }
        }
    }

    #[test]
    fn a_program_that_is_too_large_is_refused() {
        let set: DyadicSet = "D8".parse().unwrap();
        let message = solve_program(&set, &[0.5; 100]).unwrap_err().to_string();
        assert!(message.contains("51300 variables") && message.contains("solver: exact"), "{message}");
    }
}
