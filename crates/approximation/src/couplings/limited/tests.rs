use super::*;
use crate::couplings::coupled::KernelLimits;
use crate::kernels::fit::fit_map;
use crate::kernels::signed_digits::count;
use crate::kernels::sweep::Ladders;
use crate::testing::{Random, kernel};
use crate::{DyadicSet, Scale, Solver};

/// All levels within the limits, each at its own best scale; with a kept sum at the one that keeps it, or where the sum
/// of the levels is zero, at the best of those at which zero is the nearest sum.
fn brute_force(set: &DyadicSet, weights: &[f64], limits: KernelLimits, half: f64) -> f64 {
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
        let mut scale = if s > 0.0 && q > 0.0 { s / q } else { 0.0 };
        if limits.keep_sum {
            let (sum, wanted) = (chosen.iter().map(|t| t.to_f64()).sum::<f64>(), weights.iter().sum::<f64>());
            scale = if sum == 0.0 { scale.max(wanted.abs() / half) } else { wanted / sum };
            if scale <= 0.0 {
                continue;
            }
        }
        best = best.min(weights.iter().zip(&chosen).map(|(w, t)| (w - scale * t.to_f64()).powi(2)).sum());
    }
    best
}

#[test]
fn the_gap_is_kept_over_all_scales() {
    let mut random = Random::seeded(41);
    // The smallest sum of levels is one step of the grid.
    for (name, step) in [("{0, ±1/2, ±1, ±2}", 0.5), ("{0, ±3/4, ±2}", 0.25), ("k/4 |k|<=4", 0.25)] {
        let set: DyadicSet = name.parse().unwrap();
        let ladders = Ladders::new(&set);
        for (digits, zeros, keep_sum) in [
            (Some(3), None, false),
            (None, Some(2), false),
            (Some(4), Some(1), false),
            (Some(0), None, false),
            (None, None, true),
            (None, Some(1), true),
        ] {
            let limits = KernelLimits { digits, zeros, keep_sum };
            let (scale, solver) = (Scale::Map, Solver::Exact);
            let choice = Choice { set: &set, ladders: &ladders, scale, scale_digits: 3, solver, limits };
            for _ in 0..6 {
                let weights = kernel(&mut random, 5);
                let fit = fit_map(&choice, std::slice::from_ref(&weights)).unwrap();
                let best = brute_force(&set, &weights, limits, step / 2.0);
                let gap = fit.gap.unwrap();
                assert!(fit.squared_error >= best - 1e-9, "{name} {limits:?}");
                assert!(fit.squared_error * (1.0 - gap) <= best + 1e-9, "{name} {limits:?}: {gap}");
                assert!(gap <= 1.001 * GAP, "{name} {limits:?}: {gap}");
            }
        }
    }
}

/// The fit of one kernel of which the sum is to be kept.
fn with_its_sum(name: &str, weights: &[f64]) -> Result<MapFit, LimitsError> {
    let set: DyadicSet = name.parse().unwrap();
    let ladders = Ladders::new(&set);
    let limits = KernelLimits { digits: None, zeros: None, keep_sum: true };
    let (scale, solver) = (Scale::Kernel, Solver::Exact);
    let choice = Choice { set: &set, ladders: &ladders, scale, scale_digits: 3, solver, limits };
    let kernels = [weights.to_vec()];
    let found = MapFit {
        scale: 1.0,
        ratios: vec![Dyadic::new(1, 0)],
        kernels: vec![vec![set.values()[0]; weights.len()]],
        squared_error: 0.0,
        stop: StopReason::Optimal,
        gap: Some(0.0),
    };
    limited(&choice, &kernels, &found)
}

#[test]
fn the_nearest_sum_is_certified_where_no_scale_keeps_it() {
    // Nine ones and minus ones never add up to zero, nor do ones and twos.
    let sobel = [1.0, 2.0, 1.0, 0.0, 0.0, 0.0, -1.0, -2.0, -1.0];
    for name in ["{±1}", "{1, 2}"] {
        match with_its_sum(name, &sobel) {
            Ok(fit) => assert!(fit.gap.is_some() && fit.stop != StopReason::Converged, "{name}: {fit:?}"),
            Err(error) => assert!(error.to_string().contains("no levels of the set"), "{name}: {error}"),
        }
    }
    // A sum of the other sign is no sum kept.
    let weights = [1.0, 0.5, 1.0];
    let fit = with_its_sum("{-2, -1}", &weights).unwrap();
    // All levels are minus one, whose sum is the nearest at any scale: the smaller the better, and none is worst of all.
    let norm: f64 = weights.iter().map(|w| w * w).sum();
    assert!(fit.gap.is_some() && fit.squared_error * (1.0 - fit.gap.unwrap()) <= norm, "{fit:?}");
    let kept = with_its_sum("{0, ±1, ±2}", &sobel).unwrap();
    assert_eq!((kept.gap, kept.squared_error), (Some(0.0), 0.0));
}
