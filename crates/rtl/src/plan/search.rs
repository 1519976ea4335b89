//! The cheapest way to build all layers at a given pace.
//!
//! A layer's cells depend on how it is built and on the stream that it reads: how many maps come at a time, in how many beats. Nothing
//! else passes from layer to layer, so the search goes through the layers in order and keeps, for every form of the streams that are
//! still to be read, the ways to get there that no other way beats in LUTs and RAMs of both kinds. None that was dropped can be a part
//! of something better, so the best at the end is the best of all combinations that were tried.

use std::collections::BTreeMap;
use std::rc::Rc;

use lacuna_fixed_point::{IntNetwork, IntNode, Source};

use super::Part;
use super::options::{Limits, options};
use crate::estimate::{Cells, stage_cells};
use crate::lowering::{Chain, Flow};
use crate::schedule::work_of_a_frame;
use crate::unrolled::Graphs;
use crate::{Build, Config, Error, Stage, StageKind, Style};

/// Ways to one form of streams that are kept at most.
const KEPT: usize = 24;

/// A way to build all layers.
pub(crate) struct Candidate {
    pub(crate) layers: BTreeMap<String, Build>,
    cells: Cells,
}

/// The layers so far.
#[derive(Clone)]
struct Partial {
    /// What is still to be read, by node.
    flows: BTreeMap<usize, Given>,
    cells: Cells,
    choices: Option<Rc<Choice>>,
}

/// What a node gives those that read it.
#[derive(Clone)]
struct Given {
    flow: Flow,
    /// How the node is built, where its reader must know: the pool that has gone in front of a convolution has no stage.
    in_front: Option<Build>,
}

struct Choice {
    layer: usize,
    build: Build,
    before: Option<Rc<Choice>>,
}

/// What is still to be read, by node: beats of a pixel, maps of a beat, and whether its pool has gone in front.
type Form = Vec<(usize, usize, usize, bool)>;

/// All ways at this pace that no other beats: those that fit the part first, the fewest LUTs first, then those that are least too large.
///
/// # Errors
/// A layer has no hardware, or cannot keep up.
pub(crate) fn search(
    network: &IntNetwork,
    config: &Config,
    part: &Part,
    graphs: &Graphs,
    large: usize,
) -> Result<Vec<Candidate>, Error> {
    let [height, width] = config.frame;
    let clocks = (height * width * config.clocks_per_pixel) as u64;
    let limits = Limits { unrolled: large, large_brams: part.cells.large_brams };
    let start = Partial { flows: BTreeMap::new(), cells: Cells::default(), choices: None };
    let mut front: BTreeMap<Form, Vec<Partial>> = BTreeMap::from([(Vec::new(), vec![start])]);
    for (index, node) in network.nodes().iter().enumerate() {
        let step = Step { network, config, part, graphs, index, node };
        let read_later = |n: usize| {
            network.nodes()[index + 1..].iter().any(|later| later.inputs.contains(&Source::Node(n)))
        };
        let mut next: BTreeMap<Form, Vec<Partial>> = BTreeMap::new();
        let mut fault = None;
        for partials in front.into_values() {
            // All of these read the same streams.
            let read = step.flows(&partials[0]);
            let choices = match config.layers.get(&node.name) {
                Some(&pinned) => vec![Some(pinned)],
                None => {
                    let Flow { stream, plane, .. } = &read[0].flow;
                    options(network, index, stream, *plane, clocks, &limits)
                }
            };
            for build in choices {
                let (given, cells) = match step.build(&read, build) {
                    Ok(built) => built,
                    Err(error) => {
                        fault = Some(worse(fault, error));
                        continue;
                    }
                };
                for partial in &partials {
                    let mut flows = partial.flows.clone();
                    flows.insert(index, given.clone());
                    flows.retain(|&n, _| n == index || read_later(n));
                    let choices = match build {
                        Some(build) => {
                            Some(Rc::new(Choice { layer: index, build, before: partial.choices.clone() }))
                        }
                        None => partial.choices.clone(),
                    };
                    let partial = Partial { flows, cells: partial.cells.plus(cells), choices };
                    keep(next.entry(form(&partial)).or_default(), partial, part);
                }
            }
        }
        if next.is_empty() {
            return Err(fault.unwrap_or(Error::NoPlan));
        }
        front = next;
    }
    let mut all: Vec<Candidate> =
        front.into_values().flatten().map(|partial| candidate(network, config, partial)).collect();
    all.sort_by(|a, b| {
        a.cells.rank(part).total_cmp(&b.cells.rank(part)).then(a.cells.luts.cmp(&b.cells.luts))
    });
    Ok(all)
}

fn form(partial: &Partial) -> Form {
    let form = |(&n, Given { flow, in_front }): (&usize, &Given)| {
        (n, flow.stream.phases, flow.stream.lanes(), in_front.is_some())
    };
    partial.flows.iter().map(form).collect()
}

/// Adds a way unless another is as good, and drops those that are no better than it.
///
/// Of too many, all with more RAMs than the part has go first, but for the one with the fewest block RAMs; then those that cost least to do
/// without, as the next one takes hardly more LUTs.
fn keep(ways: &mut Vec<Partial>, new: Partial, part: &Part) {
    let beats =
        |a: &Cells, b: &Cells| a.luts <= b.luts && a.brams <= b.brams && a.large_brams <= b.large_brams;
    if ways.iter().any(|way| beats(&way.cells, &new.cells)) {
        return;
    }
    ways.retain(|way| !beats(&new.cells, &way.cells));
    ways.push(new);
    ways.sort_by_key(|way| (way.cells.luts, way.cells.brams));
    while ways.len() > KEPT {
        let count = ways.len();
        let fewest = (0..count).rev().min_by_key(|&n| ways[n].cells.brams);
        let is_spared = |n: &usize| Some(*n) == fewest;
        let too_many = |n: &usize| {
            let Cells { brams, large_brams, .. } = ways[*n].cells;
            !is_spared(n) && (brams > part.cells.brams || large_brams > part.cells.large_brams)
        };
        let cost = |n: &usize| ways[n + 1].cells.luts - ways[*n].cells.luts;
        let cheapest = (1..count - 1).filter(|n| !is_spared(n)).min_by_key(cost);
        let place = (0..count).find(too_many).or(cheapest);
        ways.remove(place.expect("there are several"));
    }
}

/// Of the reasons why nothing suits, the one that more clocks would mend, and of those the least clocks.
fn worse(one: Option<Error>, other: Error) -> Error {
    match (one, other) {
        (
            Some(Error::TooSlow { layer, clocks, .. }),
            Error::TooSlow { clocks: others, clocks_per_pixel, .. },
        ) => Error::TooSlow { layer, clocks: clocks.min(others), clocks_per_pixel },
        (Some(one @ Error::TooSlow { .. }), _) => one,
        (_, other) => other,
    }
}

fn candidate(network: &IntNetwork, config: &Config, partial: Partial) -> Candidate {
    let mut layers = config.layers.clone();
    let mut choice = partial.choices.as_deref();
    while let Some(Choice { layer, build, before }) = choice {
        layers.insert(network.nodes()[*layer].name.clone(), *build);
        choice = before.as_deref();
    }
    Candidate { layers, cells: partial.cells }
}

/// One layer.
struct Step<'a> {
    network: &'a IntNetwork,
    config: &'a Config,
    part: &'a Part,
    graphs: &'a Graphs,
    index: usize,
    node: &'a IntNode,
}

impl Step<'_> {
    /// What the layer reads.
    fn flows(&self, partial: &Partial) -> Vec<Given> {
        let given = |source: &Source| match *source {
            Source::Input => Given { flow: Flow::pixels(self.network, self.config), in_front: None },
            Source::Node(n) => partial.flows[&n].clone(),
        };
        self.node.inputs.iter().map(given).collect()
    }

    /// The layer built in one way: what leaves it, and its cells.
    fn build(&self, read: &[Given], build: Option<Build>) -> Result<(Given, Cells), Error> {
        let name = &self.node.name;
        let mut layers = self.config.layers.clone();
        for (source, given) in self.node.inputs.iter().zip(read) {
            if let (&Source::Node(n), Some(build)) = (source, given.in_front) {
                layers.insert(self.network.nodes()[n].name.clone(), build);
            }
        }
        layers.extend(build.map(|build| (name.clone(), build)));
        let config = Config { layers, ..self.config.clone() };
        // The stages before are not at hand; that pixels are no further apart than at the core's input is on the safe side.
        let flows: Vec<Flow> = read.iter().map(|given| given.flow.clone().alone()).collect();
        let mut chain = Chain::new(&config, self.graphs, flows[0].clone());
        chain.node(self.network, self.index, flows)?;
        if self.index + 1 == self.network.nodes().len() {
            chain.gather(name, "_gather");
        }
        let mut cells = Cells::default();
        for mut stage in std::mem::take(&mut chain.stages) {
            self.keeps_up(&mut stage)?;
            cells = cells.plus(stage_cells(&stage, self.part.family));
        }
        let in_front =
            build.filter(|build| matches!(build, Build::Style(Style::PoolFirst | Style::PoolFirstFolded)));
        Ok((Given { flow: chain.flow, in_front }, cells))
    }

    /// Whether a stage has done a frame's work in the time of a frame; its queue is guessed.
    fn keeps_up(&self, stage: &mut Stage) -> Result<(), Error> {
        let clocks_per_pixel = self.config.clocks_per_pixel;
        let [height, width] = self.config.frame;
        let (work, clocks) = (work_of_a_frame(stage), (height * width * clocks_per_pixel) as u64);
        if work > clocks {
            let layer = stage.layer.clone();
            let clocks = work.div_ceil((height * width) as u64);
            return Err(Error::TooSlow { layer, clocks, clocks_per_pixel });
        }
        // Along a line pixels come closer together than in the frame's mean.
        let pixels = (stage.plane.height * stage.plane.width).max(1) as f64;
        let apart = clocks_per_pixel as f64 * width as f64 / stage.plane.width.max(1) as f64;
        let takes = work as f64 / pixels;
        let words = match &stage.kind {
            StageKind::Narrow { words, .. } | StageKind::Pad { words, .. } => *words,
            StageKind::Pace { .. } => 1,
            StageKind::FoldedConv(conv) => conv.phases,
            StageKind::PooledConv(_) => 1,
            _ => return Ok(()),
        };
        let waiting = stage.plane.width as f64 * words as f64 * (1.0 - apart / takes.max(1e-9));
        stage.set_depth((waiting.max(0.0) as usize).max(words).max(2), &[]);
        Ok(())
    }
}
