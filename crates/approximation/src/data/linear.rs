//! Symmetric positive definite equations: few of them, and thousands, where most of the work is products of blocks.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

/// Rows that are eliminated together, and columns that one thread takes.
const BLOCK: usize = 64;
const COLUMNS: usize = 256;

/// The upper triangle `R` with `h = RᵀR`.
pub(crate) fn cholesky(h: &Array2<f64>) -> Array2<f64> {
    let n = h.nrows();
    let mut r = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in i..n {
            let known: f64 = (0..i).map(|k| r[[k, i]] * r[[k, j]]).sum();
            let rest = h[[i, j]] - known;
            r[[i, j]] = if i == j { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / r[[i, i]] };
        }
    }
    r
}

/// `w` with `h·w = c`, given the factor of the permuted `h`.
pub(crate) fn solve(factor: &Array2<f64>, permutation: &[usize], c: &Array1<f64>) -> Array1<f64> {
    let n = permutation.len();
    let mut y: Vec<f64> = permutation.iter().map(|&i| c[i]).collect();
    for i in 0..n {
        let known: f64 = (0..i).map(|k| factor[[k, i]] * y[k]).sum();
        y[i] = (y[i] - known) / factor[[i, i]];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| factor[[i, k]] * y[k]).sum();
        y[i] = (y[i] - known) / factor[[i, i]];
    }
    let mut w = Array1::zeros(n);
    for (&i, &value) in permutation.iter().zip(&y) {
        w[i] = value;
    }
    w
}

/// [`cholesky`] of a large `h`.
pub(crate) fn cholesky_in_blocks(mut h: Array2<f64>) -> Array2<f64> {
    let n = h.nrows();
    for start in (0..n).step_by(BLOCK) {
        let end = (start + BLOCK).min(n);
        let (done, mut now) = h.view_mut().split_at(Axis(0), start);
        let mut now = now.slice_mut(s![..end - start, start..]);
        let above = done.slice(s![.., start..end]);
        let parts: Vec<_> = now.axis_chunks_iter_mut(Axis(1), COLUMNS).enumerate().collect();
        parts.into_par_iter().for_each(|(part, mut now)| {
            let first = start + part * COLUMNS;
            let right = done.slice(s![.., first..first + now.ncols()]);
            general_mat_mul(-1.0, &above.t(), &right, 1.0, &mut now);
        });
        for i in 0..end - start {
            let (before, mut row) = now.view_mut().split_at(Axis(0), i);
            let mut row = row.row_mut(0);
            for k in 0..i {
                let factor = before[[k, i]];
                row.slice_mut(s![i..]).scaled_add(-factor, &before.slice(s![k, i..]));
            }
            let diagonal = row[i].max(f64::MIN_POSITIVE).sqrt();
            row[i] = diagonal;
            row.slice_mut(s![i + 1..]).mapv_inplace(|v| v / diagonal);
            row.slice_mut(s![..i]).fill(0.0);
        }
    }
    for i in 0..n {
        h.slice_mut(s![i, ..i]).fill(0.0);
    }
    h
}

/// `w` with `RᵀR·w = c` for many columns `c`.
pub(crate) fn solve_all(factor: &ArrayView2<'_, f64>, c: &Array2<f64>) -> Array2<f64> {
    let n = c.nrows();
    let mut solved = c.clone();
    let mut parts: Vec<_> = solved.axis_chunks_iter_mut(Axis(1), BLOCK).collect();
    parts.par_iter_mut().for_each(|y| {
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            let (done, mut now) = y.view_mut().split_at(Axis(0), start);
            let mut now = now.slice_mut(s![..end - start, ..]);
            general_mat_mul(-1.0, &factor.slice(s![..start, start..end]).t(), &done, 1.0, &mut now);
            for i in 0..end - start {
                let (before, mut row) = now.view_mut().split_at(Axis(0), i);
                let mut row = row.row_mut(0);
                for k in 0..i {
                    row.scaled_add(-factor[[start + k, start + i]], &before.row(k));
                }
                row.mapv_inplace(|v| v / factor[[start + i, start + i]]);
            }
        }
        for start in (0..n).step_by(BLOCK).rev() {
            let end = (start + BLOCK).min(n);
            let (mut before, done) = y.view_mut().split_at(Axis(0), end);
            let mut now = before.slice_mut(s![start.., ..]);
            general_mat_mul(-1.0, &factor.slice(s![start..end, end..]), &done, 1.0, &mut now);
            for i in (0..end - start).rev() {
                let (mut row, after) = now.view_mut().split_at(Axis(0), i + 1);
                let mut row = row.row_mut(i);
                for (k, known) in (i + 1..end - start).zip(after.outer_iter()) {
                    row.scaled_add(-factor[[start + i, start + k]], &known);
                }
                row.mapv_inplace(|v| v / factor[[start + i, start + i]]);
            }
        }
    });
    drop(parts);
    solved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn blocks_give_what_single_rows_give() {
        let mut random = Random::seeded(41);
        for n in [1, 5, 64, 65, 150, 330] {
            let mix = Array2::from_shape_simple_fn((n + 7, n), || random.normal());
            let mut h = mix.t().dot(&mix);
            h.diag_mut().mapv_inplace(|d| d + 0.1);
            let factor = cholesky_in_blocks(h.clone());
            assert!((&factor - &cholesky(&h)).iter().all(|d| d.abs() < 1e-8), "{n}");
            let c = Array2::from_shape_simple_fn((n, 70), || random.normal());
            let solved = solve_all(&factor.view(), &c);
            assert!((h.dot(&solved) - &c).iter().all(|r| r.abs() < 1e-6), "{n}");
        }
    }
}
