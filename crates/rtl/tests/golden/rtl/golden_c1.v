// golden, layer C1: the 2 x 2 kernels of 2 map(s).
//
// 8 adders in 2 pipeline stage(s) of at most 2 adder(s) in a row, no multiplier.
// y[o] = sum of x[i] times its constant; every wire is just wide enough for the values that can occur.
// Names: x is an input, t an adder, y an output; a suffix _dN is the same value N clocks later.
// Verilog-2005.

`resetall
`default_nettype none

module golden_c1 (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [31:0] in_data,
    output wire out_valid,
    output wire out_sof,
    output wire [24:0] out_data
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

    // Inputs.
    wire signed [7:0] x0 = in_data[7:0];  // map 0, row 0, column 0
    wire signed [7:0] x1 = in_data[23:16];  // map 0, row 0, column 1
    wire signed [7:0] x2 = in_data[15:8];  // map 0, row 1, column 0
    wire signed [7:0] x3 = in_data[31:24];  // map 0, row 1, column 1

    // Stage 0.
    // t0 = x0 + (x2 << 1) = x0 + 2*x2
    wire signed [9:0] t0;
    lacuna_add #(.WIDTH(9)) add_t0 (.a({{2{x0[7]}}, x0[7:1]}), .b({x2[7], x2}), .sum(t0[9:1]));
    assign t0[0] = x0[0];
    // t1 = t0 - x1 = x0 - x1 + 2*x2
    wire signed [9:0] t1;
    lacuna_sub #(.WIDTH(10)) sub_t1 (.a(t0), .b({{2{x1[7]}}, x1}), .difference(t1));
    // t2 = x0 + x3
    wire signed [8:0] t2;
    lacuna_add #(.WIDTH(9)) add_t2 (.a({x0[7], x0}), .b({x3[7], x3}), .sum(t2));
    // t3 = x2 - (t0 << 1) = -2*x0 - 3*x2
    wire signed [10:0] t3;
    lacuna_sub #(.WIDTH(10)) sub_t3 (.a({{3{x2[7]}}, x2[7:1]}), .b(t0), .difference(t3[10:1]));
    assign t3[0] = x2[0];

    // Stage 1.
    reg signed [9:0] t1_d1;
    reg signed [8:0] t2_d1;
    reg signed [10:0] t3_d1;
    always @(posedge clk) begin
        if (ce) begin
            t1_d1 <= t1;
            t2_d1 <= t2;
            t3_d1 <= t3;
        end
    end
    // t4 = t1 - t3 = 3*x0 - x1 + 5*x2
    wire signed [11:0] t4;
    lacuna_sub #(.WIDTH(12)) sub_t4 (.a({{2{t1_d1[9]}}, t1_d1}), .b({t3_d1[10], t3_d1}), .difference(t4));
    // t5 = t2 + (t2 << 2) = 5*x0 + 5*x3
    wire signed [11:0] t5;
    lacuna_add #(.WIDTH(10)) add_t5 (.a({{3{t2_d1[8]}}, t2_d1[8:2]}), .b({t2_d1[8], t2_d1}), .sum(t5[11:2]));
    assign t5[1:0] = t2_d1[1:0];
    // t6 = t1 - (t1 << 2) = -3*x0 + 3*x1 - 6*x2
    wire signed [11:0] t6;
    lacuna_sub #(.WIDTH(10)) sub_t6 (.a({{2{t1_d1[9]}}, t1_d1[9:2]}), .b(t1_d1), .difference(t6[11:2]));
    assign t6[1:0] = t1_d1[1:0];
    // t7 = (t5 << 1) + t6 = 7*x0 + 3*x1 - 6*x2 + 10*x3
    wire signed [12:0] t7;
    lacuna_add #(.WIDTH(12)) add_t7 (.a(t5), .b({t6[11], t6[11:1]}), .sum(t7[12:1]));
    assign t7[0] = t6[0];

    // Outputs.
    reg signed [11:0] y0_q;  // 3*x0 - x1 + 5*x2
    reg signed [12:0] y1_q;  // 7*x0 + 3*x1 - 6*x2 + 10*x3
    always @(posedge clk) begin
        if (ce) begin
            y0_q <= t4;
            y1_q <= t7;
        end
    end
    assign out_data[11:0] = y0_q;
    assign out_data[24:12] = y1_q;

endmodule

`resetall
