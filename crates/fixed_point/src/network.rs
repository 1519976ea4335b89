//! The integer network, and the proof that nothing in it overflows.

use lacuna_network::{MAX_POOL, MAX_SIDE};
use ndarray::Array3;
use serde::{Deserialize, Serialize};

use crate::{Error, IntCurve, Interval, PIXEL_FRACTION, PIXEL_INTERVAL};

/// Widest value that any wire, product or partial sum may take: all stay inside `i64` with room to add two.
const MAX_BITS: u32 = 62;

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

/// Where a node's input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The pixels.
    Input,
    /// The node with this index.
    Node(usize),
}

/// A named layer and what it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntNode {
    /// The name of the layer in the project file.
    pub name: String,
    /// What it reads.
    pub input: Source,
    /// What it computes.
    pub layer: IntLayer,
}

/// The layers of an integer network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntLayer {
    /// Exact correlation with integer kernels.
    Conv2d(IntConv2d),
    /// Exact sums of `size` x `size` blocks.
    SumPool {
        /// Height, width and stride of the block.
        size: usize,
    },
    /// A multiplier, a bias, a rounding shift and saturation per map.
    Rescale(Rescale),
    /// An activation.
    Curve(IntCurve),
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
        let unread = |n: &usize| self.nodes.iter().all(|node| node.input != Source::Node(*n));
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
        if let Source::Node(n) = node.input
            && n >= self.nodes.len()
        {
            return Err(form(&node.name, &format!("it reads node {n}, which does not come before it")));
        }
        let formats = outgoing(&node, &self.source_formats(node.input))?;
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
        let [mut height, mut width] = [1_usize, 1];
        let mut source = Source::Node(self.nodes.len() - 1);
        while let Source::Node(n) = source {
            match &self.nodes[n].layer {
                IntLayer::Conv2d(conv) => {
                    let (_, rows, columns) = conv.kernels.dim();
                    (height, width) = (height.saturating_add(rows - 1), width.saturating_add(columns - 1));
                }
                IntLayer::SumPool { size } => {
                    (height, width) = (height.saturating_mul(*size), width.saturating_mul(*size));
                }
                IntLayer::Rescale(_) | IntLayer::Curve(_) => {}
            }
            source = self.nodes[n].input;
        }
        [height, width]
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

fn form(layer: &str, problem: &str) -> Error {
    Error::Form { layer: layer.to_owned(), problem: problem.to_owned() }
}

/// The formats of a node's outputs, derived from those of its inputs.
fn outgoing(node: &IntNode, incoming: &[Format]) -> Result<Vec<Format>, Error> {
    let name = &node.name;
    match &node.layer {
        IntLayer::Conv2d(conv) => conv_formats(name, conv, incoming),
        IntLayer::SumPool { size } => {
            if !(1..=MAX_POOL).contains(size) {
                return Err(form(name, &format!("a pool's size must be between 1 and {MAX_POOL}")));
            }
            let area = (*size as i128).pow(2);
            incoming
                .iter()
                .map(|f| {
                    let interval =
                        checked(name, area * i128::from(f.interval.lo), area * i128::from(f.interval.hi))?;
                    Ok(Format { interval, ..*f })
                })
                .collect()
        }
        IntLayer::Rescale(rescale) => rescale_formats(name, rescale, incoming),
        IntLayer::Curve(curve) => {
            let ascending = curve.segments.is_sorted_by(|a, b| a.start < b.start);
            let starts = [curve.segments.first(), curve.segments.last()];
            for start in starts.into_iter().flatten().map(|segment| i128::from(segment.start)) {
                checked(name, start, start)?;
            }
            if curve.segments.is_empty()
                || !ascending
                || curve.clamp.lo > curve.clamp.hi
                || curve.shift >= MAX_BITS
            {
                return Err(form(
                    name,
                    "a curve needs segments in ascending order, a shift below 62 and a clamp",
                ));
            }
            incoming
                .iter()
                .map(|f| {
                    let widest = curve.widest(f.interval);
                    checked(name, -widest, widest)?;
                    Ok(Format { fraction: curve.fraction, interval: curve.range(f.interval) })
                })
                .collect()
        }
    }
}

fn conv_formats(name: &str, conv: &IntConv2d, incoming: &[Format]) -> Result<Vec<Format>, Error> {
    let connected: usize = conv.connections.iter().map(Vec::len).sum();
    if conv.kernels.dim().0 != connected
        || conv.fraction.len() != conv.connections.len()
        || conv.kernels.is_empty()
    {
        return Err(form(name, "kernels, connections and fractions do not fit each other"));
    }
    if conv.connections.iter().any(|inputs| inputs.is_empty() || !inputs.is_sorted_by(|a, b| a < b)) {
        return Err(form(name, "the input maps of an output map must be one or more, in ascending order"));
    }
    let mut kernel = 0;
    let mut formats = Vec::with_capacity(conv.connections.len());
    for (inputs, &fraction) in conv.connections.iter().zip(&conv.fraction) {
        let (mut lo, mut hi) = (0_i128, 0_i128);
        let mut of_inputs = None;
        for &input in inputs {
            let from = incoming.get(input).ok_or_else(|| form(name, "it reads a map that does not exist"))?;
            if *of_inputs.get_or_insert(from.fraction) != from.fraction {
                return Err(form(name, "its input maps have different fraction bits"));
            }
            for &weight in conv.kernels.index_axis(ndarray::Axis(0), kernel) {
                let ends = [from.interval.lo, from.interval.hi].map(|v| i128::from(weight) * i128::from(v));
                // Zero is kept inside, so that the interval also bounds every partial sum, in any order.
                lo += ends[0].min(ends[1]).min(0);
                hi += ends[0].max(ends[1]).max(0);
                checked(name, lo, hi)?;
            }
            kernel += 1;
        }
        let fraction = of_inputs.unwrap_or(0).saturating_add(fraction);
        formats.push(Format { fraction, interval: checked(name, lo, hi)? });
    }
    Ok(formats)
}

fn rescale_formats(name: &str, rescale: &Rescale, incoming: &[Format]) -> Result<Vec<Format>, Error> {
    let maps = incoming.len();
    if [rescale.multiplier.len(), rescale.bias.len(), rescale.shift.len()] != [maps; 3] {
        return Err(form(name, "a rescaling needs one multiplier, bias and shift per map"));
    }
    if rescale.clamp.lo > rescale.clamp.hi {
        return Err(form(name, "a rescaling's clamp must not be empty"));
    }
    checked(name, rescale.clamp.lo.into(), rescale.clamp.hi.into())?;
    let mut formats = Vec::with_capacity(maps);
    for (m, f) in incoming.iter().enumerate() {
        let (multiplier, bias, shift) = (rescale.multiplier[m], rescale.bias[m], rescale.shift[m]);
        if shift >= MAX_BITS {
            return Err(form(name, "a rescaling's shift must be below 62"));
        }
        let half = if shift == 0 { 0 } else { 1_i128 << (shift - 1) };
        let ends = [f.interval.lo, f.interval.hi].map(|v| i128::from(multiplier) * i128::from(v));
        let (lo, hi) = (ends[0].min(ends[1]).min(0), ends[0].max(ends[1]).max(0));
        let added = i128::from(bias).abs() + half;
        checked(name, lo - added, hi + added)?;
        let shifted =
            f.interval.map(|v| rescale.clamp.clamp(crate::round_shift(multiplier * v + bias, shift)));
        formats.push(Format { fraction: rescale.fraction, interval: shifted });
    }
    Ok(formats)
}

fn checked(name: &str, lo: i128, hi: i128) -> Result<Interval, Error> {
    let bits = 129 - lo.unsigned_abs().max(hi.unsigned_abs()).leading_zeros();
    if bits > MAX_BITS {
        return Err(Error::TooWide { layer: name.to_owned(), bits });
    }
    Ok(Interval { lo: lo as i64, hi: hi as i64 })
}
