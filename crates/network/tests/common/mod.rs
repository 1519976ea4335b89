//! Random networks and images, the same for the same seed. The tests of other crates use this file too.

#![allow(dead_code, reason = "shared by several test crates")]

use lacuna_network::{
    Affine, Conv2d, Function, Layer, Network, Node, Padding, Pool, Shape, Sliding, Source, TrainedNetwork,
};
use ndarray::{Array1, Array3};

/// A repeatable stream of numbers (xorshift).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }

    /// From `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most + 1 - least)
    }

    /// Uniform in `[-1, 1)`, a multiple of 2^-20.
    pub(crate) fn weight(&mut self) -> f32 {
        self.below(1 << 21) as f32 / (1 << 20) as f32 - 1.0
    }

    pub(crate) fn pixels(&mut self, maps: usize, height: usize, width: usize) -> Array3<u8> {
        // Some images are pure black and white, to reach the ends of intervals.
        let extreme = self.below(3) == 0;
        Array3::from_shape_simple_fn((maps, height, width), || match self.below(256) as u8 {
            pixel if extreme => {
                if pixel < 128 {
                    0
                } else {
                    255
                }
            }
            pixel => pixel,
        })
    }
}

/// Pixels as a float network reads them.
pub(crate) fn real(pixels: &Array3<u8>) -> Array3<f64> {
    pixels.mapv(|p| (f64::from(p) - 128.0) / 128.0)
}

/// What a random network may contain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// A chain of plain convolutions, blocks, affine layers and activations.
    Chain,
    /// Also strides, dilations, maxima and branches.
    Graph,
    /// And zeros around planes.
    Padded,
}

/// A chain of two to seven random layers without strides, maxima or padding.
pub(crate) fn random_chain(random: &mut Random) -> TrainedNetwork {
    random_of(random, Style::Chain)
}

/// A network of two to seven random layers, some of them twice side by side, added or joined.
pub(crate) fn random_network(random: &mut Random) -> TrainedNetwork {
    random_of(random, Style::Graph)
}

/// The same with zeros around some planes: such a network does not slide over an image.
pub(crate) fn random_padded_network(random: &mut Random) -> TrainedNetwork {
    random_of(random, Style::Padded)
}

fn random_of(random: &mut Random, style: Style) -> TrainedNetwork {
    let input_maps = random.between(1, 3);
    let mut maps = input_maps;
    let mut nodes: Vec<Node<f32, Function>> = Vec::new();
    for _ in 0..random.between(2, 7) {
        let before = nodes.len().checked_sub(1).map_or(Source::Input, Source::Node);
        let sliding = random_sliding(random, style);
        let layer = random_layer(random, maps, sliding, style);
        let twin = match &layer {
            _ if style == Style::Chain => None,
            Layer::Conv2d(conv) if random.below(3) == 0 => {
                let mut twin = conv.clone();
                twin.kernels.mapv_inplace(|_| random.weight() / 8.0);
                Some(Layer::Conv2d(twin))
            }
            Layer::SumPool(pool) if random.below(3) == 0 => Some(Layer::MaxPool(*pool)),
            _ => None,
        };
        let mut push = |layer, inputs| {
            nodes.push(Node { name: format!("L{}", nodes.len()), layer, inputs });
            Source::Node(nodes.len() - 1)
        };
        if let Layer::Conv2d(conv) = &layer {
            maps = conv.connections.len();
        }
        let one = push(layer, vec![before]);
        if let Some(twin) = twin {
            let other = push(twin, vec![before]);
            if random.below(2) == 0 {
                push(Layer::Add, vec![one, other]);
            } else {
                push(Layer::Concat, vec![other, one]);
                maps *= 2;
            }
        }
    }
    Network::new(input_maps, nodes).expect("the layers fit each other")
}

/// Mostly plain; padding that leaves every window of two or more something to see.
fn random_sliding(random: &mut Random, style: Style) -> Sliding {
    if style == Style::Chain {
        return Sliding::plain();
    }
    let mut step = |often: usize| if random.below(often) == 0 { 2 } else { 1 };
    let (stride, dilation) = ([step(4), step(4)], [step(6), step(6)]);
    let mut side = || if style == Style::Padded { random.below(2) } else { 0 };
    let padding = Padding { top: side(), left: side(), bottom: side(), right: side() };
    Sliding { stride, dilation, padding }
}

fn random_layer(random: &mut Random, maps: usize, sliding: Sliding, style: Style) -> Layer<f32, Function> {
    match random.below(7) {
        0 => Layer::SumPool(Pool::blocks(random.between(1, 3))),
        1 if style == Style::Chain => Layer::SumPool(Pool::blocks(1)),
        1 => {
            // A maximum takes padding or dilation, not both, and some sums get a maximum as their twin.
            let dilation = if sliding.padding == Padding::all(0) { sliding.dilation } else { [1, 1] };
            let size = [random.between(2, 3), random.between(2, 3)];
            Layer::SumPool(Pool { size, sliding: Sliding { dilation, ..sliding } })
        }
        2 => Layer::Affine(Affine {
            coefficient: Array1::from_shape_simple_fn(maps, || random.weight()),
            bias: Array1::from_shape_simple_fn(maps, || random.weight()),
        }),
        3 => Layer::Activation(random_function(random)),
        _ => Layer::Conv2d(random_conv(random, maps, sliding)),
    }
}

/// One of the activation functions.
pub(crate) fn random_function(random: &mut Random) -> Function {
    match random.below(8) {
        0 => Function::Sigmoid,
        1 => Function::Relu,
        2 => Function::ClippedRelu { limit: 0.75 },
        3 => Function::LeakyRelu { slope: 0.1 },
        4 => Function::ScaledTanh { amplitude: 1.7159, rate: 0.6667 },
        _ => Function::Tanh,
    }
}

fn random_conv(random: &mut Random, maps: usize, sliding: Sliding) -> Conv2d<f32> {
    let connections: Vec<Vec<usize>> = match random.below(3) {
        0 => (0..maps).map(|map| vec![map]).collect(),
        1 => vec![(0..maps).collect(); random.between(1, 6)],
        _ => (0..random.between(1, 4)).map(|_| some_of(random, maps)).collect(),
    };
    let kernels = connections.iter().map(Vec::len).sum();
    let shape = (kernels, random.between(1, 4), random.between(1, 4));
    let scale = 1.0 / (shape.1 * shape.2) as f32;
    Conv2d {
        kernels: Array3::from_shape_simple_fn(shape, || scale * random.weight()),
        bias: Array1::from_shape_simple_fn(connections.len(), || random.weight() / 4.0),
        connections,
        sliding,
    }
}

/// At least one of the maps, in ascending order.
fn some_of(random: &mut Random, maps: usize) -> Vec<usize> {
    let kept: Vec<usize> = (0..maps).filter(|_| random.below(2) == 0).collect();
    if kept.is_empty() { vec![random.below(maps)] } else { kept }
}

/// Height and width of an image that gives a few outputs in each direction.
pub(crate) fn some_image_size(random: &mut Random, window: Shape, stride: [usize; 2]) -> (usize, usize) {
    let mut side = |length: usize, stride: usize| length + random.below(3 * stride);
    (side(window.height, stride[0]), side(window.width, stride[1]))
}
