// Lacuna: a register that is loaded with a word and gives it digit by digit, the lowest first.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_serial_word #(
    // bits of a word
    parameter WIDTH = 8,
    // bits of all its digits, at least WIDTH
    parameter BITS = 8,
    // bits of a digit
    parameter DIGIT = 4
) (
    input  wire             clk,
    input  wire             ce,         // all registers of the core move together
    input  wire             load,
    input  wire [WIDTH-1:0] word,       // signed
    output wire [DIGIT-1:0] digit
);

    wire [BITS-1:0] extended;
    generate
        if (BITS == WIDTH) begin : exact
            assign extended = word;
        end else begin : wider
            assign extended = {{(BITS - WIDTH){word[WIDTH-1]}}, word};
        end
    endgenerate

    reg [BITS-1:0] word_q;
    generate
        if (BITS == DIGIT) begin : single
            always @(posedge clk) begin
                if (ce & load) begin
                    word_q <= extended;
                end
            end
        end else begin : several
            always @(posedge clk) begin
                if (ce) begin
                    word_q <= load ? extended : {{DIGIT{1'b0}}, word_q[BITS-1:DIGIT]};
                end
            end
        end
    endgenerate
    assign digit = word_q[DIGIT-1:0];

endmodule

`resetall
