// golden, layer C1.scale: the coefficient of each map.
//
// 2 adders in 1 pipeline stage(s) of at most 2 adder(s) in a row, no multiplier.
// y[o] = sum of x[i] times its constant; every wire is just wide enough for the values that can occur.
// Names: x is an input, t an adder, y an output; a suffix _dN is the same value N clocks later.
// Verilog-2005.

`resetall
`default_nettype none

module golden_c1_scale_product (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [24:0] in_data,
    output wire out_valid,
    output wire out_sof,
    output wire [29:0] out_data
);

    lacuna_control_delay #(
        .STAGES    (1)
    ) control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (in_valid),
        .in_sof    (in_sof),
        .out_valid (out_valid),
        .out_sof   (out_sof)
    );

    // Inputs.
    wire signed [11:0] x0 = in_data[11:0];  // map 0, times 5
    wire signed [12:0] x1 = in_data[24:12];  // map 1, times 7

    // Stage 0.
    // t0 = x0 + (x0 << 2) = 5*x0
    wire signed [13:0] t0;
    lacuna_add #(.WIDTH(12)) add_t0 (.a({{2{x0[11]}}, x0[11:2]}), .b(x0), .sum(t0[13:2]));
    assign t0[1:0] = x0[1:0];
    // t1 = (x1 << 3) - x1 = 7*x1
    wire signed [15:0] t1;
    lacuna_sub #(.WIDTH(16)) sub_t1 (.a({x1, 3'b0}), .b({{3{x1[12]}}, x1}), .difference(t1));

    // Outputs.
    reg signed [13:0] y0_q;  // 5*x0
    reg signed [15:0] y1_q;  // 7*x1
    always @(posedge clk) begin
        if (ce) begin
            y0_q <= t0;
            y1_q <= t1;
        end
    end
    assign out_data[13:0] = y0_q;
    assign out_data[29:14] = y1_q;

endmodule

`resetall
