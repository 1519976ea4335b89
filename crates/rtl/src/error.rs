//! What keeps a network from becoming hardware.

/// A fault of the network, the frame or the names, as far as hardware is concerned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Branches that meet differ in size.
    #[error(
        "layer `{layer}` joins branches that differ in height or width for this `frame`: [{}, {}] and [{}, {}]; take a frame \
         that both divide alike, or pad one branch",
        .first[0], .first[1], .other[0], .other[1]
    )]
    Branches {
        /// The layer.
        layer: String,
        /// Height and width of the first branch.
        first: [usize; 2],
        /// Those of one that differs.
        other: [usize; 2],
    },
    /// A layer of a kind that is not streamed yet.
    #[error("layer `{layer}`: {what} has no hardware yet")]
    NoHardware {
        /// The layer.
        layer: String,
        /// What it is.
        what: &'static str,
    },
    /// The frame gives no output.
    #[error(
        "`frame: [{height}, {width}]` (height, width) is smaller than the network's window, [{rows}, {columns}]"
    )]
    FrameTooSmall {
        /// Columns of the frame.
        width: usize,
        /// Rows of the frame.
        height: usize,
        /// Columns of the window.
        columns: usize,
        /// Rows of the window.
        rows: usize,
    },
    /// The frame is larger than the counters are made for.
    #[error(
        "`frame: [{height}, {width}]` (height, width) is too large: at most 65535 in each direction and 2^24 pixels"
    )]
    FrameTooLarge {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// No layer of the network needs hardware.
    #[error(
        "the network changes nothing, so there is no hardware to make: it has no layer but pools of size 1"
    )]
    NothingToDo,
    /// The design's name is no Verilog identifier.
    #[error(
        "`{0}` is no Verilog identifier: give the core a `name` of a letter, then letters, digits and `_`"
    )]
    Name(String),
    /// The design's name means something else already.
    #[error(
        "the core cannot have the name `{0}`: it is a word of Verilog, or of the modules all cores share"
    )]
    ReservedName(String),
    /// A layer's name is that of a part of every core.
    #[error("layer `{0}` would get the name of a part that every core has: rename it")]
    ReservedLayerName(String),
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
    /// A module that is to stand on a board has other ports than a core.
    #[error("module `{module}` cannot be put on a board: {problem}")]
    Ports {
        /// The module.
        module: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The project names a layer that the hardware does not have.
    #[error("`layers: {layer}`: there is no such layer in the hardware; there are {names}")]
    NoLayer {
        /// The name.
        layer: String,
        /// Those there are.
        names: String,
    },
    /// A folded layer's inputs do not divide what comes.
    #[error(
        "`layers: {layer}`: `inputs: {inputs}` must be at most the {lanes} map(s) that come at a time, and a divisor where a pixel comes in several beats"
    )]
    Lanes {
        /// The layer.
        layer: String,
        /// What was asked for.
        inputs: usize,
        /// Maps of a beat.
        lanes: usize,
    },
    /// A folded layer would read a word before it is written.
    #[error(
        "`layers: {0}`: the layer is too small to be folded like this, as it reads a single word for each group of outputs: \
         give it fewer `inputs`, or all outputs at a time, or leave it unrolled"
    )]
    TooSmallToFold(String),
    /// A pool cannot change places with a layer.
    #[error(
        "`layers: {0}`: `pool_first` is for a convolution without stride, dilation and padding whose results only a sum pool of 2 x 2 \
         blocks reads, on planes of at least two columns"
    )]
    PoolFirst(String),
    /// A memory that cannot be split between two banks.
    #[error(
        "`layers: {0}`: `large_bits` is for a depthwise convolution of several rows: at most the bits of its earlier lines, and an even \
         number of words, four or more"
    )]
    LargeBits(String),
    /// A layer that has no table.
    #[error("`layers: {layer}`: `table` is for an activation whose arguments have at most {most} bits")]
    NoTable {
        /// The layer.
        layer: String,
        /// The most bits.
        most: u32,
    },
    /// The queues of a folded design cannot be computed.
    #[error(
        "the frame has too many beats for a core with folded layers: layer `{layer}` has more than {most} in the frames that \
         its queues are computed from; take a smaller `frame`"
    )]
    TooManyBeats {
        /// The layer.
        layer: String,
        /// Beats that are gone through at most.
        most: usize,
    },
    /// Weights that no port can bring.
    #[error(
        "`layers: {0}`: `weights: streamed` is for convolutions and dense layers whose maps see several maps; leave it out here"
    )]
    NotStreamed(String),
    /// The planner found nothing.
    #[error(
        "no way to build the layers was found that keeps up: pin some in `layers`, or give a larger `clocks_per_pixel`"
    )]
    NoPlan,
    /// No part's block RAMs hold a layer's weights.
    #[error(
        "layer `{layer}` has more than {most} weights, which no board holds: pin it in `layers` with `weights: streamed`"
    )]
    TooManyWeights {
        /// The layer.
        layer: String,
        /// Weights up to which the planner chooses.
        most: usize,
    },
    /// A folded layer's outputs are out of range.
    #[error("`layers: {layer}`: `outputs: {outputs}` must be 1 to {maps}, the maps of the layer")]
    Outputs {
        /// The layer.
        layer: String,
        /// What was asked for.
        outputs: usize,
        /// Maps of the layer.
        maps: usize,
    },
    /// A layer has no adder graph to be made serial.
    #[error(
        "`layers: {0}`: only convolutions and rescalings can be `serial`: other layers have no adder graph"
    )]
    NoSerial(String),
    /// The clocks of a digit-serial layer are out of range.
    #[error("`layers: {layer}`: `serial: {serial}` must be 2 to {most}, the clocks that a result may take")]
    SerialClocks {
        /// The layer.
        layer: String,
        /// What was asked for.
        serial: usize,
        /// The most there may be.
        most: usize,
    },
    /// A digit-serial layer cannot keep up.
    #[error(
        "`layers: {layer}`: with `serial: {serial}` a pixel of the layer takes {serial} clocks, and one comes every {there_are} on \
         average: take fewer, or give the core more `clocks_per_pixel`"
    )]
    SerialTooSlow {
        /// The layer.
        layer: String,
        /// What was asked for.
        serial: usize,
        /// Clocks from pixel to pixel of the layer's input, on average and rounded down.
        there_are: usize,
    },
    /// A folded layer cannot keep up.
    #[error(
        "layer `{layer}` works {clocks} clocks for every pixel of the frame, and `clocks_per_pixel: {clocks_per_pixel}` gives it fewer: \
         give it more `inputs` or `outputs` at a time, or more clocks"
    )]
    TooSlow {
        /// The layer.
        layer: String,
        /// Clocks it works in a frame, divided by the frame's pixels and rounded up.
        clocks: u64,
        /// Clocks there are for each.
        clocks_per_pixel: usize,
    },
}
