//! Symmetric positive definite equations.

use ndarray::{Array1, Array2};

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
