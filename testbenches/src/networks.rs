//! Networks to make hardware of: the face detector, and small random ones.

use std::fs;

use lacuna_approximation::{ApproxNetwork, Config, approximate};
use lacuna_fixed_point::{IntNetwork, quantize};
use lacuna_network::{
    Affine, Conv2d, Function, InputSpec, Layer, LayerSpec, ModelSpec, Network, Node, Padding, Pool, Sliding,
    Source,
};
use ndarray::{Array1, Array3};

use crate::repository;

/// The face detector with our trained weights and the project's own settings.
pub fn cff() -> IntNetwork {
    project("cff/lacuna.yaml").0
}

/// The face detector made for a small FPGA, and how its hardware is built.
pub fn small_cff() -> (IntNetwork, lacuna_rtl::Config) {
    project("cff/up5k.yaml")
}

/// The face detector made to fit a small FPGA together with the SPI shell.
pub fn hosted_cff() -> (IntNetwork, lacuna_rtl::Config) {
    project("cff/host.yaml")
}

/// The digit network, and how its hardware is folded.
pub fn digits() -> (IntNetwork, lacuna_rtl::Config) {
    project("digits/folded.yaml")
}

/// A project of `models`.
fn project(name: &str) -> (IntNetwork, lacuna_rtl::Config) {
    let path = repository().join("models").join(name);
    let text = fs::read_to_string(&path).expect("the project is in the repository");
    let project: serde_yaml::Value = serde_yaml::from_str(&text).expect("the project is YAML");
    let section = |key: &str| project[key].clone();
    let input: InputSpec = serde_yaml::from_value(section("input")).expect("the project has an input");
    let layers: Vec<LayerSpec> = serde_yaml::from_value(section("layers")).expect("the project has layers");
    let config: Config = serde_yaml::from_value(section("approximation")).expect("the project has a set");
    let bits = serde_yaml::from_value(section("fixed_point")).expect("the project has bit widths");
    let hardware = serde_yaml::from_value(section("hardware")).expect("the project has hardware");
    let file = project["weights"].as_str().unwrap_or("weights.safetensors");
    let weights = fs::read(path.with_file_name(file)).expect("the weights are in the repository");
    let trained = lacuna_network::load(&ModelSpec { input, layers }, &weights).expect("the weights fit");
    let approximation = approximate(&trained, &config).expect("the detector can be approximated");
    (quantize(&approximation.network, &bits).expect("the detector fits 62 bits"), hardware)
}

/// What a random network looks like.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Maps of the input.
    pub input_maps: usize,
    /// Per round: kernel height and width, output maps, the input maps of each kind (see `wiring`), pool size.
    pub rounds: Vec<(usize, usize, usize, Wiring, usize)>,
    /// The activation behind every round.
    pub function: Function,
    /// The `approximation` section of a project file.
    pub approximation: &'static str,
    /// Bits of an activation, and of what it is applied to.
    pub bits: [u32; 2],
    /// Whether all weights of the last round are zero.
    pub dead: bool,
}

/// How a random convolution is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiring {
    /// Every map sees every map.
    Dense,
    /// Map `i` sees map `i`, counted round.
    Depthwise,
    /// Map `i` sees maps `i` and `i + 1`, counted round.
    Neighbours,
}

/// A network with random weights: convolution, pool, affine and activation in every round; approximated and quantised.
pub fn random_network(shape: &Shape, seed: u64) -> IntNetwork {
    let mut random = Random(seed | 1);
    let mut nodes: Vec<Node<f32, Function>> = Vec::new();
    let mut maps = shape.input_maps;
    for (round, &(height, width, outputs, wiring, pool)) in shape.rounds.iter().enumerate() {
        let connections: Vec<Vec<usize>> = (0..outputs)
            .map(|o| match wiring {
                Wiring::Dense => (0..maps).collect(),
                Wiring::Depthwise => vec![o % maps],
                Wiring::Neighbours => {
                    let mut two = vec![o % maps, (o + 1) % maps];
                    two.sort_unstable();
                    two.dedup();
                    two
                }
            })
            .collect();
        let kernels = connections.iter().map(Vec::len).sum();
        let alive = if shape.dead && round + 1 == shape.rounds.len() { 0.0 } else { 1.0 };
        let reach = alive * 1.5 / ((height * width) as f32).sqrt();
        let mut push = |name: &str, layer| {
            let source = nodes.len().checked_sub(1).map_or(Source::Input, Source::Node);
            nodes.push(Node { name: format!("{name}{round}"), layer, inputs: vec![source] });
        };
        push(
            "conv",
            Layer::Conv2d(Conv2d {
                kernels: Array3::from_shape_fn((kernels, height, width), |_| reach * random.signed()),
                connections,
                bias: Array1::from_shape_fn(outputs, |_| alive * 0.2 * random.signed()),
                sliding: Sliding::plain(),
            }),
        );
        if pool > 1 {
            push("pool", Layer::SumPool(Pool::blocks(pool)));
        }
        push(
            "scale",
            Layer::Affine(Affine {
                coefficient: Array1::from_shape_fn(outputs, |_| alive * random.signed()),
                bias: Array1::from_shape_fn(outputs, |_| alive * 0.3 * random.signed()),
            }),
        );
        push("curve", Layer::Activation(shape.function.clone()));
        maps = outputs;
    }
    let trained = Network::new(shape.input_maps, nodes).expect("the random network holds together");
    let config: Config = serde_yaml::from_str(shape.approximation).expect("the section is right");
    let approximated: ApproxNetwork = approximate(&trained, &config).expect("it can be approximated").network;
    let [activation_bits, preactivation_bits] = shape.bits;
    let bits = lacuna_fixed_point::Config { activation_bits, preactivation_bits, ..Default::default() };
    quantize(&approximated, &bits).expect("it fits 62 bits")
}

/// What a random network with branches looks like: a convolution, branches that meet, and another convolution.
#[derive(Clone, Debug)]
pub struct Branches {
    /// Maps of the input.
    pub input_maps: usize,
    /// Maps of each branch.
    pub maps: usize,
    /// Whether the branches read a convolution of 2 x 2; else the pixels themselves.
    pub has_stem: bool,
    /// Per branch, its convolutions' height and width. Without any, what the branches read goes on as it is.
    pub kernels: Vec<Vec<[usize; 2]>>,
    /// How they meet: added, or map behind map.
    pub is_sum: bool,
    /// Whether zeros around the planes of the branches keep their size.
    pub is_padded: bool,
    /// The `approximation` section of a project file.
    pub approximation: &'static str,
}

/// A network with random weights whose layers are `stem`, `b0c0` (branch, convolution), `join`, `tail`.
pub fn random_branches(shape: &Branches, seed: u64) -> IntNetwork {
    let mut random = Random(seed | 1);
    let mut nodes: Vec<Node<f32, Function>> = Vec::new();
    let mut push = |name: String, layer, inputs| {
        nodes.push(Node { name, layer, inputs });
        Source::Node(nodes.len() - 1)
    };
    let mut conv = |maps: usize, outputs: usize, [height, width]: [usize; 2]| {
        let reach = 1.5 / ((height * width) as f32).sqrt();
        Layer::Conv2d(Conv2d {
            kernels: Array3::from_shape_fn((maps * outputs, height, width), |_| reach * random.signed()),
            connections: vec![(0..maps).collect(); outputs],
            bias: Array1::from_shape_fn(outputs, |_| 0.2 * random.signed()),
            sliding: Sliding::plain(),
        })
    };
    let same = |layer: Layer<f32, Function>| match layer {
        Layer::Conv2d(conv) if shape.is_padded => {
            let (_, height, width) = conv.kernels.dim();
            let [top, left] = [(height - 1) / 2, (width - 1) / 2];
            let padding = Padding { top, left, bottom: height - 1 - top, right: width - 1 - left };
            Layer::Conv2d(Conv2d { sliding: Sliding { padding, ..conv.sliding }, ..conv })
        }
        layer => layer,
    };
    let tanh = || Layer::Activation(Function::Tanh);
    let (mut source, mut maps) = (Source::Input, shape.input_maps);
    if shape.has_stem {
        source = push("stem".to_owned(), conv(maps, shape.maps, [2, 2]), vec![source]);
        source = push("stem_curve".to_owned(), tanh(), vec![source]);
        maps = shape.maps;
    }
    let mut ends = Vec::new();
    for (branch, kernels) in shape.kernels.iter().enumerate() {
        let (mut end, mut from) = (source, maps);
        for (n, &kernel) in kernels.iter().enumerate() {
            if n > 0 {
                end = push(format!("b{branch}t{n}"), tanh(), vec![end]);
            }
            end = push(format!("b{branch}c{n}"), same(conv(from, shape.maps, kernel)), vec![end]);
            from = shape.maps;
        }
        ends.push(end);
    }
    let layer = if shape.is_sum { Layer::Add } else { Layer::Concat };
    let joined = if shape.is_sum { shape.maps } else { ends.len() * shape.maps };
    let end = push("join".to_owned(), layer, ends);
    let end = push("join_curve".to_owned(), tanh(), vec![end]);
    push("tail".to_owned(), conv(joined, 2, [2, 2]), vec![end]);
    let trained = Network::new(shape.input_maps, nodes).expect("the random network holds together");
    let config: Config = serde_yaml::from_str(shape.approximation).expect("the section is right");
    let approximated: ApproxNetwork = approximate(&trained, &config).expect("it can be approximated").network;
    quantize(&approximated, &lacuna_fixed_point::Config::default()).expect("it fits 62 bits")
}

/// A network such as others train: a padded convolution with a stride and a maximum, a residual block, a convolution of 1 x 1. Its
/// layers are `stem`, `a` and `b` in the block, `head`.
pub(crate) fn foreign_network(approximation: &str, seed: u64) -> IntNetwork {
    let mut random = Random(seed | 1);
    let mut nodes: Vec<Node<f32, Function>> = Vec::new();
    let mut push = |name: &str, layer, inputs: &[Source]| {
        nodes.push(Node { name: name.to_owned(), layer, inputs: inputs.to_vec() });
        Source::Node(nodes.len() - 1)
    };
    let mut conv = |maps: usize, outputs: usize, side: usize, stride: usize| {
        let reach = 1.5 / ((side * side * maps) as f32).sqrt();
        let edge = side / 2;
        let padding = Padding { top: edge, left: edge, bottom: edge, right: edge };
        Layer::Conv2d(Conv2d {
            kernels: Array3::from_shape_fn((maps * outputs, side, side), |_| reach * random.signed()),
            connections: vec![(0..maps).collect(); outputs],
            bias: Array1::from_shape_fn(outputs, |_| 0.2 * random.signed()),
            sliding: Sliding { padding, stride: [stride; 2], ..Sliding::plain() },
        })
    };
    let relu = || Layer::Activation(Function::ClippedRelu { limit: 2.0 });
    let stem = push("stem", conv(1, 4, 3, 2), &[Source::Input]);
    let stem = push("stem_relu", relu(), &[stem]);
    let pooled = push("maximum", Layer::MaxPool(Pool::blocks(2)), &[stem]);
    let a = push("a", conv(4, 4, 3, 1), &[pooled]);
    let a = push("a_relu", relu(), &[a]);
    let b = push("b", conv(4, 4, 3, 1), &[a]);
    let sum = push("sum", Layer::Add, &[b, pooled]);
    let sum = push("sum_relu", relu(), &[sum]);
    let sliding = Sliding { stride: [1; 2], ..Sliding::plain() };
    let wide = push("wide_maximum", Layer::MaxPool(Pool { size: [3, 3], sliding }), &[sum]);
    push("head", conv(4, 4, 1, 1), &[wide]);
    let trained = Network::new(1, nodes).expect("the network holds together");
    let config: Config = serde_yaml::from_str(approximation).expect("the section is right");
    let approximated: ApproxNetwork = approximate(&trained, &config).expect("it can be approximated").network;
    quantize(&approximated, &lacuna_fixed_point::Config::default()).expect("it fits 62 bits")
}

/// Seeded frames: noise in blocks, so that values near the ends of the intervals occur.
pub fn noise(count: usize, maps: usize, height: usize, width: usize, seed: u64) -> Vec<Array3<u8>> {
    let mut random = Random(seed | 1);
    (0..count)
        .map(|n| {
            let block = 1 + n % 3;
            let coarse = Array3::from_shape_fn((maps, height.div_ceil(block), width.div_ceil(block)), |_| {
                (random.next() >> 56) as u8
            });
            Array3::from_shape_fn((maps, height, width), |(m, y, x)| coarse[(m, y / block, x / block)])
        })
        .collect()
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Between -1 and 1.
    fn signed(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}
