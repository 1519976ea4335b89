//! Convolutions as products of matrices.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, Axis, s};
use num_traits::Zero;

use crate::execute::{Real, cast};
use crate::{Conv2d, Sliding, Weight};

/// So many output maps that see the same inputs are worth a matrix of patches.
const WORTH_PATCHES: usize = 4;

/// Elements of a matrix of patches: what stays in a cache.
const PATCHES: usize = 1 << 17;

/// The convolution of `x` `[maps, height, width]`. Where all partial sums of integers are exact in `S`, so is the result.
///
/// # Panics
/// The kernel does not fit `x`, or the connections name maps that `x` has not.
pub fn convolve<W: Weight, S: Real>(conv: &Conv2d<W>, x: ArrayView3<'_, S>) -> Array3<S> {
    let weights = conv.kernels.map(|weight| cast(weight));
    let (_, height, width) = x.dim();
    let window = conv.kernel_size().into();
    let [rows, columns] = conv.sliding.outputs(window, [height, width]).expect("the kernel fits the plane");
    let mut y = Array3::zeros((conv.connections.len(), rows, columns));
    for (mut out, bias) in y.axis_iter_mut(Axis(0)).zip(&conv.bias) {
        out.fill(cast(bias));
    }
    let (mut first, mut kernel) = (0, 0);
    for run in conv.connections.chunk_by(|a, b| a == b) {
        let (maps, kernels) = (run.len(), run.len() * run[0].len());
        let weights = weights.slice(s![kernel..kernel + kernels, .., ..]);
        let mut out = y.slice_mut(s![first..first + maps, .., ..]);
        if maps < WORTH_PATCHES {
            for (out, weights) in
                out.axis_iter_mut(Axis(0)).zip(weights.axis_chunks_iter(Axis(0), run[0].len()))
            {
                add_taps(out, weights, x, &run[0], conv.sliding);
            }
        } else {
            let weights = weights.to_shape((maps, kernels / maps * window[0] * window[1]));
            let weights = weights.expect("kernels are stored in order");
            let mut out = out.view_mut().into_shape_with_order((maps, rows * columns)).expect("whole maps");
            add_product(&mut out, weights.view(), x, &run[0], window, conv.sliding, [rows, columns]);
        }
        (first, kernel) = (first + maps, kernel + kernels);
    }
    y
}

/// Row by row, one tap at a time: the inner loop runs along a row, and zero taps cost nothing.
fn add_taps<S: Real>(
    mut out: ArrayViewMut2<'_, S>,
    weights: ArrayView3<'_, S>,
    x: ArrayView3<'_, S>,
    inputs: &[usize],
    sliding: Sliding,
) {
    let ((rows, columns), (_, height, width)) = (out.dim(), x.dim());
    for (&input, kernel) in inputs.iter().zip(weights.outer_iter()) {
        for ((ky, kx), &weight) in kernel.indexed_iter().filter(|(_, weight)| !weight.is_zero()) {
            let (part, seen) = sliding.overlap([ky, kx], [rows, columns], [height, width]);
            out.slice_mut(part).scaled_add(weight, &x.index_axis(Axis(0), input).slice(seen));
        }
    }
}

/// Adds the product of `weights` `[maps, taps]` and the patches of `x` to `out` `[maps, positions]`, some rows of positions
/// at a time.
fn add_product<S: Real>(
    out: &mut ArrayViewMut2<'_, S>,
    weights: ArrayView2<'_, S>,
    x: ArrayView3<'_, S>,
    inputs: &[usize],
    window: [usize; 2],
    sliding: Sliding,
    [rows, columns]: [usize; 2],
) {
    let some_rows = (PATCHES / (weights.ncols() * columns)).clamp(1, rows);
    for top in (0..rows).step_by(some_rows) {
        let end = (top + some_rows).min(rows);
        let patches = patches(x, inputs, window, sliding, [rows, columns], top..end);
        let mut part = out.slice_mut(s![.., top * columns..end * columns]);
        general_mat_mul(S::one(), &weights, &patches, S::one(), &mut part);
    }
}

/// What the window sees at each position of some rows of positions: `[inputs · height · width, rows · columns]`, zero outside
/// the plane. `outputs` are all rows and columns of positions that there are.
pub fn patches<T: Copy + Zero>(
    x: ArrayView3<'_, T>,
    inputs: &[usize],
    window: [usize; 2],
    sliding: Sliding,
    outputs: [usize; 2],
    rows: std::ops::Range<usize>,
) -> Array2<T> {
    let (_, height, width) = x.dim();
    let columns = outputs[1];
    let mut patches = Array3::zeros((inputs.len() * window[0] * window[1], rows.len(), columns));
    let taps = inputs
        .iter()
        .flat_map(|&input| (0..window[0]).flat_map(move |ky| (0..window[1]).map(move |kx| (input, ky, kx))));
    for ((input, ky, kx), mut patch) in taps.zip(patches.outer_iter_mut()) {
        let x = x.index_axis(Axis(0), input);
        let down = sliding.inside(0, ky, outputs[0], height);
        let (_, seen) = sliding.overlap([ky, kx], outputs, [height, width]);
        let across = sliding.inside(1, kx, columns, width);
        let (first, end) = (rows.start.max(down.first), rows.end.min(down.end));
        if first < end {
            let seen = x.slice(seen);
            let seen = seen.slice(s![first - down.first..end - down.first, ..]);
            patch.slice_mut(s![first - rows.start..end - rows.start, across.first..across.end]).assign(&seen);
        }
    }
    let taps = inputs.len() * window[0] * window[1];
    patches.into_shape_with_order((taps, rows.len() * columns)).expect("a new array is in order")
}
