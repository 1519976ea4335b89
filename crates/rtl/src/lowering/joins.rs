//! Where branches meet: sums of several nodes, and their maps side by side.

use lacuna_fixed_point::{Format, Interval};

use super::{Chain, Flow};
use crate::design::{Build, Feed, JoinFeed, Origin, Stage, StageKind};
use crate::folded::Stream;
use crate::unrolled::{Context, uniform};
use crate::{Bus, Error};

/// A node that reads several others.
pub(super) struct Branches<'a> {
    pub(super) name: &'a str,
    /// What it reads.
    pub(super) flows: Vec<Flow>,
    /// The formats of each branch's maps.
    pub(super) incoming: Vec<Vec<Format>>,
    pub(super) outgoing: &'a [Format],
    /// Per branch, how far it is shifted.
    pub(super) shifts: &'a [u32],
}

impl Chain<'_> {
    /// The sum of the branches, map by map.
    pub(super) fn add(&mut self, branches: Branches<'_>) -> Result<(), Error> {
        let Branches { name, incoming, outgoing, shifts, .. } = &branches;
        let lanes = match self.pin(name)? {
            Some(Build::Folded(lanes)) => Some(lanes.inputs),
            Some(_) => Some(outgoing.len()),
            None => None,
        };
        let flows = self.in_one_shape(name, branches.flows.clone(), lanes)?;
        let Stream { phases, .. } = flows[0].stream;
        let lanes = flows[0].stream.lanes();
        let widths = flows.iter().flat_map(|flow| flow.stream.bus.widths().to_vec()).collect();
        self.meet(name, "_join", &flows, &vec![0; flows.len()], Bus::new(widths))?;

        let matrix: Vec<Vec<i64>> = shifts
            .iter()
            .flat_map(|shift| (0..lanes).map(move |lane| (lane, 1_i64 << shift)))
            .map(|(lane, weight)| (0..lanes).map(|output| if output == lane { weight } else { 0 }).collect())
            .collect();
        // A lane carries map after map, phase after phase.
        let of_lane = |formats: &[Format], lane: usize| {
            let maps = (lane..formats.len()).step_by(lanes).map(|map| formats[map].interval);
            maps.reduce(|a, b| Interval { lo: a.lo.min(b.lo), hi: a.hi.max(b.hi) })
                .expect("every lane carries a map")
        };
        let intervals: Vec<Interval> =
            incoming.iter().flat_map(|formats| (0..lanes).map(move |lane| of_lane(formats, lane))).collect();
        let what = if phases == 1 { "map" } else { "lane" };
        let inputs = (0..incoming.len())
            .flat_map(|branch| (0..lanes).map(move |lane| format!("branch {branch}, {what} {lane}")))
            .collect();
        let output = Bus::uniform(lanes, uniform(outgoing).widths()[0]);
        let title = format!("the sum of {} branches", incoming.len());
        let bus = self.flow.stream.bus.clone();
        let graph = self.context(name).graph("", &matrix, &intervals, &bus, output, inputs, title)?;
        self.push(graph, phases, outgoing.len());
        Ok(())
    }

    /// The maps of the branches one behind the other, all maps of a pixel in one beat.
    pub(super) fn concat(&mut self, branches: Branches<'_>) -> Result<(), Error> {
        let Branches { name, flows, outgoing, shifts, .. } = branches;
        let flows: Vec<Flow> =
            flows.into_iter().enumerate().map(|(n, flow)| self.gathered(name, n, flow)).collect();
        self.meet(name, "", &flows, shifts, uniform(outgoing))?;
        match self.pin(name)? {
            Some(Build::Folded(lanes)) => self.narrow(name, lanes.inputs),
            _ => Ok(()),
        }
    }

    /// How a join is to be built: a few maps at a time or all, but nothing else.
    fn pin(&self, name: &str) -> Result<Option<Build>, Error> {
        let pin = self.config.layers.get(name).copied();
        match pin {
            Some(Build::Serial(_)) => Err(Error::NoSerial(name.to_owned())),
            Some(Build::Folded(lanes)) if lanes.weights == Origin::Streamed => {
                Err(Error::NotStreamed(name.to_owned()))
            }
            _ => Ok(pin),
        }
    }

    /// The stage that takes a beat of each branch at a time, shifted to the left and brought to the width of its place.
    fn meet(
        &mut self,
        name: &str,
        suffix: &str,
        flows: &[Flow],
        shifts: &[u32],
        output: Bus,
    ) -> Result<(), Error> {
        let plane = flows[0].plane;
        if let Some(other) = flows.iter().find(|flow| flow.plane != plane) {
            return Err(Error::Branches {
                layer: name.to_owned(),
                first: [plane.height, plane.width],
                other: [other.plane.height, other.plane.width],
            });
        }
        let feeds = flows.iter().zip(shifts).map(|(flow, &shift)| JoinFeed {
            bus: flow.stream.bus.clone(),
            shift,
            is_early: is_early(&self.stages, flow.feed),
            depth: 0,
        });
        let words = flows[0].stream.phases;
        let kind = StageKind::Join { feeds: feeds.collect(), words };
        let widths = flows.iter().flat_map(|flow| flow.stream.bus.widths().to_vec()).collect();
        let context = Context { plane, ..self.context(name) };
        let stage = context.stage(suffix, Bus::new(widths), output, kind);
        let maps = stage.output.widths().len();
        let stream = Stream { bus: stage.output.clone(), phases: words, maps };
        self.stages.push(Stage { feeds: flows.iter().map(|flow| flow.feed).collect(), ..stage });
        self.flow = Flow { feed: crate::Feed::Stage(self.stages.len() - 1), plane, stream };
        Ok(())
    }

    /// Brings branches of equally many maps to the same number of maps a beat: `lanes`, or else the fewest that one has.
    fn in_one_shape(
        &mut self,
        name: &str,
        flows: Vec<Flow>,
        lanes: Option<usize>,
    ) -> Result<Vec<Flow>, Error> {
        let maps = flows[0].stream.maps;
        let fewest = flows.iter().map(|flow| flow.stream.lanes()).min().expect("a join reads something");
        let lanes = lanes.unwrap_or(fewest);
        if lanes == 0 || lanes > maps {
            return Err(Error::Lanes { layer: name.to_owned(), inputs: lanes, lanes: maps });
        }
        let bring = |(n, flow): (usize, Flow)| {
            let Stream { phases, .. } = flow.stream;
            let there = flow.stream.lanes();
            if there == lanes && phases == maps.div_ceil(lanes) {
                return flow;
            }
            let divides = there.is_multiple_of(lanes) && phases * (there / lanes) == maps.div_ceil(lanes);
            self.flow = if divides { flow } else { self.gathered(name, n, flow) };
            self.narrow_as(name, &format!("_narrow{n}"), lanes);
            self.flow.clone()
        };
        Ok(flows.into_iter().enumerate().map(bring).collect())
    }

    /// Branch `n` with all maps of a pixel in one beat.
    fn gathered(&mut self, name: &str, n: usize, flow: Flow) -> Flow {
        self.flow = flow;
        self.gather(name, &format!("_gather{n}"));
        self.flow.clone()
    }
}

/// Whether a flow has passed no register and no queue.
fn is_early(stages: &[Stage], feed: Feed) -> bool {
    match feed {
        Feed::Pixels => true,
        Feed::Stage(n) => {
            let stage = &stages[n];
            stage.latency() == 0
                && !stage.has_queue()
                && stage.feeds.iter().any(|&feed| is_early(stages, feed))
        }
    }
}
