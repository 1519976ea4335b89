//! The sums of a serial graph: what its adders become where nothing is shifted to the right.

use lacuna_adder_graph::{AdderGraph, Operation, Output};

/// A stream that is read, shifted to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) node: usize,
    pub(super) shift: u32,
}

/// One adder: the sum or difference of two streams, or the negative of one.
///
/// The stream of node `n` is `n · 2^scale`, with a scale of its own, which [`sums`] chooses so that one operand of every adder is not
/// shifted and the other one to the left. So zeros that the graph would shift out stay where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    /// None for zero.
    pub(super) left: Option<Source>,
    pub(super) right: Source,
    pub(super) subtract: bool,
}

/// Where an output ends up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    /// Its stream; none where the output is always zero.
    pub(super) stream: Option<usize>,
    /// The output is its stream times two to this power.
    pub(super) shift: i32,
    /// Bits of the stream that matter.
    pub(super) bits: u32,
}

/// The sums of a graph's adders, and the scale of every node's stream.
pub(super) fn sums(graph: &AdderGraph) -> (Vec<Sum>, Vec<i32>) {
    let mut scales = vec![0; graph.inputs().len()];
    let sum = |adder: &lacuna_adder_graph::Adder| {
        let [left, right] = [adder.left, adder.right];
        let raised = |operand: lacuna_adder_graph::Operand| scales[operand.node] - operand.shift as i32;
        let raise = raised(left).max(raised(right));
        let source = |operand: lacuna_adder_graph::Operand| Source {
            node: operand.node,
            shift: (raise - raised(operand)) as u32,
        };
        let sum = Sum {
            left: Some(source(left)),
            right: source(right),
            subtract: adder.operation == Operation::Subtract,
        };
        scales.push(raise + adder.drop as i32);
        sum
    };
    let sums = graph.adders().iter().map(sum).collect();
    (sums, scales)
}

/// Where the outputs end up; one that is the negative of a node becomes a sum of its own, behind the others.
pub(super) fn endings(graph: &AdderGraph, mut sums: Vec<Sum>, scales: &[i32]) -> (Vec<Sum>, Vec<Ending>) {
    let inputs = graph.inputs().len();
    let endings = graph
        .outputs()
        .iter()
        .zip(graph.output_intervals())
        .map(|(output, interval)| match *output {
            Output::Zero => Ending { stream: None, shift: 0, bits: 0 },
            Output::Node { operand, negate } => {
                let shift = operand.shift as i32 - scales[operand.node];
                let bits = (interval.width() as i32 - shift).max(1) as u32;
                let stream = if negate {
                    let right = Source { node: operand.node, shift: 0 };
                    sums.push(Sum { left: None, right, subtract: true });
                    inputs + sums.len() - 1
                } else {
                    operand.node
                };
                Ending { stream: Some(stream), shift, bits }
            }
        })
        .collect();
    (sums, endings)
}
