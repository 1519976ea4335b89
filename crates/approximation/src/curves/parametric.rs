//! A parametric ReLU, each map with a slope of its own, from parts that every network has.
//!
//! ```text
//! prelu(x) = relu(x) - a · relu(-x)
//! ```
//!
//! So `L` becomes a convolution `L.split` with kernels `1` and `-1`, which doubles the maps, a plain ReLU `L.relu`, and a
//! convolution `L` with kernels `1` and `-a`, where `a` is a short dyadic. Both convolutions are kept as they are, whatever
//! the set.

use std::collections::BTreeMap;

use lacuna_network::{Conv2d, Function, Layer, Network, Node, Sliding, Source, TrainedNetwork};
use ndarray::{Array1, Array3};

use crate::curves::activations::leak;
use crate::{Config, Error, Solver};

/// The same network without parametric ReLUs, their slopes rounded, and the configuration that keeps them.
pub(crate) fn spelled_out(
    network: TrainedNetwork,
    mut config: Config,
) -> Result<(TrainedNetwork, Config), Error> {
    let parametric = |node: &Node<f32, Function>| {
        matches!(&node.layer, Layer::Activation(Function::ParametricRelu { .. }))
    };
    if !network.nodes().iter().any(parametric) {
        return Ok((network, config));
    }
    let free = |mut name: String| {
        while network.nodes().iter().any(|node| node.name == name) {
            name.push('_');
        }
        name
    };
    let mut nodes: Vec<Node<f32, Function>> = Vec::with_capacity(network.nodes().len());
    let mut place: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, node) in network.nodes().iter().enumerate() {
        let moved = |source: &Source| match *source {
            Source::Input => Source::Input,
            Source::Node(n) => Source::Node(place[&n]),
        };
        let inputs: Vec<Source> = node.inputs.iter().map(moved).collect();
        let mut push = |name: String, layer, inputs| {
            nodes.push(Node { name, layer, inputs });
            vec![Source::Node(nodes.len() - 1)]
        };
        if let Layer::Activation(Function::ParametricRelu { slopes }) = &node.layer {
            let split = free(format!("{}.split", node.name));
            for name in [&split, &node.name] {
                config.layers.entry(name.clone()).or_default().solver = Some(Solver::Keep);
            }
            let maps = network.maps(Source::Node(index));
            let slope = |m: usize| slopes.get(m).map_or(0.0, |&slope| leak(slope).to_f64() as f32);
            let split_kernels = (0..maps).flat_map(|_| [1.0, -1.0]).collect();
            let kernels = (0..maps).flat_map(|m| [1.0, -slope(m)]).collect();
            let doubled = push(split, pointwise(split_kernels, (0..2 * maps).map(|o| vec![o / 2])), inputs);
            let relu = push(free(format!("{}.relu", node.name)), Layer::Activation(Function::Relu), doubled);
            let pairs = (0..maps).map(|o| vec![2 * o, 2 * o + 1]);
            push(node.name.clone(), pointwise(kernels, pairs), relu);
        } else {
            push(node.name.clone(), node.layer.clone(), inputs);
        }
        place.insert(index, nodes.len() - 1);
    }
    Ok((Network::new(network.input_maps(), nodes)?, config))
}

/// A convolution of single weights without biases.
fn pointwise(kernels: Vec<f32>, connections: impl Iterator<Item = Vec<usize>>) -> Layer<f32, Function> {
    let connections: Vec<Vec<usize>> = connections.collect();
    Layer::Conv2d(Conv2d {
        kernels: Array3::from_shape_vec((kernels.len(), 1, 1), kernels).expect("one weight a kernel"),
        bias: Array1::zeros(connections.len()),
        connections,
        sliding: Sliding::plain(),
    })
}
