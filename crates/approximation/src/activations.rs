//! From an activation function to its piecewise-linear curve.

use lacuna_network::{Curve, Dyadic, Function};

use crate::best_curve::{self, Target};
use crate::named_curves::{asg, linear1, linear2, plan, stretched};
use crate::{Activation, BestCurve, PiecewiseLinear};

/// Where curves are compared with their functions: `2·REACH·STEPS + 1` points from `-REACH` to `REACH`.
const REACH: i32 = 16;
const STEPS: i32 = 1024;

/// The curve that stands for a function.
pub fn piecewise_linear(function: Function, activation: &Activation) -> PiecewiseLinear {
    // The named curves stand for tanh(x/2).
    match (function, activation) {
        (Function::Tanh, Activation::Plan) => stretched(&plan(), 1),
        (Function::Tanh, Activation::Asg) => stretched(&asg(), 1),
        (Function::Tanh, Activation::Linear1) => stretched(&linear1(), 1),
        (Function::Tanh, Activation::Linear2) => stretched(&linear2(), 1),
        (Function::Tanh, Activation::Best(best)) => best_for(&TANH, best),
    }
}

/// The greatest difference between a function and a curve, measured on a dense grid.
pub fn max_error(function: Function, curve: &PiecewiseLinear) -> f64 {
    (-REACH * STEPS..=REACH * STEPS)
        .map(|n| f64::from(n) / f64::from(STEPS))
        .map(|x| (curve.apply(x) - function.apply(x)).abs())
        .fold(0.0, f64::max)
}

const TANH: Target = Target { function: f64::tanh, center: Dyadic::ZERO, limit: 1.0, reach: 4 };

fn best_for(target: &Target, best: &BestCurve) -> PiecewiseLinear {
    let BestCurve { max_error, segments, slope_digits, breakpoint_fraction_bits } = *best;
    match segments {
        Some(n) => best_curve::with_segments(target, n, slope_digits, breakpoint_fraction_bits),
        None => best_curve::within(target, max_error, slope_digits, breakpoint_fraction_bits),
    }
    .curve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_curves_have_the_errors_the_literature_gives() {
        for (activation, expected) in [
            (Activation::Plan, 0.0378),
            (Activation::Asg, 0.0378),
            (Activation::Linear1, 0.27),
            (Activation::Linear2, 0.24),
        ] {
            let error = max_error(Function::Tanh, &piecewise_linear(Function::Tanh, &activation));
            assert!((error - expected).abs() < 0.005, "{activation:?}: {error}");
        }
    }
}
