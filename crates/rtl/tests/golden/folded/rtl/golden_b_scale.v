// golden, layer B.scale: coefficient, bias, rounding and saturation, folded: maps take turns.
//
// A pixel comes in 2 beat(s) of 1 map(s). Per map y = clamp(floor((c x + b) / 2^10 + 1/2)), where c x is a sum of 4
// term(s) ± x shifted (by 0, 1, 4, 6, 8 bits, or nothing), and the half is part of b.
// Results have 4 fraction bits and lie in -63 .. 63.
// Verilog-2005.

`resetall
`default_nettype none

module golden_b_scale (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [8:0] in_data,
    output wire out_valid,
    output wire out_sof,
    output reg  [5:0] out_data
);

    lacuna_control_delay #(
        .STAGES    (6)
    ) control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (in_valid),
        .in_sof    (in_sof),
        .out_valid (out_valid),
        .out_sof   (out_sof)
    );

    localparam [0:0] LAST_PHASE = 1'd1;
    reg [0:0] phase_q;
    wire [0:0] phase = in_sof ? 1'd0 : phase_q;
    always @(posedge clk) begin
        if (ce & in_valid) begin
            phase_q <= (phase == LAST_PHASE) ? 1'd0 : phase + 1'd1;
        end
    end

    // First rank: the values and their codes.
    wire [18:0] codes;
    golden_b_scale_codes rom (
        .clk     (clk),
        .enable  (ce & in_valid),
        .address (phase),
        .data    (codes)
    );

    // Lane 0.
    reg  signed [8:0] x0_q;
    reg  signed [9:0] bias0_q;
    always @(posedge clk) begin
        if (ce) begin
            x0_q <= in_data[8:0];
            bias0_q <= codes[18:9];
        end
    end
    wire y0_t0_minus = codes[1];
    wire [0:0] y0_t0_select = codes[0];
    wire [15:0] y0_t0 = {x0_q[7:0], 8'b0};
    reg  signed [15:0] y0_t0_q;
    wire y0_t0_none = ce & ~|y0_t0_select;
    wire y0_t1_minus = codes[3];
    wire [0:0] y0_t1_select = codes[2];
    wire [14:0] y0_t1 = {x0_q, 6'b0};
    reg  signed [14:0] y0_t1_q;
    wire y0_t1_none = ce & ~|y0_t1_select;
    wire y0_t2_minus = codes[6];
    wire [1:0] y0_t2_select = codes[5:4];
    wire [12:0] y0_t2 = (y0_t2_select[1] ? {x0_q, 4'b0} : {{4{x0_q[8]}}, x0_q});
    reg  signed [12:0] y0_t2_q;
    wire y0_t2_none = ce & ~|y0_t2_select;
    wire y0_t3_minus = codes[8];
    wire [0:0] y0_t3_select = codes[7];
    wire [9:0] y0_t3 = {x0_q, 1'b0};
    reg  signed [9:0] y0_t3_q;
    wire y0_t3_none = ce & ~|y0_t3_select;
    always @(posedge clk) begin
        if (y0_t0_none) begin
            y0_t0_q <= {16{1'b0}};
        end else if (ce) begin
            y0_t0_q <= y0_t0 ^ {16{y0_t0_minus}};
        end
        if (y0_t1_none) begin
            y0_t1_q <= {15{1'b0}};
        end else if (ce) begin
            y0_t1_q <= y0_t1 ^ {15{y0_t1_minus}};
        end
        if (y0_t2_none) begin
            y0_t2_q <= {13{1'b0}};
        end else if (ce) begin
            y0_t2_q <= y0_t2 ^ {13{y0_t2_minus}};
        end
        if (y0_t3_none) begin
            y0_t3_q <= {10{1'b0}};
        end else if (ce) begin
            y0_t3_q <= y0_t3 ^ {10{y0_t3_minus}};
        end
    end
    wire signed [15:0] y0_s0_0;
    lacuna_add #(.WIDTH(16)) y0_s0_0_adder (
        .a(y0_t0_q), .b({y0_t1_q[14], y0_t1_q}), .sum(y0_s0_0)
    );
    reg  signed [15:0] y0_s0_0_q;
    wire signed [13:0] y0_s0_1;
    lacuna_add #(.WIDTH(14)) y0_s0_1_adder (
        .a({y0_t2_q[12], y0_t2_q}), .b({{4{y0_t3_q[9]}}, y0_t3_q}), .sum(y0_s0_1)
    );
    reg  signed [13:0] y0_s0_1_q;
    wire signed [9:0] y0_s0_2 = bias0_q;
    reg  signed [9:0] y0_s0_2_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s0_0_q <= y0_s0_0;
            y0_s0_1_q <= y0_s0_1;
            y0_s0_2_q <= y0_s0_2;
        end
    end
    wire signed [15:0] y0_s1_0;
    lacuna_add #(.WIDTH(16)) y0_s1_0_adder (
        .a(y0_s0_0_q), .b({{2{y0_s0_1_q[13]}}, y0_s0_1_q}), .sum(y0_s1_0)
    );
    reg  signed [15:0] y0_s1_0_q;
    wire signed [9:0] y0_s1_1 = y0_s0_2_q;
    reg  signed [9:0] y0_s1_1_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s1_0_q <= y0_s1_0;
            y0_s1_1_q <= y0_s1_1;
        end
    end
    wire signed [15:0] y0_s2_0;
    lacuna_add #(.WIDTH(16)) y0_s2_0_adder (
        .a(y0_s1_0_q), .b({{6{y0_s1_1_q[9]}}, y0_s1_1_q}), .sum(y0_s2_0)
    );
    reg  signed [15:0] y0_s2_0_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s2_0_q <= y0_s2_0;
        end
    end
    wire signed [15:0] sum0 = y0_s2_0_q;
    wire signed [5:0] rounded0 = sum0[15:10];
    wire unused_fraction0 = &{1'b0, sum0[9:0]};
    always @(posedge clk) begin
        if (ce) begin
            out_data[5:0] <= rounded0;
        end
    end

endmodule

`resetall
