/*!
A second printing of adder graphs, and the proof that it equals the first.

The Verilog that ships comes from `hdl_templates/graph.v`. Here the same [`AdderGraph`](lacuna_adder_graph::AdderGraph) is
printed once more, with nothing in common but the graph itself: [`second_printing`] builds the syntax tree of `rust_hdl`, a
library for hardware in Rust, at run time, and its printer makes the text. Widths, shifts, signs and dropped bits are
decided anew, by Verilog's rules for expressions instead of by explicit slices.

[`Proof`] is what Yosys needs to compare the two: both texts between the same two buses, the registers of the first
replaced by wires, and a script. Wires of the same name are cut points: Yosys proves adder for adder that it makes the
same of the same operands. Names are no assumption: where two wires of one name differ, the proof fails.

**Not proved here** is that values of one clock meet in every adder of the pipelined text; simulation shows that, with
other values in every clock.
*/

mod printing;
mod proof;
mod wire;

pub use printing::second_printing;
pub use proof::{Place, Places, Proof};
