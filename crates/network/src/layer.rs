//! The closed set of layers, generic over the weight `W` and the activation curve `C`.

use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

/// One layer. Feature maps are `[maps, height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer<W, C> {
    /// Correlation with 2-D kernels, no padding, stride one.
    Conv2d(Conv2d<W>),
    /// Sums of non-overlapping square blocks, map by map.
    SumPool(SumPool),
    /// A coefficient and a bias per map: with [`SumPool`] the trainable subsampling of LeCun's networks.
    Affine(Affine<W>),
    /// A function of one variable, element by element.
    Activation(C),
}

/// A convolution as a list of 2-D kernels, the matrices that the approximation works on.
///
/// `y[o, r, c] = bias[o] + Σ_i Σ_ky Σ_kx kernels[k(o, i), ky, kx] · x[i, r + ky, c + kx]`, where `i` runs over
/// `connections[o]` and the kernels are stored in that order, output map after output map. Dense, grouped,
/// depthwise and hand-made connection tables are all the same thing here.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d<W> {
    /// `[kernels, height, width]`.
    pub kernels: Array3<W>,
    /// Per output map, the input maps it sees.
    pub connections: Vec<Vec<usize>>,
    /// One per output map.
    pub bias: Array1<W>,
}

impl<W> Conv2d<W> {
    /// Kernel height and width.
    pub fn kernel_size(&self) -> (usize, usize) {
        let (_, height, width) = self.kernels.dim();
        (height, width)
    }

    /// For each output map in turn, its `(kernel index, input map)` pairs.
    pub fn kernels_by_map(&self) -> impl Iterator<Item = Vec<(usize, usize)>> + '_ {
        let mut kernel = 0;
        self.connections.iter().map(move |inputs| {
            let first = kernel;
            kernel += inputs.len();
            inputs.iter().enumerate().map(|(n, &input)| (first + n, input)).collect()
        })
    }
}

/// `y[m, r, c] = Σ x[m, size·r + i, size·c + j]` over `i, j < size`. Rows and columns left over are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SumPool {
    /// Height, width and stride of the block.
    pub size: usize,
}

/// `y[m] = coefficient[m] · x[m] + bias[m]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine<W> {
    /// One per map.
    pub coefficient: Array1<W>,
    /// One per map.
    pub bias: Array1<W>,
}

/// The activation functions a network can have been trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// The hyperbolic tangent.
    Tanh,
}
