//! Lowering: which stages the hardware has, and how wide each of their values is.

use std::collections::BTreeMap;

use lacuna_adder_graph::{self as adder_graph, AdderGraph, Effort, Matrix, Pipeline};
use lacuna_fixed_point::{Format, IntConv2d, IntCurve, IntLayer, IntNetwork, Interval, Rescale, Source};
use lacuna_network::Sliding;
use lacuna_network::{MAX_SIDE, height_and_width, whole_number};
use serde::{Deserialize, Deserializer, Serialize};

use crate::verilog::{check_core_name, identifier};
use crate::{Bus, Error};

/// The most pixels of a frame: the test vectors hold whole frames.
const MAX_PIXELS: usize = 1 << 24;

/// The most adders between two registers.
const MAX_ADDERS: u32 = 64;

/// Weights of a layer beyond which its adder graph is sought with less effort: minutes would gain a few per cent.
const LARGE: usize = 1 << 15;

/// Stage names that the core's own parts have taken: modules, and the wires behind the first of them.
const PARTS: [&str; 4] = ["frame_sync", "stream_out", "tb", "pixels"];

/// The `hardware` section of a project file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "keys such as `frame: [240, 320]`")]
pub struct Config {
    /// Height and width of the frames the core is made for: at most 65535 each, and 2^24 pixels.
    #[serde(deserialize_with = "frame")]
    pub frame: [usize; 2],
    /// Adders in a row between two registers: between 1 and 64.
    #[serde(deserialize_with = "adders_per_stage")]
    pub adders_per_stage: u32,
}

fn frame<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[usize; 2], D::Error> {
    height_and_width(deserializer, MAX_SIDE, MAX_PIXELS)
}

fn adders_per_stage<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    whole_number(deserializer, 1, MAX_ADDERS as usize).map(|adders| adders as u32)
}

impl Default for Config {
    /// Frames of 320 x 240 (width x height), a register after every adder.
    fn default() -> Self {
        Self { frame: [240, 320], adders_per_stage: 1 }
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

/// Hardware as a chain of stages.
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
}

/// One module of the chain.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its name as part of an identifier, unique in the design.
    pub name: String,
    /// The layer it belongs to.
    pub layer: String,
    /// What comes in.
    pub input: Bus,
    /// What goes out.
    pub output: Bus,
    /// Beats of a line that comes in.
    pub line_length: usize,
    /// What it does.
    pub kind: StageKind,
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
    /// Sums blocks.
    SumPool {
        /// Height, width and stride.
        size: usize,
    },
    /// Adds a bias, rounds and saturates.
    Requantize {
        /// The integer layer; its multipliers have been seen to.
        rescale: Rescale,
        /// The products' intervals.
        products: Vec<Interval>,
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
    /// Register ranks between a pixel and the result it completes, the frame's own lines not counted.
    pub fn latency(&self) -> u32 {
        // One rank in front (frame_sync) and one behind (stream_out).
        2 + self.stages.iter().map(Stage::latency).sum::<u32>()
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
            StageKind::SumPool { size } => {
                format!("{size} x {size} sums of {} map(s)", self.output.widths().len())
            }
            StageKind::Requantize { .. } => "bias, rounding and saturation".to_owned(),
            StageKind::Curve { curve, .. } => format!("activation of {} segments", curve.segments.len()),
        };
        format!("{}: {what}", self.name)
    }

    /// Register ranks from input to output.
    pub fn latency(&self) -> u32 {
        match &self.kind {
            StageKind::Window { .. } => 1,
            StageKind::Graph { pipeline, .. } => pipeline.latency() + 1,
            StageKind::SumPool { .. } | StageKind::Requantize { .. } => 2,
            StageKind::Curve { curve, .. } => crate::curve_text::latency(curve),
        }
    }
}

/// Chooses the stages of a network for frames of one size.
///
/// # Errors
/// The network is no chain, the frame has no output, or a name is no identifier.
pub fn design(name: &str, network: &IntNetwork, config: &Config) -> Result<Design, Error> {
    check_core_name(name)?;
    if !(1..=MAX_ADDERS).contains(&config.adders_per_stage) {
        return Err(Error::AddersPerStage(config.adders_per_stage));
    }
    let [height, width] = config.frame;
    if height.max(width) > MAX_SIDE || height * width > MAX_PIXELS {
        return Err(Error::FrameTooLarge { width, height });
    }
    let [rows, columns] = network.window();
    if height < rows || width < columns {
        return Err(Error::FrameTooSmall { width, height, columns, rows });
    }
    check_names(network)?;
    let frame = Plane { height, width };
    let mut plane = frame;
    let mut stages: Vec<Stage> = Vec::new();
    let mut bus = Bus::uniform(network.input_maps(), 8);
    for (index, node) in network.nodes().iter().enumerate() {
        let chained = if index == 0 { Source::Input } else { Source::Node(index - 1) };
        if node.inputs != [chained] {
            return Err(Error::Branch(node.name.clone()));
        }
        let none = |what| Error::NoHardware { layer: node.name.clone(), what };
        let incoming = network.source_formats(chained);
        let outgoing = network.formats(index);
        let context = Context { layer: &node.name, line_length: plane.width, config };
        match &node.layer {
            IntLayer::Conv2d(conv) => {
                if conv.sliding != Sliding::plain() {
                    return Err(none("a convolution with stride, dilation or padding"));
                }
                let (_, rows, columns) = conv.kernels.dim();
                if rows * columns > 1 {
                    stages.push(context.window(&bus, rows, columns));
                }
                plane = Plane { height: plane.height + 1 - rows, width: plane.width + 1 - columns };
                let context = Context { line_length: plane.width, ..context };
                let bus = stages.last().filter(|_| rows * columns > 1).map_or(&bus, |window| &window.output);
                stages.push(context.convolution(conv, bus, &incoming, outgoing)?);
            }
            IntLayer::SumPool(pool) => {
                let size =
                    pool.block_side().ok_or_else(|| none("a pool other than square blocks side by side"))?;
                if size > 1 {
                    stages.push(context.sum_pool(size, &bus, outgoing));
                }
                plane = Plane { height: plane.height / size, width: plane.width / size };
            }
            IntLayer::Rescale(rescale) => {
                let product = context.product(rescale, &bus, &incoming)?;
                let requantize = context.requantize(rescale, &product, &incoming, outgoing);
                stages.push(product);
                stages.push(requantize);
            }
            IntLayer::Curve(curve) => stages.push(context.curve(curve, &incoming, outgoing)),
            IntLayer::MaxPool(_) => return Err(none("a maximum")),
            IntLayer::Add { .. } | IntLayer::Concat { .. } => return Err(Error::Branch(node.name.clone())),
        }
        if let Some(stage) = stages.last() {
            bus = stage.output.clone();
        }
    }
    if stages.is_empty() {
        return Err(Error::NothingToDo);
    }
    Ok(Design {
        name: name.to_owned(),
        input_maps: network.input_maps(),
        frame,
        output: plane,
        output_formats: network.output_formats().to_vec(),
        adders_per_stage: config.adders_per_stage,
        stages,
    })
}

fn check_names(network: &IntNetwork) -> Result<(), Error> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for node in network.nodes() {
        let stages = match node.layer {
            IntLayer::Conv2d(_) => vec![identifier(&node.name), format!("{}_window", identifier(&node.name))],
            IntLayer::Rescale(_) => {
                vec![identifier(&node.name), format!("{}_product", identifier(&node.name))]
            }
            _ => vec![identifier(&node.name)],
        };
        for stage in stages {
            if PARTS.contains(&stage.as_str()) {
                return Err(Error::ReservedLayerName(node.name.clone()));
            }
            if let Some(other) = seen.insert(stage, &node.name) {
                return Err(Error::SameName(other.to_owned(), node.name.clone()));
            }
        }
    }
    Ok(())
}

/// What every stage of a layer needs to know.
#[derive(Clone, Copy)]
struct Context<'a> {
    layer: &'a str,
    line_length: usize,
    config: &'a Config,
}

impl Context<'_> {
    fn stage(&self, suffix: &str, input: Bus, output: Bus, kind: StageKind) -> Stage {
        let name = format!("{}{suffix}", identifier(self.layer));
        Stage { name, layer: self.layer.to_owned(), input, output, line_length: self.line_length, kind }
    }

    fn window(&self, bus: &Bus, rows: usize, columns: usize) -> Stage {
        let width = bus.widths()[0];
        assert!(bus.is_uniform(), "only requantised maps, all of one width, meet a window");
        let maps = bus.widths().len();
        let output = Bus::uniform(maps * rows * columns, width);
        self.stage("_window", bus.clone(), output, StageKind::Window { maps, rows, columns })
    }

    fn convolution(
        &self,
        conv: &IntConv2d,
        bus: &Bus,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<Stage, Error> {
        let (_, rows, columns) = conv.kernels.dim();
        let area = rows * columns;
        let mut matrix = vec![vec![0_i64; conv.connections.len()]; incoming.len() * area];
        let mut kernel = 0;
        for (output, inputs) in conv.connections.iter().enumerate() {
            for &input in inputs {
                for ((r, c), &weight) in conv.kernels.index_axis(ndarray::Axis(0), kernel).indexed_iter() {
                    matrix[input * area + r * columns + c][output] = weight;
                }
                kernel += 1;
            }
        }
        let intervals: Vec<Interval> = incoming.iter().flat_map(|f| vec![f.interval; area]).collect();
        let inputs = (0..incoming.len())
            .flat_map(|map| {
                (0..area)
                    .map(move |tap| format!("map {map}, row {}, column {}", tap / columns, tap % columns))
            })
            .collect();
        // A window puts column behind column; the graph counts map by map.
        let order: Vec<usize> = (0..incoming.len())
            .flat_map(|map| (0..area).map(move |tap| (map, tap / columns, tap % columns)))
            .map(|(map, row, column)| (column * rows + row) * incoming.len() + map)
            .collect();
        let bus = &bus.reordered(&order);
        let title = format!("the {rows} x {columns} kernels of {} map(s)", conv.connections.len());
        let output = Bus::new(outgoing.iter().map(|f| f.interval.width()).collect());
        self.graph("", &matrix, &intervals, bus, output, inputs, title)
    }

    fn product(&self, rescale: &Rescale, bus: &Bus, incoming: &[Format]) -> Result<Stage, Error> {
        let maps = incoming.len();
        let matrix: Vec<Vec<i64>> = (0..maps)
            .map(|row| {
                (0..maps).map(|column| if row == column { rescale.multiplier[row] } else { 0 }).collect()
            })
            .collect();
        let intervals: Vec<Interval> = incoming.iter().map(|f| f.interval).collect();
        let inputs = (0..maps).map(|map| format!("map {map}, times {}", rescale.multiplier[map])).collect();
        let output = Bus::new(products(rescale, incoming).iter().map(|i| i.width()).collect());
        let title = "the coefficient of each map".to_owned();
        self.graph("_product", &matrix, &intervals, bus, output, inputs, title)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one stage, named at the only two calls")]
    fn graph(
        &self,
        suffix: &str,
        matrix: &[Vec<i64>],
        intervals: &[Interval],
        input: &Bus,
        output: Bus,
        inputs: Vec<String>,
        title: String,
    ) -> Result<Stage, Error> {
        let fault =
            |e: adder_graph::Error| Error::Graph { layer: self.layer.to_owned(), problem: e.to_string() };
        let intervals: Vec<adder_graph::Interval> =
            intervals.iter().map(|i| adder_graph::Interval::new(i.lo, i.hi)).collect();
        let matrix = Matrix::from_rows(matrix).map_err(fault)?;
        let effort = if matrix.rows() * matrix.columns() > LARGE { Effort::Fast } else { Effort::Default };
        let config = adder_graph::Config { effort, ..adder_graph::Config::adders() };
        let graph = adder_graph::solve(&matrix, &intervals, &config).map_err(fault)?;
        graph.verify(&matrix).map_err(fault)?;
        let pipeline = adder_graph::pipeline(&graph, self.config.adders_per_stage);
        let kind = StageKind::Graph { graph: Box::new(graph), pipeline, inputs, title };
        Ok(self.stage(suffix, input.clone(), output, kind))
    }

    /// Maps of one width keep one width, since a window may come next, and that takes nothing else.
    fn sum_pool(&self, size: usize, bus: &Bus, outgoing: &[Format]) -> Stage {
        let output = if bus.is_uniform() {
            uniform(outgoing)
        } else {
            Bus::new(outgoing.iter().map(|f| f.interval.width()).collect())
        };
        self.stage("", bus.clone(), output, StageKind::SumPool { size })
    }

    fn requantize(
        &self,
        rescale: &Rescale,
        product: &Stage,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Stage {
        let kind = StageKind::Requantize { rescale: rescale.clone(), products: products(rescale, incoming) };
        self.stage("", product.output.clone(), uniform(outgoing), kind)
    }

    fn curve(&self, curve: &IntCurve, incoming: &[Format], outgoing: &[Format]) -> Stage {
        let argument = incoming
            .iter()
            .map(|f| f.interval)
            .reduce(|a, b| Interval { lo: a.lo.min(b.lo), hi: a.hi.max(b.hi) })
            .expect("a layer has at least one map");
        let kind = StageKind::Curve { curve: curve.clone(), fraction: incoming[0].fraction, argument };
        self.stage("", uniform(incoming), uniform(outgoing), kind)
    }
}

/// All maps at the width of the widest.
fn uniform(formats: &[Format]) -> Bus {
    let width = formats.iter().map(|f| f.interval.width()).max().expect("a layer has at least one map");
    Bus::uniform(formats.len(), width)
}

/// The intervals of a rescaling's products.
fn products(rescale: &Rescale, incoming: &[Format]) -> Vec<Interval> {
    let product = |(f, &m): (&Format, &i64)| {
        let ends = [f.interval.lo * m, f.interval.hi * m];
        Interval { lo: ends[0].min(ends[1]), hi: ends[0].max(ends[1]) }
    };
    incoming.iter().zip(&rescale.multiplier).map(product).collect()
}
