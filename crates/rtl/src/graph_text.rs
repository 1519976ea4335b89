//! An adder graph as the lines of a Verilog module.

use std::collections::BTreeMap;

use lacuna_adder_graph::{Adder, AdderGraph, Operand, Operation, Output, Pipeline};
use serde::Serialize;

use crate::Bus;
use crate::verilog::{fit, slice};

/// The parts of `graph.v`.
#[derive(Serialize)]
pub(crate) struct GraphText {
    inputs: Vec<InputText>,
    unused: String,
    body: Vec<Vec<String>>,
    outputs: Vec<OutputText>,
}

#[derive(Serialize)]
struct InputText {
    name: String,
    width: u32,
    msb: u32,
    lsb: u32,
    comment: String,
}

#[derive(Serialize)]
struct OutputText {
    width: u32,
    msb: u32,
    lsb: u32,
    value: String,
    comment: String,
}

/// Terms up to which a sum is spelt out in a comment.
const TERMS_SPELT_OUT: usize = 6;

pub(crate) fn graph_text(
    graph: &AdderGraph,
    pipeline: &Pipeline,
    input: &Bus,
    output: &Bus,
    labels: &[String],
) -> GraphText {
    let mut wires = Wires::new(graph, pipeline, input);
    let sums = short_sums(graph);
    let inputs = input
        .slots()
        .zip(labels)
        .enumerate()
        .map(|(i, (slot, label))| InputText {
            name: format!("x{i}"),
            width: wires.width[i],
            msb: slot.lsb + wires.width[i] - 1,
            lsb: slot.lsb,
            comment: format!("  // {label}"),
        })
        .collect();

    let mut body = Vec::new();
    for stage in 0..=pipeline.latency() {
        let mut lines = wires.registers(stage);
        for (n, adder) in graph.adders().iter().enumerate() {
            let node = graph.inputs().len() + n;
            if wires.stage[node] == stage && wires.last[node].is_some() {
                lines.extend(wires.adder(node, adder, sums[node].as_ref()));
            }
        }
        body.push(lines);
    }

    let outputs = output
        .slots()
        .zip(graph.outputs())
        .map(|(slot, source)| {
            let (value, comment) = match source {
                Output::Zero => (format!("{{{}{{1'b0}}}}", slot.width), String::new()),
                Output::Node { operand, negate } => {
                    let value = wires.fit(operand.node, pipeline.latency(), operand.shift as i32, slot.width);
                    let value = if *negate { format!("-$signed({value})") } else { value };
                    let sum = sums[operand.node].as_ref().map(|sum| spelt_out(sum, operand.shift, *negate));
                    (value, sum.map_or_else(String::new, |sum| format!("  // {sum}")))
                }
            };
            OutputText { width: slot.width, msb: slot.msb, lsb: slot.lsb, value, comment }
        })
        .collect();
    let unused = wires.unused(input).iter().map(|bits| format!(",\n        {bits}")).collect();
    GraphText { inputs, unused, body, outputs }
}

/// The wires of a graph, when each is computed and when it is read last.
struct Wires {
    width: Vec<u32>,
    stage: Vec<u32>,
    last: Vec<Option<u32>>,
    inputs: usize,
    /// For each wire at a stage where it is read, how many of its bits are, from the lowest.
    read_bits: BTreeMap<(usize, u32), u32>,
}

impl Wires {
    fn new(graph: &AdderGraph, pipeline: &Pipeline, input: &Bus) -> Self {
        let inputs = graph.inputs().len();
        let stage = pipeline.stages().to_vec();
        let width: Vec<u32> = graph.intervals().iter().map(|interval| interval.width()).collect();
        assert!(
            width.iter().zip(input.widths()).all(|(w, slot)| w <= slot),
            "an input is wider than its place on the bus"
        );
        let mut last: Vec<Option<u32>> = vec![None; stage.len()];
        let mut read = |node: usize, at: u32| last[node] = Some(last[node].map_or(at, |l: u32| l.max(at)));
        for output in graph.outputs() {
            if let Output::Node { operand, .. } = output {
                read(operand.node, pipeline.latency());
            }
        }
        for (n, adder) in graph.adders().iter().enumerate() {
            for operand in [adder.left, adder.right] {
                read(operand.node, stage[inputs + n]);
            }
        }
        Self { width, stage, last, inputs, read_bits: BTreeMap::new() }
    }

    fn base(&self, node: usize) -> String {
        if node < self.inputs { format!("x{node}") } else { format!("t{}", node - self.inputs) }
    }

    /// The name and width of a node's value at a stage.
    fn at(&self, node: usize, stage: u32) -> (String, u32) {
        let late = stage - self.stage[node];
        let name = if late == 0 { self.base(node) } else { format!("{}_d{late}", self.base(node)) };
        (name, self.width[node])
    }

    /// A node's value at a stage, shifted and made to fit `target` bits; takes note of the bits read.
    fn fit(&mut self, node: usize, stage: u32, shift: i32, target: u32) -> String {
        let (name, width) = self.at(node, stage);
        let top = (i64::from(target) - i64::from(shift)).clamp(0, i64::from(width)) as u32;
        let read = self.read_bits.entry((node, stage)).or_default();
        *read = (*read).max(top);
        fit(&name, width, shift, target)
    }

    /// The bits that are read nowhere: of inputs with a zero row, of places on the bus wider than what can occur, and of
    /// operands wider than the sum they go into.
    fn unused(&self, input: &Bus) -> Vec<String> {
        let mut bits = Vec::new();
        for (node, slot) in input.slots().enumerate() {
            if slot.width > self.width[node] {
                bits.push(slice("in_data", input.bits(), slot.msb, slot.lsb + self.width[node]));
            }
        }
        for node in 0..self.stage.len() {
            let Some(last) = self.last[node] else {
                bits.extend((node < self.inputs).then(|| self.base(node)));
                continue;
            };
            // A value that goes on to the next stage is read whole by its register.
            let (name, width) = self.at(node, last);
            let read = self.read_bits.get(&(node, last)).copied().unwrap_or(0);
            if read < width {
                bits.push(slice(&name, width, width - 1, read));
            }
        }
        bits
    }

    /// The registers that carry earlier values into a stage.
    fn registers(&self, stage: u32) -> Vec<String> {
        let crossing: Vec<usize> = (0..self.stage.len())
            .filter(|&node| self.stage[node] < stage && self.last[node].is_some_and(|last| last >= stage))
            .collect();
        if crossing.is_empty() {
            return Vec::new();
        }
        let mut lines: Vec<String> = crossing
            .iter()
            .map(|&node| format!("    reg signed [{}:0] {};", self.width[node] - 1, self.at(node, stage).0))
            .collect();
        lines.push("    always @(posedge clk) begin".to_owned());
        lines.push("        if (ce) begin".to_owned());
        for &node in &crossing {
            lines.push(format!("            {} <= {};", self.at(node, stage).0, self.at(node, stage - 1).0));
        }
        lines.push("        end".to_owned());
        lines.push("    end".to_owned());
        lines
    }

    /// One adder: its comment, its wire, its instance and the low bits that need no adder.
    fn adder(&mut self, node: usize, adder: &Adder, sum: Option<&Sum>) -> Vec<String> {
        let stage = self.stage[node];
        let name = self.base(node);
        let width = self.width[node];
        let common = adder.left.shift.min(adder.right.shift);
        let (left_shift, right_shift) = (adder.left.shift - common, adder.right.shift - common);
        let (verb, port, sign) = match adder.operation {
            Operation::Add => ("add", "sum", '+'),
            Operation::Subtract => ("sub", "difference", '-'),
        };
        let mut formula = format!(
            "{} {sign} {}",
            shifted(&self.base(adder.left.node), adder.left),
            shifted(&self.base(adder.right.node), adder.right)
        );
        if adder.drop > 0 {
            formula = format!("({formula}) >> {}", adder.drop);
        }
        if let Some(sum) = sum.map(|sum| spelt_out(sum, 0, false)).filter(|sum| *sum != formula) {
            formula = format!("{formula} = {sum}");
        }
        let comment = format!("    // {name} = {formula}");
        let mut lines = vec![comment, format!("    wire signed [{}:0] {name};", width - 1)];
        let Chain { whole, through, plain } = Chain::of(adder, width);
        let added = whole - through;
        let a = self.fit(adder.left.node, stage, left_shift as i32 - through as i32, added);
        let b = self.fit(adder.right.node, stage, right_shift as i32 - through as i32, added);
        let target = if plain { slice(&name, width, whole - 1, through) } else { format!("{name}_whole") };
        if !plain {
            lines.push(format!("    wire signed [{}:0] {name}_whole;", whole - 1));
        }
        lines.push(format!(
            "    lacuna_{verb} #(.WIDTH({added})) {verb}_{name} (.a({a}), .b({b}), .{port}({target}));"
        ));
        if through > 0 {
            let low = if left_shift == 0 { adder.left.node } else { adder.right.node };
            let low = self.fit(low, stage, 0, through);
            lines.push(format!("    assign {} = {low};", slice(&name, width, through - 1, 0)));
        }
        if !plain {
            let shift = common as i32 - adder.drop as i32;
            lines
                .push(format!("    assign {name} = {};", fit(&format!("{name}_whole"), whole, shift, width)));
            if shift < 0 {
                lines.push(format!(
                    "    wire unused_{name} = &{{1'b0, {}}};  // zero for every input",
                    slice(&format!("{name}_whole"), whole, shift.unsigned_abs() - 1, 0)
                ));
            }
        }
        lines
    }
}

/// The carry chain of an adder.
pub(crate) struct Chain {
    /// Bits of the sum before low zeros are appended (common shift) or dropped.
    pub(crate) whole: u32,
    /// Low bits that pass through.
    pub(crate) through: u32,
    /// Whether the sum is taken as it is.
    plain: bool,
}

impl Chain {
    /// The chain of an adder whose result has `width` bits.
    pub(crate) fn of(adder: &Adder, width: u32) -> Self {
        let common = adder.left.shift.min(adder.right.shift);
        let (left_shift, right_shift) = (adder.left.shift - common, adder.right.shift - common);
        let whole = width + adder.drop - common;
        // Below the higher operand's lowest bit the lower operand passes through, unless it is what is subtracted.
        let through = match adder.operation {
            Operation::Add => left_shift.max(right_shift),
            Operation::Subtract => right_shift,
        };
        let plain = adder.drop == 0 && common == 0;
        let through = if plain && through < whole { through } else { 0 };
        Self { whole, through, plain }
    }

    /// Bits that are added.
    pub(crate) fn added(&self) -> u32 {
        self.whole - self.through
    }
}

fn shifted(name: &str, operand: Operand) -> String {
    if operand.shift == 0 { name.to_owned() } else { format!("({name} << {})", operand.shift) }
}

/// A sum of inputs times constants.
type Sum = BTreeMap<usize, i64>;

/// For each node what it is in terms of the inputs, where that is short enough to be read.
fn short_sums(graph: &AdderGraph) -> Vec<Option<Sum>> {
    let mut sums: Vec<Option<Sum>> = (0..graph.inputs().len()).map(|i| Some(Sum::from([(i, 1)]))).collect();
    for adder in graph.adders() {
        let sign = if adder.operation == Operation::Subtract { -1 } else { 1 };
        let sum = match (&sums[adder.left.node], &sums[adder.right.node]) {
            (Some(left), Some(right)) => {
                let mut sum: Sum = left.iter().map(|(&i, c)| (i, c << adder.left.shift)).collect();
                for (&i, c) in right {
                    *sum.entry(i).or_default() += sign * (c << adder.right.shift);
                }
                sum.retain(|_, c| *c != 0);
                sum.values_mut().for_each(|c| *c >>= adder.drop);
                (!sum.is_empty() && sum.len() <= TERMS_SPELT_OUT).then_some(sum)
            }
            _ => None,
        };
        sums.push(sum);
    }
    sums
}

/// A sum as people write it, such as `3*x0 - x4`.
fn spelt_out(sum: &Sum, shift: u32, negate: bool) -> String {
    let mut text = String::new();
    for (n, (input, c)) in sum.iter().enumerate() {
        text += match (n, (*c < 0) != negate) {
            (0, false) => "",
            (0, true) => "-",
            (_, false) => " + ",
            (_, true) => " - ",
        };
        let magnitude = c.unsigned_abs() << shift;
        if magnitude != 1 {
            text += &format!("{magnitude}*");
        }
        text += &format!("x{input}");
    }
    text
}
