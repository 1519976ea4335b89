// Lacuna: an adder that stays an adder.
//
// Kept as a module of its own through synthesis: Yosys would otherwise merge chains of `+` into carry-save logic that is
// several times larger than the carry chains it replaces.
// Verilog-2005.

`resetall
`default_nettype none

(* keep_hierarchy *)
module lacuna_add #(
    // bits of both operands and of the sum
    parameter WIDTH = 8
) (
    input  wire signed [WIDTH-1:0] a,
    input  wire signed [WIDTH-1:0] b,
    output wire signed [WIDTH-1:0] sum
);

    assign sum = a + b;

endmodule

`resetall
