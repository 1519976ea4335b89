//! What the inputs of one output map look like, in as many numbers as its weights can tell apart.
//!
//! A convolution, the sums of blocks behind it and its affine layer are one linear map: an output value is
//! `z = q·φ + d`, where `φ` holds the inputs under the kernels, summed over the block. Replacing `q` by something else
//! costs, on average over the samples,
//!
//! ```text
//! E[u·(z - q·φ - d)²] = v - 2 c·q + q·H·q     at the best d = E[z] - q·E[φ]
//! H = cov(φ, φ)    c = cov(φ, z)    v = var(z)
//! ```
//!
//! with `u >= 0` the weight of a sample, normalised to a mean of one. The targets `z` are those of the trained network,
//! the inputs `φ` those of the approximated layers before: errors made there are made good here as far as that goes.

use lacuna_network::{Padding, Sliding};
use ndarray::{Array1, Array2, Array3, ArrayView2, Axis, CowArray, Ix2, s};

/// Weighted first and second moments of `(φ, z)` for one output map.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    weight: f64,
    inputs: Array1<f64>,
    target: f64,
    products: Array2<f64>,
    cross: Array1<f64>,
    target_square: f64,
}

/// The centred moments, per unit of weight.
#[derive(Clone, Debug)]
pub(crate) struct Centred {
    /// `cov(φ, φ)`.
    pub(crate) h: Array2<f64>,
    /// `cov(φ, z)`.
    pub(crate) c: Array1<f64>,
    /// `var(z)`.
    pub(crate) v: f64,
    /// `E[φ]`.
    pub(crate) inputs: Array1<f64>,
    /// `E[z]`.
    pub(crate) target: f64,
    /// The sum of `E[φ²]`, the means not removed.
    pub(crate) squares: f64,
    /// The weights of all samples together.
    pub(crate) weight: f64,
}

impl Moments {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            weight: 0.0,
            inputs: Array1::zeros(size),
            target: 0.0,
            products: Array2::zeros((size, size)),
            cross: Array1::zeros(size),
            target_square: 0.0,
        }
    }

    /// Takes in samples: a row of `features` each, with its target and weight.
    pub(crate) fn take(&mut self, features: &ArrayView2<'_, f64>, targets: &[f64], weights: &[f64]) {
        let weights = Array1::from(weights.to_vec());
        let targets = Array1::from(targets.to_vec());
        let weighted = features * &weights.view().insert_axis(Axis(1));
        self.weight += weights.sum();
        self.inputs += &weighted.sum_axis(Axis(0));
        self.target += weights.dot(&targets);
        self.products += &weighted.t().dot(features);
        self.cross += &weighted.t().dot(&targets);
        self.target_square += (&weights * &targets).dot(&targets);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.weight += other.weight;
        self.inputs += &other.inputs;
        self.target += other.target;
        self.products += &other.products;
        self.cross += &other.cross;
        self.target_square += other.target_square;
    }

    /// These moments, at least `floor` as heavy as `weighted`, and `weighted` on top.
    pub(crate) fn mixed(&self, weighted: &Self, floor: f64) -> Self {
        let share = if weighted.weight > 0.0 { floor * weighted.weight / self.weight } else { 1.0 };
        let mut sum = Self {
            weight: share * self.weight,
            inputs: share * &self.inputs,
            target: share * self.target,
            products: share * &self.products,
            cross: share * &self.cross,
            target_square: share * self.target_square,
        };
        sum.add(weighted);
        sum
    }

    pub(crate) fn centred(&self) -> Centred {
        let weight = if self.weight > 0.0 { self.weight } else { 1.0 };
        let inputs = &self.inputs / weight;
        let target = self.target / weight;
        let outer = inputs.view().insert_axis(Axis(1)).dot(&inputs.view().insert_axis(Axis(0)));
        Centred {
            h: &self.products / weight - outer,
            c: &self.cross / weight - &inputs * target,
            v: (self.target_square / weight - target * target).max(0.0),
            inputs,
            target,
            squares: self.products.diag().sum() / weight,
            weight: self.weight,
        }
    }
}

impl Centred {
    /// `E[u·(z - q·φ - d)²] / E[u]` at the best `d`.
    pub(crate) fn error(&self, q: &Array1<f64>) -> f64 {
        (self.v - 2.0 * self.c.dot(q) + q.dot(&self.h.dot(q))).max(0.0)
    }
}

/// The rows `φ` of all output positions, for kernels of `size` on the `maps` of `x`, summed over square blocks.
pub(crate) fn features(
    x: &Array3<f32>,
    maps: &[usize],
    size: (usize, usize),
    sliding: Sliding,
    block: usize,
) -> Array2<f64> {
    let (_, height, width) = x.dim();
    let [rows, columns] = sliding.outputs(size.into(), [height, width]).unwrap_or([0, 0]).map(|n| n / block);
    let mut features = Array2::zeros((rows * columns, maps.len() * size.0 * size.1));
    if rows * columns == 0 {
        return features;
    }
    let [down, across] = sliding.stride.map(|stride| stride * block);
    let mut tap = 0;
    for &map in maps {
        let sums = block_sums(&padded(&x.slice(s![map, .., ..]), sliding).view(), block, sliding.stride);
        for ky in (0..size.0).map(|ky| ky * sliding.dilation[0]) {
            for kx in (0..size.1).map(|kx| kx * sliding.dilation[1]) {
                let taken = sums.slice(
                    s![ky..ky + (rows - 1) * down + 1;down, kx..kx + (columns - 1) * across + 1;across],
                );
                features.column_mut(tap).iter_mut().zip(&taken).for_each(|(f, &v)| *f = v);
                tap += 1;
            }
        }
    }
    features
}

/// The plane with its padding of zeros.
fn padded<'a>(plane: &ArrayView2<'a, f32>, sliding: Sliding) -> CowArray<'a, f32, Ix2> {
    let Padding { top, left, bottom, right } = sliding.padding;
    if sliding.padding == Padding::all(0) {
        return (*plane).into();
    }
    let (height, width) = plane.dim();
    let mut padded = Array2::zeros((height + top + bottom, width + left + right));
    padded.slice_mut(s![top..top + height, left..left + width]).assign(plane);
    padded.into()
}

/// Sums over square blocks of positions `stride` apart, wherever they begin.
fn block_sums(plane: &ArrayView2<'_, f32>, block: usize, stride: [usize; 2]) -> Array2<f64> {
    let (height, width) = plane.dim();
    let [rows, columns] = [height - (block - 1) * stride[0], width - (block - 1) * stride[1]];
    let mut sums = Array2::zeros((rows, columns));
    for dy in (0..block).map(|dy| dy * stride[0]) {
        for dx in (0..block).map(|dx| dx * stride[1]) {
            let shifted = plane.slice(s![dy..dy + rows, dx..dx + columns]);
            sums.zip_mut_with(&shifted, |sum, &v| *sum += f64::from(v));
        }
    }
    sums
}
