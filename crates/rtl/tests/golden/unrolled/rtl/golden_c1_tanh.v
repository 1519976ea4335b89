// golden, layer C1.tanh: the activation, a piecewise-linear curve of 3 segment(s) with dyadic slopes.
//
// Odd: the argument a is |x|, and y(-x) = -y(x).
//   from 0: y = (a * 15 + 0) / 2^5, rounded to nearest
//   from 88: y = (a * 6 + 800) / 2^5, rounded to nearest
//   from 256: y = (2032) / 2^5, rounded to nearest
// Inputs have 7 fraction bits, results 6. One instance a map.
// Verilog-2005.

`resetall
`default_nettype none

module golden_c1_tanh (
    input  wire clk,
    input  wire ce,                     // all registers of the core move together
    input  wire signed [9:0] x,
    output reg  signed [6:0] y   // 5 clocks later
);

    // First rank: magnitude and sign.
    reg [8:0] arg_q;
    reg sign_q;
    wire [9:0] magnitude = x[9] ? -x : x;
    always @(posedge clk) begin
        if (ce) begin
            arg_q  <= magnitude[8:0];
            sign_q <= x[9];
        end
    end
    wire unused_sign = &{1'b0, magnitude[9]};

    // Second rank: the segment's offset and its multiples of the argument by powers of two. The offset holds
    // half a unit of the result too, for rounding, and one for each multiple that is subtracted by inversion.
    reg  signed [14:0] offset_q;
    reg  signed [14:0] term0_q;
    reg  signed [14:0] term1_q;
    always @(posedge clk) begin
        if (ce) begin
            if (arg_q >= 9'd256) begin
                offset_q <= 15'sd2048;
                term0_q  <= 15'sd0;
                term1_q  <= 15'sd0;
            end else if (arg_q >= 9'd88) begin
                offset_q <= 15'sd817;
                term0_q  <= ~{5'b0, arg_q, 1'b0};
                term1_q  <= {3'b0, arg_q, 3'b0};
            end else begin
                offset_q <= 15'sd17;
                term0_q  <= ~{6'b0, arg_q};
                term1_q  <= {2'b0, arg_q, 4'b0};
            end
        end
    end

    // One addition a rank.
    reg  signed [14:0] sum0_q;
    reg  signed [14:0] sum1_q;
    reg  signed [14:0] term1_d1_q;
    always @(posedge clk) begin
        if (ce) begin
            sum0_q <= offset_q + term0_q;
            sum1_q <= sum0_q + term1_d1_q;
            term1_d1_q <= term1_q;
        end
    end

    // Last rank: dropped bits, saturation, reflection.
    wire signed [9:0] rounded = sum1_q[14:5];
    wire unused_fraction = &{1'b0, sum1_q[4:0]};
    wire signed [6:0] piece = (~rounded[9] & (|rounded[8:6])) ? 7'sd63 : rounded[6:0];
    wire unused_top = &{1'b0, rounded[9:7]};
    reg [2:0] negative_q;
    always @(posedge clk) begin
        if (ce) begin
            negative_q <= {negative_q[1:0], sign_q};
            y <= negative_q[2] ? -piece : piece;
        end
    end

endmodule

`resetall
