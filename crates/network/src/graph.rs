//! The network as a graph of named layers in topological order.

use std::collections::BTreeSet;

use crate::{Error, Layer};

/// The longest side of a frame, a kernel or a network's window.
pub const MAX_SIDE: usize = 65535;

/// The largest block of a sum pool.
pub const MAX_POOL: usize = 32768;

/// Height and width of a plane, and the number of maps, of a value in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Feature maps.
    pub maps: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Shape {
    /// Width by height, as people say it.
    pub fn plane(&self) -> String {
        format!("{}x{} (width x height)", self.width, self.height)
    }
}

/// Where a layer's input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The network's input.
    Input,
    /// The output of the node with this index.
    Node(usize),
}

/// A named layer and the values it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<W, C> {
    /// Unique in the network; `S1.sum` style names are customary for the parts of one textbook layer.
    pub name: String,
    /// What it computes.
    pub layer: Layer<W, C>,
    /// What it reads: nodes with smaller indices only.
    pub inputs: Vec<Source>,
}

/// What a single output sees of the input, and how far apart two neighbouring outputs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldOfView {
    /// The smallest input that gives one output.
    pub window: Shape,
    /// Input rows and columns per output row and column.
    pub stride: usize,
}

/// A directed graph of layers; its last node is the output.
///
/// Invariants, kept by [`Network::new`]: at least one node; every node reads exactly as many values as its layer
/// takes, and only from nodes before it; names are unique; map counts agree everywhere and are never zero; the window is no
/// longer than [`MAX_SIDE`].
#[derive(Clone, Debug, PartialEq)]
pub struct Network<W, C> {
    input_maps: usize,
    nodes: Vec<Node<W, C>>,
    maps: Vec<usize>,
}

impl<W, C> Network<W, C> {
    /// Checks the graph and its map counts.
    ///
    /// # Errors
    /// The first broken invariant, with the layer's name.
    pub fn new(input_maps: usize, nodes: Vec<Node<W, C>>) -> Result<Self, Error> {
        if nodes.is_empty() {
            return Err(Error::NoLayers);
        }
        if input_maps == 0 {
            return Err(Error::NoInputMaps);
        }
        let mut names = BTreeSet::new();
        let mut maps: Vec<usize> = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            if !names.insert(node.name.as_str()) {
                return Err(Error::DuplicateName(node.name.clone()));
            }
            let &[source] = node.inputs.as_slice() else {
                return Err(Error::Arity { layer: node.name.clone(), got: node.inputs.len() });
            };
            let incoming = match source {
                Source::Input => input_maps,
                Source::Node(n) if n < index => maps[n],
                Source::Node(n) => {
                    let source_name = nodes.get(n).map_or_else(|| format!("#{n}"), |s| s.name.clone());
                    return Err(Error::UnknownSource { layer: node.name.clone(), source_name });
                }
            };
            maps.push(outgoing_maps(node, incoming)?);
        }
        let network = Self { input_maps, nodes, maps };
        let window = network.field_of_view().window;
        if window.height.max(window.width) > MAX_SIDE {
            return Err(Error::WindowTooLarge(window));
        }
        Ok(network)
    }

    /// Maps of the input.
    pub fn input_maps(&self) -> usize {
        self.input_maps
    }

    /// The nodes in topological order; the last one is the output.
    pub fn nodes(&self) -> &[Node<W, C>] {
        &self.nodes
    }

    /// Maps that a source carries.
    pub fn maps(&self, source: Source) -> usize {
        match source {
            Source::Input => self.input_maps,
            Source::Node(n) => self.maps[n],
        }
    }

    /// Maps of the output.
    pub fn output_maps(&self) -> usize {
        *self.maps.last().expect("a network has at least one node")
    }

    /// The indices of the nodes that read `source`.
    pub fn consumers(&self, source: Source) -> Vec<usize> {
        (0..self.nodes.len()).filter(|&n| self.nodes[n].inputs.contains(&source)).collect()
    }

    /// The shape of every node's output for an input of `height` x `width`.
    ///
    /// # Errors
    /// [`Error::ImageTooSmall`] when some layer would have no output at all.
    pub fn shapes(&self, height: usize, width: usize) -> Result<Vec<Shape>, Error> {
        let input = Shape { maps: self.input_maps, height, width };
        let mut shapes: Vec<Shape> = Vec::with_capacity(self.nodes.len());
        for (node, &maps) in self.nodes.iter().zip(&self.maps) {
            let from = match node.inputs[0] {
                Source::Input => input,
                Source::Node(n) => shapes[n],
            };
            let plane = match &node.layer {
                Layer::Conv2d(conv) => {
                    let (h, w) = conv.kernel_size();
                    ((from.height + 1).checked_sub(h), (from.width + 1).checked_sub(w))
                }
                Layer::SumPool(pool) => (Some(from.height / pool.size), Some(from.width / pool.size)),
                Layer::Affine(_) | Layer::Activation(_) => (Some(from.height), Some(from.width)),
            };
            match plane {
                (Some(height), Some(width)) if height > 0 && width > 0 => {
                    shapes.push(Shape { maps, height, width });
                }
                _ => return Err(Error::ImageTooSmall { got: input, window: self.field_of_view().window }),
            }
        }
        Ok(shapes)
    }

    /// The smallest input with one output, and the step between neighbouring outputs.
    pub fn field_of_view(&self) -> FieldOfView {
        let (mut height, mut width, mut stride) = (1_usize, 1_usize, 1_usize);
        let mut source = Source::Node(self.nodes.len() - 1);
        while let Source::Node(n) = source {
            match &self.nodes[n].layer {
                // A window beyond all bounds is refused by `Network::new`; it only has to be seen there.
                Layer::Conv2d(conv) => {
                    let (h, w) = conv.kernel_size();
                    (height, width) = (height.saturating_add(h - 1), width.saturating_add(w - 1));
                }
                Layer::SumPool(pool) => {
                    (height, width) = (height.saturating_mul(pool.size), width.saturating_mul(pool.size));
                    stride = stride.saturating_mul(pool.size);
                }
                Layer::Affine(_) | Layer::Activation(_) => {}
            }
            source = self.nodes[n].inputs[0];
        }
        FieldOfView { window: Shape { maps: self.input_maps, height, width }, stride }
    }

    /// The number of trained parameters.
    pub fn parameters(&self) -> usize {
        let count = |node: &Node<W, C>| match &node.layer {
            Layer::Conv2d(conv) => conv.kernels.len() + conv.bias.len(),
            Layer::Affine(affine) => affine.coefficient.len() + affine.bias.len(),
            Layer::SumPool(_) | Layer::Activation(_) => 0,
        };
        self.nodes.iter().map(count).sum()
    }
}

/// The maps a node puts out, after checking them against what comes in.
fn outgoing_maps<W, C>(node: &Node<W, C>, incoming: usize) -> Result<usize, Error> {
    let fault = |problem: String| Error::Connections { layer: node.name.clone(), problem };
    match &node.layer {
        Layer::Conv2d(conv) => {
            for (map, inputs) in conv.connections.iter().enumerate() {
                if inputs.is_empty() || !inputs.is_sorted_by(|a, b| a < b) {
                    return Err(fault(format!(
                        "the input maps of output map {map} must be one or more, in ascending order"
                    )));
                }
                if let Some(&bad) = inputs.iter().find(|&&input| input >= incoming) {
                    return Err(fault(format!(
                        "output map {map} reads input map {bad}, but there are only {incoming} (counted from 0)"
                    )));
                }
            }
            let kernels: usize = conv.connections.iter().map(Vec::len).sum();
            let maps = conv.connections.len();
            if kernels != conv.kernels.dim().0
                || maps != conv.bias.len()
                || maps == 0
                || conv.kernels.is_empty()
            {
                return Err(fault(format!(
                    "{kernels} connections to {maps} maps do not go with kernels {:?} and {} biases",
                    conv.kernels.dim(),
                    conv.bias.len()
                )));
            }
            Ok(maps)
        }
        Layer::Affine(affine) => {
            if affine.coefficient.len() != incoming || affine.bias.len() != incoming {
                return Err(fault(format!(
                    "{} coefficients and {} biases for {incoming} maps: there must be one each per map",
                    affine.coefficient.len(),
                    affine.bias.len()
                )));
            }
            Ok(incoming)
        }
        Layer::SumPool(pool) if !(1..=MAX_POOL).contains(&pool.size) => {
            Err(fault(format!("a pool's size must be between 1 and {MAX_POOL}")))
        }
        Layer::SumPool(_) | Layer::Activation(_) => Ok(incoming),
    }
}
