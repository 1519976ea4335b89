//! Running a network on an image, in `f32` (as it was trained) or `f64` (exact enough to judge approximations).

use ndarray::{Array3, ArrayView3, Axis, LinalgScalar, Zip, concatenate};
use num_traits::Float;

use crate::convolve::convolve;
use crate::{Dyadic, Error, Function, Layer, Network, Pool, Source};

/// What a network can be executed in: `f32` or `f64`.
pub trait Real: Float + LinalgScalar + Send + Sync {}

impl Real for f32 {}
impl Real for f64 {}

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

impl Weight for f64 {
    fn value(&self) -> f64 {
        *self
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
    fn apply_to<S: Float>(&self, values: ArrayView3<'_, S>) -> Array3<S> {
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

    fn apply_to<S: Float>(&self, values: ArrayView3<'_, S>) -> Array3<S> {
        let Function::ParametricRelu { slopes } = self else { return values.mapv(|x| self.apply(x)) };
        let mut values = values.to_owned();
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
    /// The image has the wrong number of maps or is smaller than the network's window, or branches differ in size.
    pub fn run<S: Real>(&self, image: &Array3<S>) -> Result<Array3<S>, Error> {
        Ok(self.run_all(image)?.pop().expect("a network has at least one node"))
    }

    /// The outputs of all nodes, in their order.
    ///
    /// # Errors
    /// As [`Network::run`].
    pub fn run_all<S: Real>(&self, image: &Array3<S>) -> Result<Vec<Array3<S>>, Error> {
        let (maps, height, width) = image.dim();
        if maps != self.input_maps() {
            return Err(Error::InputMaps { got: maps, expected: self.input_maps() });
        }
        self.shapes(height, width)?;
        let mut values: Vec<Array3<S>> = Vec::with_capacity(self.nodes().len());
        for node in self.nodes() {
            let read = |source: &Source| match *source {
                Source::Input => image.view(),
                Source::Node(n) => values[n].view(),
            };
            let inputs: Vec<ArrayView3<'_, S>> = node.inputs.iter().map(read).collect();
            values.push(node.layer.apply(&inputs));
        }
        Ok(values)
    }
}

impl<W: Weight, C: Curve> Layer<W, C> {
    /// What the layer computes, in a network that runs on a frame of this size ([`Network::shapes`]); for whoever goes
    /// through a network node by node.
    ///
    /// # Panics
    /// The inputs are not what such a network hands the layer.
    pub fn apply<S: Real>(&self, inputs: &[ArrayView3<'_, S>]) -> Array3<S> {
        let x = inputs[0];
        match self {
            Layer::Conv2d(conv) => convolve(conv, x),
            Layer::SumPool(pool) => slide(*pool, x, S::zero(), |sum, v| sum + v),
            Layer::MaxPool(pool) => slide(*pool, x, S::neg_infinity(), S::max),
            Layer::Affine(affine) => {
                let mut y = x.to_owned();
                for (m, mut map) in y.axis_iter_mut(Axis(0)).enumerate() {
                    let (a, b) = (cast::<S>(&affine.coefficient[m]), cast::<S>(&affine.bias[m]));
                    map.mapv_inplace(|v| a * v + b);
                }
                y
            }
            Layer::Activation(curve) => curve.apply_to(x),
            Layer::Add => inputs[1..].iter().fold(x.to_owned(), |sum, v| sum + v),
            Layer::Concat => concatenate(Axis(0), inputs).expect("heights and widths have been compared"),
        }
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

pub(crate) fn cast<S: Float>(weight: &impl Weight) -> S {
    S::from(weight.value()).expect("every weight is a finite double")
}

/// Map by map, one element of the window after the other at all positions at once.
fn slide<S: Real>(pool: Pool, x: ArrayView3<'_, S>, start: S, join: impl Fn(S, S) -> S) -> Array3<S> {
    let (maps, height, width) = x.dim();
    let Pool { size, sliding } = pool;
    let [rows, columns] = sliding.outputs(size, [height, width]).expect("the shape has been checked");
    let mut y = Array3::from_elem((maps, rows, columns), start);
    for (mut out, x) in y.outer_iter_mut().zip(x.outer_iter()) {
        for tap in (0..size[0]).flat_map(|i| (0..size[1]).map(move |j| [i, j])) {
            let (part, seen) = sliding.overlap(tap, [rows, columns], [height, width]);
            Zip::from(out.slice_mut(part)).and(x.slice(seen)).for_each(|y, &v| *y = join(*y, v));
        }
    }
    y
}
