//! Lowering: which stages the hardware of a network has.

use std::collections::BTreeMap;

use lacuna_fixed_point::{Format, IntConv2d, IntLayer, IntNetwork, Rescale, Source};
use lacuna_network::{MAX_SIDE, Sliding};

use crate::design::{
    Build, Config, Design, Feed, Lanes, MAX_ADDERS, MAX_PIXELS, Origin, Plane, Stage, StageKind, Style,
};
use crate::folded::{FoldedConv, FoldedDepthwise, FoldedRescale, Stream};
use crate::schedule::schedule;
use crate::unrolled::{Context, Graphs, uniform};
use crate::verilog::{check_core_name, identifier};
use crate::{Bus, Error};

/// Stage names that the core's own parts have taken: modules, and the wires behind the first of them.
const PARTS: [&str; 4] = ["frame_sync", "stream_out", "tb", "pixels"];

/// Chooses the stages of a network for frames of one size.
///
/// # Errors
/// The network is no chain, the frame has no output, a name is no identifier, or a folded layer has too few clocks.
pub fn design(name: &str, network: &IntNetwork, config: &Config) -> Result<Design, Error> {
    design_with(name, network, config, &Graphs::default())
}

/// [`design`] with adder graphs of the same network that have been found before.
pub(crate) fn design_with(
    name: &str,
    network: &IntNetwork,
    config: &Config,
    graphs: &Graphs,
) -> Result<Design, Error> {
    check(name, network, config)?;
    let pixels = Flow::pixels(network, config);
    let mut chain = Chain::new(config, graphs, pixels.clone());
    // What leaves each node.
    let mut flows: Vec<Flow> = Vec::new();
    for (index, node) in network.nodes().iter().enumerate() {
        let [source] = node.inputs[..] else { return Err(Error::Branch(node.name.clone())) };
        chain.flow = match source {
            Source::Input => pixels.clone(),
            Source::Node(n) => flows[n].clone(),
        };
        chain.layer(&node.name, &node.layer, &network.source_formats(source), network.formats(index))?;
        flows.push(chain.flow.clone());
    }
    let Some(last) = chain.stages.last() else { return Err(Error::NothingToDo) };
    let layer = last.layer.clone();
    chain.gather(&layer, "_gather");
    let [height, width] = config.frame;
    let mut design = Design {
        name: name.to_owned(),
        input_maps: network.input_maps(),
        frame: Plane { height, width },
        output: chain.flow.plane,
        output_formats: network.output_formats().to_vec(),
        adders_per_stage: config.adders_per_stage,
        stages: chain.stages,
        clocks_per_pixel: config.clocks_per_pixel,
        schedule: None,
    };
    if design.stages.iter().any(Stage::has_queue) {
        let schedule = schedule(&design, config.clocks_per_pixel)?;
        for (stage, &waiting) in design.stages.iter_mut().zip(&schedule.waiting) {
            stage.set_depth(waiting);
        }
        design.schedule = Some(schedule);
    }
    Ok(design)
}

/// Whether there can be a core of this name for this network and frame.
pub(crate) fn check(name: &str, network: &IntNetwork, config: &Config) -> Result<(), Error> {
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
    if let Some(layer) = config.layers.keys().find(|layer| network.nodes().iter().all(|n| n.name != **layer))
    {
        let names = network.nodes().iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Error::NoLayer { layer: layer.clone(), names });
    }
    Ok(())
}

/// What flows out of a stage.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    feed: Feed,
    pub(crate) plane: Plane,
    pub(crate) stream: Stream,
}

impl Flow {
    /// What `frame_sync` gives.
    pub(crate) fn pixels(network: &IntNetwork, config: &Config) -> Self {
        let [height, width] = config.frame;
        Self {
            feed: Feed::Pixels,
            plane: Plane { height, width },
            stream: Stream::whole(Bus::uniform(network.input_maps(), 8)),
        }
    }
}

/// The stages so far, and the flow that the next one continues.
pub(crate) struct Chain<'a> {
    config: &'a Config,
    graphs: &'a Graphs,
    pub(crate) stages: Vec<Stage>,
    pub(crate) flow: Flow,
}

impl<'c> Chain<'c> {
    pub(crate) fn new(config: &'c Config, graphs: &'c Graphs, flow: Flow) -> Self {
        Self { config, graphs, stages: Vec::new(), flow }
    }

    fn context<'a>(&'a self, layer: &'a str) -> Context<'a> {
        Context { layer, plane: self.flow.plane, config: self.config, graphs: self.graphs }
    }

    /// Adds a stage that continues the flow.
    fn push(&mut self, stage: Stage, phases: usize, maps: usize) {
        self.flow.stream = Stream { bus: stage.output.clone(), phases, maps };
        self.stages.push(Stage { feeds: vec![self.flow.feed], ..stage });
        self.flow.feed = Feed::Stage(self.stages.len() - 1);
    }

    /// Adds the stages of a layer.
    pub(crate) fn layer(
        &mut self,
        name: &str,
        layer: &IntLayer,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
        let none = |what| Error::NoHardware { layer: name.to_owned(), what };
        let lanes = match self.config.layers.get(name) {
            Some(Build::Folded(lanes)) => {
                if lanes.weights == Origin::Streamed && !matches!(layer, IntLayer::Conv2d(_)) {
                    return Err(Error::NotStreamed(name.to_owned()));
                }
                self.narrow(name, lanes.inputs)?;
                Some(*lanes)
            }
            Some(Build::Style(Style::Unrolled)) => {
                self.gather(name, "_gather");
                None
            }
            None => None,
        };
        match layer {
            IntLayer::Conv2d(conv) => {
                if conv.sliding != Sliding::plain() {
                    return Err(none("a convolution with stride, dilation or padding"));
                }
                match lanes {
                    Some(lanes) => self.folded_convolution(name, conv, lanes, incoming, outgoing)?,
                    None => {
                        self.gather(name, "_gather");
                        self.unrolled_convolution(name, conv, incoming, outgoing)?;
                    }
                }
                let (_, rows, columns) = conv.kernels.dim();
                self.flow.plane = Plane {
                    height: self.flow.plane.height + 1 - rows,
                    width: self.flow.plane.width + 1 - columns,
                };
            }
            IntLayer::SumPool(pool) => {
                let size =
                    pool.block_side().ok_or_else(|| none("a pool other than square blocks side by side"))?;
                if size > 1 {
                    self.sum_pool(name, size, outgoing);
                }
                self.flow.plane =
                    Plane { height: self.flow.plane.height / size, width: self.flow.plane.width / size };
            }
            IntLayer::Rescale(rescale) => self.rescale(name, rescale, incoming, outgoing)?,
            IntLayer::Curve(curve) => {
                let Stream { phases, maps, .. } = self.flow.stream;
                let mut stage = self.context(name).curve(curve, incoming, outgoing);
                let lanes = self.flow.stream.lanes();
                stage.input = self.flow.stream.bus.clone();
                stage.output = Bus::uniform(lanes, stage.output.widths()[0]);
                self.push(stage, phases, maps);
            }
            IntLayer::MaxPool(_) => return Err(none("a maximum")),
            IntLayer::Add { .. } | IntLayer::Concat { .. } => return Err(Error::Branch(name.to_owned())),
        }
        Ok(())
    }

    /// Brings the stream to so many maps a beat.
    fn narrow(&mut self, name: &str, lanes: usize) -> Result<(), Error> {
        let Stream { phases, maps, .. } = self.flow.stream;
        let there = self.flow.stream.lanes();
        let fits = lanes > 0 && (there.is_multiple_of(lanes) || (phases == 1 && lanes < there));
        if !fits {
            return Err(Error::Lanes { layer: name.to_owned(), inputs: lanes, lanes: there });
        }
        if lanes == there {
            return Ok(());
        }
        let parts = there.div_ceil(lanes);
        let width = self.flow.stream.bus.widths().iter().copied().max().unwrap_or(1);
        let kind = StageKind::Narrow { parts, words: phases, depth: 0 };
        let stage = self.context(name).stage(
            "_narrow",
            self.flow.stream.bus.clone(),
            Bus::uniform(lanes, width),
            kind,
        );
        self.push(stage, phases * parts, maps);
        Ok(())
    }

    /// Brings all maps of a pixel into one beat.
    pub(crate) fn gather(&mut self, name: &str, suffix: &str) {
        let Stream { phases, maps, .. } = self.flow.stream;
        if phases == 1 && self.flow.stream.lanes() == maps {
            return;
        }
        let width = self.flow.stream.bus.widths()[0];
        let kind = StageKind::Gather { phases, maps };
        let stage =
            self.context(name).stage(suffix, self.flow.stream.bus.clone(), Bus::uniform(maps, width), kind);
        self.push(stage, 1, maps);
    }

    fn unrolled_convolution(
        &mut self,
        name: &str,
        conv: &IntConv2d,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
        let (_, rows, columns) = conv.kernels.dim();
        if rows * columns > 1 {
            let window = self.context(name).window(&self.flow.stream.bus, rows, columns);
            let maps = window.output.widths().len();
            self.push(window, 1, maps);
        }
        let plane =
            Plane { height: self.flow.plane.height + 1 - rows, width: self.flow.plane.width + 1 - columns };
        let context = Context { plane, ..self.context(name) };
        let graph = context.convolution(conv, &self.flow.stream.bus, incoming, outgoing)?;
        self.push(graph, 1, outgoing.len());
        Ok(())
    }

    fn folded_convolution(
        &mut self,
        name: &str,
        conv: &IntConv2d,
        Lanes { outputs, weights, .. }: Lanes,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
        let shape = [self.flow.stream.lanes(), self.flow.stream.phases];
        let width = outgoing.iter().map(|f| f.interval.width()).max().expect("a layer has at least one map");
        let short = || Error::TooSmallToFold(name.to_owned());
        let line_length = self.flow.plane.width;
        if FoldedDepthwise::takes(conv, incoming.len()) {
            if weights == Origin::Streamed {
                return Err(Error::NotStreamed(name.to_owned()));
            }
            let layer = FoldedDepthwise::new(conv, shape);
            if layer.is_too_short(line_length) {
                return Err(short());
            }
            let bus = Bus::uniform(layer.lanes, width);
            let phases = layer.phases;
            let kind = StageKind::FoldedDepthwise(Box::new(layer));
            let stage = self.context(name).stage("", self.flow.stream.bus.clone(), bus, kind);
            self.push(stage, phases, outgoing.len());
            return Ok(());
        }
        if outputs == 0 || outputs > outgoing.len() {
            return Err(Error::Outputs { layer: name.to_owned(), outputs, maps: outgoing.len() });
        }
        let layer = FoldedConv::new(conv, shape, outputs, line_length, weights);
        if layer.is_too_short() {
            return Err(short());
        }
        let groups = layer.groups;
        let kind = StageKind::FoldedConv(Box::new(layer));
        let stage =
            self.context(name).stage("", self.flow.stream.bus.clone(), Bus::uniform(outputs, width), kind);
        self.push(stage, groups, outgoing.len());
        Ok(())
    }

    fn sum_pool(&mut self, name: &str, size: usize, outgoing: &[Format]) {
        let Stream { phases, maps, .. } = self.flow.stream;
        let stage = if phases == 1 && self.flow.stream.lanes() == maps {
            self.context(name).sum_pool(size, &self.flow.stream.bus, outgoing)
        } else {
            let output = Bus::uniform(self.flow.stream.lanes(), uniform(outgoing).widths()[0]);
            let kind = StageKind::FoldedSumPool { size, phases };
            self.context(name).stage("", self.flow.stream.bus.clone(), output, kind)
        };
        self.push(stage, phases, maps);
    }

    fn rescale(
        &mut self,
        name: &str,
        rescale: &Rescale,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
        let Stream { phases, maps, .. } = self.flow.stream;
        if phases == 1 && self.flow.stream.lanes() == maps {
            let product = self.context(name).product(rescale, &self.flow.stream.bus, incoming)?;
            let requantize = self.context(name).requantize(rescale, &product, incoming, outgoing);
            self.push(product, 1, maps);
            self.push(requantize, 1, maps);
            return Ok(());
        }
        let shape = [self.flow.stream.lanes(), phases];
        let folded = FoldedRescale::new(rescale, incoming, shape).ok_or_else(|| Error::NoHardware {
            layer: name.to_owned(),
            what: "a folded rescaling whose maps differ in scale by so much that sums pass 62 bits",
        })?;
        let output = Bus::uniform(shape[0], uniform(outgoing).widths()[0]);
        let kind = StageKind::FoldedRescale(Box::new(folded));
        let stage = self.context(name).stage("", self.flow.stream.bus.clone(), output, kind);
        self.push(stage, phases, maps);
        Ok(())
    }
}

fn check_names(network: &IntNetwork) -> Result<(), Error> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for node in network.nodes() {
        let own = match node.layer {
            IntLayer::Conv2d(_) => vec!["", "_window", "_codes", "_weights"],
            IntLayer::Rescale(_) => vec!["", "_product", "_codes"],
            _ => vec![""],
        };
        for suffix in own.into_iter().chain(["_narrow", "_gather"]) {
            let stage = format!("{}{suffix}", identifier(&node.name));
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
