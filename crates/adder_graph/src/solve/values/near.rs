//! Which values are one adder away, and which targets two.

use super::super::field;
use super::super::random::Random;
use super::super::tables::Filter;
use super::vector::parity;
use super::{Node, Target, Values};

impl Values {
    /// Whether the value is probably one adder away.
    pub(in super::super) fn is_near(&self, value: u64) -> bool {
        self.near.contains(field::unsigned(value))
    }

    /// What is left of a target besides some multiple of a node: each rest, odd, that would make the target in one more
    /// adder if it were there.
    pub(in super::super) fn rests(
        &self,
        target: &Target,
        parity: u64,
        node: u32,
        mut visit: impl FnMut(u64),
    ) {
        let Node { shifts, parity: own_parity, .. } = self.nodes[node as usize];
        let own = &self.shifted[node as usize * self.stride..][..shifts as usize + 1];
        let value = target.fingerprint;
        if parity == own_parity {
            // Both odd in the same lanes: the rests are even.
            let vector = self.vector(node);
            let zeros = |sign: i32| {
                let rest = target.vector.iter().zip(vector).fold(0, |bits, (t, v)| bits | (t + sign * v));
                rest.trailing_zeros()
            };
            let (minus, plus) = (zeros(-1), zeros(1));
            if minus < 32 {
                visit(field::shift_right(field::subtract(value, own[0]), minus));
            }
            if plus < 32 {
                visit(field::shift_right(field::add(value, own[0]), plus));
            }
        } else {
            visit(field::subtract(value, own[0]));
            visit(field::add(value, own[0]));
        }
        for &own in &own[1..] {
            visit(field::subtract(value, own));
            visit(field::add(value, own));
        }
    }

    /// Values that are one adder away and bring the target within one adder of them: at least `enough` if there are so
    /// many, some of them wrong.
    pub(in super::super) fn halfway(
        &mut self,
        target: &Target,
        enough: usize,
        random: &mut Random,
        found: &mut Vec<u64>,
    ) {
        let parity = parity(&target.vector);
        let start = random.below(self.live.len());
        let mut steps = 0;
        let before = found.len();
        for &node in self.live[start..].iter().chain(&self.live[..start]) {
            self.rests(target, parity, node, |rest| {
                if self.near.contains(field::unsigned(rest)) {
                    found.push(field::unsigned(rest));
                }
            });
            steps += 8;
            if found.len() - before >= enough {
                break;
            }
        }
        self.work += steps;
    }

    /// Makes the filter of sums anew, without those of nodes that are gone.
    pub(super) fn renew(&mut self) {
        let shifts: usize = self.live.iter().map(|&node| self.nodes[node as usize].shifts as usize).sum();
        let nodes = self.live.len();
        self.capacity = (6 * nodes * shifts + 3 * nodes * nodes).max(1 << 10);
        self.near = Filter::new(self.capacity);
        self.entries = 0;
        for i in 0..nodes {
            self.enter_sums(self.live[i], i);
        }
    }

    /// Enters the sums of a node with itself and with the first `others` live nodes.
    pub(super) fn enter_sums(&mut self, node: u32, others: usize) {
        let base = node as usize * self.stride;
        let shifts = self.nodes[node as usize].shifts;
        let before = self.entries;
        for i in 0..others {
            let other = self.live[i];
            let other_shifts = self.nodes[other as usize].shifts;
            let other_base = other as usize * self.stride;
            let (own, value) = (self.shifted[base], self.shifted[other_base]);
            self.enter(own, value);
            for shift in 1..=shifts as usize {
                self.enter(self.shifted[base + shift], value);
            }
            for shift in 1..=other_shifts as usize {
                self.enter(own, self.shifted[other_base + shift]);
            }
            self.entries += 2 * (1 + shifts + other_shifts) as usize;
        }
        for shift in 1..=shifts as usize {
            self.enter(self.shifted[base], self.shifted[base + shift]);
        }
        self.work += (self.entries - before) as u64 / 2;
    }

    fn enter(&mut self, a: u64, b: u64) {
        self.near.insert(field::unsigned(field::add(a, b)));
        self.near.insert(field::unsigned(field::subtract(a, b)));
    }
}
