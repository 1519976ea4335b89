//! The moments of `moments`, for all maps that see the same inputs.
//!
//! Without weights for the samples, which differ from map to map, the second moments `H` are the same for all of them. They
//! are products of matrices: in `f32` over a thousand samples at a time, the mean removed first so that nothing
//! cancels, in `f64` from one thousand to the next.

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::large::samples::Samples;

/// Samples whose products are summed in `f32`.
const CHUNK: usize = 1024;

/// Rows of `H` that one thread computes.
const ROWS: usize = 128;

/// Centred moments per sample.
#[derive(Clone, Debug)]
pub(crate) struct SharedMoments {
    /// `cov(φ, φ)`.
    pub(crate) h: Array2<f64>,
    /// `cov(φ, z)`: a column per map.
    pub(crate) c: Array2<f64>,
    /// `var(z)` of each map.
    pub(crate) v: Vec<f64>,
    /// `E[φ]`.
    pub(crate) inputs: Array1<f64>,
    /// `E[z]` of each map.
    pub(crate) targets: Array1<f64>,
}

impl SharedMoments {
    pub(crate) fn of(mut samples: Samples) -> Self {
        let count = samples.inputs.nrows().max(1) as f64;
        let inputs = centre(&mut samples.inputs);
        let targets = centre(&mut samples.targets);
        let (x, z) = (samples.inputs.view(), samples.targets.view());
        let taps = x.ncols();
        let mut h = Array2::zeros((taps, taps));
        let mut rows: Vec<_> = h.axis_chunks_iter_mut(Axis(0), ROWS).collect();
        rows.par_iter_mut().enumerate().for_each(|(n, rows)| {
            let first = n * ROWS;
            let own = x.slice(s![.., first..first + rows.nrows()]);
            rows.slice_mut(s![.., first..]).assign(&product(&own, &x.slice(s![.., first..])));
        });
        drop(rows);
        for i in 0..taps {
            for j in 0..i {
                h[[i, j]] = h[[j, i]];
            }
        }
        let mut c = Array2::zeros((taps, z.ncols()));
        let mut rows: Vec<_> = c.axis_chunks_iter_mut(Axis(0), ROWS).collect();
        rows.par_iter_mut().enumerate().for_each(|(n, rows)| {
            let own = x.slice(s![.., n * ROWS..n * ROWS + rows.nrows()]);
            rows.assign(&product(&own, &z));
        });
        drop(rows);
        let square = |z: ndarray::ArrayView1<'_, f32>| z.iter().map(|&z| f64::from(z).powi(2)).sum::<f64>();
        let v = z.axis_iter(Axis(1)).map(|z| square(z) / count).collect();
        Self { h: h / count, c: c / count, v, inputs, targets }
    }
}

/// Takes the mean from every column.
fn centre(samples: &mut Array2<f32>) -> Array1<f64> {
    let mut mean = Array1::<f64>::zeros(samples.ncols());
    for row in samples.outer_iter() {
        mean.zip_mut_with(&row, |sum, &v| *sum += f64::from(v));
    }
    mean /= samples.nrows().max(1) as f64;
    for mut row in samples.outer_iter_mut() {
        row.zip_mut_with(&mean, |v, &mean| *v = (f64::from(*v) - mean) as f32);
    }
    mean
}

/// `aᵀb`, chunk by chunk.
fn product(a: &ArrayView2<'_, f32>, b: &ArrayView2<'_, f32>) -> Array2<f64> {
    let mut sum = Array2::<f64>::zeros((a.ncols(), b.ncols()));
    for (a, b) in a.axis_chunks_iter(Axis(0), CHUNK).zip(b.axis_chunks_iter(Axis(0), CHUNK)) {
        sum.zip_mut_with(&a.t().dot(&b), |sum, &v| *sum += f64::from(v));
    }
    sum
}
