//! Running a network on an image, in `f32` (as it was trained) or `f64` (exact enough to judge approximations).

use ndarray::{Array3, Axis, s};
use num_traits::Float;

use crate::{Conv2d, Dyadic, Error, Function, Layer, Network, Source, SumPool};

/// Anything that can stand as a weight in float execution.
pub trait Weight {
    /// The weight's value.
    fn value(&self) -> f64;
}

impl Weight for f32 {
    fn value(&self) -> f64 {
        f64::from(*self)
    }
}

impl Weight for Dyadic {
    fn value(&self) -> f64 {
        self.to_f64()
    }
}

/// An activation that can be applied to one value.
pub trait Curve {
    /// The value of the curve at `x`.
    fn apply<S: Float>(&self, x: S) -> S;

    /// The curve applied to all values of `[maps, height, width]`.
    fn apply_to<S: Float>(&self, values: &Array3<S>) -> Array3<S> {
        values.mapv(|x| self.apply(x))
    }
}

impl Curve for Function {
    fn apply<S: Float>(&self, x: S) -> S {
        match self {
            Function::Tanh => x.tanh(),
            Function::ScaledTanh { amplitude, rate } => cast::<S>(amplitude) * (cast::<S>(rate) * x).tanh(),
            Function::Sigmoid => S::one() / (S::one() + (-x).exp()),
            Function::Relu => x.max(S::zero()),
            Function::ClippedRelu { limit } => x.max(S::zero()).min(cast(limit)),
            Function::LeakyRelu { slope } => x.max(cast::<S>(slope) * x),
            // Without knowing the map: that of the first.
            Function::ParametricRelu { slopes } => bent(x, slopes.first().map_or(S::zero(), cast)),
            Function::Points(points) => between(points, x),
        }
    }

    fn apply_to<S: Float>(&self, values: &Array3<S>) -> Array3<S> {
        let Function::ParametricRelu { slopes } = self else { return values.mapv(|x| self.apply(x)) };
        let mut values = values.clone();
        for (m, mut map) in values.axis_iter_mut(Axis(0)).enumerate() {
            let slope = slopes.get(m).map_or(S::zero(), cast);
            map.mapv_inplace(|x| bent(x, slope));
        }
        values
    }
}

impl<W: Weight, C: Curve> Network<W, C> {
    /// The output `[maps, height, width]` for an image `[maps, height, width]`.
    ///
    /// # Errors
    /// The image has the wrong number of maps or is smaller than the network's window.
    pub fn run<S: Float>(&self, image: &Array3<S>) -> Result<Array3<S>, Error> {
        Ok(self.run_all(image)?.pop().expect("a network has at least one node"))
    }

    /// The outputs of all nodes, in their order.
    ///
    /// # Errors
    /// As [`Network::run`].
    pub fn run_all<S: Float>(&self, image: &Array3<S>) -> Result<Vec<Array3<S>>, Error> {
        let (maps, height, width) = image.dim();
        if maps != self.input_maps() {
            return Err(Error::InputMaps { got: maps, expected: self.input_maps() });
        }
        self.shapes(height, width)?;
        let mut values: Vec<Array3<S>> = Vec::with_capacity(self.nodes().len());
        for node in self.nodes() {
            let x = match node.inputs[0] {
                Source::Input => image,
                Source::Node(n) => &values[n],
            };
            values.push(match &node.layer {
                Layer::Conv2d(conv) => convolve(conv, x),
                Layer::SumPool(pool) => sum_pool(*pool, x),
                Layer::Affine(affine) => {
                    let mut y = x.clone();
                    for (m, mut map) in y.axis_iter_mut(Axis(0)).enumerate() {
                        let (a, b) = (cast::<S>(&affine.coefficient[m]), cast::<S>(&affine.bias[m]));
                        map.mapv_inplace(|v| a * v + b);
                    }
                    y
                }
                Layer::Activation(curve) => curve.apply_to(x),
            });
        }
        Ok(values)
    }
}

fn bent<S: Float>(x: S, slope: S) -> S {
    if x < S::zero() { slope * x } else { x }
}

fn between<S: Float>(points: &[[f32; 2]], x: S) -> S {
    let after = points.iter().take_while(|[at, _]| cast::<S>(at) <= x).count();
    match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
        (Some([x0, y0]), Some([x1, y1])) => {
            let (x0, y0, x1, y1) = (cast::<S>(&x0), cast::<S>(&y0), cast::<S>(x1), cast::<S>(y1));
            y0 + (x - x0) * (y1 - y0) / (x1 - x0)
        }
        (Some([_, y]), None) => cast(&y),
        (None, Some([_, y])) => cast(y),
        (None, None) => S::zero(),
    }
}

fn cast<S: Float>(weight: &impl Weight) -> S {
    S::from(weight.value()).expect("every weight is a finite double")
}

/// Row by row, one tap at a time: the inner loop runs along a row, so it vectorises, and zero taps cost nothing.
fn convolve<W: Weight, S: Float>(conv: &Conv2d<W>, x: &Array3<S>) -> Array3<S> {
    let (kernel_height, kernel_width) = conv.kernel_size();
    let height = x.dim().1 + 1 - kernel_height;
    let width = x.dim().2 + 1 - kernel_width;
    let mut y = Array3::zeros((conv.connections.len(), height, width));
    for (o, kernels) in conv.kernels_by_map().enumerate() {
        let mut out = y.index_axis_mut(Axis(0), o);
        out.fill(cast(&conv.bias[o]));
        for (k, input) in kernels {
            for ((ky, kx), weight) in conv.kernels.index_axis(Axis(0), k).indexed_iter() {
                let weight: S = cast(weight);
                if weight.is_zero() {
                    continue;
                }
                let shifted = x.slice(s![input, ky..ky + height, kx..kx + width]);
                ndarray::Zip::from(&mut out).and(shifted).for_each(|o, &v| *o = *o + weight * v);
            }
        }
    }
    y
}

fn sum_pool<S: Float>(pool: SumPool, x: &Array3<S>) -> Array3<S> {
    let (maps, height, width) = x.dim();
    let (rows, columns) = (height / pool.size, width / pool.size);
    let mut y = Array3::zeros((maps, rows, columns));
    if y.is_empty() {
        return y;
    }
    for (i, j) in (0..pool.size).flat_map(|i| (0..pool.size).map(move |j| (i, j))) {
        let step = pool.size as isize;
        let corner = x.slice(s![.., i..rows * pool.size;step, j..columns * pool.size;step]);
        ndarray::Zip::from(&mut y).and(corner).for_each(|sum, &v| *sum = *sum + v);
    }
    y
}
