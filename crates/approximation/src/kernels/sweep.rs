//! The joint optimum over scale and levels of one kernel, exactly, by sweeping the scale over its breakpoints.
//!
//! For weights `w_i` and a set `D`, minimise `Σ (w_i - α t_i)²` over `α > 0` and all `t_i` in `D`. For a given `α` each
//! `t_i` is the level nearest to `w_i / α`. As `α` falls from infinity, a weight moves to the next level further out
//! whenever `|w_i| / α` passes the midpoint of two neighbouring levels, which happens at `α = |w_i| / midpoint`: at most
//! `m - 1` times a weight. Between two such breakpoints the levels stand still and the best `α` is least squares, so with
//!
//! ```text
//! S = Σ w_i t_i     Q = Σ t_i²     min over α of Σ (w_i - α t_i)² = Σ w_i² - S²/Q   at   α = S/Q
//! ```
//!
//! the best of all is where `S²/Q` is greatest, and it is found by one pass over the sorted breakpoints with two running
//! sums. The best levels are the nearest ones at their own best scale (else moving one would gain), so no assignment is
//! missed. Sorting dominates: `O(n m log nm)`.
//!
//! Kernels that share a scale up to known ratios `r_i` (a layer, an output map whose kernels have short dyadic
//! scales) are the same problem: `Σ (w_i - α r_i t_i)²`, where weight `i` changes level at `α = |w_i| / (r_i · midpoint)`.

use crate::DyadicSet;

/// A set's levels as the sweep wants them: from the level nearest to zero outwards, on either side of zero.
#[derive(Clone, Debug)]
pub(crate) struct Ladders {
    /// The set's values, ascending.
    values: Vec<f64>,
    /// For positive weights.
    above: Ladder,
    /// For negative weights, of the set mirrored at zero.
    below: Ladder,
}

/// Indices into the set from the level nearest to zero outwards, and the midpoints between neighbours.
#[derive(Clone, Debug)]
struct Ladder {
    rungs: Vec<u16>,
    midpoints: Vec<f64>,
}

/// The optimum: `weight ≈ scale · ratio · value(level)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit {
    /// Zero when no positive scale is better than none.
    pub(crate) scale: f64,
    /// One index into the set per weight.
    pub(crate) levels: Vec<u16>,
    /// `Σ (w - scale · ratio · value)²`.
    pub(crate) squared_error: f64,
}

impl Ladders {
    pub(crate) fn new(set: &DyadicSet) -> Self {
        let values: Vec<f64> = set.values().iter().map(|v| v.to_f64()).collect();
        let above = Ladder::climb(&values);
        let mirrored: Vec<f64> = values.iter().rev().map(|v| -v).collect();
        let mut below = Ladder::climb(&mirrored);
        for rung in &mut below.rungs {
            *rung = values.len() as u16 - 1 - *rung;
        }
        Self { values, above, below }
    }

    pub(crate) fn value(&self, level: u16) -> f64 {
        self.values[usize::from(level)]
    }

    /// The level nearest to `x`; of two equally near the one nearer to zero.
    pub(crate) fn nearest(&self, x: f64) -> u16 {
        let ladder = self.side(x);
        ladder.rungs[ladder.midpoints.partition_point(|&midpoint| midpoint < x.abs())]
    }

    /// For a set symmetric about zero, the levels for positive and for negative weights from zero outwards.
    pub(crate) fn symmetric_rungs(&self) -> Option<(&[u16], &[u16])> {
        let symmetric = self.values.iter().zip(self.values.iter().rev()).all(|(a, b)| *a == -*b);
        symmetric.then_some((&self.above.rungs, &self.below.rungs))
    }

    fn side(&self, x: f64) -> &Ladder {
        let nearer_below = || self.value(self.below.rungs[0]).abs() < self.value(self.above.rungs[0]).abs();
        if x < 0.0 || (x == 0.0 && nearer_below()) { &self.below } else { &self.above }
    }
}

impl Ladder {
    /// The levels that positive numbers can be nearest to.
    fn climb(ascending: &[f64]) -> Self {
        let first = ascending.windows(2).take_while(|pair| pair[0] + pair[1] <= 0.0).count();
        Self {
            rungs: (first..ascending.len()).map(|level| level as u16).collect(),
            midpoints: ascending[first..].windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect(),
        }
    }
}

/// The best scale and levels for `weights`, each with its positive ratio to the common scale.
pub(crate) fn sweep(ladders: &Ladders, weights: &[f64], ratio: impl Fn(usize) -> f64) -> Fit {
    // Breakpoints (scale, weight), to be passed in descending order of the scale.
    let mut breakpoints: Vec<(f64, u32)> = Vec::new();
    let mut rung = vec![0_u16; weights.len()];
    let (mut s, mut q) = (0.0, 0.0);
    for (i, &weight) in weights.iter().enumerate() {
        let (side, r) = (ladders.side(weight), ratio(i));
        let value = ladders.value(side.rungs[0]);
        s += weight * r * value;
        q += r * r * value * value;
        if weight != 0.0 {
            let reach = side.midpoints.iter().map(|midpoint| (weight.abs() / (r * midpoint), i as u32));
            breakpoints.extend(reach);
        }
    }
    breakpoints.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let score = |s: f64, q: f64| if s > 0.0 && q > 0.0 { s * s / q } else { 0.0 };
    let (mut best, mut passed) = (score(s, q), 0);
    for (n, &(_, i)) in breakpoints.iter().enumerate() {
        let i = i as usize;
        let (weight, r) = (weights[i], ratio(i));
        let rungs = &ladders.side(weight).rungs;
        let (from, to) = (rungs[usize::from(rung[i])], rungs[usize::from(rung[i]) + 1]);
        let (from, to) = (ladders.value(from), ladders.value(to));
        rung[i] += 1;
        s += weight * r * (to - from);
        q += r * r * (to * to - from * from);
        let now = score(s, q);
        if now > best {
            (best, passed) = (now, n + 1);
        }
    }
    rung.fill(0);
    for &(_, i) in &breakpoints[..passed] {
        rung[i as usize] += 1;
    }
    let levels: Vec<u16> = weights
        .iter()
        .zip(&rung)
        .map(|(&weight, &rung)| ladders.side(weight).rungs[usize::from(rung)])
        .collect();
    finish(ladders, weights, &ratio, levels)
}

/// Least squares for the scale, given the levels.
pub(crate) fn finish(
    ladders: &Ladders,
    weights: &[f64],
    ratio: &impl Fn(usize) -> f64,
    levels: Vec<u16>,
) -> Fit {
    let terms = || {
        weights.iter().zip(&levels).enumerate().map(|(i, (&w, &level))| (w, ratio(i) * ladders.value(level)))
    };
    let (s, q) = terms().fold((0.0, 0.0), |(s, q), (w, t)| (s + w * t, q + t * t));
    let scale = if s > 0.0 && q > 0.0 { s / q } else { 0.0 };
    let squared_error = terms().map(|(w, t)| (w - scale * t).powi(2)).sum();
    Fit { scale, levels, squared_error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Random, kernel};

    const SETS: [&str; 9] = [
        "ternary",
        "{0, ±1, ±2}",
        "{0, ±1/2, ±1, ±2}",
        "k/4 |k|<=8",
        "{±1, ±3}",
        "{0, 1, 2}",
        "{-1, 3}",
        "{-2}",
        "{-1/4, 0, 1/2, 1}",
    ];

    fn ladders(name: &str) -> Ladders {
        Ladders::new(&name.parse().unwrap())
    }

    /// Every assignment in turn, each at its own best scale.
    fn brute_force(ladders: &Ladders, weights: &[f64], ratio: impl Fn(usize) -> f64) -> f64 {
        let base = ladders.values.len();
        let mut best: f64 = weights.iter().map(|w| w * w).sum();
        for code in 0..base.pow(weights.len() as u32) {
            let levels: Vec<u16> =
                (0..weights.len() as u32).map(|i| (code / base.pow(i) % base) as u16).collect();
            best = best.min(finish(ladders, weights, &ratio, levels).squared_error);
        }
        best
    }

    #[test]
    fn equals_brute_force_with_any_set_and_any_ratios() {
        let mut random = Random::seeded(7);
        for name in SETS {
            let ladders = ladders(name);
            for n in 1..=4 {
                for _ in 0..25 {
                    let mut weights = kernel(&mut random, n);
                    if random.below(3) == 0 {
                        weights[0] = 0.0;
                    }
                    if n > 1 && random.below(3) == 0 {
                        weights[1] = -weights[0];
                    }
                    let ratios: Vec<f64> = (0..n).map(|_| [1.0, 0.75, 0.125][random.below(3)]).collect();
                    let fit = sweep(&ladders, &weights, |i| ratios[i]);
                    let best = brute_force(&ladders, &weights, |i| ratios[i]);
                    assert!(
                        (fit.squared_error - best).abs() < 1e-12,
                        "{name} {weights:?}: {fit:?}, best {best}"
                    );
                }
            }
        }
    }

    #[test]
    fn is_never_worse_than_ten_thousand_scales() {
        let mut random = Random::seeded(11);
        for name in ["ternary", "{0, ±1/2, ±1, ±2}"] {
            let ladders = ladders(name);
            for _ in 0..200 {
                let weights = kernel(&mut random, 9);
                let swept = sweep(&ladders, &weights, |_| 1.0).squared_error;
                let largest = weights.iter().fold(0.0_f64, |m, w| m.max(w.abs()));
                for step in 1..=10_000 {
                    let scale = 2.0 * largest * f64::from(step) / 10_000.0;
                    let at = |w: &f64| (w - scale * ladders.value(ladders.nearest(w / scale))).powi(2);
                    let error: f64 = weights.iter().map(at).sum();
                    assert!(swept <= error + 1e-12, "{name} {weights:?} at {scale}");
                }
            }
        }
    }

    #[test]
    fn the_levels_are_the_nearest_ones_at_the_scale_found() {
        let mut random = Random::seeded(3);
        let ladders = ladders("k/4 |k|<=8");
        for _ in 0..200 {
            let weights = kernel(&mut random, 25);
            let fit = sweep(&ladders, &weights, |_| 1.0);
            for (w, &level) in weights.iter().zip(&fit.levels) {
                let nearest = ladders.value(ladders.nearest(w / fit.scale));
                let got = ladders.value(level);
                assert!((w / fit.scale - got).abs() <= (w / fit.scale - nearest).abs() + 1e-12);
            }
        }
    }

    #[test]
    fn extreme_weights_have_right_answers() {
        let error = |name: &str, weights: &[f64]| {
            let fit = sweep(&ladders(name), weights, |_| 1.0);
            assert!(fit.scale.is_finite() && fit.squared_error.is_finite(), "{fit:?}");
            let norm: f64 = weights.iter().map(|w| w * w).sum();
            if norm > 0.0 { fit.squared_error / norm } else { fit.squared_error }
        };
        let denormal = f64::from(f32::from_bits(1));
        for name in SETS {
            assert_eq!(error(name, &[0.0; 4]), 0.0, "{name}");
            assert_eq!(error(name, &[]), 0.0, "{name}");
        }
        for name in &SETS[..4] {
            assert!(error(name, &[denormal, -denormal, 0.0]) < 1e-12, "{name}");
            assert!(error(name, &[f64::from(f32::MAX), denormal]) < 1e-12, "{name}");
            assert!(error(name, &[3e38, -3e38, 3e38, 0.0]) < 1e-12, "{name}");
        }
        assert_eq!(error("{-2}", &[1.0, 2.0]), 1.0, "no positive scale helps: the scale is zero");
        assert!(error("{-2}", &[-1.0, -1.0]) < 1e-12);
    }
}
