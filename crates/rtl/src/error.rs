//! What keeps a network from becoming hardware.

/// A fault of the network, the frame or the names, as far as hardware is concerned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Only chains have hardware so far.
    #[error("layer `{0}` does not read the layer before it: branches have no hardware yet")]
    Branch(String),
    /// The frame gives no output.
    #[error(
        "a frame of {width}x{height} (width x height) is smaller than the network's window: layer `{layer}` would have no output"
    )]
    FrameTooSmall {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The first layer without an output.
        layer: String,
    },
    /// The frame is larger than the counters are made for.
    #[error("a frame of {width}x{height} (width x height) is larger than 65535 in one direction")]
    FrameTooLarge {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// The design's name is no Verilog identifier.
    #[error("the name `{0}` is no Verilog identifier: use a letter, then letters, digits and `_`")]
    Name(String),
    /// Two layers have the same name once it is a Verilog identifier.
    #[error("layers `{0}` and `{1}` get the same name in Verilog: rename one")]
    SameName(String, String),
    /// The adder-graph optimiser refused a layer.
    #[error("layer `{layer}`: {problem}")]
    Graph {
        /// The layer.
        layer: String,
        /// What the optimiser says.
        problem: String,
    },
    /// A configuration value out of range.
    #[error("`adders_per_stage: {0}` is out of range: it must be 1 to 64")]
    AddersPerStage(u32),
}
