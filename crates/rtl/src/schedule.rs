//! When which beat is where, in clocks of the core's enable, for frames that follow each other as closely as may be.
//!
//! A core with folded layers takes a pixel every [`Config::clocks_per_pixel`](crate::Config::clocks_per_pixel) clocks at the
//! most, and one that adds edges to its frames takes none for some clocks behind each line and frame ([`Gaps`]). Every stage is a server that works beats off in order. If no two beats that come are closer than under the densest input,
//! then their delay against it never shrinks from one to the next, so a beat meets no more beats that still wait, and no two
//! that leave are closer either: stage by stage no queue is longer than under the densest input. That input is gone through
//! here, beat by beat (where branches meet, [`meeting`] says what holds instead), for so many frames that every queue has met a steady stream for a whole one; the longest queues are
//! the depths that the hardware gets. A frame that is cut short is followed by the next only after [`Schedule::settle`] clocks,
//! when nothing of it is left in any queue, which is where the count begins.

mod meeting;
mod passing;

use crate::{Design, Error, Feed, Plane, Stage, StageKind};

use meeting::{Meeting, longest_wait, meet};
use passing::pass;

/// Clocks from a word's arrival at a queue to the first in which it can leave.
const QUEUE: u64 = 2;

/// Beats of a stream that are gone through at most: some 500 MB.
const MAX_BEATS: usize = 1 << 25;

/// Clocks in which a core takes no pixel, since edges are added to lines and frames meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Behind each line.
    pub line: usize,
    /// Behind each frame, and its last line's gap.
    pub frame: usize,
}

/// The gaps that stages need which give more beats than they take.
///
/// A stage whose plane has fewer lines than the frame has the time of several of the frame's lines for each. What that
/// leaves, such as the lines above and below, must fit behind the frame.
pub(crate) fn gaps(design: &Design) -> Gaps {
    let Plane { height, width } = design.frame;
    let mut gaps = Gaps::default();
    let mut most = 0;
    for stage in &design.stages {
        let StageKind::Pad { padding, words, .. } = &stage.kind else { continue };
        let lines = (height / stage.plane.height).max(1);
        let line = (stage.plane.width + padding.left + padding.right) * words;
        gaps.line = gaps.line.max(line.div_ceil(lines).saturating_sub(width * design.clocks_per_pixel));
        most = most.max(work_of_a_frame(stage) as usize);
    }
    gaps.frame = most.saturating_sub(height * (width * design.clocks_per_pixel + gaps.line));
    gaps
}

/// What the hardware's stages need to know about time.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Per stage, the most words that wait in its queue; of several queues, in the longest.
    pub waiting: Vec<usize>,
    /// Per stage that joins branches, the most words of each branch that wait; empty for others.
    pub branches: Vec<Vec<usize>>,
    /// Clocks after a pixel until all it has brought about has left the last queue.
    pub settle: usize,
    /// Clocks from the first pixel of a frame to its last result.
    pub frame: usize,
    /// Per stage, the share of all clocks in which its units work, in per cent.
    pub busy: Vec<f64>,
}

/// Beats of a stream: when they come, and the pixel of the input that brings each about.
struct Beats {
    times: Vec<u64>,
    causes: Vec<u64>,
    /// Clocks from a pixel to a beat that it brings about, at least: through queues that are empty.
    lag: u64,
    /// Whether no two beats ever come closer than these, as is so where no branches have met.
    is_even: bool,
}

/// Goes through the densest input.
///
/// # Errors
/// A folded stage has more to do in a frame than the frame has clocks.
pub(crate) fn schedule(design: &Design) -> Result<Schedule, Error> {
    let pixels = design.frame.height * design.frame.width;
    // A queue is as long in every frame as in the first that meets a steady stream, and every queue makes a stream steady.
    let frames = 2 + design.stages.iter().filter(|stage| stage.has_queue()).count();
    let frame_clocks = design.frame_clocks() as u64;
    let line_clocks = (design.frame.width * design.clocks_per_pixel + design.gaps.line) as u64;
    // When a pixel is taken; frame_sync is a register rank.
    let taken = |n: u64| {
        let (frame, place) = (n / pixels as u64, n % pixels as u64);
        let (row, column) = (place / design.frame.width as u64, place % design.frame.width as u64);
        frame * frame_clocks + row * line_clocks + column * design.clocks_per_pixel as u64
    };
    for stage in &design.stages {
        let Plane { height, width } = stage.plane;
        let beats = frames.saturating_mul(height * width).saturating_mul(stage.beats());
        if beats > MAX_BEATS {
            return Err(Error::TooManyBeats { layer: stage.layer.clone(), most: MAX_BEATS });
        }
    }
    let pixels_in = Beats {
        times: (0..(frames * pixels) as u64).map(|n| taken(n) + 1).collect(),
        causes: (0..(frames * pixels) as u64).collect(),
        lag: 1,
        is_even: true,
    };
    let mut branches = Vec::new();
    let mut waiting = Vec::new();
    let mut busy = Vec::new();
    let mut settle = 0;
    // What leaves each stage, as long as another reads it.
    let mut given: Vec<Beats> = Vec::new();
    for (place, stage) in design.stages.iter().enumerate() {
        let work = work_of_a_frame(stage);
        if let (StageKind::Pace { clocks, .. }, true) = (&stage.kind, work > frame_clocks) {
            let Plane { height, width } = stage.plane;
            let there_are = (frame_clocks / (height * width) as u64) as usize;
            return Err(Error::SerialTooSlow { layer: stage.layer.clone(), serial: *clocks, there_are });
        }
        if work > frame_clocks {
            return Err(Error::TooSlow {
                layer: stage.layer.clone(),
                clocks: work.div_ceil(pixels as u64),
                clocks_per_pixel: design.clocks_per_pixel,
            });
        }
        busy.push(work as f64 / frame_clocks as f64 * 100.0);
        let read = |feed: &Feed| match *feed {
            Feed::Pixels => &pixels_in,
            Feed::Stage(n) => &given[n],
        };
        let feeds: Vec<&Beats> = stage.feeds.iter().map(read).collect();
        let Meeting { beats, waiting: words, done } = match feeds[..] {
            [beats] => alone(stage, beats, taken),
            _ => meet(stage, &feeds, taken),
        };
        for (time, cause) in done {
            settle = settle.max((time + 1).saturating_sub(taken(cause)));
        }
        waiting.push(words.iter().copied().max().unwrap_or(0));
        branches.push(if feeds.len() > 1 { words } else { Vec::new() });
        given.push(beats);
        let read_later =
            |n: usize| design.stages[place + 1..].iter().any(|s| s.feeds.contains(&Feed::Stage(n)));
        for (n, beats) in given[..place].iter_mut().enumerate() {
            if !read_later(n) {
                *beats = Beats { times: Vec::new(), causes: Vec::new(), ..*beats };
            }
        }
    }
    let beats = given.last().unwrap_or(&pixels_in);
    let last = beats.times.iter().zip(&beats.causes).filter(|&(_, &cause)| cause < pixels as u64);
    let frame = last.map(|(&time, _)| time).max().unwrap_or(0) as usize + 2;
    Ok(Schedule { waiting, branches, settle: settle as usize, frame, busy })
}

/// What a stage that reads one other makes of its beats.
fn alone(stage: &Stage, beats: &Beats, pixel: impl Fn(u64) -> u64) -> Meeting {
    let run = pass(stage, beats);
    let waiting = if beats.is_even || !stage.has_queue() {
        run.waiting
    } else {
        longest_wait(beats, &run.done, &beats.causes, pixel)
    };
    let lag = beats.lag + least_delay(stage);
    let done = run.done.into_iter().zip(beats.causes.iter().copied()).collect();
    let beats = Beats { times: run.times, causes: run.causes, lag, is_even: beats.is_even };
    Meeting { beats, waiting: vec![waiting], done }
}

/// Clocks from a beat to what it brings about, at least.
fn least_delay(stage: &Stage) -> u64 {
    let queue = if stage.has_queue() { QUEUE } else { 0 };
    queue + u64::from(stage.latency())
}

/// Clocks between two beats of a flow, at least; 1 where nothing more is known.
pub(crate) fn least_distance(stages: &[Stage], feed: Feed, clocks_per_pixel: usize) -> usize {
    let mut distances: Vec<usize> = Vec::new();
    let distance = |distances: &[usize], feed: Feed| match feed {
        Feed::Pixels => clocks_per_pixel,
        Feed::Stage(n) => distances[n],
    };
    for stage in stages {
        let before = stage.feeds.iter().map(|&feed| distance(&distances, feed)).min().unwrap_or(1);
        distances.push(match &stage.kind {
            StageKind::SumPool { size } => before.saturating_mul(*size),
            StageKind::Pace { clocks, .. } => before.max(*clocks),
            StageKind::Window { .. }
            | StageKind::SerialWindow(_)
            | StageKind::Graph { .. }
            | StageKind::SerialGraph { .. }
            | StageKind::Requantize { .. }
            | StageKind::Curve { .. } => before,
            _ => 1,
        });
    }
    distance(&distances, feed)
}

/// Clocks in which the units of a stage work, in a frame.
pub(crate) fn work_of_a_frame(stage: &Stage) -> u64 {
    let Plane { height, width } = stage.plane;
    match &stage.kind {
        StageKind::FoldedConv(conv) => {
            let windows = (height + 1 - conv.rows) * (width + 1 - conv.columns);
            ((height * width - windows) * conv.phases + windows * conv.steps()) as u64
        }
        StageKind::PooledConv(conv) => {
            let count = |length: usize, at: &dyn Fn(usize) -> bool| (0..length).filter(|&n| at(n)).count();
            let rows = count(height, &|row| conv.completes(row, conv.columns - 1));
            let columns = count(width, &|column| conv.completes(conv.rows - 1, column));
            (height * width + rows * columns * (conv.steps() - 1)) as u64
        }
        StageKind::FoldedDepthwise(layer) => (height * width * layer.phases) as u64,
        StageKind::Narrow { parts, words, .. } => (height * width * words * parts) as u64,
        StageKind::Join { words, .. } => (height * width * words) as u64,
        StageKind::Pad { padding, words, .. } => {
            let lines = height + padding.top + padding.bottom;
            (lines * (width + padding.left + padding.right) * words) as u64
        }
        StageKind::Pace { clocks, .. } => (height * width * clocks) as u64,
        _ => 0,
    }
}
