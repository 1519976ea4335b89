//! A serial graph as the lines of its module.

use serde::Serialize;

use super::SerialGraph;
use super::sums::{Source, Sum};
use crate::Bus;
use crate::verilog::{fit, slice};

/// The parts of `serial_graph.v`.
#[derive(Serialize)]
pub(crate) struct SerialText {
    inputs: Vec<Vec<String>>,
    sums: Vec<Vec<String>>,
    outputs: Vec<OutputText>,
    unused: String,
}

#[derive(Serialize)]
struct OutputText {
    msb: u32,
    lsb: u32,
    /// The digit that comes in, none where the output is zero.
    digit: Option<String>,
    kept: u32,
    bits: u32,
    whole: String,
    value: String,
}

pub(crate) fn serial_text(serial: &SerialGraph, input: &Bus, output: &Bus, labels: &[String]) -> SerialText {
    let printer = Printer { serial, inputs: serial.graph.inputs().len() };
    let digit = serial.digit;
    let mut unused: Vec<String> = (0..serial.taps.of.len())
        .filter(|&node| serial.taps.of[node].is_empty())
        .map(|node| printer.name(node, 0))
        .collect();
    let inputs = labels.iter().zip(input.slots()).enumerate().map(|(node, (label, slot))| {
        let plain = if serial.polarity.of(node, 0) { ", complemented" } else { "" };
        let wire = slice("in_data", input.bits(), slot.msb, slot.lsb);
        let mut lines = vec![format!("    wire [{}:0] x{node} = {wire};  // {label}{plain}", digit - 1)];
        lines.extend(printer.waiting(node));
        lines
    });
    let inputs = inputs.collect();
    let sums = serial.sums.iter().enumerate().map(|(n, sum)| printer.sum(n, sum)).collect();
    let mut outputs = Vec::new();
    for (n, (slot, ending)) in output.slots().zip(&serial.endings).enumerate() {
        let kept = digit * serial.clocks as u32;
        let name = format!("y{n}");
        let come = ending.stream.map(|node| {
            let wait = serial.timing.wait_of_output(node);
            let tilde = if serial.polarity.of(node, wait) { "~" } else { "" };
            format!("{tilde}{}", printer.name(node, wait))
        });
        let value = match come {
            Some(_) => fit(&name, ending.bits, ending.shift, slot.width),
            None => format!("{{{}{{1'b0}}}}", slot.width),
        };
        if come.is_some() && ending.shift < 0 {
            unused.push(slice(&name, ending.bits, ending.shift.unsigned_abs() - 1, 0));
        }
        let whole = slice(&format!("{name}_q"), kept, ending.bits.max(1) - 1, 0);
        let bits = ending.bits;
        outputs.push(OutputText { msb: slot.msb, lsb: slot.lsb, digit: come, kept, bits, whole, value });
    }
    let unused = unused.iter().map(|bits| format!(",\n        {bits}")).collect();
    SerialText { inputs, sums, outputs, unused }
}

struct Printer<'a> {
    serial: &'a SerialGraph,
    inputs: usize,
}

impl Printer<'_> {
    fn base(&self, node: usize) -> String {
        if node < self.inputs { format!("x{node}") } else { format!("t{}", node - self.inputs) }
    }

    /// The digit of a node, some clocks later.
    fn name(&self, node: usize, wait: u32) -> String {
        let base = self.base(node);
        if wait == 0 { base } else { format!("{base}_d{wait}") }
    }

    /// The registers behind a node's digit: those in which it waits, and the earlier bits that shifts bring up.
    fn waiting(&self, node: usize) -> Vec<String> {
        let taps = &self.serial.taps.of[node];
        let (digit, polarity) = (self.serial.digit, &self.serial.polarity);
        let longest = taps.keys().next_back().copied().unwrap_or(0);
        let shifted: Vec<(u32, u32)> =
            taps.iter().map(|(&wait, &most)| (wait, most)).filter(|(_, most)| *most > 0).collect();
        let mut lines = Vec::new();
        for wait in 1..=longest {
            lines.push(format!("    reg  [{}:0] {};", digit - 1, self.name(node, wait)));
        }
        for &(wait, most) in &shifted {
            let name = self.name(node, wait);
            lines.push(format!("    reg  [{}:0] {name}_past;", most - 1));
            lines.push(format!("    wire [{}:0] {name}_long = {{{name}, {name}_past}};", most + digit - 1));
        }
        if lines.is_empty() {
            return lines;
        }
        lines.push("    always @(posedge clk) begin".to_owned());
        lines.push("        if (ce) begin".to_owned());
        for wait in 1..=longest {
            let tilde = if polarity.of(node, wait) != polarity.of(node, wait - 1) { "~" } else { "" };
            lines.push(format!(
                "            {} <= {tilde}{};",
                self.name(node, wait),
                self.name(node, wait - 1)
            ));
        }
        for &(wait, most) in &shifted {
            let name = self.name(node, wait);
            let start = self.serial.timing.first[node] + wait - 1;
            let fill = u8::from(polarity.of(node, wait));
            let later = slice(&format!("{name}_long"), most + digit, most + digit - 1, digit);
            lines.push(format!(
                "            {name}_past <= start[{start}] ? {{{most}{{1'b{fill}}}}} : {later};"
            ));
        }
        lines.push("        end".to_owned());
        lines.push("    end".to_owned());
        lines
    }

    /// The digit of an operand as an adder reads it.
    fn operand(&self, source: Source, sum: usize) -> String {
        let wait = self.serial.timing.wait(source, self.inputs + sum);
        let name = self.name(source.node, wait);
        let most = self.serial.taps.of[source.node][&wait];
        if most == 0 {
            return name;
        }
        let (digit, low) = (self.serial.digit, most - source.shift);
        slice(&format!("{name}_long"), most + digit, low + digit - 1, low)
    }

    fn sum(&self, n: usize, sum: &Sum) -> Vec<String> {
        let (serial, node) = (self.serial, self.inputs + n);
        let (digit, polarity) = (serial.digit, &serial.polarity);
        let wait = |source: Source| serial.timing.wait(source, node);
        let inverts = polarity.inverts(n);
        let right_is = polarity.of(sum.right.node, wait(sum.right)) != inverts;
        let left_is = sum.left.map_or(!right_is, |left| polarity.of(left.node, wait(left)));
        let inverted = left_is != polarity.of(node, 0);
        let a = match sum.left {
            Some(left) => self.operand(left, n),
            None => format!("{{{digit}{{1'b{}}}}}", u8::from(left_is)),
        };
        let b = format!("{}{}", if inverts { "~" } else { "" }, self.operand(sum.right, n));
        let start = serial.timing.first[node] - 1;
        let name = self.base(node);
        let mut lines = vec![
            format!("    // {}", self.formula(node, sum)),
            format!("    wire [{}:0] {name};", digit - 1),
            format!(
                "    lacuna_serial_add #(.DIGIT({digit}), .CARRY(1'b{}), .INVERTED(1'b{})) add_{name} \
                 (.clk(clk), .ce(ce), .start(start[{start}]), .a({a}), .b({b}), .sum({name}));",
                u8::from(right_is),
                u8::from(inverted)
            ),
        ];
        lines.extend(self.waiting(node));
        lines
    }

    fn formula(&self, node: usize, sum: &Sum) -> String {
        let value = |source: Source| {
            let name = self.base(source.node);
            if source.shift == 0 { name } else { format!("({name} << {})", source.shift) }
        };
        let sign = if sum.subtract { "-" } else { "+" };
        let plain = if self.serial.polarity.of(node, 0) { ", complemented" } else { "" };
        let first = self.serial.timing.first[node];
        let left = sum.left.map_or(String::new(), |left| format!("{} ", value(left)));
        format!("{} = {left}{sign} {}{plain}, from clock {first} on", self.base(node), value(sum.right))
    }
}
