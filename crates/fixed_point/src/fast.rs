//! The same results as the interpreter, sooner: convolutions as products of matrices in floating point.
//!
//! Integers below 2^24 are exact in `f32`, and so are their sums in any order as long as no partial sum passes 2^24; in
//! `f64` the limit is 2^53. The interval of every convolution bounds all its partial sums, so where it lies within the limit the
//! float network's own convolution is exact. Everything else is the interpreter's own code.

use lacuna_network::{Conv2d, Real, Weight, convolve};
use ndarray::{Array1, Array3, ArrayView3};

use crate::interpreter::apply;
use crate::{Error, IntConv2d, IntLayer, IntNetwork};

/// An integer network prepared for many images.
#[derive(Clone, Debug)]
pub struct FastNetwork {
    network: IntNetwork,
    /// Per node, where it is a convolution that is exact in floating point.
    kernels: Vec<Option<Kernels>>,
}

#[derive(Clone, Debug)]
enum Kernels {
    Single(Conv2d<f32>),
    Double(Conv2d<f64>),
}

impl FastNetwork {
    /// Prepares a network.
    pub fn new(network: IntNetwork) -> Self {
        let kernels = (0..network.nodes().len()).map(|node| kernels(&network, node)).collect();
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
        let values = self.network.execute(pixels, |node, inputs| match &self.kernels[node] {
            Some(Kernels::Single(conv)) => convolved(conv, inputs[0], |v| v as f32, |v| v as i64),
            Some(Kernels::Double(conv)) => convolved(conv, inputs[0], |v| v as f64, |v| v as i64),
            None => apply(&self.network.nodes()[node].layer, inputs),
        });
        Ok(values?.pop().expect("an integer network has at least one node"))
    }
}

fn kernels(network: &IntNetwork, node: usize) -> Option<Kernels> {
    let IntLayer::Conv2d(conv) = &network.nodes()[node].layer else { return None };
    let inputs = network.source_formats(network.nodes()[node].inputs[0]);
    let limit = network.formats(node).iter().chain(&inputs).map(|f| f.interval.magnitude()).max()?;
    let limit = conv.kernels.iter().map(|w| w.saturating_abs()).fold(limit, i64::max);
    if limit < 1 << 24 {
        return Some(Kernels::Single(in_floats(conv, |w| w as f32)));
    }
    (limit < 1 << 53).then(|| Kernels::Double(in_floats(conv, |w| w as f64)))
}

fn in_floats<T: Real>(conv: &IntConv2d, float: impl Fn(i64) -> T) -> Conv2d<T> {
    Conv2d {
        kernels: conv.kernels.mapv(float),
        connections: conv.connections.clone(),
        bias: Array1::zeros(conv.connections.len()),
        sliding: conv.sliding,
    }
}

/// `None` where the kernel does not fit its plane once.
fn convolved<T: Real + Weight>(
    conv: &Conv2d<T>,
    x: ArrayView3<'_, i64>,
    float: impl Fn(i64) -> T,
    integer: impl Fn(T) -> i64,
) -> Option<Array3<i64>> {
    conv.sliding.outputs(conv.kernel_size().into(), [x.dim().1, x.dim().2])?;
    Some(convolve(conv, x.mapv(float).view()).mapv(integer))
}
