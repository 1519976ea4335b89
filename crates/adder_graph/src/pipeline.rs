use crate::{AdderGraph, Output};

/// When each value of a graph is computed, in clock cycles after its inputs arrive.
///
/// A node of stage `s` is computed between register rank `s` and `s + 1`; a node of an earlier stage reaches it through
/// one register a stage. Inputs arrive at stage 0, straight from outside. All outputs leave together at stage
/// [`latency`](Self::latency), not registered again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    stages: Vec<u32>,
    latency: u32,
    register_bits: u64,
}

impl Pipeline {
    /// The stage of each node, inputs included.
    pub fn stages(&self) -> &[u32] {
        &self.stages
    }

    /// The stage at which all outputs leave, which is the number of register ranks between input and output.
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// Flip-flops: for each node its width times the number of ranks it has to cross.
    pub fn register_bits(&self) -> u64 {
        self.register_bits
    }
}

/// Distributes the graph over stages of at most `adders_per_stage` adders in a row; 0 is taken as 1.
pub fn pipeline(graph: &AdderGraph, adders_per_stage: u32) -> Pipeline {
    let levels = adders_per_stage.max(1) as usize;
    let stage = |depth: usize| (depth.saturating_sub(1) / levels) as u32;
    let stages: Vec<u32> = graph.depths().into_iter().map(stage).collect();
    let latency = stage(graph.depth());
    let inputs = graph.inputs().len();
    let mut last = stages.clone();
    for (i, adder) in graph.adders().iter().enumerate() {
        for operand in [adder.left, adder.right] {
            last[operand.node] = last[operand.node].max(stages[inputs + i]);
        }
    }
    for output in graph.outputs() {
        if let Output::Node { operand, .. } = output {
            last[operand.node] = latency;
        }
    }
    let ranks = stages.iter().zip(&last).map(|(first, last)| u64::from(last - first));
    let widths = graph.intervals().into_iter().map(|interval| u64::from(interval.width()));
    let register_bits = ranks.zip(widths).map(|(ranks, width)| ranks * width).sum();
    Pipeline { stages, latency, register_bits }
}
