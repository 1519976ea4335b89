//! From an activation function to its piecewise-linear curve.
//!
//! `tanh`, scaled or not, and the logistic function, which is `1/2 + tanh(x/2)/2`, get the curve that is asked for. The
//! named ones stand for `tanh(x/2)` and have their argument stretched by the nearest power of two; a trained network's
//! remaining factor belongs into the layer before, see [`crate::curves::argument`]. Functions that are piecewise linear already
//! keep their pieces, with limits and slopes rounded to dyadics.

use std::sync::Arc;

use lacuna_network::{Curve, Dyadic, Function};

use crate::curves::best_curve::{Left, Target, best_curve};
use crate::curves::named_curves::{asg, linear1, linear2, plan, stretched};
use crate::curves::table::table;
use crate::kernels::signed_digits::{floor_log2, nearest};
use crate::{Activation, BestCurve, PiecewiseLinear, Segment, Symmetry};

/// Where curves are compared with their functions: `2·REACH·STEPS + 1` points from `-REACH` to `REACH`.
const REACH: i32 = 16;
const STEPS: i32 = 1024;

/// Signed digits of an amplitude, a limit or a leak, and the binary places they may span.
const DIGITS: u32 = 2;
const PLACES: u32 = 8;

/// The curve that stands for a function.
pub fn piecewise_linear(function: Function, activation: &Activation) -> PiecewiseLinear {
    let tanh = |amplitude: f64, rate: f64, activation: &Activation| match activation {
        Activation::Best(_) | Activation::Table(_) => found_tanh(amplitude, rate, activation),
        // These stand for tanh(x/2): the argument is doubled.
        Activation::Plan => named(&plan(), amplitude, rate),
        Activation::Asg => named(&asg(), amplitude, rate),
        Activation::Linear1 => named(&linear1(), amplitude, rate),
        Activation::Linear2 => named(&linear2(), amplitude, rate),
    };
    let line =
        |start: i64, slope: Dyadic, offset: Dyadic| Segment { start: Dyadic::new(start, 0), slope, offset };
    let pieces = |segments| PiecewiseLinear { symmetry: Symmetry::None, segments };
    match function {
        Function::Tanh => tanh(1.0, 1.0, activation),
        Function::ScaledTanh { amplitude, rate } => tanh(f64::from(amplitude), f64::from(rate), activation),
        Function::Sigmoid => {
            let twice = match activation {
                Activation::Best(best) => {
                    Activation::Best(BestCurve { max_error: 2.0 * best.max_error, ..best.clone() })
                }
                named => named.clone(),
            };
            halved_and_raised(&stretched(&tanh(1.0, 1.0, &twice), -1))
        }
        Function::Relu => {
            pieces(vec![line(-1, Dyadic::ZERO, Dyadic::ZERO), line(0, Dyadic::ONE, Dyadic::ZERO)])
        }
        Function::ClippedRelu { limit } => {
            let limit = nearest(f64::from(limit), 2 * DIGITS, PLACES);
            let clipped = Segment { start: limit, slope: Dyadic::ZERO, offset: limit };
            pieces(vec![line(-1, Dyadic::ZERO, Dyadic::ZERO), line(0, Dyadic::ONE, Dyadic::ZERO), clipped])
        }
        Function::LeakyRelu { slope } => {
            pieces(vec![line(-1, leak(slope), Dyadic::ZERO), line(0, Dyadic::ONE, Dyadic::ZERO)])
        }
        // In a network it has become other layers before; by itself it is the first map's.
        Function::ParametricRelu { slopes } => {
            let slope = slopes.first().map_or(Dyadic::ZERO, |&slope| leak(slope));
            pieces(vec![line(-1, slope, Dyadic::ZERO), line(0, Dyadic::ONE, Dyadic::ZERO)])
        }
        Function::Points(points) => through_points(&points, activation),
    }
}

/// A slope of few signed digits.
pub(crate) fn leak(slope: f32) -> Dyadic {
    nearest(f64::from(slope), DIGITS, PLACES)
}

/// The curve that is searched for, or a table, for a function without a classical curve.
fn found(target: &Target<'_>, activation: &Activation, unit: f64) -> PiecewiseLinear {
    let best = match activation {
        Activation::Table(entries) => return table(target, entries.table),
        Activation::Best(best) => best.clone(),
        Activation::Plan | Activation::Asg | Activation::Linear1 | Activation::Linear2 => {
            BestCurve::default()
        }
    };
    let best = BestCurve { max_error: best.max_error / unit, ..best };
    best_curve(target, &best).expect("finite, and of a range that can be followed").curve
}

/// A table of points, brought to a range of at most eight and heights of about one by powers of two.
fn through_points(points: &Arc<[[f32; 2]]>, activation: &Activation) -> PiecewiseLinear {
    let given = Function::Points(Arc::clone(points));
    let (Some(&[first, low]), Some(&[last, high])) = (points.first(), points.last()) else {
        return PiecewiseLinear {
            symmetry: Symmetry::None,
            segments: vec![Segment { start: Dyadic::ZERO, slope: Dyadic::ZERO, offset: Dyadic::ZERO }],
        };
    };
    let ends = [f64::from(first), f64::from(last)];
    let power = ((ends[1] - ends[0]).max(f64::MIN_POSITIVE) / 8.0).log2().ceil().max(-8.0) as i32;
    let stretch = f64::from(power).exp2();
    let largest = points.iter().fold(0.0_f64, |m, [_, y]| m.max(f64::from(*y).abs()));
    let height = if largest > 0.0 { floor_log2(largest).max(-20) } else { 0 };
    let unit = f64::from(height).exp2();
    let function = |x: f64| given.apply(x * stretch) / unit;
    let until = (ends[0] / stretch).floor() as i32;
    let target = Target {
        function: &function,
        left: Left::Constant { until, limit: f64::from(low) / unit },
        reach: ((ends[1] / stretch).ceil() as i32).max(until + 1),
        limit: f64::from(high) / unit,
    };
    let mut curve = found(&target, activation, unit);
    raise(&mut curve, height);
    stretched(&curve, -power)
}

/// `2^power · y`.
fn raise(curve: &mut PiecewiseLinear, power: i32) {
    for segment in &mut curve.segments {
        segment.slope = segment.slope * Dyadic::new(1, power);
        segment.offset = segment.offset * Dyadic::new(1, power);
    }
}

/// The greatest difference between a function and a curve, measured on a dense grid.
pub fn max_error(function: &Function, curve: &PiecewiseLinear) -> f64 {
    let reach = if matches!(function, Function::Points(_)) { 2 * REACH } else { REACH };
    (-reach * STEPS..=reach * STEPS)
        .map(|n| f64::from(n) / f64::from(STEPS))
        .map(|x| (curve.apply(x) - function.apply(x)).abs())
        .fold(0.0, f64::max)
}

/// The power of two by which the argument of a curve for `tanh(x/2)` is multiplied to stand for `tanh(rate · x)`, and the
/// factor that is left for the layer before.
pub(crate) fn argument_of_named(rate: f64) -> (i32, f64) {
    let factor = 2.0 * rate;
    let power = floor_log2(factor * std::f64::consts::FRAC_1_SQRT_2.recip());
    (power, factor / f64::from(power).exp2())
}

/// `amplitude · curve(2^power · x)`.
fn named(curve: &PiecewiseLinear, amplitude: f64, rate: f64) -> PiecewiseLinear {
    let mut curve = stretched(curve, argument_of_named(rate).0);
    let amplitude = nearest(amplitude, DIGITS, PLACES);
    for segment in &mut curve.segments {
        segment.slope = segment.slope * amplitude;
        segment.offset = segment.offset * amplitude;
    }
    curve
}

fn found_tanh(amplitude: f64, rate: f64, activation: &Activation) -> PiecewiseLinear {
    // The search works where the function is steep and reaches its limit soon: a power of two brings it there.
    let power = floor_log2(rate);
    let rate = rate / f64::from(power).exp2();
    let height = floor_log2(amplitude);
    let unit = f64::from(height).exp2();
    let amplitude = amplitude / unit;
    let function = move |x: f64| amplitude * (rate * x).tanh();
    let target =
        Target { function: &function, left: Left::Odd { center: Dyadic::ZERO }, reach: 4, limit: amplitude };
    let mut curve = found(&target, activation, unit);
    raise(&mut curve, height);
    stretched(&curve, power)
}

/// `1/2 + y/2`.
fn halved_and_raised(curve: &PiecewiseLinear) -> PiecewiseLinear {
    let half = Dyadic::new(1, -1);
    let segments = curve
        .segments
        .iter()
        .map(|s| Segment { start: s.start, slope: s.slope * half, offset: s.offset * half + half })
        .collect();
    PiecewiseLinear { symmetry: Symmetry::Odd { center: half }, segments }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(function: Function, activation: &Activation) -> f64 {
        max_error(&function.clone(), &piecewise_linear(function, activation))
    }

    #[test]
    fn named_curves_have_the_errors_the_literature_gives() {
        for (activation, expected) in [
            (Activation::Plan, 0.0378),
            (Activation::Asg, 0.0378),
            (Activation::Linear1, 0.27),
            (Activation::Linear2, 0.24),
        ] {
            let found = error(Function::Tanh, &activation);
            assert!((found - expected).abs() < 0.005, "{activation:?}: {found}");
            let half = error(Function::Sigmoid, &activation);
            assert!((half - found / 2.0).abs() < 1e-6, "{activation:?}: {half}");
        }
    }

    #[test]
    fn best_curves_keep_their_word_for_every_scale() {
        let best = Activation::default();
        for function in [
            Function::Tanh,
            Function::Sigmoid,
            Function::ScaledTanh { amplitude: 1.7159, rate: 0.6667 },
            Function::ScaledTanh { amplitude: 0.3, rate: 5.0 },
            Function::ScaledTanh { amplitude: 1.0, rate: 1.99 },
        ] {
            let found = error(function.clone(), &best);
            assert!(found <= 0.0101, "{function}: {found}");
        }
    }

    #[test]
    fn piecewise_linear_functions_keep_their_pieces() {
        let of = |function| error(function, &Activation::Plan);
        assert_eq!(of(Function::Relu), 0.0);
        assert_eq!(of(Function::ClippedRelu { limit: 6.0 }), 0.0);
        assert_eq!(of(Function::LeakyRelu { slope: 0.125 }), 0.0);
        assert!(of(Function::LeakyRelu { slope: 0.1 }) < 0.11, "a tenth becomes 3/32, which shows at -16");
        let clipped = piecewise_linear(Function::ClippedRelu { limit: 6.0 }, &Activation::Asg);
        assert!(clipped.segments.is_sorted_by(|a, b| a.start < b.start));
    }

    #[test]
    fn curves_of_ones_own_are_followed() {
        for text in [
            "points(-2 -1, 0 0.25, 3 1)",
            "points(0 0, 1 200)",
            "points(-32 5, 0 -5, 31.5 5)",
            "points(0 0, 0.125 0)",
        ] {
            let function: Function = text.parse().unwrap();
            let height = if text.contains("200") { 200.0 } else { 5.0 };
            let segments = |n| Activation::Best(BestCurve { segments: Some(n), ..BestCurve::default() });
            let errors = [3, 6, 10].map(|n| error(function.clone(), &segments(n)));
            assert!(errors.is_sorted_by(|a, b| a >= b) && errors[2] <= 0.03 * height, "{text}: {errors:?}");
        }
        let own: Function = "points(-2 -1, -1 0, 1 0, 2 1)".parse().unwrap();
        assert_eq!(error(own, &Activation::default()), 0.0, "what is dyadic already is found again");
    }

    #[test]
    fn arguments_are_split_into_a_power_and_a_rest() {
        assert_eq!(argument_of_named(1.0), (1, 1.0));
        assert_eq!(argument_of_named(0.5), (0, 1.0));
        let (power, rest) = argument_of_named(2.0 / 3.0);
        assert!(power == 0 && (rest - 4.0 / 3.0).abs() < 1e-12);
        let (power, rest) = argument_of_named(0.8);
        assert!(power == 1 && (rest - 0.8).abs() < 1e-12);
    }
}
