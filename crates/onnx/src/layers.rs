//! The layers while the graph is read: as the nodes come, before anything is merged.

use lacuna_network::{Connections, Function, MAX_POOL, MAX_SIDE, Padding, Pool, Shape, Sliding, Source};

use crate::error::{Fault, refuse};

/// The most maps of a value.
pub(crate) const MAX_MAPS: usize = 65535;

/// The most layers.
const MAX_LAYERS: usize = 5000;

/// A layer with its weights, the value it puts out, and the node it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) kind: Kind,
    pub(crate) inputs: Vec<Source>,
    pub(crate) shape: Shape,
    /// The index of its node in the graph.
    pub(crate) node: usize,
    /// What it does, where the node's name alone does not say it.
    pub(crate) part: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Conv(Conv),
    SumPool(Pool),
    MaxPool(Pool),
    Affine {
        coefficient: Vec<f64>,
        bias: Vec<f64>,
    },
    Activation(Function),
    Add,
    Concat,
    /// Zeros around the plane; becomes part of the layers that read it, or a sum pool of size one.
    Pad(Padding),
}

/// A convolution; its kernels lie one after another, output map after output map.
#[derive(Clone, Debug)]
pub(crate) struct Conv {
    pub(crate) kernel: [usize; 2],
    pub(crate) connections: Connections,
    pub(crate) kernels: Vec<f32>,
    pub(crate) bias: Vec<f64>,
    pub(crate) sliding: Sliding,
}

/// All layers so far, each behind those it reads.
#[derive(Debug)]
pub(crate) struct Layers {
    pub(crate) input: Shape,
    pub(crate) list: Vec<Layer>,
    /// The node that is being read.
    pub(crate) node: usize,
    /// The weights held so far, and how many there may be.
    pub(crate) weights: usize,
    pub(crate) most_weights: usize,
}

impl Layers {
    pub(crate) fn shape(&self, source: Source) -> Shape {
        match source {
            Source::Input => self.input,
            Source::Node(layer) => self.list[layer].shape,
        }
    }

    /// Appends a layer that reads one value.
    pub(crate) fn push(&mut self, kind: Kind, input: Source) -> Result<(Source, Shape), Fault> {
        self.push_part("", kind, vec![input])
    }

    /// Appends a layer that does part of what its node does.
    pub(crate) fn push_part(
        &mut self,
        part: &'static str,
        kind: Kind,
        inputs: Vec<Source>,
    ) -> Result<(Source, Shape), Fault> {
        let shapes: Vec<Shape> = inputs.iter().map(|&source| self.shape(source)).collect();
        let shape = outgoing(&kind, &shapes)?;
        if shape.maps > MAX_MAPS || shape.height.max(shape.width) > MAX_SIDE {
            return refuse(format!(
                "its output of {} maps, {}, is too large: at most {MAX_MAPS} maps and {MAX_SIDE} rows and columns",
                shape.maps,
                shape.plane()
            ));
        }
        self.weights += match &kind {
            Kind::Conv(conv) => conv.kernels.len() + conv.bias.len(),
            Kind::Affine { coefficient, bias } => coefficient.len() + bias.len(),
            _ => 0,
        };
        if self.weights > self.most_weights || self.list.len() >= MAX_LAYERS {
            return refuse(format!(
                "with it the network would have {} layers and {} weights, which is more than {MAX_LAYERS} or many times what the model holds",
                self.list.len() + 1,
                self.weights
            ));
        }
        self.list.push(Layer { kind, inputs, shape, node: self.node, part });
        Ok((Source::Node(self.list.len() - 1), shape))
    }
}

fn outgoing(kind: &Kind, inputs: &[Shape]) -> Result<Shape, Fault> {
    let first = inputs[0];
    let plane = |window: [usize; 2], sliding: &Sliding| {
        let steps = sliding.stride.iter().chain(&sliding.dilation);
        let around = [sliding.padding.before(), sliding.padding.after()].concat();
        if steps.clone().any(|&step| step == 0) {
            return refuse("strides and dilations must be at least one");
        }
        if steps.chain(&around).any(|&step| step > MAX_POOL) {
            return refuse(format!("strides, dilations and padding must be at most {MAX_POOL}"));
        }
        match sliding.outputs(window, [first.height, first.width]) {
            Some([height, width]) if window[0] > 0 && window[1] > 0 => Ok((height, width)),
            _ => refuse(format!(
                "its window of {}x{} (width x height) does not fit its input of {}",
                window[1],
                window[0],
                first.plane()
            )),
        }
    };
    Ok(match kind {
        Kind::Conv(conv) => {
            let (height, width) = plane(conv.kernel, &conv.sliding)?;
            Shape { maps: conv.bias.len(), height, width }
        }
        Kind::SumPool(pool) | Kind::MaxPool(pool) => {
            let (height, width) = plane(pool.size, &pool.sliding)?;
            if pool.size.iter().any(|&side| side > MAX_POOL) {
                return refuse(format!("its window must have at most {MAX_POOL} rows and columns"));
            }
            let padded = pool.sliding.padding != Padding::all(0);
            if matches!(kind, Kind::MaxPool(_)) && padded && pool.sliding.dilation != [1, 1] {
                return refuse(
                    "a maximum with both padding and dilation is not supported: give up one of them",
                );
            }
            Shape { height, width, ..first }
        }
        Kind::Pad(padding) => {
            let sliding = Sliding { padding: *padding, ..Sliding::plain() };
            let (height, width) = plane([1, 1], &sliding)?;
            Shape { height, width, ..first }
        }
        Kind::Affine { .. } | Kind::Activation(_) | Kind::Add => first,
        Kind::Concat => Shape { maps: inputs.iter().map(|shape| shape.maps).sum(), ..first },
    })
}
