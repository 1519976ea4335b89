//! The same results as the interpreter, sooner: convolutions as products of matrices in floating point.
//!
//! Integers below 2^24 are exact in `f32`, and so are their sums in any order as long as no partial sum passes 2^24; in
//! `f64` the limit is 2^53. The interval of every convolution bounds all its partial sums, so where it lies within the limit the
//! product of matrices is exact. Everything else is the interpreter's own code.

use lacuna_network::{Real, patches};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Array3, ArrayView3, Axis, s};

use crate::interpreter::apply;
use crate::{Error, IntConv2d, IntLayer, IntNetwork};

/// So many output maps that see the same inputs are worth a matrix of patches.
const WORTH_PATCHES: usize = 4;

/// Elements of a matrix of patches: what stays in a cache.
const PATCHES: usize = 1 << 17;

/// An integer network prepared for many images.
#[derive(Clone, Debug)]
pub struct FastNetwork {
    network: IntNetwork,
    /// Per node, where it is a convolution worth it.
    kernels: Vec<Option<Kernels>>,
}

/// The kernels of a convolution as matrices `[maps, taps]`, one for each run of output maps with the same inputs.
#[derive(Clone, Debug)]
enum Kernels {
    Single(Vec<Array2<f32>>),
    Double(Vec<Array2<f64>>),
}

impl FastNetwork {
    /// Prepares a network.
    pub fn new(network: IntNetwork) -> Self {
        let kernels = (0..network.nodes().len())
            .map(|n| {
                let IntLayer::Conv2d(conv) = &network.nodes()[n].layer else { return None };
                let inputs = network.source_formats(network.nodes()[n].inputs[0]);
                let limit = network.formats(n).iter().chain(&inputs).map(|f| f.interval.magnitude()).max()?;
                let limit = conv.kernels.iter().map(|w| w.saturating_abs()).fold(limit, i64::max);
                if conv.connections.chunk_by(|a, b| a == b).any(|run| run.len() < WORTH_PATCHES) {
                    return None;
                }
                if limit < 1 << 24 {
                    return Some(Kernels::Single(matrices(conv, |w| w as f32)));
                }
                (limit < 1 << 53).then(|| Kernels::Double(matrices(conv, |w| w as f64)))
            })
            .collect();
        Self { network, kernels }
    }

    /// The network as the interpreter knows it.
    pub fn network(&self) -> &IntNetwork {
        &self.network
    }

    /// As [`IntNetwork::run`], bit for bit.
    ///
    /// # Errors
    /// As [`IntNetwork::run`].
    pub fn run(&self, pixels: &Array3<u8>) -> Result<Array3<i64>, Error> {
        let values = self.network.execute(pixels, |node, inputs| {
            let layer = &self.network.nodes()[node].layer;
            match (layer, &self.kernels[node]) {
                (IntLayer::Conv2d(conv), Some(Kernels::Single(kernels))) => {
                    product(conv, kernels, inputs[0], |v| v as f32, |v| v as i64)
                }
                (IntLayer::Conv2d(conv), Some(Kernels::Double(kernels))) => {
                    product(conv, kernels, inputs[0], |v| v as f64, |v| v as i64)
                }
                _ => apply(layer, inputs),
            }
        });
        Ok(values?.pop().expect("an integer network has at least one node"))
    }
}

fn matrices<T>(conv: &IntConv2d, real: impl Fn(i64) -> T + Copy) -> Vec<Array2<T>> {
    let (_, height, width) = conv.kernels.dim();
    let mut kernel = 0;
    let run = |run: &[Vec<usize>]| {
        let kernels = run.len() * run[0].len();
        let part = conv.kernels.slice(s![kernel..kernel + kernels, .., ..]);
        kernel += kernels;
        let weights: Vec<T> = part.iter().map(|&w| real(w)).collect();
        Array2::from_shape_vec((run.len(), run[0].len() * height * width), weights).expect("kernels in order")
    };
    conv.connections.chunk_by(|a, b| a == b).map(run).collect()
}

fn product<T: Real>(
    conv: &IntConv2d,
    kernels: &[Array2<T>],
    x: ArrayView3<'_, i64>,
    real: impl Fn(i64) -> T,
    integer: impl Fn(T) -> i64,
) -> Option<Array3<i64>> {
    let (_, height, width) = conv.kernels.dim();
    let window = [height, width];
    let [rows, columns] = conv.sliding.outputs(window, [x.dim().1, x.dim().2])?;
    let x = x.mapv(real);
    let mut y = Array3::zeros((conv.connections.len(), rows, columns));
    let mut first = 0;
    for (run, weights) in conv.connections.chunk_by(|a, b| a == b).zip(kernels) {
        let some_rows = (PATCHES / (weights.ncols() * columns)).clamp(1, rows);
        for top in (0..rows).step_by(some_rows) {
            let end = (top + some_rows).min(rows);
            let patches = patches(x.view(), &run[0], window, conv.sliding, [rows, columns], top..end);
            let mut part = Array2::zeros((run.len(), (end - top) * columns));
            general_mat_mul(T::one(), weights, &patches, T::zero(), &mut part);
            let mut out = y.slice_mut(s![first..first + run.len(), top..end, ..]);
            for (mut out, part) in out.axis_iter_mut(Axis(0)).zip(part.outer_iter()) {
                out.iter_mut().zip(part).for_each(|(y, &v)| *y = integer(v));
            }
        }
        first += run.len();
    }
    Some(y)
}
