//! The network as a graph of named layers in topological order.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Error, Layer, Padding, Sliding, Use};

/// The longest side of a frame, a kernel or a network's window.
pub const MAX_SIDE: usize = 65535;

/// The longest side of a pool's window, and the longest stride, dilation and padding.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    pub stride: [usize; 2],
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
            let incoming = node.inputs.iter().map(|source| match *source {
                Source::Input => Ok(input_maps),
                Source::Node(n) if n < index => Ok(maps[n]),
                Source::Node(n) => {
                    let source_name = nodes.get(n).map_or_else(|| format!("#{n}"), |s| s.name.clone());
                    Err(Error::UnknownSource { layer: node.name.clone(), source_name })
                }
            });
            let incoming = incoming.collect::<Result<Vec<usize>, Error>>()?;
            maps.push(outgoing_maps(node, &incoming)?);
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
        if height == 0 || width == 0 {
            return Err(Error::ImageTooSmall { got: input, window: self.field_of_view().window });
        }
        let mut shapes: Vec<Shape> = Vec::with_capacity(self.nodes.len());
        for (node, &maps) in self.nodes.iter().zip(&self.maps) {
            let from = |source: &Source| match *source {
                Source::Input => input,
                Source::Node(n) => shapes[n],
            };
            let first = from(&node.inputs[0]);
            if let Some(other) = node
                .inputs
                .iter()
                .map(from)
                .find(|other| (other.height, other.width) != (first.height, first.width))
            {
                return Err(Error::BranchShapes { layer: node.name.clone(), first, other });
            }
            let plane = match node.layer.window() {
                None => Some([first.height, first.width]),
                Some((window, sliding)) => sliding.outputs(window, [first.height, first.width]),
            };
            let Some([height, width]) = plane else {
                return Err(Error::ImageTooSmall { got: input, window: self.field_of_view().window });
            };
            shapes.push(Shape { maps, height, width });
        }
        Ok(shapes)
    }

    /// The smallest input with one output, and the step between neighbouring outputs.
    pub fn field_of_view(&self) -> FieldOfView {
        let nodes: Vec<_> =
            self.nodes.iter().map(|node| (node.layer.window(), node.inputs.as_slice())).collect();
        let ([height, width], stride) = view_of(&nodes);
        FieldOfView { window: Shape { maps: self.input_maps, height, width }, stride }
    }

    /// Whether some window reaches over the edge of its plane, so that a result depends on where it lies in the frame.
    pub fn is_padded(&self) -> bool {
        let padded = |(_, sliding): ([usize; 2], Sliding)| sliding.padding != Padding::all(0);
        self.nodes.iter().filter_map(|node| node.layer.window()).any(padded)
    }

    /// The number of trained parameters.
    pub fn parameters(&self) -> usize {
        let count = |node: &Node<W, C>| match &node.layer {
            Layer::Conv2d(conv) => conv.kernels.len() + conv.bias.len(),
            Layer::Affine(affine) => affine.coefficient.len() + affine.bias.len(),
            Layer::SumPool(_) | Layer::MaxPool(_) | Layer::Activation(_) | Layer::Add | Layer::Concat => 0,
        };
        self.nodes.iter().map(count).sum()
    }
}

impl<W, C> Layer<W, C> {
    /// The window that slides over the layer's input, where there is one.
    pub fn window(&self) -> Option<([usize; 2], Sliding)> {
        match self {
            Self::Conv2d(conv) => Some((conv.kernel_size().into(), conv.sliding)),
            Self::SumPool(pool) | Self::MaxPool(pool) => Some((pool.size, pool.sliding)),
            Self::Affine(_) | Self::Activation(_) | Self::Add | Self::Concat => None,
        }
    }
}

/// The maps a node puts out, after checking them against what comes in.
fn outgoing_maps<W, C>(node: &Node<W, C>, incoming: &[usize]) -> Result<usize, Error> {
    let fault = |problem: String| Error::Connections { layer: node.name.clone(), problem };
    let joins = matches!(node.layer, Layer::Add | Layer::Concat);
    let &[incoming, ref others @ ..] = incoming else {
        return Err(Error::Arity { layer: node.name.clone(), got: 0, joins });
    };
    if others.is_empty() == joins {
        return Err(Error::Arity { layer: node.name.clone(), got: 1 + others.len(), joins });
    }
    if let Some((window, sliding)) = node.layer.window() {
        let usage = match node.layer {
            Layer::SumPool(_) => Use::Sum,
            Layer::MaxPool(_) => Use::Maximum,
            _ => Use::Products,
        };
        sliding.check(window, usage).map_err(fault)?;
    }
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
        Layer::Add => match others.iter().find(|&&other| other != incoming) {
            Some(other) => Err(fault(format!("it adds values of {incoming} and of {other} maps"))),
            None => Ok(incoming),
        },
        Layer::Concat => Ok(others.iter().fold(incoming, |sum, &other| sum.saturating_add(other))),
        Layer::SumPool(_) | Layer::MaxPool(_) | Layer::Activation(_) => Ok(incoming),
    }
}

/// The window that slides over a node's input, where there is one, and what the node reads.
pub type Reading<'a> = (Option<([usize; 2], Sliding)>, &'a [Source]);

/// Height and width of the smallest input with one output, and rows and columns of the input per row and column of the
/// output, from the windows and sources of all nodes in topological order.
pub fn view_of(nodes: &[Reading<'_>]) -> ([usize; 2], [usize; 2]) {
    let mut needed = vec![[1_usize; 2]; nodes.len()];
    let mut step = vec![[1_usize; 2]; nodes.len()];
    let (mut window, mut stride) = ([1_usize; 2], [1_usize; 2]);
    for (n, &(sliding_window, sources)) in nodes.iter().enumerate().rev() {
        let (mut before, mut step_before) = (needed[n], step[n]);
        if let Some((size, sliding)) = sliding_window {
            before = sliding.inputs(size, before);
            step_before = [0, 1].map(|axis| step_before[axis].saturating_mul(sliding.stride[axis]));
        }
        for source in sources {
            let (needed, step) = match *source {
                Source::Input => (&mut window, &mut stride),
                Source::Node(m) => (&mut needed[m], &mut step[m]),
            };
            for axis in 0..2 {
                needed[axis] = needed[axis].max(before[axis]);
                step[axis] = step[axis].max(step_before[axis]);
            }
        }
    }
    (window, stride)
}
