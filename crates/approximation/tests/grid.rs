//! The sweep over scales against a grid of 10,000 of them, on 10,000 kernels.

use lacuna_approximation::{DyadicSet, fit_kernels};
use ndarray::{Array3, Axis};
use rayon::prelude::*;

mod networks;
use networks::Numbers;

const SCALES: usize = 10_000;

/// The least squared error over the grid, for a set symmetric about zero.
fn best_of_grid(kernel: &[f32], levels: &[f32]) -> f32 {
    let largest = kernel.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
    let mut best = f32::INFINITY;
    for n in 1..=SCALES {
        let scale = 2.0 * largest * n as f32 / SCALES as f32;
        let mut error = 0.0;
        for w in kernel {
            let mut least = w.abs();
            for level in levels {
                least = least.min((w.abs() - scale * level).abs());
            }
            error += least * least;
        }
        best = best.min(error);
    }
    best
}

#[test]
fn the_sweep_never_loses_to_a_grid() {
    let numbers = &mut Numbers(10);
    for (set, levels, side, kernels) in [
        ("{0, ±1/2, ±1, ±2}", &[0.5, 1.0, 2.0][..], 3, 6000),
        ("ternary", &[1.0][..], 3, 3000),
        ("{0, ±1, ±2}", &[1.0, 2.0][..], 5, 1000),
    ] {
        // Some kernels of few large weights, as trained ones are.
        let weights = Array3::from_shape_simple_fn((kernels, side, side), || {
            let x = numbers.next();
            x * x * x + 0.2 * numbers.next()
        });
        let set: DyadicSet = set.parse().unwrap();
        let fits = fit_kernels(&set, &weights.view());
        let worse = (0..kernels).into_par_iter().find_any(|&k| {
            let kernel: Vec<f32> = weights.index_axis(Axis(0), k).iter().copied().collect();
            let norm: f32 = kernel.iter().map(|w| w * w).sum();
            fits.squared_errors[k] > f64::from(best_of_grid(&kernel, levels) + 1e-5 * norm)
        });
        assert_eq!(worse, None, "{set}");
    }
}
