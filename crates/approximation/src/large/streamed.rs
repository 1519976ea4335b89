//! The values of both networks on all calibration inputs, from node to node.
//!
//! Every node is computed once, for all inputs, and a value lives until its last reader has been computed. What lives at a
//! time decides how many inputs there can be: with `n` numbers an input in both networks together, at most
//! [`MEMORY`]` / n` of them, evenly taken from all. On top of these 2 GiB come a layer's samples and three matrices of second
//! moments: 0.6 GB for maps of 3,456 weights.

use lacuna_network::{Dyadic, Layer, Shape, Source, TrainedNetwork};
use ndarray::{Array3, ArrayView3};
use rayon::prelude::*;

use crate::{Calibration, Error, PiecewiseLinear};

/// Numbers of four bytes that may be kept: 2 GiB.
const MEMORY: usize = 1 << 29;

/// One array per input.
type Values = Vec<Array3<f32>>;

/// A layer of the approximated network.
pub(crate) type ApproxLayer = Layer<Dyadic, PiecewiseLinear>;

/// The values that are still read, by trained node: of the trained network and of what stands for it in the approximated one.
pub(crate) struct Streamed<'a> {
    network: &'a TrainedNetwork,
    inputs: Vec<&'a Array3<f32>>,
    trained: Vec<Values>,
    approximated: Vec<Values>,
    last_reader: Vec<usize>,
}

impl<'a> Streamed<'a> {
    /// # Errors
    /// The network cannot run on an input.
    pub(crate) fn new(network: &'a TrainedNetwork, calibration: &'a Calibration) -> Result<Self, Error> {
        let last_reader: Vec<usize> = (0..network.nodes().len())
            .map(|n| network.consumers(Source::Node(n)).last().copied().unwrap_or(n))
            .collect();
        let mut most = 1;
        for input in &calibration.inputs {
            let (_, height, width) = input.dim();
            most = most.max(2 * living(network, &last_reader, [height, width])?);
        }
        let all = calibration.inputs.len();
        let count = (MEMORY / most).clamp(1, all.max(1));
        let inputs = (0..count).filter_map(|k| calibration.inputs.get(k * all / count)).collect();
        let none = || network.nodes().iter().map(|_| Vec::new()).collect();
        Ok(Self { network, inputs, trained: none(), approximated: none(), last_reader })
    }

    /// What a node reads, in the trained network and in the approximated one.
    pub(crate) fn read(&self, source: Source) -> [Vec<&Array3<f32>>; 2] {
        match source {
            Source::Input => [self.inputs.clone(), self.inputs.clone()],
            Source::Node(n) => [self.trained[n].iter().collect(), self.approximated[n].iter().collect()],
        }
    }

    fn seen<'v>(&'v self, values: &'v [Values], source: Source, input: usize) -> ArrayView3<'v, f32> {
        match source {
            Source::Input => self.inputs[input].view(),
            Source::Node(n) => values[n][input].view(),
        }
    }

    /// The values of a node that has just been computed, in both networks.
    pub(crate) fn values(&self, index: usize) -> [&[Array3<f32>]; 2] {
        [&self.trained[index], &self.approximated[index]]
    }

    /// Computes the node `index`; `layers` stand for it in the approximated network, one after the other.
    pub(crate) fn advance(&mut self, index: usize, layers: &[&ApproxLayer]) {
        let node = &self.network.nodes()[index];
        let values: Vec<(Array3<f32>, Array3<f32>)> = (0..self.inputs.len())
            .into_par_iter()
            .map(|n| {
                let [trained, approximated] = [&self.trained, &self.approximated].map(|values| {
                    node.inputs.iter().map(|source| self.seen(values, *source, n)).collect::<Vec<_>>()
                });
                (node.layer.apply(&trained), chained(layers, &approximated))
            })
            .collect();
        (self.trained[index], self.approximated[index]) = values.into_iter().unzip();
        for before in (0..index).filter(|&n| self.last_reader[n] <= index) {
            (self.trained[before], self.approximated[before]) = (Vec::new(), Vec::new());
        }
    }
}

/// The value of the last of `layers`.
fn chained(layers: &[&ApproxLayer], inputs: &[ArrayView3<'_, f32>]) -> Array3<f32> {
    let mut value: Option<Array3<f32>> = None;
    for layer in layers {
        value = Some(match &value {
            None => layer.apply(inputs),
            Some(value) => layer.apply(&[value.view()]),
        });
    }
    value.unwrap_or_else(|| Array3::zeros((0, 0, 0)))
}

/// The most numbers that live at a time in one network, for an input of this size.
fn living(
    network: &TrainedNetwork,
    last_reader: &[usize],
    [height, width]: [usize; 2],
) -> Result<usize, Error> {
    let shapes = network.shapes(height, width)?;
    let size = |n: usize| {
        let Shape { maps, height, width } = shapes[n];
        maps.saturating_mul(height).saturating_mul(width)
    };
    let alive =
        |at: usize| (0..=at).filter(|&n| last_reader[n] >= at).map(size).fold(0, usize::saturating_add);
    Ok((0..shapes.len()).map(alive).max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use lacuna_network::{Affine, Conv2d, Function, Network, Node, Padding, Pool, Sliding};
    use ndarray::Array1;

    use super::*;
    use crate::piecewise_linear;
    use crate::testing::Random;

    /// A network with branches: both ends of a convolution are joined and added up.
    pub(crate) fn branched(random: &mut Random) -> TrainedNetwork {
        let mut conv = |maps: usize, inputs: usize, side: usize, sliding| {
            let kernels =
                Array3::from_shape_simple_fn((maps * inputs, side, side), || 0.3 * random.normal() as f32);
            let connections = vec![(0..inputs).collect(); maps];
            Layer::Conv2d(Conv2d { kernels, connections, bias: Array1::from_elem(maps, 0.1), sliding })
        };
        let padded = |stride| Sliding { padding: Padding::all(1), ..Sliding::strided([stride; 2]) };
        let nodes = [
            ("a", conv(4, 1, 3, padded(2)), vec![Source::Input]),
            ("a.relu", Layer::Activation(Function::Relu), vec![Source::Node(0)]),
            ("b", conv(4, 4, 3, padded(1)), vec![Source::Node(1)]),
            ("add", Layer::Add, vec![Source::Node(1), Source::Node(2)]),
            ("cat", Layer::Concat, vec![Source::Node(3), Source::Node(1)]),
            ("pool", Layer::MaxPool(Pool::blocks(2)), vec![Source::Node(4)]),
            ("c", conv(3, 8, 1, Sliding::plain()), vec![Source::Node(5)]),
        ];
        let node = |(name, layer, inputs): (&str, _, _)| Node { name: name.to_owned(), layer, inputs };
        Network::new(1, nodes.into_iter().map(node).collect()).unwrap()
    }

    #[test]
    fn node_by_node_is_all_at_once() {
        let mut random = Random::seeded(61);
        let network = branched(&mut random);
        let inputs = (0..3).map(|n| Array3::from_shape_simple_fn((1, 9 + n, 12), || random.normal() as f32));
        let calibration = Calibration { inputs: inputs.collect() };
        let mut streamed = Streamed::new(&network, &calibration).unwrap();
        let values: Vec<_> = calibration.inputs.iter().map(|input| network.run_all(input).unwrap()).collect();
        let doubled = Affine {
            coefficient: Array1::from_elem(4, Dyadic::new(2, 0)),
            bias: Array1::from_elem(4, Dyadic::ZERO),
        };
        let relu = Layer::Activation(piecewise_linear(Function::Relu, &crate::Activation::default()));
        let doubled = Layer::Affine(doubled);
        for index in 0..network.nodes().len() {
            let stands: Vec<&ApproxLayer> = match index {
                1 => vec![&relu, &doubled, &relu],
                _ => vec![&relu],
            };
            streamed.advance(index, &stands);
            for (n, values) in values.iter().enumerate() {
                assert_eq!(streamed.trained[index][n], values[index]);
            }
            let alive: Vec<usize> =
                (0..network.nodes().len()).filter(|&n| !streamed.trained[n].is_empty()).collect();
            let read = [vec![0], vec![1], vec![1, 2], vec![1, 3], vec![4], vec![5], vec![6]];
            assert_eq!(alive, read[index]);
        }
    }
}
