//! What can be wrong with a network, said with the layer's name.

use crate::Shape;

/// A fault of the network's description, its weights or the image it is given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The network has no layer at all.
    #[error("the network has no layers: list at least one under `layers`")]
    NoLayers,
    /// The input has no map.
    #[error("the network's input needs at least one map")]
    NoInputMaps,
    /// A single output sees more than any frame holds.
    #[error("the network's window of {} is longer than {max} in one direction", .0.plane(), max = crate::MAX_SIDE)]
    WindowTooLarge(Shape),
    /// Two layers share a name.
    #[error("layer `{0}` is named twice: names must be unique")]
    DuplicateName(String),
    /// A normalisation of pixels for another number of maps.
    #[error("`input.{key}` has {got} numbers, but the input has {maps} maps: give one number or one per map")]
    Normalisation {
        /// `mean` or `scale`.
        key: &'static str,
        /// Numbers given.
        got: usize,
        /// Maps of the input.
        maps: usize,
    },
    /// One side of the images without the other.
    #[error("`input.{given}` is given without `input.{missing}`: give both or none")]
    HalfASize {
        /// `height` or `width`.
        given: &'static str,
        /// The other.
        missing: &'static str,
    },
    /// An order of colours for maps that are no colours.
    #[error("`input.order: bgr` is for three maps, but the input has {0}")]
    OrderOfMaps(usize),
    /// More is cut from images than they have.
    #[error(
        "`input.resize` makes images of {}x{}, of which {}x{} (width x height) cannot be cut: make it larger",
        .from[1], .from[0], .to[1], .to[0]
    )]
    CutTooLarge {
        /// Height and width after resizing.
        from: [usize; 2],
        /// `height` and `width` of the input.
        to: [usize; 2],
    },
    /// A layer reads from a name that no earlier layer has.
    #[error("layer `{layer}` reads from `{source_name}`, but no layer before it has that name")]
    UnknownSource {
        /// The reading layer.
        layer: String,
        /// The name it asks for.
        source_name: String,
    },
    /// What a layer computes goes nowhere.
    #[error("layer `{0}` is read by no other: only the last layer gives the network's output")]
    Unread(String),
    /// A layer has an input count it cannot work with.
    #[error("layer `{layer}` has {got} inputs, but a layer of its kind takes {}", if *.joins { "two or more" } else { "exactly one" })]
    Arity {
        /// The layer.
        layer: String,
        /// How many inputs it was given.
        got: usize,
        /// Whether its kind joins several values.
        joins: bool,
    },
    /// Values of different height or width meet in one layer.
    #[error("layer `{layer}` joins a value of {} and one of {}: they must be equal", first.plane(), other.plane())]
    BranchShapes {
        /// The layer.
        layer: String,
        /// Its first input.
        first: Shape,
        /// One that differs.
        other: Shape,
    },
    /// A connection table names a map that does not exist, is empty, or is out of order.
    #[error("layer `{layer}`: {problem}")]
    Connections {
        /// The layer.
        layer: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A tensor is missing from the weights.
    #[error("tensor `{name}` is missing: layer `{layer}` needs it with shape {expected:?}")]
    MissingTensor {
        /// The tensor.
        name: String,
        /// The layer that needs it.
        layer: String,
        /// Its shape.
        expected: Vec<usize>,
    },
    /// A tensor has another shape than its layer needs.
    #[error("tensor `{name}` has shape {got:?}, but layer `{layer}` needs {expected:?}")]
    TensorShape {
        /// The tensor.
        name: String,
        /// The layer that needs it.
        layer: String,
        /// The shape it has.
        got: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// A tensor has a type other than `f32`.
    #[error("tensor `{name}` has type {got}, but weights must be F32")]
    TensorType {
        /// The tensor.
        name: String,
        /// Its type as safetensors names it.
        got: String,
    },
    /// A weight is NaN or infinite.
    #[error("tensor `{name}` holds {value} at {index:?}: every weight must be finite")]
    NotFinite {
        /// The tensor.
        name: String,
        /// Where in it.
        index: Vec<usize>,
        /// `NaN`, `inf` or `-inf`.
        value: String,
    },
    /// The file holds a tensor that no layer asks for.
    #[error("tensor `{0}` belongs to no layer of the network")]
    UnusedTensor(String),
    /// The bytes are no safetensors file.
    #[error("not a safetensors file: {0}")]
    NotSafetensors(String),
    /// An image is too small for a single output.
    #[error("an image of {} is smaller than the network's window of {}", got.plane(), window.plane())]
    ImageTooSmall {
        /// What was given.
        got: Shape,
        /// The least that gives one output.
        window: Shape,
    },
    /// An image has another number of maps than the network's input.
    #[error("the image has {got} maps, but the network's input has {expected}")]
    InputMaps {
        /// Maps of the image.
        got: usize,
        /// Maps of the network's input.
        expected: usize,
    },
}

impl Error {
    /// Whether the fault lies in the file of weights rather than in the description of the network.
    pub fn concerns_weights(&self) -> bool {
        matches!(
            self,
            Self::NotSafetensors(_)
                | Self::MissingTensor { .. }
                | Self::UnusedTensor(_)
                | Self::TensorShape { .. }
                | Self::TensorType { .. }
                | Self::NotFinite { .. }
        )
    }
}
