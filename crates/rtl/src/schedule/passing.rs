//! A stage as a server that works its beats off in order.

use lacuna_network::Padding;

use super::{Beats, QUEUE};
use crate::{Plane, SerialWindow, Stage, StageKind};

/// What a stage makes of its beats.
pub(super) struct Run {
    pub(super) times: Vec<u64>,
    pub(super) causes: Vec<u64>,
    /// The last clock in which a stage with a queue works on each beat that came.
    pub(super) done: Vec<u64>,
    pub(super) waiting: usize,
}

/// The beats that leave a stage, and when, if these come and no other stage is in the way.
pub(super) fn pass(stage: &Stage, beats: &Beats) -> Run {
    let latency = u64::from(stage.latency());
    let Plane { height, width } = stage.plane;
    let through = |keep: &dyn Fn(usize) -> bool| {
        let kept: Vec<usize> = (0..beats.times.len()).filter(|&n| keep(n)).collect();
        let times = kept.iter().map(|&n| beats.times[n] + latency).collect();
        let causes = kept.iter().map(|&n| beats.causes[n]).collect();
        Run { times, causes, done: beats.times.clone(), waiting: 0 }
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
        StageKind::Window { rows, columns, .. }
        | StageKind::SerialWindow(SerialWindow { rows, columns, .. }) => {
            through(&|n| inside(n, *rows, *columns))
        }
        StageKind::SumPool { size } => through(&|n| completes(n, *size)),
        StageKind::FoldedSumPool { size, phases } | StageKind::MaxPool { size, phases } => {
            through(&|n| completes(n / phases, *size))
        }
        StageKind::Thin { stride: [down, across], words } => through(&|n| {
            let place = n / words % (height * width);
            (place / width).is_multiple_of(*down) && (place % width).is_multiple_of(*across)
        }),
        StageKind::FoldedDepthwise(layer) => {
            through(&|n| inside(n / layer.phases, layer.rows, layer.columns))
        }
        StageKind::RunningSum => through(&|n| inside(n, 2, 2)),
        StageKind::Gather { phases, .. } => through(&|n| (n + 1).is_multiple_of(*phases)),
        StageKind::Join { .. } => unreachable!("a join reads several stages"),
        StageKind::Graph { .. }
        | StageKind::SerialGraph { .. }
        | StageKind::Maximum { .. }
        | StageKind::Requantize { .. }
        | StageKind::Curve { .. }
        | StageKind::Table { .. }
        | StageKind::FoldedRescale(_) => through(&|_| true),
        StageKind::Pad { padding, words, .. } => pad(beats, [height, width], *padding, *words),
        StageKind::Pace { clocks, .. } => {
            let mut free = 0;
            let mut times = Vec::new();
            for &time in &beats.times {
                let begin = free.max(time + QUEUE);
                free = begin + *clocks as u64;
                times.push(begin);
            }
            let waiting = longest_queue(&beats.times, &times);
            Run { waiting, done: times.clone(), times, causes: beats.causes.clone() }
        }
        StageKind::Narrow { parts, .. } => {
            let parts = *parts as u64;
            let mut free = 0;
            let (mut times, mut causes) = (Vec::new(), Vec::new());
            let mut taken = Vec::new();
            for (&time, &cause) in beats.times.iter().zip(&beats.causes) {
                let begin = free.max(time + QUEUE);
                free = begin + parts;
                taken.push(free - 1);
                times.extend(begin + 1..=free);
                causes.extend((0..parts).map(|_| cause));
            }
            Run { waiting: longest_queue(&beats.times, &taken), times, causes, done: taken }
        }
        StageKind::PooledConv(conv) => {
            let mut free = 0;
            let (mut times, mut causes) = (Vec::new(), Vec::new());
            let (mut taken, mut done) = (Vec::new(), Vec::new());
            for (n, (&time, &cause)) in beats.times.iter().zip(&beats.causes).enumerate() {
                // From the queue into a register first.
                let now = free.max(time + QUEUE + 1);
                taken.push(now);
                let place = n % (height * width);
                free = now + 1;
                if conv.completes(place / width, place % width) {
                    free = now + conv.steps() as u64;
                    times.extend((0..conv.beats() as u64).map(|beat| now + latency + beat));
                    causes.extend((0..conv.beats()).map(|_| cause));
                }
                done.push(free - 1);
            }
            Run { waiting: longest_queue(&beats.times, &taken), times, causes, done }
        }
        StageKind::FoldedConv(conv) => {
            let mut free = 0;
            let (mut times, mut causes) = (Vec::new(), Vec::new());
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
                    times.push(now + step + latency);
                    causes.push(cause);
                }
                free = now + (conv.steps() as u64 - before);
                done.push(free - 1);
            }
            Run { waiting: longest_queue(&beats.times, &taken), times, causes, done }
        }
    }
}

/// An edge before and behind what comes: a beat a clock, as soon as the word whose turn it is has come.
fn pad(beats: &Beats, [height, width]: [usize; 2], padding: Padding, words: usize) -> Run {
    let mut free = 0;
    let (mut times, mut causes) = (Vec::new(), Vec::new());
    let (mut taken, mut done) = (Vec::new(), Vec::new());
    let line = (padding.left + width + padding.right) * words;
    for (n, (&time, &cause)) in beats.times.iter().zip(&beats.causes).enumerate() {
        let (word, pixel) = (n % words, n / words % (height * width));
        // What of the edge comes right before this word, and is due once the word is there; and what comes right behind.
        let opens = pixel == 0 && word == 0;
        let before = if opens { padding.top * line + padding.left * words } else { 0 };
        let (line_ends, frame_ends) = (pixel % width + 1 == width, pixel + 1 == height * width);
        let behind = match (word + 1 == words && line_ends, frame_ends) {
            (false, _) => 0,
            (true, false) => (padding.right + padding.left) * words,
            (true, true) => padding.right * words + padding.bottom * line,
        };
        let now = free.max(time + QUEUE) + before as u64;
        taken.push(now);
        free = now + 1 + behind as u64;
        done.push(free - 1);
        times.extend(now - before as u64 + 1..=free);
        causes.extend((0..before + 1 + behind).map(|_| cause));
    }
    Run { waiting: longest_queue(&beats.times, &taken), times, causes, done }
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
