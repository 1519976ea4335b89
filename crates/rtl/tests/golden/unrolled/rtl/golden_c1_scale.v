// golden, layer C1.scale: bias, rounding and saturation.
//
// Per map y = clamp(floor((x + bias) / 2^shift + 1/2)): one addition, as the half joins the bias, and dropped bits.
// Results have 7 fraction bits and lie in -511 .. 511.
// Verilog-2005.

`resetall
`default_nettype none

module golden_c1_scale (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [29:0] in_data,
    output wire out_valid,
    output wire out_sof,
    output reg  [19:0] out_data
);

    lacuna_control_delay #(
        .STAGES    (2)
    ) control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (in_valid),
        .in_sof    (in_sof),
        .out_valid (out_valid),
        .out_sof   (out_sof)
    );

    // map 0: bias 1200 + half 8, shift 4
    wire signed [13:0] x0 = in_data[13:0];
    reg  signed [13:0] sum0_q;
    wire signed [9:0] rounded0 = sum0_q[13:4];
    wire unused_fraction0 = &{1'b0, sum0_q[3:0]};
    always @(posedge clk) begin
        if (ce) begin
            sum0_q <= x0 + 14'sd1208;
            out_data[9:0] <= rounded0;
        end
    end

    // map 1: bias -640 + half 8, shift 4
    wire signed [15:0] x1 = in_data[29:14];
    reg  signed [15:0] sum1_q;
    wire signed [11:0] rounded1 = sum1_q[15:4];
    wire unused_fraction1 = &{1'b0, sum1_q[3:0]};
    always @(posedge clk) begin
        if (ce) begin
            sum1_q <= x1 + -16'sd632;
            out_data[19:10] <= (~rounded1[11] & (|rounded1[10:9])) ? 10'sd511
                : (rounded1[11] & ~((&rounded1[10:9]) & (|rounded1[8:0]))) ? -10'sd511
                : rounded1[9:0];
        end
    end

endmodule

`resetall
