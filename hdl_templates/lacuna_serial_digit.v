// Lacuna: the digits of a signed number, and then its sign for as long as it takes.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_serial_digit #(
    // bits of a digit
    parameter DIGIT = 4
) (
    input  wire             clk,
    input  wire             ce,         // all registers of the core move together
    input  wire             more,       // a digit comes; else the sign goes on
    input  wire [DIGIT-1:0] next,
    output reg  [DIGIT-1:0] digit
);

    always @(posedge clk) begin
        if (ce) begin
            digit <= more ? next : {DIGIT{digit[DIGIT-1]}};
        end
    end

endmodule

`resetall
