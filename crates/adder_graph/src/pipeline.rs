use crate::{AdderGraph, Node, Output};

/// When each value of a graph is computed, in clock cycles after its inputs arrive.
///
/// A node of stage `s` is computed from values that have passed `s` ranks of registers; a value of an earlier stage
/// reaches it through one register a stage. Inputs arrive at stage 0, straight from outside and not registered. All
/// outputs leave together at stage [`latency`](Self::latency), again not registered there.
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

/// Distributes the graph over as few stages as `adders_per_stage` adders in a row allow (0 is taken as 1), and within
/// those so that few register bits are needed.
///
/// Stages are found by moving one node at a time between its operands and its users as long as that saves registers,
/// from the earliest and from the latest schedule; the better one is returned.
pub fn pipeline(graph: &AdderGraph, adders_per_stage: u32) -> Pipeline {
    let schedule = Schedule::earliest(graph, adders_per_stage.max(1));
    let mut late = schedule.latest();
    let mut early = schedule;
    early.settle();
    late.settle();
    let best = if late.register_bits() < early.register_bits() { late } else { early };
    let stages = (0..best.slots.len()).map(|node| best.stage(node)).collect();
    Pipeline { stages, latency: best.latency, register_bits: best.register_bits() }
}

/// Each adder has a slot, later than those of the adders it reads; a stage is a run of `adders_per_stage` slots.
#[derive(Clone)]
struct Schedule<'a> {
    graph: &'a AdderGraph,
    adders_per_stage: u32,
    widths: Vec<u64>,
    users: Vec<Vec<Node>>,
    is_output: Vec<bool>,
    /// 0 for inputs, from 1 for adders.
    slots: Vec<u32>,
    last_slot: u32,
    latency: u32,
}

impl<'a> Schedule<'a> {
    fn earliest(graph: &'a AdderGraph, adders_per_stage: u32) -> Self {
        let inputs = graph.inputs().len();
        let slots: Vec<u32> = graph.depths().into_iter().map(|depth| depth as u32).collect();
        let mut users = vec![Vec::new(); slots.len()];
        for (k, adder) in graph.adders().iter().enumerate() {
            users[adder.left.node].push(inputs + k);
            users[adder.right.node].push(inputs + k);
        }
        let mut is_output = vec![false; slots.len()];
        for output in graph.outputs() {
            if let Output::Node { operand, .. } = output {
                is_output[operand.node] = true;
            }
        }
        let widths = graph.intervals().into_iter().map(|interval| u64::from(interval.width())).collect();
        let last_slot = slots.iter().copied().max().unwrap_or(0);
        let latency = last_slot.saturating_sub(1) / adders_per_stage;
        Self { graph, adders_per_stage, widths, users, is_output, slots, last_slot, latency }
    }

    fn latest(&self) -> Self {
        let mut late = self.clone();
        for node in (self.graph.inputs().len()..self.slots.len()).rev() {
            late.slots[node] = late.window(node).1;
        }
        late
    }

    fn stage(&self, node: Node) -> u32 {
        self.slots[node].saturating_sub(1) / self.adders_per_stage
    }

    /// The earliest and the latest slot that an adder can have where its operands and users are.
    fn window(&self, node: Node) -> (u32, u32) {
        let earliest =
            1 + self.operands(node).map(|operand| self.slots[operand]).into_iter().max().unwrap_or(0);
        let latest = self.users[node].iter().map(|&user| self.slots[user] - 1).min();
        (earliest, latest.unwrap_or(self.last_slot))
    }

    fn operands(&self, node: Node) -> [Node; 2] {
        let adder = self.graph.adders()[node - self.graph.inputs().len()];
        [adder.left.node, adder.right.node]
    }

    /// Register bits that hold the value of a node.
    fn bits(&self, node: Node) -> u64 {
        let stage = self.stage(node);
        let output = if self.is_output[node] { self.latency } else { stage };
        let last = self.users[node].iter().map(|&user| self.stage(user)).max().unwrap_or(stage).max(output);
        self.widths[node] * u64::from(last - stage)
    }

    fn register_bits(&self) -> u64 {
        (0..self.slots.len()).map(|node| self.bits(node)).sum()
    }

    /// Moves adders to better slots until none is left, or for a limited number of rounds.
    fn settle(&mut self) {
        const ROUNDS: usize = 20;
        for round in 0..ROUNDS {
            let mut moved = false;
            let adders = self.graph.inputs().len()..self.slots.len();
            for i in adders.clone() {
                // Users first and operands first in turn.
                let node = if round % 2 == 0 { adders.start + adders.end - 1 - i } else { i };
                moved |= self.move_one(node);
            }
            if !moved {
                return;
            }
        }
    }

    fn move_one(&mut self, node: Node) -> bool {
        let (earliest, latest) = self.window(node);
        let [left, right] = self.operands(node);
        let cost = |schedule: &Self| {
            let second = if right == left { 0 } else { schedule.bits(right) };
            schedule.bits(node) + schedule.bits(left) + second
        };
        let first = self.slots[node];
        let (mut best, mut least) = (first, cost(self));
        for slot in earliest..=latest {
            self.slots[node] = slot;
            let bits = cost(self);
            if bits < least {
                (best, least) = (slot, bits);
            }
        }
        self.slots[node] = best;
        best != first
    }
}
