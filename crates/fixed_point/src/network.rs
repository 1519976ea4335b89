//! The integer network, and the proof that nothing in it overflows.

use lacuna_network::{MAX_SIDE, Pool, Sliding, Source, view_of};
use ndarray::Array3;
use serde::{Deserialize, Serialize};

use crate::formats::{form, outgoing};
use crate::{Error, IntCurve, Interval, PIXEL_FRACTION, PIXEL_INTERVAL};

/// Fraction bits, positive or negative, that any format may have: more than any value has bits, by far.
const MAX_FRACTION: i32 = 512;

/// What the integers of one map mean, and which can occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// The integer `n` stands for `n / 2^fraction`.
    pub fraction: i32,
    /// The values that can occur.
    pub interval: Interval,
}

impl Format {
    /// The real number that an integer of this format stands for.
    pub fn to_real(self, value: i64) -> f64 {
        value as f64 * f64::from(-self.fraction).exp2()
    }
}

/// A named layer and what it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntNode {
    /// The name of the layer in the project file.
    pub name: String,
    /// What it reads: nodes before it.
    pub inputs: Vec<Source>,
    /// What it computes.
    pub layer: IntLayer,
}

/// The layers of an integer network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntLayer {
    /// Exact correlation with integer kernels.
    Conv2d(IntConv2d),
    /// Exact sums over a sliding window, zeros outside the plane.
    SumPool(Pool),
    /// Maxima over a sliding window, nothing outside the plane.
    MaxPool(Pool),
    /// A multiplier, a bias, a rounding shift and saturation per map.
    Rescale(Rescale),
    /// An activation.
    Curve(IntCurve),
    /// The exact sum of its inputs, input `n` first shifted left by `shifts[n]` so that all have the same fraction bits.
    Add {
        /// One per input.
        shifts: Vec<u32>,
    },
    /// The maps of its inputs one after another, shifted like those of [`IntLayer::Add`].
    Concat {
        /// One per input.
        shifts: Vec<u32>,
    },
}

impl IntLayer {
    /// The window that slides over the layer's input, where there is one.
    pub fn window(&self) -> Option<([usize; 2], Sliding)> {
        match self {
            Self::Conv2d(conv) => {
                let (_, height, width) = conv.kernels.dim();
                Some(([height, width], conv.sliding))
            }
            Self::SumPool(pool) | Self::MaxPool(pool) => Some((pool.size, pool.sliding)),
            Self::Rescale(_) | Self::Curve(_) | Self::Add { .. } | Self::Concat { .. } => None,
        }
    }

    /// Weights of a convolution; no other layer has any.
    pub fn weights(&self) -> usize {
        match self {
            Self::Conv2d(conv) => conv.kernels.len(),
            _ => 0,
        }
    }
}

/// Integer kernels, connected as in `lacuna_network::Conv2d`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntConv2d {
    /// `[kernels, height, width]`, output map after output map.
    pub kernels: Array3<i64>,
    /// Per output map, the input maps it sees, ascending.
    pub connections: Vec<Vec<usize>>,
    /// Per output map, the fraction bits of its weights.
    pub fraction: Vec<i32>,
    /// How the kernels move.
    pub sliding: Sliding,
}

/// `y[m] = clamp(round_shift(multiplier[m] · x[m] + bias[m], shift[m]))`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescale {
    /// One per map; a short sum of powers of two.
    pub multiplier: Vec<i64>,
    /// One per map, in the format of the product.
    pub bias: Vec<i64>,
    /// One per map.
    pub shift: Vec<u32>,
    /// The values of the result.
    pub clamp: Interval,
    /// Fraction bits of the result.
    pub fraction: i32,
}

/// A network of integers in topological order; the last node is the output.
///
/// Invariants, kept by [`IntNetwork::new`] (and so also on reading one from a file): every node reads a node before it
/// and is read by another (but the last), all lengths agree, and no product or partial sum passes 62 bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct IntNetwork {
    input_maps: usize,
    nodes: Vec<IntNode>,
    formats: Vec<Vec<Format>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    input_maps: usize,
    nodes: Vec<IntNode>,
}

impl TryFrom<Parts> for IntNetwork {
    type Error = Error;
    fn try_from(parts: Parts) -> Result<Self, Error> {
        Self::new(parts.input_maps, parts.nodes)
    }
}

impl From<IntNetwork> for Parts {
    fn from(network: IntNetwork) -> Self {
        Self { input_maps: network.input_maps, nodes: network.nodes }
    }
}

impl IntNetwork {
    /// Derives the format of every wire and proves that nothing overflows.
    ///
    /// # Errors
    /// [`Error::Form`] where the nodes do not fit each other, [`Error::TooWide`] where a value passes 62 bits.
    pub fn new(input_maps: usize, nodes: Vec<IntNode>) -> Result<Self, Error> {
        if !(1..=MAX_SIDE).contains(&input_maps) {
            return Err(form("(input)", &format!("a network needs 1 to {MAX_SIDE} input maps")));
        }
        let mut network = Self::without_nodes(input_maps);
        for node in nodes {
            network.push(node)?;
        }
        network.finish()
    }

    /// The network when it has all its nodes: there is one, and each is read by another or is the last.
    pub(crate) fn finish(self) -> Result<Self, Error> {
        let Some((_, before)) = self.nodes.split_last() else {
            return Err(form("(none)", "a network needs at least one layer"));
        };
        let unread = |n: &usize| self.nodes.iter().all(|node| !node.inputs.contains(&Source::Node(*n)));
        match (0..before.len()).find(unread) {
            Some(n) => Err(form(&self.nodes[n].name, "it is read by no other layer, and it is not the last")),
            None => Ok(self),
        }
    }

    /// A network to be filled with [`IntNetwork::push`].
    pub(crate) fn without_nodes(input_maps: usize) -> Self {
        Self { input_maps, nodes: Vec::new(), formats: Vec::new() }
    }

    /// Adds a node behind all others.
    pub(crate) fn push(&mut self, node: IntNode) -> Result<(), Error> {
        let late = |source: &&Source| matches!(**source, Source::Node(n) if n >= self.nodes.len());
        if let Some(Source::Node(n)) = node.inputs.iter().find(late) {
            return Err(form(&node.name, &format!("it reads node {n}, which does not come before it")));
        }
        let incoming: Vec<Vec<Format>> =
            node.inputs.iter().map(|&source| self.source_formats(source)).collect();
        let formats = outgoing(&node, &incoming)?;
        if formats.iter().any(|f| f.fraction.abs() > MAX_FRACTION) {
            return Err(form(&node.name, &format!("its fraction bits must lie within +-{MAX_FRACTION}")));
        }
        self.formats.push(formats);
        self.nodes.push(node);
        let [height, width] = self.window();
        if height.max(width) > MAX_SIDE {
            let name = &self.nodes[self.nodes.len() - 1].name;
            return Err(form(name, &format!("its window of {width}x{height} (width x height) is too large")));
        }
        Ok(())
    }

    /// The formats of `maps` maps of pixels.
    pub(crate) fn input_formats(maps: usize) -> Vec<Format> {
        vec![Format { fraction: PIXEL_FRACTION, interval: PIXEL_INTERVAL }; maps]
    }

    /// Maps of the input image.
    pub fn input_maps(&self) -> usize {
        self.input_maps
    }

    /// The nodes in topological order; the last one is the output.
    pub fn nodes(&self) -> &[IntNode] {
        &self.nodes
    }

    /// Height and width of the smallest image that gives one result.
    pub fn window(&self) -> [usize; 2] {
        let nodes: Vec<_> =
            self.nodes.iter().map(|node| (node.layer.window(), node.inputs.as_slice())).collect();
        view_of(&nodes).0
    }

    /// The formats of a node's output maps.
    pub fn formats(&self, node: usize) -> &[Format] {
        &self.formats[node]
    }

    /// The formats that a source carries.
    pub fn source_formats(&self, source: Source) -> Vec<Format> {
        match source {
            Source::Input => Self::input_formats(self.input_maps),
            Source::Node(n) => self.formats[n].clone(),
        }
    }

    /// The formats of the output maps.
    pub fn output_formats(&self) -> &[Format] {
        self.formats.last().expect("an integer network has at least one node")
    }
}
