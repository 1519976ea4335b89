//! What hardware is made of: a graph of stages, and how wide each of their values is.

use std::collections::BTreeMap;

use lacuna_adder_graph::{AdderGraph, Pipeline};
use lacuna_fixed_point::{Format, IntCurve, Interval, Rescale};
use lacuna_network::{MAX_SIDE, Padding, height_and_width, whole_number};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Bus;
use crate::folded::{FoldedConv, FoldedDepthwise, FoldedRescale, PooledConv};
use crate::schedule::{Gaps, Schedule};
use crate::serial::{SerialGraph, SerialWindow};

/// The most pixels of a frame: the test vectors hold whole frames.
pub(crate) const MAX_PIXELS: usize = 1 << 24;

/// The most adders between two registers.
pub(crate) const MAX_ADDERS: u32 = 64;

/// The most clocks between two pixels.
const MAX_CLOCKS: usize = 1 << 20;

/// A core in every detail that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "keys such as `frame: [240, 320]`")]
pub struct Config {
    /// Height and width of the frames the core is made for: at most 65535 each, and 2^24 pixels.
    #[serde(deserialize_with = "frame")]
    pub frame: [usize; 2],
    /// Adders in a row between two registers: between 1 and 64.
    #[serde(deserialize_with = "adders_per_stage")]
    pub adders_per_stage: u32,
    /// Clocks from one pixel to the next, at least: 1 to 2^20. Folded layers need the time.
    #[serde(deserialize_with = "clocks_per_pixel")]
    pub clocks_per_pixel: usize,
    /// How layers are built, by name; all others take a pixel a clock.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub layers: BTreeMap<String, Build>,
}

/// How a layer is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected `unrolled`, `pool_first`, `pool_first_folded`, `table`, how many maps at a time, such as `{inputs: 1, outputs: 4}`, or the clocks of a result, such as `{serial: 4}`"
)]
pub enum Build {
    /// In one way alone.
    Style(Style),
    /// A few maps at a time.
    Folded(Lanes),
    /// A few bits at a time.
    Serial(Digits),
}

/// A way to build a layer that has no numbers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// All maps at once, each weight in its own place.
    Unrolled,
    /// A convolution behind the 2 x 2 sum pool that follows it, which gives the same; each weight in its own place.
    PoolFirst,
    /// The same with a unit for every kernel of an input map; input maps take turns.
    PoolFirstFolded,
    /// An activation as a table of all its arguments.
    Table,
}

/// Maps that a folded layer takes and gives at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lanes {
    /// Maps of a beat that comes in.
    pub inputs: usize,
    /// Output maps that a convolution computes together; other layers have as many as `inputs`.
    #[serde(default = "one")]
    pub outputs: usize,
    /// Where the codes of a convolution's weights come from.
    #[serde(default, skip_serializing_if = "Origin::is_rom")]
    pub weights: Origin,
    /// Bits of a word of a depthwise convolution's earlier lines that go to a RAM of two single-port banks.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub large_bits: usize,
}

/// Where the codes of a folded convolution's weights come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A ROM beside the units.
    #[default]
    Rom,
    /// A port of the core: whoever is outside sends them in the order in which they are needed.
    Streamed,
}

impl Lanes {
    /// So many maps in and out at a time, with weights from a ROM.
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, weights: Origin::Rom, large_bits: 0 }
    }
}

impl Origin {
    fn is_rom(&self) -> bool {
        *self == Self::Rom
    }
}

fn is_zero(bits: &usize) -> bool {
    *bits == 0
}

/// How fast a digit-serial layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digits {
    /// Clocks that a result may take, and digits that a value has: 2 to 64.
    pub serial: usize,
}

fn one() -> usize {
    1
}

fn clocks_per_pixel<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    whole_number(deserializer, 1, MAX_CLOCKS)
}

pub(crate) fn optional_clocks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    clocks_per_pixel(deserializer).map(Some)
}

pub(crate) fn frame<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[usize; 2], D::Error> {
    height_and_width(deserializer, MAX_SIDE, MAX_PIXELS)
}

pub(crate) fn adders_per_stage<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    whole_number(deserializer, 1, MAX_ADDERS as usize).map(|adders| adders as u32)
}

impl Default for Config {
    /// Frames of 320 x 240 (width x height), a register after every adder.
    fn default() -> Self {
        Self { frame: [240, 320], adders_per_stage: 1, clocks_per_pixel: 1, layers: BTreeMap::new() }
    }
}

/// Height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Plane {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// Hardware as a graph of stages in topological order; the last one is the output.
#[derive(Clone, Debug)]
pub struct Design {
    /// The top module's name; it prefixes the names of all others but the shared ones.
    pub name: String,
    /// Maps of the input, 8 bits each.
    pub input_maps: usize,
    /// The frames it takes.
    pub frame: Plane,
    /// The frames it gives.
    pub output: Plane,
    /// The output's maps.
    pub output_formats: Vec<Format>,
    /// Adders in a row between two registers.
    pub adders_per_stage: u32,
    /// From the pixels to the output.
    pub stages: Vec<Stage>,
    /// Clocks from one pixel to the next, at least.
    pub clocks_per_pixel: usize,
    /// Clocks in which no pixel is taken.
    pub gaps: Gaps,
    /// When what happens, in a design with queues.
    pub schedule: Option<Schedule>,
}

/// Where a stage's beats come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// The pixels, behind `frame_sync`.
    Pixels,
    /// What the stage of this number gives.
    Stage(usize),
}

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

impl Design {
    /// Whether pixels are let in at times of the core's own choosing.
    pub(crate) fn is_paced(&self) -> bool {
        self.schedule.is_some() || self.clocks_per_pixel > 1
    }

    /// Whether branches meet in it.
    pub(crate) fn has_joins(&self) -> bool {
        self.stages.iter().any(|stage| matches!(stage.kind, StageKind::Join { .. }))
    }

    /// Clocks from one frame to the next, at least.
    pub fn frame_clocks(&self) -> usize {
        let Plane { height, width } = self.frame;
        height * (width * self.clocks_per_pixel + self.gaps.line) + self.gaps.frame
    }

    /// The name of what a feed carries: its wires are this with `_valid`, `_sof` and `_data` behind.
    pub(crate) fn name_of(&self, feed: Feed) -> &str {
        match feed {
            Feed::Pixels => "pixels",
            Feed::Stage(n) => &self.stages[n].name,
        }
    }

    /// Register ranks between a pixel and the result it completes on the longest way, the frame's own lines not counted.
    pub fn latency(&self) -> u32 {
        let mut ranks: Vec<u32> = Vec::new();
        for stage in &self.stages {
            let before = stage.feeds.iter().map(|feed| match *feed {
                Feed::Pixels => 0,
                Feed::Stage(n) => ranks[n],
            });
            ranks.push(before.max().unwrap_or(0) + stage.latency());
        }
        // One rank in front (frame_sync) and one behind (stream_out).
        2 + ranks.last().copied().unwrap_or(0)
    }
}

impl Stage {
    /// One line for people: the stage and what it does.
    pub fn summary(&self) -> String {
        let what = match &self.kind {
            StageKind::Window { maps, rows, columns } => {
                format!("{rows} x {columns} window over {maps} map(s)")
            }
            StageKind::Graph { graph, title, .. } => format!("{title}: {} adders", graph.cost().adders),
            StageKind::Pace { clocks, depth } => {
                format!("a beat every {clocks} clocks, a queue of {depth}")
            }
            StageKind::SerialWindow(SerialWindow { maps, rows, columns, digit, .. }) => {
                format!("{rows} x {columns} window over {maps} map(s), {digit} bit(s) a clock")
            }
            StageKind::SerialGraph { serial, title, .. } => format!(
                "{title}: {} adders, {} bit(s) a clock, {} clocks a result",
                serial.adders(),
                serial.digit,
                serial.clocks
            ),
            StageKind::SumPool { size } => {
                format!("{size} x {size} sums of {} map(s)", self.output.widths().len())
            }
            StageKind::MaxPool { size, .. } => {
                format!("{size} x {size} maxima of {} map(s)", self.output.widths().len())
            }
            StageKind::Maximum { places } => {
                format!("maxima of {} values of {} map(s)", places.len(), self.output.widths().len())
            }
            StageKind::Pad { padding: Padding { top, left, bottom, right }, depth, .. } => {
                format!(
                    "{top} row(s) above, {bottom} below, {left} column(s) left, {right} right, a queue of {depth}"
                )
            }
            StageKind::Thin { stride: [1, 1], .. } => "all maps at one width".to_owned(),
            StageKind::Thin { stride: [down, across], .. } => {
                format!("every {across}. column of every {down}. row")
            }
            StageKind::Requantize { .. } => "bias, rounding and saturation".to_owned(),
            StageKind::Curve { curve, .. } => format!("activation of {} segments", curve.segments.len()),
            StageKind::Narrow { parts, depth, .. } => {
                format!("{parts} beats of {} map(s) for one, a queue of {depth}", self.output.widths().len())
            }
            StageKind::Join { feeds, .. } => {
                let depths: Vec<String> = feeds.iter().map(|feed| feed.depth.to_string()).collect();
                format!("a beat of {} branches at a time, queues of {}", feeds.len(), depths.join(", "))
            }
            StageKind::Gather { phases, maps } => format!("one beat of {maps} map(s) for {phases}"),
            StageKind::FoldedConv(conv) => format!(
                "{} x {} kernels, folded: {} x {} terms, {} steps a window, a queue of {}",
                conv.rows,
                conv.columns,
                conv.outputs,
                conv.terms(),
                conv.steps(),
                conv.depth
            ),
            StageKind::FoldedDepthwise(layer) => format!(
                "{} x {} kernels of a map each, folded: {} terms, {} beats a pixel",
                layer.rows,
                layer.columns,
                layer.lanes * layer.columns * layer.terms(),
                layer.phases
            ),
            StageKind::FoldedRescale(rescale) => {
                format!("coefficient, bias, rounding and saturation, {} map(s) at a time", rescale.lanes)
            }
            StageKind::RunningSum => format!("running sums of 2 x 2, {} map(s)", self.output.widths().len()),
            StageKind::PooledConv(conv) => format!(
                "{} x {} kernels behind their pool, folded: {} terms, {} steps a window, a queue of {}",
                conv.rows,
                conv.columns,
                conv.terms(),
                conv.steps(),
                conv.depth
            ),
            StageKind::Table { .. } => {
                format!("activation in a table of {} words", 1 << self.input.widths()[0])
            }
            StageKind::FoldedSumPool { size, .. } => {
                format!("{size} x {size} sums, {} map(s) at a time", self.output.widths().len())
            }
        };
        format!("{}: {what}", self.name)
    }

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
            StageKind::FoldedSumPool { .. } => 2,
            StageKind::RunningSum | StageKind::Table { .. } => 1,
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
