//! What the sweep is held to: the best of a grid of scales, and the 0-1 program.

#![allow(dead_code, reason = "tests and benchmarks use a part each")]

use lacuna_approximation::{DyadicSet, KernelFits, solve_program};
use ndarray::{Array3, Axis};
use rayon::prelude::*;

/// Scales of the grid, evenly spread up to the one at which the largest weight is half of 1.
pub(crate) const SCALES: usize = 10_000;

/// Rounding noise of sums of squares in double precision, as a part of the kernel's own.
pub(crate) const ROUNDING: f64 = 1e-15;

/// How far the sweep is above the grid, as a part of `||W||²`, kernel by kernel: negative where the grid is worse.
///
/// Both errors are summed term by term in double precision. The set must be symmetric about zero and contain it.
pub(crate) fn above_grid(set: &DyadicSet, kernels: &Array3<f32>, fits: &KernelFits, step: usize) -> Vec<f64> {
    let levels: Vec<f64> = set.values().iter().map(|v| v.to_f64()).filter(|&v| v > 0.0).collect();
    let chosen: Vec<usize> = (0..kernels.dim().0).step_by(step).collect();
    chosen
        .par_iter()
        .map(|&k| {
            let kernel: Vec<f64> =
                kernels.index_axis(Axis(0), k).iter().map(|&w| f64::from(w.abs())).collect();
            let norm: f64 = kernel.iter().map(|w| w * w).sum();
            (fits.squared_errors[k] - best_of_grid(&kernel, &levels)) / norm.max(f64::MIN_POSITIVE)
        })
        .collect()
}

/// The least squared error of magnitudes over the grid.
fn best_of_grid(kernel: &[f64], levels: &[f64]) -> f64 {
    let largest = kernel.iter().copied().fold(0.0, f64::max);
    let scales: Vec<f64> = (1..=SCALES).map(|n| 2.0 * largest * n as f64 / SCALES as f64).collect();
    let mut errors = vec![0.0_f64; SCALES];
    for &w in kernel {
        for (error, scale) in errors.iter_mut().zip(&scales) {
            let least = levels.iter().fold(w, |least, level| least.min((w - scale * level).abs()));
            *error += least * least;
        }
    }
    errors.into_iter().fold(f64::INFINITY, f64::min)
}

/// The greatest difference between the sweep's objective and that of the 0-1 program at the sweep's scale, as a part of
/// `||W||²`, over every `step`-th kernel.
pub(crate) fn from_program(
    set: &DyadicSet,
    kernels: &Array3<f32>,
    fits: &KernelFits,
    step: usize,
) -> Vec<f64> {
    let chosen: Vec<usize> = (0..kernels.dim().0).step_by(step).filter(|&k| fits.scales[k] > 0.0).collect();
    chosen
        .par_iter()
        .map(|&k| {
            let kernel: Vec<f64> = kernels.index_axis(Axis(0), k).iter().map(|&w| f64::from(w)).collect();
            let scale = fits.scales[k];
            let targets: Vec<f64> = kernel.iter().map(|w| w / scale).collect();
            let levels = solve_program(set, &targets).expect("the program is small");
            let at = |(w, level): (&f64, usize)| (w - scale * set.values()[level].to_f64()).powi(2);
            let error: f64 = kernel.iter().zip(levels).map(at).sum();
            (error - fits.squared_errors[k]).abs() / kernel.iter().map(|w| w * w).sum::<f64>()
        })
        .collect()
}
