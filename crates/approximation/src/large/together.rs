//! Rounding all maps of a layer at once, in the metric that they share.
//!
//! The order and the compensation are those of [`crate::data::lattice`]: with `H = RᵀR` the weights are decided from the last to the
//! first, each seeing what the later ones owe (OBQ, Frantar and Alistarh, arXiv 2208.11580; that all maps share the order
//! and one factor is what makes it a product of matrices, as in GPTQ, arXiv 2210.17323). Instead of a beam there are many
//! scales; the best few of each map are settled by descent over single weights.

use lacuna_network::Dyadic;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Axis, s};
use rayon::prelude::*;

use crate::data::linear::{cholesky_in_blocks, solve_all};
use crate::data::metric::{Palette, candidates};
use crate::kernels::signed_digits::{nearest, places};
use crate::large::shared_moments::SharedMoments;

/// Weights that are decided together before what they owe the rest is computed.
const BLOCK: usize = 64;

/// Maps that one thread works on.
const MAPS: usize = 8;

/// Scales tried for small layers and for large ones, and the products that all of them may take.
const SCALES: [usize; 2] = [12, 60];
const PRODUCTS: usize = 40_000_000_000;

/// Of these, how many are settled.
const SETTLED: usize = 4;

/// Rounds of settling, and passes over the weights in each.
const ROUNDS: usize = 6;
const PASSES: usize = 8;

/// Gains below this part of the whole are rounding noise.
const TOLERANCE: f64 = 1e-12;

/// The metric of a group of maps, ready for rounding. Weights are in the order of the triangle: the last is decided first.
#[derive(Clone, Debug)]
pub(crate) struct Together {
    /// By place in the triangle: the weight that stands there.
    order: Vec<usize>,
    /// The metric itself.
    h: Array2<f64>,
    factor: Array2<f64>,
    /// `h · wanted`: a column per map.
    pull: Array2<f64>,
    /// What the weights would be if any value were allowed.
    wanted: Array2<f64>,
}

/// A map's levels and the coefficient that goes with them.
#[derive(Clone, Debug)]
pub(crate) struct RoundedMap {
    pub(crate) coefficient: Dyadic,
    pub(crate) levels: Vec<u16>,
}

impl Together {
    /// The moments, and `ridge` times how far weights are from `trained` (a column per map).
    pub(crate) fn new(moments: &SharedMoments, trained: &Array2<f64>, ridge: f64) -> Self {
        let n = moments.h.nrows();
        let diagonal = moments.h.diag();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| diagonal[a].total_cmp(&diagonal[b]).then(b.cmp(&a)));
        let mut h = Array2::from_shape_fn((n, n), |(i, j)| moments.h[[order[i], order[j]]]);
        h.diag_mut().mapv_inplace(|d| d + ridge);
        let pull = Array2::from_shape_fn(trained.dim(), |(i, o)| {
            moments.c[[order[i], o]] + ridge * trained[[order[i], o]]
        });
        let factor = cholesky_in_blocks(h.clone());
        let wanted = solve_all(&factor.view(), &pull);
        Self { order, h, factor, pull, wanted }
    }

    /// What the best weights of any value take from a map's variance.
    pub(crate) fn explained(&self, map: usize) -> f64 {
        self.pull.column(map).dot(&self.wanted.column(map))
    }

    /// A rounding of every map; `prices` are those of the palette, in the metric.
    pub(crate) fn round(&self, palette: Palette<'_>, coefficient_digits: u32) -> Vec<RoundedMap> {
        let (n, maps) = self.wanted.dim();
        let scales = (PRODUCTS / (n * n * maps).max(1)).clamp(SCALES[0], SCALES[1]);
        let firsts: Vec<usize> = (0..maps).step_by(MAPS).collect();
        let parts: Vec<Vec<RoundedMap>> = firsts
            .par_iter()
            .map(|&first| {
                let maps = first..(first + MAPS).min(maps);
                let columns: Vec<(usize, f64)> = maps
                    .clone()
                    .flat_map(|o| self.scales(palette, o, scales).into_iter().map(move |scale| (o, scale)))
                    .collect();
                let (levels, costs) = self.compensated(palette, &columns);
                maps.map(|o| {
                    let mut own: Vec<usize> = (0..columns.len()).filter(|&k| columns[k].0 == o).collect();
                    own.sort_by(|&a, &b| costs[a].total_cmp(&costs[b]).then(a.cmp(&b)));
                    own.truncate(SETTLED);
                    let starts: Vec<(f64, Vec<u16>)> =
                        own.iter().map(|&k| (columns[k].1, levels.column(k).to_vec())).collect();
                    self.settled(palette, o, starts, coefficient_digits)
                })
                .collect()
            })
            .collect();
        parts.into_iter().flatten().collect()
    }

    /// Scales for a map, evenly spread over their logarithms.
    fn scales(&self, palette: Palette<'_>, map: usize, count: usize) -> Vec<f64> {
        let largest = self.wanted.column(map).iter().fold(0.0_f64, |m, w| m.max(w.abs()));
        let magnitudes = palette.values.iter().map(|v| v.abs()).filter(|&v| v > 0.0);
        let (low, high) = magnitudes.fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
        if !(largest > 0.0 && largest.is_finite() && high > 0.0) {
            return vec![1.0];
        }
        // Many weights make a few large ones stand out, which are better clipped.
        let from = largest * if self.order.len() > 256 { 0.1 } else { 0.25 } / high;
        let to = 1.25 * largest / low.max(high / 8.0);
        (0..count).map(|k| from * (to / from).powf(k as f64 / (count - 1) as f64)).collect()
    }

    /// Levels for each map and scale, a column each, and their costs.
    fn compensated(&self, palette: Palette<'_>, columns: &[(usize, f64)]) -> (Array2<u16>, Vec<f64>) {
        let n = self.order.len();
        let mut levels = Array2::<u16>::zeros((n, columns.len()));
        let mut errors = Array2::<f64>::zeros((n, columns.len()));
        let mut costs = vec![0.0; columns.len()];
        let mut end = n;
        while end > 0 {
            let start = (end - 1) / BLOCK * BLOCK;
            let (mut before, after) = errors.view_mut().split_at(Axis(0), end);
            let mut errors = before.slice_mut(s![start.., ..]);
            let mut owed = Array2::<f64>::zeros(errors.dim());
            general_mat_mul(1.0, &self.factor.slice(s![start..end, end..]), &after, 0.0, &mut owed);
            for i in (0..end - start).rev() {
                let (mut row, later) = errors.view_mut().split_at(Axis(0), i + 1);
                let mut owed = owed.row_mut(i);
                for (k, later) in (start + i + 1..end).zip(later.outer_iter()) {
                    owed.scaled_add(self.factor[[start + i, k]], &later);
                }
                let diagonal = self.factor[[start + i, start + i]];
                let mut row = row.row_mut(i);
                let mut decided = levels.row_mut(start + i);
                for (k, &(map, scale)) in columns.iter().enumerate() {
                    let wanted = self.wanted[[start + i, map]];
                    let free = wanted - owed[k] / diagonal;
                    let mut best = (f64::INFINITY, 0, 0.0);
                    for level in candidates(palette, free / scale) {
                        let weight = scale * palette.values[level];
                        let cost = (diagonal * (weight - free)).powi(2) + palette.prices[level];
                        if cost < best.0 {
                            best = (cost, level, weight - wanted);
                        }
                    }
                    costs[k] += best.0;
                    decided[k] = best.1 as u16;
                    row[k] = best.2;
                }
            }
            end = start;
        }
        (levels, costs)
    }

    /// The best of several starts after descent, scale by least squares and coefficient by turns.
    fn settled(
        &self,
        palette: Palette<'_>,
        map: usize,
        starts: Vec<(f64, Vec<u16>)>,
        digits: u32,
    ) -> RoundedMap {
        let n = self.order.len();
        let pull = self.pull.column(map).to_owned();
        let value = |level: u16| palette.values[usize::from(level)];
        let t = Array2::from_shape_fn((starts.len(), n), |(k, i)| value(starts[k].1[i]));
        let seen = t.dot(&self.h);
        let mut best = (f64::INFINITY, Dyadic::ZERO, vec![0; n]);
        for (k, (scale, mut levels)) in starts.into_iter().enumerate() {
            let mut t = t.row(k).to_owned();
            let mut seen = seen.row(k).to_owned();
            let mut least = f64::INFINITY;
            for _ in 0..ROUNDS {
                let strength = t.dot(&seen);
                let wanted = if strength > 0.0 { pull.dot(&t) / strength } else { scale };
                let coefficient = if wanted.is_finite() && wanted > 0.0 {
                    nearest(wanted, digits, places(digits))
                } else {
                    Dyadic::ZERO
                };
                let step = coefficient.to_f64();
                if !(step > 0.0 && step.is_finite()) {
                    break;
                }
                let mut slope = step * &seen - &pull;
                self.descend(palette, step, &mut levels, &mut slope);
                t.iter_mut().zip(&levels).for_each(|(t, &level)| *t = value(level));
                seen = (&slope + &pull) / step;
                let paid: f64 = levels.iter().map(|&level| palette.prices[usize::from(level)]).sum();
                let cost = step * (t.dot(&slope) - t.dot(&pull)) + paid;
                if cost < best.0 {
                    best = (cost, coefficient, levels.clone());
                }
                // A NaN is not better either.
                if cost < least {
                    least = cost;
                } else {
                    break;
                }
            }
        }
        let mut levels = vec![0; n];
        for (&i, level) in self.order.iter().zip(best.2) {
            levels[i] = level;
        }
        RoundedMap { coefficient: best.1, levels }
    }

    /// Changes single weights while that lowers the cost; `slope` is half its gradient.
    fn descend(&self, palette: Palette<'_>, step: f64, levels: &mut [u16], slope: &mut Array1<f64>) {
        let (values, prices) = (palette.values, palette.prices);
        let scale: f64 =
            slope.iter().zip(levels.iter()).map(|(s, &l)| (s * step * values[usize::from(l)]).abs()).sum();
        let tolerance = TOLERANCE * scale.max(f64::MIN_POSITIVE);
        for _ in 0..PASSES {
            let mut moved = false;
            for i in 0..levels.len() {
                let curvature = self.h[[i, i]];
                let here = usize::from(levels[i]);
                let free = values[here] - slope[i] / (curvature * step);
                let mut best = (-tolerance, here, 0.0);
                for level in candidates(palette, free) {
                    let d = step * (values[level] - values[here]);
                    let change = d * (d * curvature + 2.0 * slope[i]) + prices[level] - prices[here];
                    if change < best.0 {
                        best = (change, level, d);
                    }
                }
                if best.1 != here {
                    slope.scaled_add(best.2, &self.h.row(i));
                    levels[i] = best.1 as u16;
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::large::samples::Samples;
    use crate::testing::Random;

    /// Samples of correlated inputs, as images have them, and weights whose targets they have.
    fn group(random: &mut Random, taps: usize, maps: usize) -> (SharedMoments, Array2<f64>) {
        let common = Array1::from_shape_simple_fn(4 * taps + 20, || random.normal());
        let mix = Array1::from_shape_simple_fn(taps, || 1.0 + 0.5 * random.normal());
        let inputs = Array2::from_shape_fn((common.len(), taps), |(n, i)| {
            (0.7 * common[n] * mix[i] + 0.5 * random.normal() + 0.3) as f32
        });
        let trained = Array2::from_shape_simple_fn((taps, maps), || 0.2 * random.normal());
        let targets = inputs.dot(&trained.mapv(|w| w as f32));
        (SharedMoments::of(Samples { inputs, targets }), trained)
    }

    fn error(moments: &SharedMoments, map: usize, q: &Array1<f64>) -> f64 {
        moments.v[map] - 2.0 * moments.c.column(map).dot(q) + q.dot(&moments.h.dot(q))
    }

    #[test]
    fn moments_are_those_of_the_samples() {
        let mut random = Random::seeded(71);
        let (moments, trained) = group(&mut random, 140, 3);
        assert!((&moments.h - &moments.h.t()).iter().all(|d| *d == 0.0));
        let exact = moments.h.dot(&trained);
        assert!((&exact - &moments.c).iter().all(|d| d.abs() < 1e-4));
        for o in 0..3 {
            assert!(error(&moments, o, &trained.column(o).to_owned()).abs() < 1e-4 * moments.v[o]);
        }
    }

    #[test]
    fn rounds_as_the_beam_of_one_does() {
        // Deciding all columns in blocks is deciding one after the other.
        let mut random = Random::seeded(72);
        let values = [-1.0, -0.5, 0.0, 0.5, 1.0];
        let palette = Palette { values: &values, prices: &[0.2, 0.1, 0.0, 0.1, 0.2] };
        let (moments, trained) = group(&mut random, 150, 4);
        let all = Together::new(&moments, &trained, 1e-3);
        let columns = [(0, 0.4), (3, 0.2), (1, 0.7)];
        let (levels, costs) = all.compensated(palette, &columns);
        for (k, &(map, scale)) in columns.iter().enumerate() {
            let mut errors = vec![0.0; 150];
            let mut cost = 0.0;
            for i in (0..150).rev() {
                let owed: f64 = (i + 1..150).map(|j| all.factor[[i, j]] * errors[j]).sum();
                let diagonal = all.factor[[i, i]];
                let choice = |level: usize| {
                    let error = scale * values[level] - all.wanted[[i, map]];
                    ((diagonal * error + owed).powi(2) + palette.prices[level], level, error)
                };
                let best = (0..5).map(choice).reduce(|a, b| if b.0 < a.0 { b } else { a }).unwrap();
                assert_eq!(usize::from(levels[[i, k]]), best.1);
                (errors[i], cost) = (best.2, cost + best.0);
            }
            assert!((cost - costs[k]).abs() < 1e-9 * cost);
        }
    }

    #[test]
    fn never_worse_than_the_nearest_levels_at_the_same_coefficient() {
        let mut random = Random::seeded(73);
        for values in [vec![-1.0, 0.0, 1.0], vec![-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]] {
            let prices = vec![0.0; values.len()];
            let palette = Palette { values: &values, prices: &prices };
            let (moments, trained) = group(&mut random, 100, 12);
            let rounded = Together::new(&moments, &trained, 1e-6).round(palette, 4);
            for (o, map) in rounded.iter().enumerate() {
                let step = map.coefficient.to_f64();
                let q: Array1<f64> = map.levels.iter().map(|&l| step * values[usize::from(l)]).collect();
                let nearest = trained.column(o).mapv(|w| {
                    let distance = |v: &&f64| (step * **v - w).abs();
                    step * values.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap()
                });
                let (ours, theirs) = (error(&moments, o, &q), error(&moments, o, &nearest));
                assert!(ours <= theirs, "map {o}: {ours} and {theirs}");
            }
        }
    }

    #[test]
    fn few_weights_are_rounded_as_trying_everything_rounds_them() {
        let mut random = Random::seeded(74);
        let values = [-1.0, 0.0, 1.0];
        let palette = Palette { values: &values, prices: &[0.0; 3] };
        let (mut ours, mut least) = (0.0, 0.0);
        for _ in 0..20 {
            let (moments, trained) = group(&mut random, 6, 2);
            for (o, map) in Together::new(&moments, &trained, 1e-6).round(palette, 4).iter().enumerate() {
                let step = map.coefficient.to_f64();
                let of = |levels: &[u16]| {
                    let q: Array1<f64> = levels.iter().map(|&l| step * values[usize::from(l)]).collect();
                    error(&moments, o, &q)
                };
                let all = (0..3_usize.pow(6)).map(|code| {
                    let levels: Vec<u16> = (0..6).map(|i| (code / 3_usize.pow(i) % 3) as u16).collect();
                    of(&levels)
                });
                let best = all.fold(f64::INFINITY, f64::min);
                assert!(of(&map.levels) >= best - 1e-9);
                ours += of(&map.levels);
                least += best;
            }
        }
        assert!(ours < 1.2 * least, "{ours} and {least}");
    }
}
