//! Which streams are carried complemented, so that subtractions need no inverters.
//!
//! The complement `~x` is `-x - 1`, digit by digit as much as in whole. With a first carry `c` an adder of operands that may be
//! complemented gives
//!
//!     a + b = (a + b, c = 0) = ~(~a + ~b, c = 1)        a - b = (a + ~b, c = 1) = ~(~a + b, c = 0)
//!
//! so a sum wants operands of one polarity and a difference operands of two, and either can leave its result as it likes. A
//! register with a free look-up table in front holds either polarity, while a carry chain takes its operands as they come: an inverter between a
//! register and a chain is a cell a bit.

use std::collections::BTreeMap;

use super::sums::{Ending, Source, Sum};
use super::timing::Timing;

/// A register that is read: a node and how many clocks ago its digit came.
type Register = (usize, u32);

/// The polarities of all registers that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Polarity {
    complemented: BTreeMap<Register, bool>,
    /// By sum: whether the right operand has to be inverted on its way.
    inverters: Vec<bool>,
}

impl Polarity {
    /// Joins registers by what the sums want of them, one sum after another. A sum that closes a ring which does not add up gets an
    /// inverter.
    pub(super) fn new(inputs: usize, sums: &[Sum], endings: &[Ending], timing: &Timing) -> Self {
        let mut rings = Rings::default();
        let mut inverters = Vec::new();
        for (n, sum) in sums.iter().enumerate() {
            let place = |source: Source| (source.node, timing.wait(source, inputs + n));
            let right = rings.number(place(sum.right));
            let fits = match sum.left {
                Some(left) => {
                    let left = rings.number(place(left));
                    rings.join(left, right, sum.subtract)
                }
                None => true,
            };
            inverters.push(!fits);
        }
        for node in endings.iter().filter_map(|ending| ending.stream) {
            rings.number((node, timing.wait_of_output(node)));
        }
        let numbers = rings.numbers.clone();
        let complemented =
            numbers.into_iter().map(|(register, number)| (register, rings.root(number).1)).collect();
        Self { complemented, inverters }
    }

    /// Whether a register holds the complement; those that nobody reads are plain.
    pub(super) fn of(&self, node: usize, wait: u32) -> bool {
        self.complemented.get(&(node, wait)).copied().unwrap_or(false)
    }

    /// Whether a sum inverts its right operand.
    pub(super) fn inverts(&self, sum: usize) -> bool {
        self.inverters[sum]
    }

    /// Operands that are inverted.
    pub(super) fn inverters(&self) -> usize {
        self.inverters.iter().filter(|inverts| **inverts).count()
    }
}

/// Registers in groups, each with its polarity against another of its group (union-find).
#[derive(Default)]
struct Rings {
    numbers: BTreeMap<Register, usize>,
    parents: Vec<(usize, bool)>,
}

impl Rings {
    fn number(&mut self, register: Register) -> usize {
        let next = self.parents.len();
        let number = *self.numbers.entry(register).or_insert(next);
        if number == next {
            self.parents.push((next, false));
        }
        number
    }

    /// The first of a register's group, and whether the two differ in polarity.
    fn root(&mut self, number: usize) -> (usize, bool) {
        let (mut at, mut differs) = (number, false);
        while self.parents[at].0 != at {
            let (parent, turned) = self.parents[at];
            (at, differs) = (parent, differs != turned);
        }
        self.parents[number] = (at, differs);
        (at, differs)
    }

    /// Makes two registers differ or not; says whether that is possible.
    fn join(&mut self, a: usize, b: usize, differ: bool) -> bool {
        let ((first, first_turned), (second, second_turned)) = (self.root(a), self.root(b));
        let turned = (first_turned != second_turned) != differ;
        if first == second {
            return !turned;
        }
        self.parents[second] = (first, turned);
        true
    }
}
