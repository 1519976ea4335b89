// golden, layer C.scale: coefficient, bias, rounding and saturation, folded: maps take turns.
//
// A pixel comes in 2 beat(s) of 2 map(s). Per map y = clamp(floor((c x + b) / 2^13 + 1/2)), where c x is a sum of 4
// term(s) ± x shifted (by 0, 2, 4, 5, 6, 8, 10, 11 bits, or nothing), and the half is part of b.
// Results have 4 fraction bits and lie in -63 .. 63.
// Verilog-2005.

`resetall
`default_nettype none

module golden_c_scale (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [19:0] in_data,
    output wire out_valid,
    output wire out_sof,
    output reg  [13:0] out_data
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
    wire [57:0] codes;
    golden_c_scale_codes rom (
        .clk     (clk),
        .enable  (ce & in_valid),
        .address (phase),
        .data    (codes)
    );

    // Lane 0.
    reg  signed [9:0] x0_q;
    reg  signed [16:0] bias0_q;
    always @(posedge clk) begin
        if (ce) begin
            x0_q <= in_data[9:0];
            bias0_q <= codes[28:12];
        end
    end
    wire y0_t0_minus = codes[2];
    wire [1:0] y0_t0_select = codes[1:0];
    wire [19:0] y0_t0 = (y0_t0_select[1] ? {x0_q[8:0], 11'b0} : {x0_q, 10'b0});
    reg  signed [19:0] y0_t0_q;
    wire y0_t0_none = ce & ~|y0_t0_select;
    wire y0_t1_minus = codes[5];
    wire [1:0] y0_t1_select = codes[4:3];
    wire [17:0] y0_t1 = (y0_t1_select[1] ? {x0_q, 8'b0} : {{3{x0_q[9]}}, x0_q, 5'b0});
    reg  signed [17:0] y0_t1_q;
    wire y0_t1_none = ce & ~|y0_t1_select;
    wire y0_t2_minus = codes[8];
    wire [1:0] y0_t2_select = codes[7:6];
    wire [15:0] y0_t2 = (y0_t2_select[1] ? (y0_t2_select[0] ? {x0_q, 6'b0} : {x0_q[9], x0_q, 5'b0}) : {{4{x0_q[9]}}, x0_q, 2'b0});
    reg  signed [15:0] y0_t2_q;
    wire y0_t2_none = ce & ~|y0_t2_select;
    wire y0_t3_minus = codes[11];
    wire [1:0] y0_t3_select = codes[10:9];
    wire [13:0] y0_t3 = (y0_t3_select[1] ? (y0_t3_select[0] ? {x0_q, 4'b0} : {{2{x0_q[9]}}, x0_q, 2'b0}) : {{4{x0_q[9]}}, x0_q});
    reg  signed [13:0] y0_t3_q;
    wire y0_t3_none = ce & ~|y0_t3_select;
    always @(posedge clk) begin
        if (y0_t0_none) begin
            y0_t0_q <= {20{1'b0}};
        end else if (ce) begin
            y0_t0_q <= y0_t0 ^ {20{y0_t0_minus}};
        end
        if (y0_t1_none) begin
            y0_t1_q <= {18{1'b0}};
        end else if (ce) begin
            y0_t1_q <= y0_t1 ^ {18{y0_t1_minus}};
        end
        if (y0_t2_none) begin
            y0_t2_q <= {16{1'b0}};
        end else if (ce) begin
            y0_t2_q <= y0_t2 ^ {16{y0_t2_minus}};
        end
        if (y0_t3_none) begin
            y0_t3_q <= {14{1'b0}};
        end else if (ce) begin
            y0_t3_q <= y0_t3 ^ {14{y0_t3_minus}};
        end
    end
    wire signed [19:0] y0_s0_0;
    lacuna_add #(.WIDTH(20)) y0_s0_0_adder (
        .a(y0_t0_q), .b({{2{y0_t1_q[17]}}, y0_t1_q}), .sum(y0_s0_0)
    );
    reg  signed [19:0] y0_s0_0_q;
    wire signed [16:0] y0_s0_1;
    lacuna_add #(.WIDTH(17)) y0_s0_1_adder (
        .a({y0_t2_q[15], y0_t2_q}), .b({{3{y0_t3_q[13]}}, y0_t3_q}), .sum(y0_s0_1)
    );
    reg  signed [16:0] y0_s0_1_q;
    wire signed [16:0] y0_s0_2 = bias0_q;
    reg  signed [16:0] y0_s0_2_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s0_0_q <= y0_s0_0;
            y0_s0_1_q <= y0_s0_1;
            y0_s0_2_q <= y0_s0_2;
        end
    end
    wire signed [19:0] y0_s1_0;
    lacuna_add #(.WIDTH(20)) y0_s1_0_adder (
        .a(y0_s0_0_q), .b({{3{y0_s0_1_q[16]}}, y0_s0_1_q}), .sum(y0_s1_0)
    );
    reg  signed [19:0] y0_s1_0_q;
    wire signed [16:0] y0_s1_1 = y0_s0_2_q;
    reg  signed [16:0] y0_s1_1_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s1_0_q <= y0_s1_0;
            y0_s1_1_q <= y0_s1_1;
        end
    end
    wire signed [19:0] y0_s2_0;
    lacuna_add #(.WIDTH(20)) y0_s2_0_adder (
        .a(y0_s1_0_q), .b({{3{y0_s1_1_q[16]}}, y0_s1_1_q}), .sum(y0_s2_0)
    );
    reg  signed [19:0] y0_s2_0_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s2_0_q <= y0_s2_0;
        end
    end
    wire signed [19:0] sum0 = y0_s2_0_q;
    wire signed [6:0] rounded0 = sum0[19:13];
    wire unused_fraction0 = &{1'b0, sum0[12:0]};
    always @(posedge clk) begin
        if (ce) begin
            out_data[6:0] <= rounded0;
        end
    end

    // Lane 1.
    reg  signed [9:0] x1_q;
    reg  signed [16:0] bias1_q;
    always @(posedge clk) begin
        if (ce) begin
            x1_q <= in_data[19:10];
            bias1_q <= codes[57:41];
        end
    end
    wire y1_t0_minus = codes[31];
    wire [1:0] y1_t0_select = codes[30:29];
    wire [19:0] y1_t0 = (y1_t0_select[1] ? {x1_q[8:0], 11'b0} : {x1_q, 10'b0});
    reg  signed [19:0] y1_t0_q;
    wire y1_t0_none = ce & ~|y1_t0_select;
    wire y1_t1_minus = codes[34];
    wire [1:0] y1_t1_select = codes[33:32];
    wire [17:0] y1_t1 = (y1_t1_select[1] ? {x1_q, 8'b0} : {{3{x1_q[9]}}, x1_q, 5'b0});
    reg  signed [17:0] y1_t1_q;
    wire y1_t1_none = ce & ~|y1_t1_select;
    wire y1_t2_minus = codes[37];
    wire [1:0] y1_t2_select = codes[36:35];
    wire [15:0] y1_t2 = (y1_t2_select[1] ? (y1_t2_select[0] ? {x1_q, 6'b0} : {x1_q[9], x1_q, 5'b0}) : {{4{x1_q[9]}}, x1_q, 2'b0});
    reg  signed [15:0] y1_t2_q;
    wire y1_t2_none = ce & ~|y1_t2_select;
    wire y1_t3_minus = codes[40];
    wire [1:0] y1_t3_select = codes[39:38];
    wire [13:0] y1_t3 = (y1_t3_select[1] ? (y1_t3_select[0] ? {x1_q, 4'b0} : {{2{x1_q[9]}}, x1_q, 2'b0}) : {{4{x1_q[9]}}, x1_q});
    reg  signed [13:0] y1_t3_q;
    wire y1_t3_none = ce & ~|y1_t3_select;
    always @(posedge clk) begin
        if (y1_t0_none) begin
            y1_t0_q <= {20{1'b0}};
        end else if (ce) begin
            y1_t0_q <= y1_t0 ^ {20{y1_t0_minus}};
        end
        if (y1_t1_none) begin
            y1_t1_q <= {18{1'b0}};
        end else if (ce) begin
            y1_t1_q <= y1_t1 ^ {18{y1_t1_minus}};
        end
        if (y1_t2_none) begin
            y1_t2_q <= {16{1'b0}};
        end else if (ce) begin
            y1_t2_q <= y1_t2 ^ {16{y1_t2_minus}};
        end
        if (y1_t3_none) begin
            y1_t3_q <= {14{1'b0}};
        end else if (ce) begin
            y1_t3_q <= y1_t3 ^ {14{y1_t3_minus}};
        end
    end
    wire signed [19:0] y1_s0_0;
    lacuna_add #(.WIDTH(20)) y1_s0_0_adder (
        .a(y1_t0_q), .b({{2{y1_t1_q[17]}}, y1_t1_q}), .sum(y1_s0_0)
    );
    reg  signed [19:0] y1_s0_0_q;
    wire signed [16:0] y1_s0_1;
    lacuna_add #(.WIDTH(17)) y1_s0_1_adder (
        .a({y1_t2_q[15], y1_t2_q}), .b({{3{y1_t3_q[13]}}, y1_t3_q}), .sum(y1_s0_1)
    );
    reg  signed [16:0] y1_s0_1_q;
    wire signed [16:0] y1_s0_2 = bias1_q;
    reg  signed [16:0] y1_s0_2_q;
    always @(posedge clk) begin
        if (ce) begin
            y1_s0_0_q <= y1_s0_0;
            y1_s0_1_q <= y1_s0_1;
            y1_s0_2_q <= y1_s0_2;
        end
    end
    wire signed [19:0] y1_s1_0;
    lacuna_add #(.WIDTH(20)) y1_s1_0_adder (
        .a(y1_s0_0_q), .b({{3{y1_s0_1_q[16]}}, y1_s0_1_q}), .sum(y1_s1_0)
    );
    reg  signed [19:0] y1_s1_0_q;
    wire signed [16:0] y1_s1_1 = y1_s0_2_q;
    reg  signed [16:0] y1_s1_1_q;
    always @(posedge clk) begin
        if (ce) begin
            y1_s1_0_q <= y1_s1_0;
            y1_s1_1_q <= y1_s1_1;
        end
    end
    wire signed [19:0] y1_s2_0;
    lacuna_add #(.WIDTH(20)) y1_s2_0_adder (
        .a(y1_s1_0_q), .b({{3{y1_s1_1_q[16]}}, y1_s1_1_q}), .sum(y1_s2_0)
    );
    reg  signed [19:0] y1_s2_0_q;
    always @(posedge clk) begin
        if (ce) begin
            y1_s2_0_q <= y1_s2_0;
        end
    end
    wire signed [19:0] sum1 = y1_s2_0_q;
    wire signed [6:0] rounded1 = sum1[19:13];
    wire unused_fraction1 = &{1'b0, sum1[12:0]};
    always @(posedge clk) begin
        if (ce) begin
            out_data[13:7] <= rounded1;
        end
    end

endmodule

`resetall
