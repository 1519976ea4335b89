//! Networks for the tests, seeded.

#![allow(dead_code, reason = "every test file uses its own part")]

use lacuna_network::{Affine, Conv2d, Function, Layer, Network, Node, Pool, Sliding, Source, TrainedNetwork};
use ndarray::{Array1, Array3};

/// A repeatable stream of numbers in `[-1, 1)`.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

pub(crate) fn conv(
    numbers: &mut Numbers,
    connections: Vec<Vec<usize>>,
    size: (usize, usize),
) -> Layer<f32, Function> {
    let kernels = connections.iter().map(Vec::len).sum();
    Layer::Conv2d(Conv2d {
        kernels: Array3::from_shape_simple_fn((kernels, size.0, size.1), || 0.4 * numbers.next()),
        bias: Array1::from_shape_simple_fn(connections.len(), || 0.3 * numbers.next()),
        connections,
        sliding: Sliding::plain(),
    })
}

pub(crate) fn affine(numbers: &mut Numbers, maps: usize) -> Layer<f32, Function> {
    Layer::Affine(Affine {
        coefficient: Array1::from_shape_simple_fn(maps, || 0.5 + 0.2 * numbers.next()),
        bias: Array1::from_shape_simple_fn(maps, || 0.3 * numbers.next()),
    })
}

pub(crate) fn numbers(seed: u64) -> Numbers {
    Numbers(seed)
}

pub(crate) fn scaled_tanh(amplitude: f32, rate: f32) -> Layer<f32, Function> {
    Layer::Activation(Function::ScaledTanh { amplitude, rate })
}

/// Layers one after the other.
pub(crate) fn chain(layers: Vec<(&str, Layer<f32, Function>)>) -> TrainedNetwork {
    let nodes = layers
        .into_iter()
        .enumerate()
        .map(|(n, (name, layer))| {
            let inputs = vec![n.checked_sub(1).map_or(Source::Input, Source::Node)];
            Node { name: name.to_owned(), layer, inputs }
        })
        .collect();
    Network::new(1, nodes).unwrap()
}

/// The shape of the face finder of the method: 951 parameters, 32 wide and 36 high.
pub(crate) fn face_finder() -> TrainedNetwork {
    let n = &mut Numbers(1);
    let c2: Vec<Vec<usize>> = [&[0][..], &[0], &[1], &[1], &[2], &[2], &[3], &[3]]
        .into_iter()
        .chain([&[0, 1][..], &[0, 2], &[0, 3], &[1, 2], &[1, 3], &[2, 3]])
        .map(<[usize]>::to_vec)
        .collect();
    let pool = || Layer::SumPool(Pool::blocks(2));
    let tanh = || Layer::Activation(Function::Tanh);
    chain(vec![
        ("C1", conv(n, vec![vec![0]; 4], (5, 5))),
        ("S1.sum", pool()),
        ("S1", affine(n, 4)),
        ("S1.tanh", tanh()),
        ("C2", conv(n, c2, (3, 3))),
        ("S2.sum", pool()),
        ("S2", affine(n, 14)),
        ("S2.tanh", tanh()),
        ("N1", conv(n, (0..14).map(|m| vec![m]).collect(), (7, 6))),
        ("N1.tanh", tanh()),
        ("N2", conv(n, vec![(0..14).collect()], (1, 1))),
        ("N2.tanh", tanh()),
    ])
}
