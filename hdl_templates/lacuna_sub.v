// Lacuna: a subtractor that stays a subtractor (see lacuna_add).
// Verilog-2005.

`resetall
`default_nettype none

(* keep_hierarchy *)
module lacuna_sub #(
    // bits of both operands and of the difference
    parameter WIDTH = 8
) (
    input  wire signed [WIDTH-1:0] a,
    input  wire signed [WIDTH-1:0] b,
    output wire signed [WIDTH-1:0] difference
);

    assign difference = a - b;

endmodule

`resetall
