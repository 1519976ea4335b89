//! Both printings side by side, and the script that compares them.

use std::fmt::Write;

use lacuna_adder_graph::AdderGraph;

use crate::second_printing;

/// Where a value lies on a bus; the value may need fewer bits than its place has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its lowest bit.
    pub lsb: u32,
    /// Its bits.
    pub width: u32,
}

/// The places on the two buses of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Of each input.
    pub inputs: Vec<Place>,
    /// Of each output.
    pub outputs: Vec<Place>,
}

/// Files of a proof, and how Yosys is to be called.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Names and texts of what lies beside the sources of the first printing.
    pub files: Vec<(String, String)>,
    /// The script. Yosys ends with an error where the printings differ.
    pub script: String,
}

/// The names of the two modules that Yosys compares, and of what they instantiate.
const FIRST: &str = "first";
const SECOND: &str = "second";
const AGAIN: &str = "printed_again";

impl Proof {
    /// The proof that the module `module` of `sources` computes what `graph` says, between buses with these places.
    ///
    /// `module` has the ports of `hdl_templates/graph.v`. The paths of its sources are those that Yosys will find.
    pub fn new(module: &str, sources: &[String], graph: &AdderGraph, places: &Places) -> Self {
        let bits = |places: &[Place]| places.iter().map(|place| place.width).sum::<u32>();
        let (in_bits, out_bits) = (bits(&places.inputs), bits(&places.outputs));
        let widths: Vec<u32> = places.outputs.iter().map(|place| place.width).collect();
        let head = |name: &str| {
            format!(
                "module {name} (\n    input  wire clk,\n    input  wire [{}:0] in_data,\n    output wire [{}:0] out_data\n);\n",
                in_bits - 1,
                out_bits - 1
            )
        };
        let first = format!(
            "{}    {module} graph (\n        .clk(clk), .rst(1'b0), .ce(1'b1), .in_valid(1'b1), .in_sof(1'b0), .out_valid(), .out_sof(),\n        \
             .in_data(in_data), .out_data(out_data)\n    );\nendmodule\n",
            head(FIRST)
        );
        let connections = connections(graph, places).join(",\n        ");
        let second =
            format!("{}    {AGAIN} graph (\n        {connections}\n    );\nendmodule\n", head(SECOND));
        let files = vec![
            ("second.v".to_owned(), second_printing(AGAIN, graph, &widths)),
            ("first_on_buses.v".to_owned(), first),
            ("second_on_buses.v".to_owned(), second),
            ("no_registers.v".to_owned(), NO_REGISTERS.to_owned()),
        ];
        Self { files, script: script(sources) }
    }
}

/// The second printing's ports on slices of the buses.
fn connections(graph: &AdderGraph, places: &Places) -> Vec<String> {
    let inputs = places.inputs.iter().zip(graph.inputs()).enumerate().map(|(i, (place, interval))| {
        format!(".x{i}(in_data[{}:{}])", place.lsb + interval.width() - 1, place.lsb)
    });
    let outputs = places
        .outputs
        .iter()
        .enumerate()
        .map(|(o, place)| format!(".y{o}(out_data[{}:{}])", place.lsb + place.width - 1, place.lsb));
    inputs.chain(outputs).collect()
}

/// What a register holds while its input does not change.
const NO_REGISTERS: &str = "\
(* techmap_celltype = \"$dff\" *)
module no_register (CLK, D, Q);
    parameter WIDTH = 1;
    parameter CLK_POLARITY = 1;
    input CLK;
    input [WIDTH-1:0] D;
    output [WIDTH-1:0] Q;
    assign Q = D;
endmodule
";

fn script(sources: &[String]) -> String {
    let mut text = String::new();
    // The adders are modules of their own for synthesis only. A register that is always enabled has lost its
    // multiplexer before it becomes a wire.
    for (top, files) in [(FIRST, sources.join(" ")), (SECOND, "second.v".to_owned())] {
        writeln!(
            text,
            "read_verilog {files} {top}_on_buses.v
hierarchy -check -top {top}
proc
setattr -mod -unset keep_hierarchy *
flatten
opt_expr
techmap -map no_registers.v
opt_clean
select -assert-none t:$dff t:$dffe t:$sdff t:$sdffe
design -stash {top}"
        )
        .expect("a string takes all");
    }
    for top in [FIRST, SECOND] {
        writeln!(text, "design -copy-from {top} -as {top} {top}").expect("a string takes all");
    }
    text + "equiv_make first second both
hierarchy -top both
opt_clean
equiv_simple
equiv_status -assert
"
}
