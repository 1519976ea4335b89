//! What can keep a network from becoming an integer network.

/// A fault of the network or of the bit widths asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Some value would not fit the 62 bits that all arithmetic is proved to stay within.
    #[error(
        "layer `{layer}`: its values need {bits} bits, more than the 62 that are proved not to overflow; use a coarser set or fewer \
         fraction bits, or look for weights of extreme sizes in it or in the layer before it, whose scale it takes up"
    )]
    TooWide {
        /// The layer.
        layer: String,
        /// Bits it would need.
        bits: u32,
    },
    /// A layer is not in the form the approximation leaves it in.
    #[error("layer `{layer}`: {problem}")]
    Form {
        /// The layer.
        layer: String,
        /// What is wrong.
        problem: String,
    },
    /// A number of bits out of range.
    #[error("`{key}: {got}` is out of range: it must be {lo} to {hi}")]
    Bits {
        /// The key of the project file.
        key: &'static str,
        /// What it says.
        got: u32,
        /// The least allowed.
        lo: u32,
        /// The most allowed.
        hi: u32,
    },
    /// A reach for a layer that does not exist.
    #[error("`reach` names `{0}`, but the network has no such layer (see `lacuna check`)")]
    UnknownLayer(String),
    /// An image that does not fit the network.
    #[error("{0}")]
    Image(String),
}
