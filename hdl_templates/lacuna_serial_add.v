// Lacuna: adds two numbers that come digit by digit, the lowest first.
//
// The carry from digit to digit is a flip-flop that takes its first value in the clock before the first digit. Digits of up to two bits
// are two functions of three values a bit; wider ones are one carry chain, with a bit below for the carry that comes in and one
// above for the one that goes out. The bits at both ends keep chains apart in synthesis, so this needs no hierarchy to stay an adder.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_serial_add #(
    // bits of a digit
    parameter DIGIT = 4,
    // the carry into the first digit
    parameter CARRY = 1'b0,
    // 1: the sum is complemented
    parameter INVERTED = 1'b0
) (
    input  wire             clk,
    input  wire             ce,         // all registers of the core move together
    input  wire             start,      // the first digits come in the next clock
    input  wire [DIGIT-1:0] a,
    input  wire [DIGIT-1:0] b,
    output wire [DIGIT-1:0] sum
);

    reg  carry_q;
    wire carry;
    wire [DIGIT-1:0] total;

    generate
        if (DIGIT == 1) begin : one_bit
            assign total = a ^ b ^ carry_q;
            assign carry = (a & b) | (carry_q & (a | b));
        end else if (DIGIT == 2) begin : two_bits
            wire middle = (a[0] & b[0]) | (carry_q & (a[0] | b[0]));
            assign total = a ^ b ^ {middle, carry_q};
            assign carry = (a[1] & b[1]) | (middle & (a[1] | b[1]));
        end else begin : chain
            wire [DIGIT+1:0] long = {1'b0, a, 1'b1} + {1'b0, b, carry_q};
            wire unused_below = &{1'b0, long[0]};
            assign total = long[DIGIT:1];
            assign carry = long[DIGIT+1];
        end
    endgenerate

    assign sum = INVERTED ? ~total : total;

    always @(posedge clk) begin
        if (ce) begin
            carry_q <= start ? CARRY : carry;
        end
    end

endmodule

`resetall
