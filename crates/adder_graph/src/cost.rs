use crate::{Adder, AdderGraph, Interval, Operation, Output};

/// What a graph costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Cost {
    /// Two-input adders and subtractors.
    pub adders: usize,
    /// Outputs that are the negative of a node, each a carry chain of its own.
    pub negations: usize,
    /// The most adders in a row.
    pub depth: usize,
    /// ECP5 cells (LUT4 + 2 CCU2C) that the adders and negations take after Yosys `synth_ecp5`, each adder a module of
    /// its own, kept through synthesis, that passes the bits below its carry chain through.
    pub lut_estimate: u64,
}

pub(crate) fn cost(graph: &AdderGraph) -> Cost {
    let intervals = graph.intervals();
    let inputs = graph.inputs().len();
    let adders = graph.adders().iter().zip(&intervals[inputs..]);
    let mut cells: u64 = adders.map(|(adder, &interval)| adder_cells(adder, interval)).sum();
    let mut negations = 0;
    for (output, interval) in graph.outputs().iter().zip(graph.output_intervals()) {
        if let Output::Node { operand, negate: true } = output {
            negations += 1;
            cells += chain_cells(interval.width().saturating_sub(operand.shift));
        }
    }
    Cost { adders: graph.adders().len(), negations, depth: graph.depth(), lut_estimate: cells }
}

/// The cells of one adder with this result. The carry chain of a sum starts where both operands have bits: what is below
/// is one operand's alone. That of a difference starts with the subtracted operand.
fn adder_cells(adder: &Adder, result: Interval) -> u64 {
    let start = match adder.operation {
        Operation::Add => adder.left.shift.max(adder.right.shift),
        Operation::Subtract => adder.right.shift,
    };
    chain_cells((result.width() + adder.drop).saturating_sub(start))
}

/// A carry chain takes one CCU2C, worth two cells, for every two bits.
fn chain_cells(bits: u32) -> u64 {
    2 * u64::from(bits.div_ceil(2))
}
