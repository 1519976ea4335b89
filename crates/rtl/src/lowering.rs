//! Lowering: which stages the hardware of a network has.

mod checked;
mod folded;
mod joins;
mod pooled;
mod streams;
mod windows;

use lacuna_fixed_point::{Format, IntLayer, IntNetwork, Rescale, Source};

use crate::design::{Build, Config, Design, Digits, Feed, Lanes, Origin, Plane, Stage, StageKind, Style};
use crate::folded::{FoldedRescale, Stream};
use crate::schedule::{Gaps, gaps, schedule};
use crate::serial::{MAX_CLOCKS, serial_stages};
use crate::table_text;
use crate::unrolled::{Context, Graphs, uniform};
use crate::{Bus, Error};
pub(crate) use checked::check;
use joins::Branches;
pub(crate) use pooled::pool_behind;
use pooled::{is_in_front, pool_first};

/// Chooses the stages of a network for frames of one size.
///
/// # Errors
/// Branches that meet differ in size, the frame has no output, a name is no identifier, or a folded layer has too few clocks.
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
        let read = |source: &Source| match *source {
            Source::Input => pixels.clone(),
            Source::Node(n) => flows[n].clone(),
        };
        let read: Vec<Flow> = node.inputs.iter().map(read).collect();
        chain.node(network, index, read)?;
        flows.push(chain.flow.clone());
    }
    let Some(last) = chain.stages.last() else { return Err(Error::NothingToDo) };
    let layer = last.layer.clone();
    chain.gather(&layer, "_gather");
    let [height, width] = config.frame;
    if let Some(Stage { kind: StageKind::Table { registered, .. }, .. }) = chain.stages.last_mut() {
        *registered = true;
    }
    let mut design = Design {
        name: name.to_owned(),
        input_maps: network.input_maps(),
        frame: Plane { height, width },
        output: chain.flow.plane,
        output_formats: network.output_formats().to_vec(),
        adders_per_stage: config.adders_per_stage,
        stages: chain.stages,
        clocks_per_pixel: config.clocks_per_pixel,
        gaps: Gaps::default(),
        schedule: None,
    };
    design.gaps = gaps(&design);
    if design.stages.iter().any(Stage::has_queue) {
        let schedule = schedule(&design)?;
        let waiting = schedule.waiting.iter().zip(&schedule.branches);
        for (stage, (&waiting, branches)) in design.stages.iter_mut().zip(waiting) {
            stage.set_depth(waiting, branches);
        }
        design.schedule = Some(schedule);
    }
    Ok(design)
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

    /// The same as the beginning of a chain.
    pub(crate) fn alone(self) -> Self {
        Self { feed: Feed::Pixels, ..self }
    }
}

/// How a window's weights are placed.
#[derive(Clone, Copy, Debug)]
enum Units {
    /// Each in its own place.
    Unrolled,
    /// The same, some digits a clock: a result takes so many clocks.
    Serial(usize),
    /// They share units.
    Folded(Lanes),
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

    /// Adds the stages of a node that reads these flows.
    pub(crate) fn node(&mut self, network: &IntNetwork, index: usize, flows: Vec<Flow>) -> Result<(), Error> {
        let node = &network.nodes()[index];
        let incoming: Vec<Vec<Format>> =
            node.inputs.iter().map(|&source| network.source_formats(source)).collect();
        let (name, outgoing) = (node.name.as_str(), network.formats(index));
        match &node.layer {
            IntLayer::Add { shifts } => self.add(Branches { name, flows, incoming, outgoing, shifts }),
            IntLayer::Concat { shifts } => self.concat(Branches { name, flows, incoming, outgoing, shifts }),
            layer => {
                self.flow = flows.into_iter().next().expect("a layer reads something");
                if let Some(style) = pool_first(self.config, name) {
                    return self.pool_first(network, index, style);
                }
                if is_in_front(self.config, network, node.inputs[0]) {
                    return Ok(());
                }
                self.layer(name, layer, &incoming[0], outgoing)
            }
        }
    }

    /// Adds the stages of a layer.
    fn layer(
        &mut self,
        name: &str,
        layer: &IntLayer,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
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
            Some(Build::Style(Style::Table)) if !matches!(layer, IntLayer::Curve(_)) => {
                return Err(Error::NoTable { layer: name.to_owned(), most: table_text::MAX_BITS });
            }
            Some(Build::Style(_)) => None,
            Some(Build::Serial(_)) | None => None,
        };
        let serial = self.serial(name, layer)?;
        match layer {
            IntLayer::Conv2d(conv) => {
                let build = lanes.map_or(serial.map_or(Units::Unrolled, Units::Serial), Units::Folded);
                self.convolution(name, conv, build, incoming, outgoing)?;
            }
            IntLayer::SumPool(pool) => {
                let build = lanes.map_or(Units::Unrolled, Units::Folded);
                self.sums(name, pool, build, incoming, outgoing)?;
            }
            IntLayer::MaxPool(pool) => self.maxima(name, pool, incoming),
            IntLayer::Rescale(rescale) => {
                if let Some(clocks) = serial {
                    self.pace(name, clocks);
                }
                self.rescale(name, rescale, serial, incoming, outgoing)?;
            }
            IntLayer::Curve(curve) => {
                self.level(name);
                let Stream { phases, maps, .. } = self.flow.stream;
                let mut stage = self.context(name).curve(curve, incoming, outgoing);
                let lanes = self.flow.stream.lanes();
                stage.input = self.flow.stream.bus.clone();
                stage.output = Bus::uniform(lanes, stage.output.widths()[0]);
                if self.config.layers.get(name) == Some(&Build::Style(Style::Table)) {
                    stage = with_table(stage)?;
                }
                self.push(stage, phases, maps);
            }
            IntLayer::Add { .. } | IntLayer::Concat { .. } => {
                unreachable!("joins read several flows, and are made elsewhere")
            }
        }
        Ok(())
    }

    /// Where a layer is to be serial, the clocks of a result.
    fn serial(&self, name: &str, layer: &IntLayer) -> Result<Option<usize>, Error> {
        let Some(&Build::Serial(Digits { serial: clocks })) = self.config.layers.get(name) else {
            return Ok(None);
        };
        if !matches!(layer, IntLayer::Conv2d(_) | IntLayer::Rescale(_)) {
            return Err(Error::NoSerial(name.to_owned()));
        }
        if !(2..=MAX_CLOCKS).contains(&clocks) {
            return Err(Error::SerialClocks { layer: name.to_owned(), serial: clocks, most: MAX_CLOCKS });
        }
        Ok(Some(clocks))
    }

    fn rescale(
        &mut self,
        name: &str,
        rescale: &Rescale,
        serial: Option<usize>,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
        let Stream { phases, maps, .. } = self.flow.stream;
        if phases == 1 && self.flow.stream.lanes() == maps {
            let product = self.context(name).product(rescale, &self.flow.stream.bus, incoming)?;
            let requantize = self.context(name).requantize(rescale, &product, incoming, outgoing);
            match serial {
                Some(clocks) => {
                    let bus = self.flow.stream.bus.clone();
                    let stages = serial_stages(self.context(name), product, &bus, [1, 1], clocks);
                    stages.into_iter().for_each(|stage| self.push(stage, 1, maps));
                }
                None => self.push(product, 1, maps),
            }
            self.push(requantize, 1, maps);
            return Ok(());
        }
        let shape = [self.flow.stream.lanes(), phases];
        let folded =
            FoldedRescale::new(rescale, incoming, shape, self.config.adders_per_stage).ok_or_else(|| {
                Error::NoHardware {
                    layer: name.to_owned(),
                    what: "a folded rescaling whose maps differ in scale by so much that sums pass 62 bits",
                }
            })?;
        let output = Bus::uniform(shape[0], uniform(outgoing).widths()[0]);
        let kind = StageKind::FoldedRescale(Box::new(folded));
        let stage = self.context(name).stage("", self.flow.stream.bus.clone(), output, kind);
        self.push(stage, phases, maps);
        Ok(())
    }
}

/// The same activation, looked up.
fn with_table(stage: Stage) -> Result<Stage, Error> {
    let StageKind::Curve { curve, fraction, argument } = stage.kind else {
        unreachable!("an activation is a curve")
    };
    if stage.input.widths()[0] > table_text::MAX_BITS {
        return Err(Error::NoTable { layer: stage.layer, most: table_text::MAX_BITS });
    }
    Ok(Stage { kind: StageKind::Table { curve, fraction, argument, registered: false }, ..stage })
}
