// golden, layer C1: the 2 x 2 kernels of 2 map(s).
//
// 8 adders and 1 negation(s) in 3 pipeline stage(s) of at most 2 adder(s) in a row, no multiplier.
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
        .STAGES    (3)
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
    // t4 = x2 - (t0 << 1) = -2*x0 - 3*x2
    wire signed [10:0] t4;
    lacuna_sub #(.WIDTH(10)) sub_t4 (.a({{3{x2[7]}}, x2[7:1]}), .b(t0), .difference(t4[10:1]));
    assign t4[0] = x2[0];

    // Stage 1.
    reg signed [9:0] t1_d1;
    reg signed [8:0] t2_d1;
    reg signed [10:0] t4_d1;
    always @(posedge clk) begin
        if (ce) begin
            t1_d1 <= t1;
            t2_d1 <= t2;
            t4_d1 <= t4;
        end
    end
    // t3 = t1 - (t2 << 1) = -x0 - x1 + 2*x2 - 2*x3
    wire signed [10:0] t3;
    lacuna_sub #(.WIDTH(10)) sub_t3 (.a({t1_d1[9], t1_d1[9:1]}), .b({t2_d1[8], t2_d1}), .difference(t3[10:1]));
    assign t3[0] = t1_d1[0];
    // t5 = t1 - t4 = 3*x0 - x1 + 5*x2
    wire signed [11:0] t5;
    lacuna_sub #(.WIDTH(12)) sub_t5 (.a({{2{t1_d1[9]}}, t1_d1}), .b({t4_d1[10], t4_d1}), .difference(t5));
    // t6 = t3 - (t1 << 1) = -3*x0 + x1 - 2*x2 - 2*x3
    wire signed [10:0] t6;
    lacuna_sub #(.WIDTH(10)) sub_t6 (.a(t3[10:1]), .b(t1_d1), .difference(t6[10:1]));
    assign t6[0] = t3[0];

    // Stage 2.
    reg signed [10:0] t3_d1;
    reg signed [11:0] t5_d1;
    reg signed [10:0] t6_d1;
    always @(posedge clk) begin
        if (ce) begin
            t3_d1 <= t3;
            t5_d1 <= t5;
            t6_d1 <= t6;
        end
    end
    // t7 = (t3 << 2) + t6 = -7*x0 - 3*x1 + 6*x2 - 10*x3
    wire signed [12:0] t7;
    lacuna_add #(.WIDTH(11)) add_t7 (.a(t3_d1), .b({{2{t6_d1[10]}}, t6_d1[10:2]}), .sum(t7[12:2]));
    assign t7[1:0] = t6_d1[1:0];

    // Outputs.
    reg signed [11:0] y0_q;  // 3*x0 - x1 + 5*x2
    reg signed [12:0] y1_q;  // 7*x0 + 3*x1 - 6*x2 + 10*x3
    always @(posedge clk) begin
        if (ce) begin
            y0_q <= t5_d1;
            y1_q <= -$signed(t7);
        end
    end
    assign out_data[11:0] = y0_q;
    assign out_data[24:12] = y1_q;

endmodule

`resetall
