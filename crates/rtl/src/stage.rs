//! The modules that hardware is made of: what each does, how long it takes, and what waits in it.

mod summary;

use lacuna_adder_graph::{AdderGraph, Pipeline};
use lacuna_fixed_point::{IntCurve, Interval, Rescale};
use lacuna_network::Padding;

use crate::Bus;
use crate::config::Origin;
use crate::design::{Feed, Plane};
use crate::folded::{FoldedConv, FoldedDepthwise, FoldedRescale, PooledConv};
use crate::serial::{SerialGraph, SerialWindow};

/// One module of the design.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its name as part of an identifier, unique in the design.
    pub name: String,
    /// The layer it belongs to.
    pub layer: String,
    /// What it reads, stages before it; a stage that joins branches reads several.
    pub feeds: Vec<Feed>,
    /// What comes in.
    pub input: Bus,
    /// What goes out.
    pub output: Bus,
    /// The frame that comes in.
    pub plane: Plane,
    /// What it does.
    pub kind: StageKind,
}

/// A branch where it meets others.
#[derive(Clone, Debug)]
pub struct JoinFeed {
    /// Its beats.
    pub bus: Bus,
    /// How far each of its values is shifted to the left.
    pub shift: u32,
    /// Whether its beats come in the clocks of the pixels that bring them about, so that a register must stand in front of the queue.
    pub is_early: bool,
    /// Beats that can wait at most.
    pub depth: usize,
}

/// What a stage does.
#[derive(Clone, Debug)]
pub enum StageKind {
    /// Slides a window over a raster scan.
    Window {
        /// Maps of the input.
        maps: usize,
        /// Height of the window.
        rows: usize,
        /// Width of the window.
        columns: usize,
    },
    /// Multiplies by a constant matrix.
    Graph {
        /// The shift-and-add program.
        graph: Box<AdderGraph>,
        /// Its pipeline registers.
        pipeline: Pipeline,
        /// What each input is, for the comments.
        inputs: Vec<String>,
        /// What the graph computes, for the comments.
        title: String,
    },
    /// Lets a beat through every few clocks at the most; others wait.
    Pace {
        /// Clocks between two beats.
        clocks: usize,
        /// Beats that can wait at most.
        depth: usize,
    },
    /// Slides a window over a raster scan, and gives its values digit by digit.
    SerialWindow(SerialWindow),
    /// Multiplies by a constant matrix, a digit of every value a clock.
    SerialGraph {
        /// The shift-and-add program, and when what is computed.
        serial: Box<SerialGraph>,
        /// What each input is, for the comments.
        inputs: Vec<String>,
        /// What the graph computes, for the comments.
        title: String,
    },
    /// Sums blocks.
    SumPool {
        /// Height, width and stride.
        size: usize,
    },
    /// Maxima of blocks.
    MaxPool {
        /// Height, width and stride.
        size: usize,
        /// Beats of a pixel.
        phases: usize,
    },
    /// The maximum of each map over a window.
    Maximum {
        /// The places of the window that count, column by column from the oldest.
        places: Vec<usize>,
    },
    /// Adds an edge to every frame.
    Pad {
        /// Rows and columns added.
        padding: Padding,
        /// What they hold.
        value: i64,
        /// Beats of a pixel.
        words: usize,
        /// Beats that can wait at most.
        depth: usize,
    },
    /// Keeps every so many rows and columns, and brings all maps to the output's width.
    Thin {
        /// Rows, columns.
        stride: [usize; 2],
        /// Beats of a pixel.
        words: usize,
    },
    /// Adds a bias, rounds and saturates.
    Requantize {
        /// The integer layer; its multipliers have been seen to.
        rescale: Rescale,
        /// The products' intervals.
        products: Vec<Interval>,
    },
    /// Takes a beat of every branch at a time.
    Join {
        /// One per branch, in the order of the stage's feeds.
        feeds: Vec<JoinFeed>,
        /// Beats of a pixel.
        words: usize,
    },
    /// Puts fewer maps into a beat; beats that come close together wait.
    Narrow {
        /// Beats that come out for one that comes in.
        parts: usize,
        /// Beats of a pixel that comes in.
        words: usize,
        /// Beats that can wait at most.
        depth: usize,
    },
    /// Puts all maps of a pixel into one beat.
    Gather {
        /// Beats of a pixel that comes in.
        phases: usize,
        /// Maps of a pixel.
        maps: usize,
    },
    /// A convolution with a few units.
    FoldedConv(Box<FoldedConv>),
    /// A depthwise convolution with a few units.
    FoldedDepthwise(Box<FoldedDepthwise>),
    /// A rescaling of a few maps at a time.
    FoldedRescale(Box<FoldedRescale>),
    /// Sums blocks, a few maps at a time.
    FoldedSumPool {
        /// Height, width and stride.
        size: usize,
        /// Beats of a pixel.
        phases: usize,
    },
    /// Sums of 2 x 2 pixels, one for every place.
    RunningSum,
    /// A convolution whose pool stands in front of it.
    PooledConv(Box<PooledConv>),
    /// Looks an activation up.
    Table {
        /// The curve.
        curve: IntCurve,
        /// Fraction bits of its argument.
        fraction: i32,
        /// All values of its argument.
        argument: Interval,
        /// Whether a register follows the memory: what the core gives passes more logic.
        registered: bool,
    },
    /// Applies an activation to each map.
    Curve {
        /// The curve.
        curve: IntCurve,
        /// Fraction bits of its argument.
        fraction: i32,
        /// All values of its argument.
        argument: Interval,
    },
}

impl Stage {
    /// Register ranks from input to output.
    pub fn latency(&self) -> u32 {
        match &self.kind {
            StageKind::Window { .. } | StageKind::SerialWindow(_) => 1,
            StageKind::SerialGraph { serial, .. } => serial.latency(),
            StageKind::Pace { .. } => 0,
            StageKind::Graph { pipeline, .. } => pipeline.latency() + 1,
            StageKind::SumPool { .. } | StageKind::MaxPool { .. } | StageKind::Requantize { .. } => 2,
            StageKind::Maximum { places } => crate::pool_text::maximum_ranks(places.len()),
            StageKind::Pad { .. } => 1,
            StageKind::Curve { curve, .. } => crate::curve_text::latency(curve),
            StageKind::Narrow { .. } | StageKind::Gather { .. } | StageKind::Join { .. } => 1,
            StageKind::FoldedConv(conv) => conv.latency(),
            StageKind::FoldedDepthwise(layer) => layer.latency(),
            StageKind::FoldedRescale(rescale) => rescale.latency(),
            StageKind::FoldedSumPool { .. } | StageKind::RunningSum => 2,
            StageKind::Table { registered, .. } => 1 + u32::from(*registered),
            StageKind::Thin { .. } => 0,
            StageKind::PooledConv(conv) => conv.latency(),
        }
    }

    /// Whether the core has a port for its weights.
    pub(crate) fn is_fed(&self) -> bool {
        matches!(&self.kind, StageKind::FoldedConv(conv) if conv.origin == Origin::Streamed)
    }

    /// The most beats it takes or gives for one pixel that comes in.
    pub(crate) fn beats(&self) -> usize {
        match &self.kind {
            StageKind::Narrow { parts, words, .. } => parts * words,
            StageKind::Join { words, .. } => *words,
            StageKind::MaxPool { phases, .. } => *phases,
            StageKind::Pad { words, .. } | StageKind::Thin { words, .. } => *words,
            StageKind::Gather { phases, .. } | StageKind::FoldedSumPool { phases, .. } => *phases,
            StageKind::FoldedConv(conv) => conv.phases.max(conv.groups),
            StageKind::PooledConv(conv) => conv.beats(),
            StageKind::FoldedDepthwise(layer) => layer.phases,
            StageKind::FoldedRescale(rescale) => rescale.phases,
            _ => 1,
        }
    }

    /// Makes its queue long enough for so many beats, if it has one, or those of its branches.
    pub(crate) fn set_depth(&mut self, waiting: usize, branches: &[usize]) {
        match &mut self.kind {
            StageKind::Join { feeds, .. } => {
                feeds.iter_mut().zip(branches).for_each(|(feed, &words)| feed.depth = words);
            }
            StageKind::Narrow { depth, .. }
            | StageKind::Pad { depth, .. }
            | StageKind::Pace { depth, .. } => {
                *depth = waiting;
            }
            StageKind::FoldedConv(conv) => conv.depth = waiting,
            StageKind::PooledConv(conv) => conv.depth = waiting,
            _ => {}
        }
    }

    /// Whether beats can wait in it.
    pub(crate) fn has_queue(&self) -> bool {
        matches!(
            self.kind,
            StageKind::Narrow { .. }
                | StageKind::Pad { .. }
                | StageKind::Pace { .. }
                | StageKind::Join { .. }
                | StageKind::FoldedConv(_)
                | StageKind::PooledConv(_)
        )
    }
}
