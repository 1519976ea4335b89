//! Where branches meet: how many words of each wait for the others at most.
//!
//! A stage that joins branches takes a word of each at a time, so it is not true of what leaves it that no two beats are closer
//! than under the densest input: a branch with a backlog makes up for a delay that the other still has. What holds for every
//! stage is this. All times are sums and maxima of those of the pixels, so where pixels come late, and each at least as late
//! as those before it, nothing is later than under the densest input by more than the pixel that brings it about. And nothing
//! comes sooner after that pixel than through empty queues: [`Beats::lag`]. So of two words of a queue, the first is gone when the
//! second comes if the pixel that lets it go is no later than the one that brings the second, and under the densest input its
//! last time lies before the second's soonest. All others are counted, here and in every queue behind a meeting.
//!
//! A frame that is cut short may leave words that wait for a branch that never came. By [`Schedule::settle`](super::Schedule::settle)
//! all that comes has come, so the start of the next frame clears these queues, and only then: between whole frames
//! nothing is left over, as all branches have the same number of beats.

use super::{Beats, QUEUE};
use crate::{Stage, StageKind};

/// What a stage that joins branches makes of their beats.
pub(super) struct Meeting {
    pub(super) beats: Beats,
    /// Per branch, the most words that wait.
    pub(super) waiting: Vec<usize>,
    /// The last clock that each word needs, and the pixel that brings it about.
    pub(super) done: Vec<(u64, u64)>,
}

/// Takes a word of every branch at a time; `pixel` is when a pixel is taken.
pub(super) fn meet(stage: &Stage, branches: &[&Beats], pixel: impl Fn(u64) -> u64) -> Meeting {
    let words = branches.iter().map(|branch| branch.times.len()).min().unwrap_or(0);
    assert!(
        branches.iter().all(|branch| branch.times.len() == words),
        "branches have the same number of beats"
    );
    // Pixels go through a register in front of their queue.
    let StageKind::Join { feeds, .. } = &stage.kind else { unreachable!("branches meet in a join") };
    let delays: Vec<u64> = feeds.iter().map(|feed| QUEUE + u64::from(feed.is_early)).collect();
    let mut taken = Vec::with_capacity(words);
    let mut causes = Vec::with_capacity(words);
    let mut free = 0;
    for n in 0..words {
        let ready =
            branches.iter().zip(&delays).map(|(branch, delay)| branch.times[n] + delay).max().unwrap_or(0);
        taken.push(free.max(ready));
        free = taken[n] + 1;
        causes.push(branches.iter().map(|branch| branch.causes[n]).max().unwrap_or(0));
    }
    let waiting = branches.iter().map(|branch| longest_wait(branch, &taken, &causes, &pixel)).collect();
    let mut done: Vec<(u64, u64)> = taken.iter().copied().zip(causes.iter().copied()).collect();
    for (branch, delay) in branches.iter().zip(&delays) {
        done.extend(branch.times.iter().map(|time| time + delay).zip(branch.causes.iter().copied()));
    }
    let latency = u64::from(stage.latency());
    // The branch that is last by cause tells how soon a word can leave; where that changes, any may.
    let always_last = branches.iter().filter(|branch| branch.causes == causes).map(|branch| branch.lag).max();
    let lag =
        always_last.or_else(|| branches.iter().map(|branch| branch.lag).min()).unwrap_or(0) + QUEUE + latency;
    let times = taken.iter().map(|time| time + latency).collect();
    Meeting { beats: Beats { times, causes, lag, is_even: false }, waiting, done }
}

/// The most words of a queue that wait at the same time, if word `n` leaves by `taken[n]`, let go by pixel `causes[n]`.
pub(super) fn longest_wait(came: &Beats, taken: &[u64], causes: &[u64], pixel: impl Fn(u64) -> u64) -> usize {
    let waiting = |n: usize| {
        let soonest = pixel(came.causes[n]) + came.lag;
        let mut gone = (0, n);
        // Both `taken` and `causes` ascend, so those that are gone come first.
        while gone.0 < gone.1 {
            let middle = (gone.0 + gone.1) / 2;
            if causes[middle] <= came.causes[n] && taken[middle] < soonest {
                gone.0 = middle + 1;
            } else {
                gone.1 = middle;
            }
        }
        n + 1 - gone.0
    };
    (0..came.times.len()).map(waiting).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beats(causes: &[u64], lag: u64) -> Beats {
        let times = causes.iter().map(|cause| cause + lag).collect();
        Beats { times, causes: causes.to_vec(), lag, is_even: true }
    }

    #[test]
    fn a_word_waits_for_the_pixel_that_lets_it_go() {
        // The other branch's words come with a pixel three later, and leave three clocks behind it.
        let came = beats(&[0, 1, 2, 3, 4, 5, 6, 7], 1);
        let causes = came.causes.iter().map(|cause| cause + 3).collect::<Vec<_>>();
        let taken = causes.iter().map(|cause| cause + 3).collect::<Vec<_>>();
        assert_eq!(longest_wait(&came, &taken, &causes, |n| n), 6);
        // That pixel may take as long as it likes: however soon a word leaves behind it, three are there.
        assert_eq!(longest_wait(&came, &causes, &causes, |n| 100 * n), 3);
        let came = beats(&[0, 1, 2, 3, 4, 5], 1);
        // What is let go by pixels no later than the one that comes is gone by its time.
        assert_eq!(longest_wait(&came, &[3, 4, 5, 6, 7, 8], &came.causes, |n| n), 3);
        assert_eq!(longest_wait(&came, &[21, 31, 41, 51, 61, 71], &came.causes, |n| 10 * n), 3);
    }
}
