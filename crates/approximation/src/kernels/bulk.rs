//! The sweep for very many kernels: AlexNet has a million and more.
//!
//! Nothing but the work is different from [`crate::kernels::sweep`]: for a set symmetric about zero the breakpoints of one
//! midpoint are the sorted magnitudes divided by it, so one short sort of the weights and a merge of as many lists as
//! there are midpoints replace the sort of all breakpoints. Time is linear in the number of kernels, and no
//! memory is taken but for the results.

use ndarray::{Array3, ArrayView3};
use rayon::prelude::*;

use crate::DyadicSet;
use crate::kernels::sweep::{Ladders, sweep};

/// Midpoints up to which merging beats sorting.
const MAX_MERGED: usize = 8;

/// Kernels that one core works on at a time.
const CHUNK: usize = 512;

/// Each kernel's own best scale and levels: `W ≈ scale · T`.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelFits {
    /// One per kernel; zero where no positive scale is better than none.
    pub scales: Vec<f64>,
    /// `||W - scale · T||_F²`, one per kernel.
    pub squared_errors: Vec<f64>,
    /// Indices into the set's values, `[kernels, height, width]`.
    pub levels: Array3<u16>,
}

/// The joint optimum over scale and levels for every kernel of `[kernels, height, width]`, on all cores.
///
/// Weights must be finite.
pub fn fit_kernels(set: &DyadicSet, kernels: &ArrayView3<'_, f32>) -> KernelFits {
    let (count, height, width) = kernels.dim();
    let size = height * width;
    let ladders = Ladders::new(set);
    let kernels = kernels.as_standard_layout();
    let weights = kernels.as_slice().expect("standard layout");
    let mut fits = KernelFits {
        scales: vec![0.0; count],
        squared_errors: vec![0.0; count],
        levels: Array3::zeros((count, height, width)),
    };
    if size == 0 {
        return fits;
    }
    let levels = fits.levels.as_slice_mut().expect("standard layout");
    (fits.scales.par_chunks_mut(CHUNK), fits.squared_errors.par_chunks_mut(CHUNK))
        .into_par_iter()
        .zip(levels.par_chunks_mut(CHUNK * size))
        .zip(weights.par_chunks(CHUNK * size))
        .for_each(|(((scales, errors), levels), weights)| {
            let mut merge = Merge::new(&ladders);
            let kernels = weights.chunks_exact(size).zip(levels.chunks_exact_mut(size));
            for ((scale, error), (kernel, levels)) in scales.iter_mut().zip(errors).zip(kernels) {
                (*scale, *error) = match &mut merge {
                    Some(merge) => merge.fit(kernel, levels),
                    None => {
                        let kernel: Vec<f64> = kernel.iter().map(|&w| f64::from(w)).collect();
                        let fit = sweep(&ladders, &kernel, |_| 1.0);
                        levels.copy_from_slice(&fit.levels);
                        (fit.scale, fit.squared_error)
                    }
                };
            }
        });
    fits
}

/// What one core needs to merge, made once.
struct Merge {
    /// Levels from the one nearest to zero outwards: their magnitudes, their indices for positive and negative weights.
    magnitudes: Vec<f64>,
    positive: Vec<u16>,
    negative: Vec<u16>,
    /// One over each midpoint.
    inverse: Vec<f64>,
    /// The weights' magnitudes as bits, above their places: integers that sort as the magnitudes do.
    keys: Vec<u64>,
    /// Magnitudes of the weights, descending; a zero behind them.
    sorted: Vec<f64>,
    /// Per midpoint, the scale at which the next weight passes it.
    breakpoints: Vec<f64>,
    /// Per midpoint, how many weights have passed it; now and at the best scale.
    passed: Vec<usize>,
    best: Vec<usize>,
    /// The magnitude of each weight's level at the best scale.
    chosen: Vec<f64>,
}

impl Merge {
    /// None where merging does not apply.
    fn new(ladders: &Ladders) -> Option<Self> {
        let (positive, negative) = ladders.symmetric_rungs()?;
        let magnitudes: Vec<f64> = positive.iter().map(|&level| ladders.value(level)).collect();
        let inverse: Vec<f64> = magnitudes.windows(2).map(|pair| 2.0 / (pair[0] + pair[1])).collect();
        let steps = inverse.len();
        (steps <= MAX_MERGED).then(|| Self {
            magnitudes,
            positive: positive.to_vec(),
            negative: negative.to_vec(),
            inverse,
            keys: Vec::new(),
            sorted: Vec::new(),
            breakpoints: vec![0.0; steps],
            passed: vec![0; steps],
            best: vec![0; steps],
            chosen: Vec::new(),
        })
    }

    fn fit(&mut self, kernel: &[f32], levels: &mut [u16]) -> (f64, f64) {
        let key = |(i, w): (usize, &f32)| u64::from(w.abs().to_bits()) << 32 | i as u64;
        self.keys.clear();
        self.keys.extend(kernel.iter().enumerate().map(key));
        self.keys.sort_unstable_by(|a, b| b.cmp(a));
        self.sorted.clear();
        self.sorted.extend(self.keys.iter().map(|key| f64::from(f32::from_bits((key >> 32) as u32))));
        self.sorted.push(0.0);
        self.passed.fill(0);
        self.best.fill(0);
        for (breakpoint, inverse) in self.breakpoints.iter_mut().zip(&self.inverse) {
            *breakpoint = self.sorted[0] * inverse;
        }
        let innermost = self.magnitudes[0];
        let mut s: f64 = self.sorted.iter().map(|w| w * innermost).sum();
        let mut q = innermost * innermost * kernel.len() as f64;
        // The best S and Q; S²/Q is compared crosswise.
        let (mut best_s, mut best_q) = if q > 0.0 { (s, q) } else { (0.0, 1.0) };
        loop {
            let (mut next, mut at) = (0.0, 0);
            for (k, &breakpoint) in self.breakpoints.iter().enumerate() {
                if breakpoint > next {
                    (next, at) = (breakpoint, k);
                }
            }
            if next == 0.0 {
                break;
            }
            let (from, to) = (self.magnitudes[at], self.magnitudes[at + 1]);
            s += self.sorted[self.passed[at]] * (to - from);
            q += to * to - from * from;
            self.passed[at] += 1;
            self.breakpoints[at] = self.sorted[self.passed[at]] * self.inverse[at];
            if s * s * best_q > best_s * best_s * q {
                (best_s, best_q) = (s, q);
                self.best.copy_from_slice(&self.passed);
            }
        }
        self.chosen.clear();
        let (mut s, mut q) = (0.0, 0.0);
        for (place, (key, w)) in self.keys.iter().zip(&self.sorted).enumerate() {
            let rung = self.best.iter().filter(|&&passed| passed > place).count();
            let i = *key as u32 as usize;
            levels[i] = if kernel[i] < 0.0 { self.negative[rung] } else { self.positive[rung] };
            let magnitude = self.magnitudes[rung];
            self.chosen.push(magnitude);
            s += w * magnitude;
            q += magnitude * magnitude;
        }
        let scale = if s > 0.0 { s / q } else { 0.0 };
        // `||W||² - S²/Q` would lose the digits of a small error.
        let error = self.sorted.iter().zip(&self.chosen).map(|(w, t)| (w - scale * t).powi(2)).sum();
        (scale, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn equals_the_plain_sweep() {
        let mut random = Random::seeded(17);
        for name in ["ternary", "{0, ±1/2, ±1, ±2}", "{±1, ±3}", "k/8 |k|<=16", "{-1, 0, 2}"] {
            let set: DyadicSet = name.parse().unwrap();
            let ladders = Ladders::new(&set);
            let kernels = Array3::from_shape_simple_fn((1500, 3, 3), || {
                if random.below(9) == 0 { 0.0 } else { random.normal() as f32 }
            });
            let fits = fit_kernels(&set, &kernels.view());
            for (k, kernel) in kernels.outer_iter().enumerate() {
                let weights: Vec<f64> = kernel.iter().map(|&w| f64::from(w)).collect();
                let fit = sweep(&ladders, &weights, |_| 1.0);
                let same = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{name} {weights:?}: {a} {b}");
                same(fit.squared_error, fits.squared_errors[k]);
                same(fit.scale, fits.scales[k]);
                let error = |levels: &[u16]| -> f64 {
                    let at = |(w, &level): (&f64, &u16)| (w - fit.scale * ladders.value(level)).powi(2);
                    weights.iter().zip(levels).map(at).sum()
                };
                let levels: Vec<u16> = fits.levels.index_axis(ndarray::Axis(0), k).iter().copied().collect();
                same(error(&levels), error(&fit.levels));
            }
        }
    }

    #[test]
    fn extreme_kernels_are_no_trouble() {
        let set: DyadicSet = "{0, ±1/2, ±1, ±2}".parse().unwrap();
        let tiny = f32::from_bits(1);
        let kernels =
            ndarray::arr3(&[[[0.0, 0.0]], [[tiny, -tiny]], [[f32::MAX, -tiny]], [[f32::MAX, f32::MAX]]]);
        let fits = fit_kernels(&set, &kernels.view());
        assert_eq!(fits.scales[0], 0.0);
        assert!(fits.scales.iter().chain(&fits.squared_errors).all(|x| x.is_finite()));
        assert!(fit_kernels(&set, &Array3::zeros((0, 3, 3)).view()).scales.is_empty());
        assert_eq!(fit_kernels(&set, &Array3::zeros((2, 0, 3)).view()).scales, [0.0, 0.0]);
    }
}
