use ndarray::Array2;

use super::*;
use crate::data::metric::{Metric, Palette};
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
