//! When the first digit of each stream comes, and what has to be kept so that operands meet.

use std::collections::BTreeMap;

use super::operands;
use super::sums::{Ending, Source, Sum};

/// Rounds of moving sums to better clocks.
const ROUNDS: usize = 20;

/// The clock of each stream's first digit; a beat is announced in clock 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timing {
    /// By node: inputs, then sums.
    pub(super) first: Vec<u32>,
    /// In which clock the outputs are read.
    pub(super) outputs: u32,
}

/// For each node the waits at which it is read: clocks since its digit came, and the largest shift there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taps {
    pub(super) of: Vec<BTreeMap<u32, u32>>,
}

impl Timing {
    /// So many adders stand in a row within a clock. Starting from the earliest and from the latest places, one sum after another goes to
    /// where the least has to be kept; the better result is taken.
    pub(super) fn new(
        inputs: usize,
        sums: &[Sum],
        endings: &[Ending],
        digit: u32,
        adders_in_a_row: u32,
    ) -> Self {
        let mut plan = Plan::earliest(inputs, sums, endings, digit, adders_in_a_row);
        let mut late = plan.clone();
        for node in (inputs..inputs + sums.len()).rev() {
            late.slots[node] = late.window(node).1;
        }
        plan.settle();
        late.settle();
        let best = if late.bits() < plan.bits() { late } else { plan };
        Self { first: (0..best.slots.len()).map(|node| best.clock(node)).collect(), outputs: best.outputs() }
    }

    /// How long a source has been there when a sum reads it.
    pub(super) fn wait(&self, source: Source, sum: usize) -> u32 {
        self.first[sum] - self.first[source.node]
    }

    /// How long a stream has been there when the outputs are read.
    pub(super) fn wait_of_output(&self, node: usize) -> u32 {
        self.outputs - self.first[node]
    }
}

impl Taps {
    pub(super) fn new(inputs: usize, sums: &[Sum], endings: &[Ending], timing: &Timing) -> Self {
        let mut of = vec![BTreeMap::new(); inputs + sums.len()];
        let mut read = |node: usize, wait: u32, shift: u32| {
            let most: &mut u32 = of[node].entry(wait).or_default();
            *most = shift.max(*most);
        };
        for (n, sum) in sums.iter().enumerate() {
            for source in operands(sum) {
                read(source.node, timing.wait(source, inputs + n), source.shift);
            }
        }
        for node in endings.iter().filter_map(|ending| ending.stream) {
            read(node, timing.wait_of_output(node), 0);
        }
        Self { of }
    }

    /// Flip-flops: a digit a clock of waiting, and the bits that shifts bring up.
    pub(super) fn bits(&self, digit: u32) -> u64 {
        self.of.iter().map(|taps| node_bits(taps, digit)).sum()
    }
}

fn node_bits(taps: &BTreeMap<u32, u32>, digit: u32) -> u64 {
    let longest = taps.keys().next_back().copied().unwrap_or(0);
    u64::from(longest) * u64::from(digit) + taps.values().map(|&shift| u64::from(shift)).sum::<u64>()
}

/// Places that can still be changed: each sum has a slot behind those of its operands, and a clock is a run of slots.
#[derive(Clone)]
struct Plan<'a> {
    inputs: usize,
    sums: &'a [Sum],
    digit: u32,
    adders_in_a_row: u32,
    /// 0 for inputs, from 1 for sums.
    slots: Vec<u32>,
    last_slot: u32,
    /// For each node the sums that read it, and the shift there.
    users: Vec<Vec<(usize, u32)>>,
    is_output: Vec<bool>,
}

impl<'a> Plan<'a> {
    fn earliest(
        inputs: usize,
        sums: &'a [Sum],
        endings: &[Ending],
        digit: u32,
        adders_in_a_row: u32,
    ) -> Self {
        let mut slots = vec![0; inputs];
        let mut users = vec![Vec::new(); inputs + sums.len()];
        for (n, sum) in sums.iter().enumerate() {
            let ready = operands(sum).map(|source| slots[source.node]).max();
            slots.push(1 + ready.expect("a sum has an operand"));
            for source in operands(sum) {
                users[source.node].push((inputs + n, source.shift));
            }
        }
        let mut is_output = vec![false; slots.len()];
        endings.iter().filter_map(|ending| ending.stream).for_each(|node| is_output[node] = true);
        let last_slot = slots.iter().copied().max().unwrap_or(0);
        Self { inputs, sums, digit, adders_in_a_row, slots, last_slot, users, is_output }
    }

    /// The clock of a node's first digit; inputs come in clock 1.
    fn clock(&self, node: usize) -> u32 {
        1 + self.slots[node].saturating_sub(1) / self.adders_in_a_row
    }

    fn outputs(&self) -> u32 {
        1 + self.last_slot.saturating_sub(1) / self.adders_in_a_row
    }

    /// The earliest and the latest slot that a sum can have where its operands and users are.
    fn window(&self, node: usize) -> (u32, u32) {
        let ready = operands(&self.sums[node - self.inputs]).map(|source| self.slots[source.node]);
        let needed = self.users[node].iter().map(|&(user, _)| self.slots[user] - 1).min();
        (1 + ready.max().expect("a sum has an operand"), needed.unwrap_or(self.last_slot))
    }

    fn bits_of(&self, node: usize) -> u64 {
        let mut taps = BTreeMap::new();
        let mut read = |wait: u32, shift: u32| {
            let most: &mut u32 = taps.entry(wait).or_default();
            *most = shift.max(*most);
        };
        for &(user, shift) in &self.users[node] {
            read(self.clock(user) - self.clock(node), shift);
        }
        if self.is_output[node] {
            read(self.outputs() - self.clock(node), 0);
        }
        node_bits(&taps, self.digit)
    }

    fn bits(&self) -> u64 {
        (0..self.slots.len()).map(|node| self.bits_of(node)).sum()
    }

    fn settle(&mut self) {
        let nodes = self.inputs..self.slots.len();
        for round in 0..ROUNDS {
            let mut moved = false;
            for n in nodes.clone() {
                // Users first and operands first in turn.
                let node = if round % 2 == 0 { nodes.start + nodes.end - 1 - n } else { n };
                moved |= self.move_one(node);
            }
            if !moved {
                return;
            }
        }
    }

    fn move_one(&mut self, node: usize) -> bool {
        let (earliest, latest) = self.window(node);
        let mut touched: Vec<usize> =
            operands(&self.sums[node - self.inputs]).map(|source| source.node).chain([node]).collect();
        touched.dedup();
        let before = self.slots[node];
        let (mut best, mut least) = (before, u64::MAX);
        for slot in std::iter::once(before).chain(earliest..=latest) {
            self.slots[node] = slot;
            let bits = touched.iter().map(|&node| self.bits_of(node)).sum();
            if bits < least {
                (best, least) = (slot, bits);
            }
        }
        self.slots[node] = best;
        best != before
    }
}
