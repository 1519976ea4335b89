//! How a stream is brought to the shape in which a stage takes it.

use super::Chain;
use crate::design::StageKind;
use crate::folded::Stream;
use crate::schedule::least_distance;
use crate::{Bus, Error};

impl Chain<'_> {
    /// Brings the stream to so many maps a beat.
    pub(super) fn narrow(&mut self, name: &str, lanes: usize) -> Result<(), Error> {
        let Stream { phases, .. } = self.flow.stream;
        let there = self.flow.stream.lanes();
        let fits = lanes > 0 && (there.is_multiple_of(lanes) || (phases == 1 && lanes < there));
        if !fits {
            return Err(Error::Lanes { layer: name.to_owned(), inputs: lanes, lanes: there });
        }
        self.narrow_as(name, "_narrow", lanes);
        Ok(())
    }

    /// Brings the stream to so many maps a beat, which must fit.
    pub(super) fn narrow_as(&mut self, name: &str, suffix: &str, lanes: usize) {
        let Stream { phases, maps, .. } = self.flow.stream;
        let there = self.flow.stream.lanes();
        if lanes == there {
            return;
        }
        let parts = there.div_ceil(lanes);
        let width = self.flow.stream.bus.widths().iter().copied().max().unwrap_or(1);
        let kind = StageKind::Narrow { parts, words: phases, depth: 0 };
        let stage =
            self.context(name).stage(suffix, self.flow.stream.bus.clone(), Bus::uniform(lanes, width), kind);
        self.push(stage, phases * parts, maps);
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

    /// From here on pixels come so many clocks apart at least, all maps in a beat.
    pub(super) fn pace(&mut self, name: &str, clocks: usize) {
        self.gather(name, "_gather");
        if least_distance(&self.stages, self.flow.feed, self.config.clocks_per_pixel) < clocks {
            let bus = self.flow.stream.bus.clone();
            let kind = StageKind::Pace { clocks, depth: 0 };
            let stage = self.context(name).stage("_pace", bus.clone(), bus, kind);
            let maps = self.flow.stream.maps;
            self.push(stage, 1, maps);
        }
    }
}
