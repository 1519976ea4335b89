//! Digit-serial adder graphs: the shared graph of an unrolled layer, a few bits of each value a clock, for layers whose pixels
//! are several clocks apart.
//!
//! A value comes as `clocks` digits of `digit` bits, the lowest first. An adder is as wide as a digit and keeps its carry in a
//! flip-flop, and a shift is a matter of bits of earlier digits.
//! All streams are two's complement numbers modulo 2^(`digit` · `clocks`). Sums, differences and shifts to the left are exact in
//! that ring whatever their operands have lost at the top, and there are no shifts to the right: where the graph drops low zeros,
//! the stream keeps them ([`Sum`]). So it is only the outputs that have to fit.
//!
//! Digits are announced: a beat's `valid` comes one clock before its first digit. That gives each adder a clock to set its carry
//! to its first value, and each shift one to forget the digits of the result before.

mod polarity;
#[cfg(test)]
mod simulation;
mod stages;
mod sums;
mod text;
mod timing;
mod values;
mod words;

pub(crate) use stages::serial_stages;
pub(crate) use values::serial_values;
pub use words::SerialWindow;

use lacuna_adder_graph::AdderGraph;
use polarity::Polarity;
use sums::{Ending, Source, Sum, endings, sums};
use timing::{Taps, Timing};

/// The most clocks a result may take.
pub(crate) const MAX_CLOCKS: usize = 64;

/// A digit up to which an adder is made of two small functions a bit; a wider one is a carry chain with an end at either side.
const LOOSE_DIGIT: u32 = 2;

/// An adder graph that computes a digit of every value a clock.
#[derive(Clone, Debug)]
pub struct SerialGraph {
    /// What it computes.
    pub graph: AdderGraph,
    /// Bits of a digit.
    pub digit: u32,
    /// Digits of a value.
    pub clocks: usize,
    sums: Vec<Sum>,
    endings: Vec<Ending>,
    timing: Timing,
    taps: Taps,
    polarity: Polarity,
}

impl SerialGraph {
    /// Plans a graph for results that are `clocks` clocks apart, whose inputs come in words of so many bits: digits are as wide as the
    /// widest value that comes or goes asks for. So many adders stand in a row between two registers.
    ///
    /// # Panics
    /// If `clocks` is 0.
    pub fn new(graph: &AdderGraph, word: u32, clocks: usize, adders_in_a_row: u32) -> Self {
        let (sums, scales) = sums(graph);
        let (sums, endings) = endings(graph, sums, &scales);
        let outputs = endings.iter().filter_map(|ending| ending.stream.map(|_| ending.bits));
        let inputs = graph.inputs().iter().map(|interval| interval.width());
        let widest = outputs.chain(inputs).max().unwrap_or(1).max(word);
        let digit = widest.div_ceil(clocks as u32).max(1);
        Self::with_digit(graph, sums, endings, [digit, adders_in_a_row.max(1)], clocks)
    }

    fn with_digit(
        graph: &AdderGraph,
        sums: Vec<Sum>,
        endings: Vec<Ending>,
        [digit, adders_in_a_row]: [u32; 2],
        clocks: usize,
    ) -> Self {
        let inputs = graph.inputs().len();
        let timing = Timing::new(inputs, &sums, &endings, digit, adders_in_a_row);
        let taps = Taps::new(inputs, &sums, &endings, &timing);
        let polarity = Polarity::new(inputs, &sums, &endings, &timing);
        Self { graph: graph.clone(), digit, clocks, sums, endings, timing, taps, polarity }
    }

    /// Adders, negations of outputs among them.
    pub fn adders(&self) -> usize {
        self.sums.len()
    }

    /// Inputs whose digits are wanted complemented.
    pub(crate) fn inverted(&self) -> Vec<bool> {
        (0..self.graph.inputs().len()).map(|input| self.polarity.of(input, 0)).collect()
    }

    /// Register ranks from the announcement of a beat to its result.
    pub fn latency(&self) -> u32 {
        self.timing.outputs + self.clocks as u32
    }

    /// Flags of frames that are on the way: one for every result that can be.
    pub(crate) fn flags(&self) -> usize {
        (self.latency() as usize - 1) / self.clocks + 1
    }

    /// Bits of operands that wait, and of earlier digits.
    pub(crate) fn waiting_bits(&self) -> u64 {
        self.timing.bits
    }

    /// Logic cells of an iCE40, a LUT4 with a carry and a flip-flop each, that the stage takes:
    ///
    /// * an adder: two a bit up to digits of two bits, with the carry's flip-flop in one of them; else one a bit, one through which the
    ///   carry enters the chain, and one through which it leaves;
    /// * an operand that waits: a digit for every clock, but the first behind an adder whose digit nobody reads at once;
    /// * a shift by `s` bits: `s` of earlier digits, shared by all shifts of one value at one time;
    /// * an operand that is wanted both plain and complemented, where digits are wider than two bits: a digit;
    /// * an output: a digit for every clock, the first of them counted as waiting;
    /// * control: a flip-flop for every clock of the latency, two for every frame flag.
    pub fn cells(&self) -> u64 {
        let digit = u64::from(self.digit);
        let adder = if self.digit <= LOOSE_DIGIT { 2 * digit } else { digit + 2 };
        let inverters = if self.digit <= LOOSE_DIGIT { 0 } else { self.polarity.inverters() as u64 * digit };
        let outputs = self.endings.iter().filter(|ending| ending.stream.is_some()).count() as u64;
        self.sums.len() as u64 * adder
            + self.timing.bits
            + inverters
            + outputs * (self.clocks as u64 - 1) * digit
            + u64::from(self.latency())
            + 2 * self.flags() as u64
    }
}

/// All nodes that a sum reads, with their shifts.
fn operands(sum: &Sum) -> impl Iterator<Item = Source> {
    sum.left.into_iter().chain([sum.right])
}

#[cfg(test)]
mod tests {
    use lacuna_adder_graph::{Adder, Operand, Operation, Output};
    use lacuna_adder_graph::{AdderGraph, Config, Depth, Effort, Interval, Matrix, Objective, solve};

    use super::SerialGraph;
    use super::simulation::simulate;

    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
        }

        fn within(&mut self, interval: Interval) -> i64 {
            interval.lo + self.below((interval.hi - interval.lo + 1) as u64) as i64
        }
    }

    /// A serial graph with any digit that is wide enough.
    fn planned(graph: &AdderGraph, clocks: usize, wider: u32, in_a_row: u32) -> SerialGraph {
        let least = SerialGraph::new(graph, 1, clocks, in_a_row);
        SerialGraph::with_digit(graph, least.sums, least.endings, [least.digit + wider, in_a_row], clocks)
    }

    fn assert_equal(graph: &AdderGraph, inputs: &[Vec<i64>], random: &mut Random) {
        for clocks in [1, 2, 3, 4, 5, 7, 8, 16, 24] {
            for (wider, in_a_row) in [(0, 1), (1, 1), (0, 2), (1, 5)] {
                let serial = planned(graph, clocks, wider, in_a_row);
                let gaps: Vec<usize> =
                    inputs.iter().map(|_| [0, 0, 1, 5][random.below(4) as usize]).collect();
                let expected: Vec<Vec<i64>> = inputs.iter().map(|x| graph.eval(x)).collect();
                assert_eq!(simulate(&serial, inputs, &gaps), expected, "{clocks} clocks of {}", serial.digit);
            }
        }
    }

    #[test]
    fn random_graphs_equal_their_evaluation() {
        let mut random = Random(7);
        for case in 0..60 {
            let (rows, columns) = (1 + random.below(6) as usize, 1 + random.below(5) as usize);
            let reach = [1, 4, 20, 300][case % 4];
            let entries: Vec<Vec<i64>> = (0..rows)
                .map(|_| (0..columns).map(|_| random.within(Interval::new(-reach, reach))).collect())
                .collect();
            let matrix = Matrix::from_rows(&entries).unwrap();
            let intervals: Vec<Interval> = (0..rows)
                .map(|_| match random.below(3) {
                    0 => Interval::signed(1 + random.below(9) as u32),
                    1 => Interval::unsigned(random.below(9) as u32),
                    _ => Interval::new(-3, 90),
                })
                .collect();
            let config =
                Config { objective: Objective::Adders, effort: Effort::Fast, depth: Depth::Free, seed: 0 };
            let graph = solve(&matrix, &intervals, &config).unwrap();
            let mut inputs: Vec<Vec<i64>> =
                (0..6).map(|_| intervals.iter().map(|&i| random.within(i)).collect()).collect();
            inputs.push(intervals.iter().map(|i| i.lo).collect());
            inputs.push(intervals.iter().map(|i| i.hi).collect());
            assert_equal(&graph, &inputs, &mut random);
        }
    }

    #[test]
    fn every_value_of_small_graphs() {
        let signed = Interval::signed(3);
        let all: Vec<Vec<i64>> = (-4..4).flat_map(|a| (-4..4).map(move |b| vec![a, b])).collect();
        for entries in [[[3, -1], [-5, 4]], [[7, 0], [0, -8]], [[-1, 6], [-1, 10]], [[0, 1], [0, -2]]] {
            let matrix = Matrix::from_rows(&entries).unwrap();
            let graph = solve(&matrix, &[signed; 2], &Config::adders()).unwrap();
            assert_equal(&graph, &all, &mut Random(3));
        }
    }

    #[test]
    fn shifts_to_the_right_become_scales() {
        // t0 = (x + 3 x') >> 1 where both are odd or both even cannot be had from intervals: constants it is.
        let even = Adder {
            left: Operand { node: 0, shift: 1 },
            right: Operand { node: 1, shift: 2 },
            operation: Operation::Subtract,
            drop: 1,
        };
        let mixed = Adder {
            left: Operand { node: 2, shift: 0 },
            right: Operand { node: 0, shift: 3 },
            operation: Operation::Add,
            drop: 0,
        };
        let high = Adder {
            left: Operand { node: 3, shift: 4 },
            right: Operand { node: 2, shift: 6 },
            operation: Operation::Subtract,
            drop: 3,
        };
        let output = |node, shift, negate| Output::Node { operand: Operand { node, shift }, negate };
        let outputs = vec![
            output(2, 0, true),
            output(3, 2, false),
            output(4, 1, false),
            Output::Zero,
            output(0, 1, true),
        ];
        let inputs = vec![Interval::signed(4), Interval::new(-2, 9)];
        let graph = AdderGraph::new(inputs.clone(), vec![even, mixed, high], outputs).unwrap();
        let mut random = Random(5);
        let inputs: Vec<Vec<i64>> =
            (0..40).map(|_| inputs.iter().map(|&i| random.within(i)).collect()).collect();
        assert_equal(&graph, &inputs, &mut random);
    }
}
