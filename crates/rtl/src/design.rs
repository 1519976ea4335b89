//! What hardware is made of: a graph of stages.

use lacuna_fixed_point::Format;
use serde::Serialize;

pub use crate::config::{Build, Config, Digits, Lanes, Origin, Style};
pub(crate) use crate::config::{MAX_ADDERS, MAX_PIXELS, frame, optional_adders, optional_clocks};
use crate::schedule::{Gaps, Schedule};
pub use crate::stage::{JoinFeed, Stage, StageKind};

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
