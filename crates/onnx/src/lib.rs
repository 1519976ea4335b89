/*!
Models from elsewhere: an ONNX file becomes the model section of a Lacuna project and its weights.

[`import`] reads the bytes of a file and gives back a [`lacuna_network::ModelSpec`] with the tensors it needs. On the way

1. the graph is checked: names, order, what the outputs depend on;
2. constants are computed, the arithmetic of shapes among them;
3. each node becomes layers. Where the maps, rows and columns of a value lie in its tensor is followed through every
   transposition and reshape, so that models whose maps come first (PyTorch) and last (Keras) are read alike;
4. constants are folded into the convolutions before them, and zeros around a plane into the windows behind them.

What has no exact counterpart is refused, with the node, its operator and what would be right. A softmax or argmax at the
very end is left out and noted: a network's output is what it is computed from.

**Invariant:** this crate touches no file; tensor data in other files comes through a callback that is given a name without
`..`, and a length that the tensor's shape needs. Nothing is allocated because a file merely promises it.
*/

mod error;
mod external;
mod fold;
mod graph;
mod indexing;
mod input;
mod layers;
mod names;
mod operation;
mod operators;
mod pixels;
mod proto;
mod read;
mod result;
mod signal;
mod slice;
mod tensor;
mod tidy;

use std::ops::RangeInclusive;

use lacuna_network::{ModelSpec, Shape, TrainedNetwork};
use prost::bytes::Bytes;

pub use error::{Error, Fault};
pub use external::Part;
pub use pixels::Pixels;

/// The versions of ONNX's operators that are read.
pub const OPSETS: RangeInclusive<i64> = 7..=28;

/// A model as Lacuna has it.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The model section of a project file.
    pub spec: ModelSpec,
    /// Its tensors, as a safetensors file.
    pub weights: Vec<u8>,
    /// Both together.
    pub network: TrainedNetwork,
    /// The images that the model takes.
    pub input: Shape,
    /// Whether the model takes a row of features `[1, n]` of which nothing says that they are an image.
    pub is_row: bool,
    /// What has been left out at the end, such as `softmax`.
    pub ending: Option<&'static str>,
    /// What pixels are to the model. The network takes the numbers that the model takes, or `(p - 128) / 128` where those are
    /// whole: a mean and a scale in [`lacuna_network::InputSpec`] make real numbers of pixels.
    pub pixels: Pixels,
}

/// Reads an ONNX model.
///
/// `input_shape`, maps, height and width, is needed where the file does not fix them. `read_file` reads a part of a file in the
/// model's folder.
///
/// # Errors
/// The bytes are no model, something in it has no counterpart here, or a file cannot be read.
pub fn import(
    bytes: Vec<u8>,
    input_shape: Option<Shape>,
    read_file: &mut dyn FnMut(&Part<'_>) -> Result<Vec<u8>, String>,
) -> Result<Imported, Error> {
    let size = bytes.len();
    let model = proto::read(Bytes::from(bytes)).map_err(Error::NotOnnx)?;
    let Some(graph) = &model.graph else { return Err(Error::NoGraph) };
    if graph.node.is_empty() && graph.output.is_empty() {
        return Err(Error::NoGraph);
    }
    let opset =
        model.opset_import.iter().filter(|set| graph::is_standard(&set.domain)).map(|set| set.version);
    let opset = opset.max().unwrap_or(1);
    if !OPSETS.contains(&opset) {
        return Err(Error::Opset(opset));
    }
    let checked = graph::check(graph)?;
    let mut files = external::External::new(read_file);
    let mut first_fault = None;
    for layout in input::layouts(&checked, input_shape)? {
        match read::read(&checked, opset, &layout, size, &mut files) {
            Ok((mut layers, output)) => {
                let pixels = pixels::told(&model, layout.numbers, &layers);
                let source = tidy::tidy(&mut layers, output.source);
                let mut imported = result::finish(graph, &layers, source, output.ending, pixels)?;
                imported.is_row = layout.is_row();
                if imported.input.maps == 3 {
                    imported.spec.input.order = pixels::order(&model);
                }
                return Ok(imported);
            }
            Err(error) if error.concerns_layout() => first_fault = first_fault.or(Some(error)),
            Err(error) => return Err(first_fault.unwrap_or(error)),
        }
    }
    Err(first_fault.unwrap_or(Error::NoGraph))
}
