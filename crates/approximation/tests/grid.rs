//! The sweep over scales against a grid of 10,000 of them, on 10,000 kernels, and against the 0-1 program on some.

use lacuna_approximation::{DyadicSet, fit_kernels};
use ndarray::Array3;

mod networks;
mod scales;
use networks::Numbers;
use scales::{ROUNDING, above_grid, from_program};

/// Set, side and number of kernels.
const CASES: [(&str, usize, usize); 3] =
    [("{0, ±1/2, ±1, ±2}", 3, 6000), ("ternary", 3, 3000), ("{0, ±1, ±2}", 5, 1000)];

fn kernels(numbers: &mut Numbers, count: usize, side: usize) -> Array3<f32> {
    // Few large weights, as trained kernels have them.
    Array3::from_shape_simple_fn((count, side, side), || {
        let x = numbers.next();
        x * x * x + 0.2 * numbers.next()
    })
}

#[test]
fn the_sweep_never_loses_to_a_grid() {
    let numbers = &mut Numbers(10);
    for (set, side, count) in CASES {
        let set: DyadicSet = set.parse().unwrap();
        let kernels = kernels(numbers, count, side);
        let above = above_grid(&set, &kernels, &fit_kernels(&set, &kernels.view()), 1);
        assert_eq!(above.len(), count);
        let worst = above.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(worst <= ROUNDING, "{set}: {worst}");
        assert!(above.iter().sum::<f64>() < 0.0, "{set}: the grid must be worse on average");
    }
}

#[test]
fn the_program_at_the_sweeps_scale_has_the_same_objective() {
    let numbers = &mut Numbers(11);
    for (set, side, _) in CASES {
        let set: DyadicSet = set.parse().unwrap();
        let kernels = kernels(numbers, 60, side);
        let differences = from_program(&set, &kernels, &fit_kernels(&set, &kernels.view()), 1);
        assert!(differences.len() > 50 && differences.iter().all(|d| *d < 1e-9), "{set}: {differences:?}");
    }
}
