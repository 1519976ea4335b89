//! When which beat is where, in clocks of the core's enable, for frames that follow each other as closely as may be.
//!
//! A core with folded layers takes a pixel every [`Config::clocks_per_pixel`](crate::Config::clocks_per_pixel) clocks at the
//! most. Every stage is a server that works beats off in order. If no two beats that come are closer than under the densest input,
//! then their delay against it never shrinks from one to the next, so a beat meets no more beats that still wait, and no two
//! that leave are closer either: stage by stage no queue is longer than under the densest input. That input is gone through
//! here, beat by beat, for so many frames that every queue has met a steady stream for a whole one; the longest queues are
//! the depths that the hardware gets. A frame that is cut short is followed by the next only after [`Schedule::settle`] clocks,
//! when nothing of it is left in any queue, which is where the count begins.

use crate::{Design, Error, Feed, Plane, Stage, StageKind};

/// Clocks from a word's arrival at a queue to the first in which it can leave.
const QUEUE: u64 = 2;

/// Beats of a stream that are gone through at most: some 500 MB.
const MAX_BEATS: usize = 1 << 25;

/// What the hardware's stages need to know about time.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Per stage, the most words that wait in its queue.
    pub waiting: Vec<usize>,
    /// Clocks after a pixel until all it has brought about has left the last queue.
    pub settle: usize,
    /// Clocks from the first pixel of a frame to its last result.
    pub frame: usize,
    /// Per stage, the share of all clocks in which its units work, in per cent.
    pub busy: Vec<f64>,
}

/// Beats of a stream: when they come, and the pixel of the input that brings each about.
#[derive(Default)]
struct Beats {
    times: Vec<u64>,
    causes: Vec<u64>,
}

/// Goes through the densest input.
///
/// # Errors
/// A folded stage has more to do in a frame than the frame has clocks.
pub(crate) fn schedule(design: &Design, clocks_per_pixel: usize) -> Result<Schedule, Error> {
    let pixels = design.frame.height * design.frame.width;
    // A queue is as long in every frame as in the first that meets a steady stream, and every queue makes a stream steady.
    let frames = 2 + design.stages.iter().filter(|stage| stage.has_queue()).count();
    let clocks = clocks_per_pixel as u64;
    for stage in &design.stages {
        let Plane { height, width } = stage.plane;
        let beats = frames.saturating_mul(height * width).saturating_mul(stage.beats());
        if beats > MAX_BEATS {
            return Err(Error::TooManyBeats { layer: stage.layer.clone(), most: MAX_BEATS });
        }
    }
    let pixels_in = Beats {
        // frame_sync is a register rank.
        times: (0..(frames * pixels) as u64).map(|n| n * clocks + 1).collect(),
        causes: (0..(frames * pixels) as u64).collect(),
    };
    let mut waiting = Vec::new();
    let mut busy = Vec::new();
    let mut settle = 0;
    let frame_clocks = pixels as u64 * clocks;
    // What leaves each stage, as long as another reads it.
    let mut given: Vec<Beats> = Vec::new();
    for (place, stage) in design.stages.iter().enumerate() {
        let work = work_of_a_frame(stage);
        if work > frame_clocks {
            return Err(Error::TooSlow {
                layer: stage.layer.clone(),
                clocks: work.div_ceil(pixels as u64),
                clocks_per_pixel,
            });
        }
        busy.push(work as f64 / frame_clocks as f64 * 100.0);
        let [feed] = stage.feeds[..] else { panic!("a stage continues one flow") };
        let beats = match feed {
            Feed::Pixels => &pixels_in,
            Feed::Stage(n) => &given[n],
        };
        let run = pass(stage, beats);
        waiting.push(run.waiting);
        for (time, cause) in run.done.iter().zip(&beats.causes) {
            settle = settle.max((time + 1).saturating_sub(cause * clocks));
        }
        given.push(run.beats);
        let read_later =
            |n: usize| design.stages[place + 1..].iter().any(|s| s.feeds.contains(&Feed::Stage(n)));
        for (n, beats) in given[..place].iter_mut().enumerate() {
            if !read_later(n) {
                *beats = Beats::default();
            }
        }
    }
    let beats = given.last().unwrap_or(&pixels_in);
    let last = beats.times.iter().zip(&beats.causes).filter(|&(_, &cause)| cause < pixels as u64);
    let frame = last.map(|(&time, _)| time).max().unwrap_or(0) as usize + 2;
    Ok(Schedule { waiting, settle: settle as usize, frame, busy })
}

/// What a stage makes of its beats.
struct Run {
    beats: Beats,
    /// The last clock in which a stage with a queue works on each beat that came.
    done: Vec<u64>,
    waiting: usize,
}

/// Clocks in which the units of a stage work, in a frame.
pub(crate) fn work_of_a_frame(stage: &Stage) -> u64 {
    let Plane { height, width } = stage.plane;
    match &stage.kind {
        StageKind::FoldedConv(conv) => {
            let windows = (height + 1 - conv.rows) * (width + 1 - conv.columns);
            ((height * width - windows) * conv.phases + windows * conv.steps()) as u64
        }
        StageKind::FoldedDepthwise(layer) => (height * width * layer.phases) as u64,
        StageKind::Narrow { parts, words, .. } => (height * width * words * parts) as u64,
        _ => 0,
    }
}

fn pass(stage: &Stage, beats: &Beats) -> Run {
    let latency = u64::from(stage.latency());
    let Plane { height, width } = stage.plane;
    let through = |keep: &dyn Fn(usize) -> bool| {
        let kept: Vec<usize> = (0..beats.times.len()).filter(|&n| keep(n)).collect();
        let times = kept.iter().map(|&n| beats.times[n] + latency).collect();
        let causes = kept.iter().map(|&n| beats.causes[n]).collect();
        Run { beats: Beats { times, causes }, done: beats.times.clone(), waiting: 0 }
    };
    let inside = |pixel: usize, rows: usize, columns: usize| {
        let place = pixel % (height * width);
        place / width + 1 >= rows && place % width + 1 >= columns
    };
    let completes = |pixel: usize, size: usize| {
        let (row, column) = (pixel % (height * width) / width, pixel % width);
        (row + 1).is_multiple_of(size) && (column + 1).is_multiple_of(size)
    };
    match &stage.kind {
        StageKind::Window { rows, columns, .. } => through(&|n| inside(n, *rows, *columns)),
        StageKind::SumPool { size } => through(&|n| completes(n, *size)),
        StageKind::FoldedSumPool { size, phases } => through(&|n| completes(n / phases, *size)),
        StageKind::FoldedDepthwise(layer) => {
            through(&|n| inside(n / layer.phases, layer.rows, layer.columns))
        }
        StageKind::Gather { phases, .. } => through(&|n| (n + 1).is_multiple_of(*phases)),
        StageKind::Graph { .. }
        | StageKind::Requantize { .. }
        | StageKind::Curve { .. }
        | StageKind::FoldedRescale(_) => through(&|_| true),
        StageKind::Narrow { parts, .. } => {
            let parts = *parts as u64;
            let mut free = 0;
            let mut out = Beats { times: Vec::new(), causes: Vec::new() };
            let mut taken = Vec::new();
            for (&time, &cause) in beats.times.iter().zip(&beats.causes) {
                let begin = free.max(time + QUEUE);
                free = begin + parts;
                taken.push(free - 1);
                out.times.extend(begin + 1..=free);
                out.causes.extend((0..parts).map(|_| cause));
            }
            Run { waiting: longest_queue(&beats.times, &taken), beats: out, done: taken }
        }
        StageKind::FoldedConv(conv) => {
            let mut free = 0;
            let mut out = Beats { times: Vec::new(), causes: Vec::new() };
            let mut taken = Vec::new();
            let mut done = Vec::new();
            for (n, (&time, &cause)) in beats.times.iter().zip(&beats.causes).enumerate() {
                let now = free.max(time + QUEUE);
                taken.push(now);
                free = now + 1;
                let (pixel, phase) = (n / conv.phases, n % conv.phases);
                if phase + 1 < conv.phases || !inside(pixel, conv.rows, conv.columns) {
                    done.push(now);
                    continue;
                }
                // The steps behind the last word, one a clock.
                let before = conv.phases as u64 - 1;
                for group in 1..=conv.groups as u64 {
                    let step = group * conv.steps_per_group() as u64 - 1 - before;
                    out.times.push(now + step + latency);
                    out.causes.push(cause);
                }
                free = now + (conv.steps() as u64 - before);
                done.push(free - 1);
            }
            Run { waiting: longest_queue(&beats.times, &taken), beats: out, done }
        }
    }
}

/// The most words that have come and are not taken at the same time.
fn longest_queue(came: &[u64], taken: &[u64]) -> usize {
    let mut gone = 0;
    let mut most = 0;
    for (n, &time) in came.iter().enumerate() {
        while taken[gone] < time {
            gone += 1;
        }
        most = most.max(n + 1 - gone);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::longest_queue;

    #[test]
    fn a_queue_is_as_long_as_what_has_come_and_not_left() {
        assert_eq!(longest_queue(&[0, 10, 20], &[2, 12, 22]), 1);
        assert_eq!(longest_queue(&[0, 1, 2, 3], &[2, 4, 6, 8]), 3);
        assert_eq!(longest_queue(&[0, 1, 2, 3], &[10, 11, 12, 13]), 4);
    }
}
