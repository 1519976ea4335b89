//! An adder graph as a syntax tree of `rust_hdl`, and that as text.

use lacuna_adder_graph::{Adder, AdderGraph, Operand, Operation, Output};
use rust_hdl_core::ast::{
    Verilog, VerilogExpression, VerilogLiteral, VerilogOp, VerilogOpUnary, VerilogStatement,
};
use rust_hdl_core::atom::AtomKind;
use rust_hdl_core::block::Block;
use rust_hdl_core::check_error::check_all;
use rust_hdl_core::logic::Logic;
use rust_hdl_core::module_defines::ModuleDefines;
use rust_hdl_core::probe::Probe;

use crate::wire::Wire;

/// The Verilog of a graph as a module `name` without registers: inputs `x0`, `x1`, ... as wide as their intervals, outputs `y0`,
/// `y1`, ... of `widths` bits; an adder `n` is `tn`.
///
/// # Panics
/// If there is not a width for every output.
pub fn second_printing(name: &str, graph: &AdderGraph, widths: &[u32]) -> String {
    assert_eq!(widths.len(), graph.outputs().len(), "one width an output");
    let module = Module::new(graph, widths);
    check_all(&module).expect("a graph is written before it is read, and nothing writes to its inputs");
    let mut modules = ModuleDefines::default();
    module.accept(name, &mut modules);
    modules.defines()
}

/// A module with one combinational process.
struct Module {
    wires: Vec<Wire>,
    body: Vec<VerilogStatement>,
}

impl Module {
    fn new(graph: &AdderGraph, widths: &[u32]) -> Self {
        let inputs = graph.inputs().len();
        let name = |node: usize| match node.checked_sub(inputs) {
            None => format!("x{node}"),
            Some(adder) => format!("t{adder}"),
        };
        let value = |operand: Operand| shifted(signal(&name(operand.node)), operand.shift);
        let mut module = Self { wires: Vec::new(), body: Vec::new() };
        for (node, interval) in graph.intervals().iter().enumerate() {
            let kind = if node < inputs { AtomKind::InputParameter } else { AtomKind::LocalSignal };
            module.wires.push(Wire::new(name(node), interval.width(), kind));
        }
        for (n, adder) in graph.adders().iter().enumerate() {
            let sum = sum(adder, value(adder.left), value(adder.right));
            let width = module.wires[inputs + n].bits;
            module.adder(n, adder, sum, width);
        }
        for (o, (output, &width)) in graph.outputs().iter().zip(widths).enumerate() {
            module.wires.push(Wire::new(format!("y{o}"), width, AtomKind::OutputParameter));
            let value = match *output {
                Output::Zero => literal(0),
                Output::Node { operand, negate: false } => value(operand),
                Output::Node { operand, negate: true } => {
                    VerilogExpression::Unary(VerilogOpUnary::Neg, Box::new(value(operand)))
                }
            };
            module.assign(&format!("y{o}"), value);
        }
        module
    }

    /// `tn = sum`, or the bits of the sum above those that are dropped: there is no arithmetic shift to the right.
    fn adder(&mut self, n: usize, adder: &Adder, sum: VerilogExpression, width: usize) {
        let name = format!("t{n}");
        if adder.drop == 0 {
            return self.assign(&name, sum);
        }
        let whole = format!("t{n}_before_drop");
        self.wires.push(Wire::new(whole.clone(), width as u32 + adder.drop, AtomKind::LocalSignal));
        self.assign(&whole, sum);
        let high = VerilogExpression::Slice(Box::new(signal(&whole)), width, Box::new(literal(adder.drop)));
        self.assign(&name, high);
    }

    fn assign(&mut self, name: &str, value: VerilogExpression) {
        self.body.push(VerilogStatement::Assignment(signal(name), value));
    }
}

fn signal(name: &str) -> VerilogExpression {
    VerilogExpression::Signal(name.to_owned())
}

fn literal(value: u32) -> VerilogExpression {
    VerilogExpression::Literal(VerilogLiteral::from(value))
}

fn binary(left: VerilogExpression, operation: VerilogOp, right: VerilogExpression) -> VerilogExpression {
    VerilogExpression::Binary(Box::new(left), operation, Box::new(right))
}

fn shifted(value: VerilogExpression, shift: u32) -> VerilogExpression {
    if shift == 0 {
        return value;
    }
    VerilogExpression::Paren(Box::new(binary(value, VerilogOp::Shl, literal(shift))))
}

fn sum(adder: &Adder, left: VerilogExpression, right: VerilogExpression) -> VerilogExpression {
    let operation = match adder.operation {
        Operation::Add => VerilogOp::Add,
        Operation::Subtract => VerilogOp::Sub,
    };
    binary(left, operation, right)
}

impl Logic for Module {
    fn update(&mut self) {}

    fn hdl(&self) -> Verilog {
        Verilog::Combinatorial(self.body.clone())
    }
}

impl Block for Module {
    fn connect_all(&mut self) {}

    fn update_all(&mut self) {}

    fn has_changed(&self) -> bool {
        false
    }

    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_start_scope(name, self);
        for wire in &self.wires {
            probe.visit_atom(&wire.name, wire);
        }
        probe.visit_end_scope(name, self);
    }
}

#[cfg(test)]
mod tests {
    use lacuna_adder_graph::{Interval, Operation::*};

    use super::*;

    fn operand(node: usize, shift: u32) -> Operand {
        Operand { node, shift }
    }

    fn graph() -> AdderGraph {
        let adder = |left, right, operation, drop| Adder { left, right, operation, drop };
        let adders = vec![
            adder(operand(0, 2), operand(0, 0), Subtract, 0),
            adder(operand(2, 0), operand(1, 1), Add, 0),
            adder(operand(1, 2), operand(0, 4), Add, 2),
        ];
        let node = |node, shift, negate| Output::Node { operand: operand(node, shift), negate };
        let outputs = vec![node(3, 1, true), Output::Zero, node(4, 0, false)];
        AdderGraph::new(vec![Interval::signed(8); 2], adders, outputs).expect("the graph is well formed")
    }

    #[test]
    fn every_kind_of_line_is_printed() {
        let text = second_printing("again", &graph(), &[13, 4, 12]);
        for line in [
            "module again(x0,x1,y0,y1,y2);",
            "input wire signed [7:0] x0;",
            "reg signed [9:0] t0;",
            "reg signed [12:0] t2_before_drop;",
            "output reg signed [12:0] y0;",
            "t0 = (x0 << 32'h2) - x0;",
            "t1 = t0 + (x1 << 32'h1);",
            "t2_before_drop = (x1 << 32'h2) + (x0 << 32'h4);",
            "t2 = t2_before_drop[(32'h2)+:(11)];",
            "y0 = -(t1 << 32'h1);",
            "y1 = 32'h0;",
            "y2 = t2;",
        ] {
            assert!(text.lines().any(|l| l.trim() == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    #[should_panic(expected = "one width an output")]
    fn every_output_needs_a_width() {
        second_printing("again", &graph(), &[13]);
    }
}
