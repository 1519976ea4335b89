// Lacuna: an adder with a carry, as one carry chain: the carry comes in through a bit below the lowest.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_add_carry #(
    // bits of both operands and of the sum
    parameter WIDTH = 8
) (
    input  wire signed [WIDTH-1:0] a,
    input  wire signed [WIDTH-1:0] b,
    input  wire                    carry,
    output wire signed [WIDTH-1:0] sum
);

    wire [WIDTH:0] total = {a, 1'b1} + {b, carry};
    wire unused_below = &{1'b0, total[0]};
    assign sum = total[WIDTH:1];

endmodule

`resetall
