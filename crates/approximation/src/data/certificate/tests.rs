use super::*;
use crate::DyadicSet;
use crate::couplings::coupled::KernelLimits;
use crate::testing::{Random, kernel};
use lacuna_network::Dyadic;

struct Case {
    h: Array2<f64>,
    c: Array1<f64>,
    v: f64,
    trained: Vec<Vec<f64>>,
}

/// Correlated inputs, as images have them, and a target that no weights reach.
fn case(random: &mut Random, kernels: usize, size: usize) -> Case {
    let n = kernels * size;
    let mix = Array2::from_shape_simple_fn((n, n), || 0.3 * random.normal() + 0.4);
    let mut h = mix.t().dot(&mix);
    h.diag_mut().mapv_inplace(|d| d + 0.05);
    let trained: Vec<Vec<f64>> = (0..kernels).map(|_| kernel(random, size)).collect();
    let wanted: Array1<f64> = trained.iter().flatten().copied().collect();
    let c = h.dot(&wanted);
    let v = wanted.dot(&c) * 1.02;
    Case { h, c, v, trained }
}

/// The least error and price over all levels within the limits, each at the best of all scales, or where sums are kept, of
/// many; and that scale.
fn brute_force(problem: &Problem<'_>, limits: KernelLimits, set: &DyadicSet, size: usize) -> (f64, f64) {
    let (m, n) = (set.values().len(), problem.ratios.len());
    let digits =
        |i: usize, l: usize| (set.values()[l] * Dyadic::round(problem.ratios[i], 3)).signed_digits().len();
    let mut best = (f64::INFINITY, 0.0);
    for code in 0..m.pow(n as u32) {
        let levels: Vec<usize> = (0..n as u32).map(|i| code / m.pow(i) % m).collect();
        let holds = levels.chunks(size).enumerate().all(|(k, own)| {
            let used: usize = own.iter().enumerate().map(|(i, &l)| digits(k * size + i, l)).sum();
            limits.digits.is_none_or(|most| used <= most as usize)
                && limits.zeros.is_none_or(|least| {
                    own.iter().filter(|&&l| set.values()[l].is_zero()).count() >= least as usize
                })
        });
        if !holds {
            continue;
        }
        let t: Array1<f64> =
            levels.iter().zip(problem.ratios).map(|(&l, r)| r * problem.palette.values[l]).collect();
        let paid: f64 = levels.iter().map(|&l| problem.palette.prices[l]).sum();
        let (strength, pull) = (t.dot(&problem.h.dot(&t)), problem.c.dot(&t));
        let at = |s: f64| problem.v - 2.0 * s * pull + s * s * strength + paid;
        let scale = if strength > 0.0 { pull / strength } else { 0.0 };
        if limits.keep_sum {
            let within = problem.within.unwrap();
            for n in 1..80 {
                let scale = 0.05 * f64::from(n);
                let levels: Vec<u16> = levels.iter().map(|&l| l as u16).collect();
                let steps: Vec<f64> = problem.ratios.iter().map(|ratio| scale * ratio).collect();
                if within.holds(&levels, &steps) && at(scale) < best.0 {
                    best = (at(scale), scale);
                }
            }
        } else if at(scale) < best.0 {
            best = (at(scale), scale);
        }
    }
    best
}

#[test]
fn never_above_the_best_of_all_choices() {
    let mut random = Random::seeded(91);
    for (name, ratios) in [
        ("ternary", [1.0, 1.0]),
        ("{0, ±1/2, ±1}", [1.0, 0.75]),
        ("{0, 1, 2}", [1.0, 1.0]),
        ("{-1, 3/4, 1}", [1.0, 1.0]),
    ] {
        let set: DyadicSet = name.parse().unwrap();
        let values: Vec<f64> = set.values().iter().map(|v| v.to_f64()).collect();
        for (digits, zeros, keep_sum, price) in [
            (None, None, false, 0.0),
            (None, None, false, 0.2),
            (Some(2), None, false, 0.0),
            (Some(3), Some(1), false, 0.1),
            (None, None, true, 0.0),
        ] {
            let limits = KernelLimits { digits, zeros, keep_sum };
            let prices: Vec<f64> =
                set.values().iter().map(|v| price * v.signed_digits().len() as f64).collect();
            let mut tight = 0.0_f64;
            for _ in 0..3 {
                let Case { h, c, v, trained } = case(&mut random, 2, 2);
                let dyadic = ratios.map(|r| Dyadic::round(r, 3));
                let within = match crate::data::within::Within::new(&set, limits, &dyadic, &trained) {
                    Ok(within) => within,
                    Err(_) => continue,
                };
                let per_weight: Vec<f64> = ratios.iter().flat_map(|&r| [r; 2]).collect();
                let palette = Palette { values: &values, prices: &prices };
                let problem =
                    Problem { h: &h, c: &c, v, palette, ratios: &per_weight, within: within.as_ref() };
                let (best, scale) = brute_force(&problem, limits, &set, 2);
                if best == f64::INFINITY {
                    continue;
                }
                // Found is something worse than the best.
                let bound = searched(&problem, 1.3 * best, scale, 100_000);
                assert!(least_squares(&problem) <= bound, "{name} {limits:?}");
                assert!(bound <= best * (1.0 + 1e-9), "{name} {limits:?}: {bound} and {best}");
                assert!(bound > 0.0);
                tight = tight.max(1.0 - bound / best);
            }
            // Sums are tried at a few scales only.
            assert!(keep_sum || tight < 2.0 * GAP, "{name} {limits:?}: {tight}");
        }
    }
}

#[test]
fn a_search_that_has_to_leave_beginnings_behind_still_bounds() {
    let mut random = Random::seeded(92);
    let set: DyadicSet = "{0, ±1, ±2}".parse().unwrap();
    let values: Vec<f64> = set.values().iter().map(|v| v.to_f64()).collect();
    let palette = Palette { values: &values, prices: &[0.0; 5] };
    for _ in 0..5 {
        let Case { h, c, v, .. } = case(&mut random, 1, 6);
        let ratios = [1.0; 6];
        let problem = Problem { h: &h, c: &c, v, palette, ratios: &ratios, within: None };
        let (best, scale) = brute_force(&problem, KernelLimits::default(), &set, 6);
        let mut search = Search::new(&problem);
        let mut last = 0.0;
        for width in [1, 4, 16, 2000] {
            search.width = width;
            let (bound, _) = search.over(scale.abs() / 1.01, scale.abs() * 1.01, 2.0 * best);
            assert!(bound <= best * (1.0 + 1e-9) && bound >= last, "{width}: {bound}, {best}");
            last = bound;
        }
        assert!(last > 0.999 * best, "{last} {best}");
    }
}
