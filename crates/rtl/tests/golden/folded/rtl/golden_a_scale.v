// golden, layer A.scale: coefficient, bias, rounding and saturation, folded: maps take turns.
//
// A pixel comes in 2 beat(s) of 1 map(s). Per map y = clamp(floor((c x + b) / 2^15 + 1/2)), where c x is a sum of 4
// term(s) ± x shifted (by 0, 2, 5, 7, 9, 10 bits, or nothing), and the half is part of b.
// Results have 4 fraction bits and lie in -63 .. 63.
// Verilog-2005.

`resetall
`default_nettype none

module golden_a_scale (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [12:0] in_data,
    output wire out_valid,
    output wire out_sof,
    output reg  [6:0] out_data
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
    wire [26:0] codes;
    golden_a_scale_codes rom (
        .clk     (clk),
        .enable  (ce & in_valid),
        .address (phase),
        .data    (codes)
    );

    // Lane 0.
    reg  signed [12:0] x0_q;
    reg  signed [15:0] bias0_q;
    always @(posedge clk) begin
        if (ce) begin
            x0_q <= in_data[12:0];
            bias0_q <= codes[26:11];
        end
    end
    wire y0_t0_minus = codes[2];
    wire [1:0] y0_t0_select = codes[1:0];
    wire [22:0] y0_t0 = (y0_t0_select[1] ? {x0_q, 10'b0} : {x0_q[12], x0_q, 9'b0});
    reg  signed [22:0] y0_t0_q;
    wire y0_t0_none = ce & ~|y0_t0_select;
    wire y0_t1_minus = codes[4];
    wire [0:0] y0_t1_select = codes[3];
    wire [19:0] y0_t1 = {x0_q, 7'b0};
    reg  signed [19:0] y0_t1_q;
    wire y0_t1_none = ce & ~|y0_t1_select;
    wire y0_t2_minus = codes[7];
    wire [1:0] y0_t2_select = codes[6:5];
    wire [17:0] y0_t2 = (y0_t2_select[1] ? {x0_q, 5'b0} : {{3{x0_q[12]}}, x0_q, 2'b0});
    reg  signed [17:0] y0_t2_q;
    wire y0_t2_none = ce & ~|y0_t2_select;
    wire y0_t3_minus = codes[10];
    wire [1:0] y0_t3_select = codes[9:8];
    wire [14:0] y0_t3 = (y0_t3_select[1] ? {x0_q, 2'b0} : {{2{x0_q[12]}}, x0_q});
    reg  signed [14:0] y0_t3_q;
    wire y0_t3_none = ce & ~|y0_t3_select;
    always @(posedge clk) begin
        if (y0_t0_none) begin
            y0_t0_q <= {23{1'b0}};
        end else if (ce) begin
            y0_t0_q <= y0_t0 ^ {23{y0_t0_minus}};
        end
        if (y0_t1_none) begin
            y0_t1_q <= {20{1'b0}};
        end else if (ce) begin
            y0_t1_q <= y0_t1 ^ {20{y0_t1_minus}};
        end
        if (y0_t2_none) begin
            y0_t2_q <= {18{1'b0}};
        end else if (ce) begin
            y0_t2_q <= y0_t2 ^ {18{y0_t2_minus}};
        end
        if (y0_t3_none) begin
            y0_t3_q <= {15{1'b0}};
        end else if (ce) begin
            y0_t3_q <= y0_t3 ^ {15{y0_t3_minus}};
        end
    end
    wire signed [22:0] y0_s0_0;
    lacuna_add #(.WIDTH(23)) y0_s0_0_adder (
        .a(y0_t0_q), .b({{3{y0_t1_q[19]}}, y0_t1_q}), .sum(y0_s0_0)
    );
    reg  signed [22:0] y0_s0_0_q;
    wire signed [18:0] y0_s0_1;
    lacuna_add #(.WIDTH(19)) y0_s0_1_adder (
        .a({y0_t2_q[17], y0_t2_q}), .b({{4{y0_t3_q[14]}}, y0_t3_q}), .sum(y0_s0_1)
    );
    reg  signed [18:0] y0_s0_1_q;
    wire signed [15:0] y0_s0_2 = bias0_q;
    reg  signed [15:0] y0_s0_2_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s0_0_q <= y0_s0_0;
            y0_s0_1_q <= y0_s0_1;
            y0_s0_2_q <= y0_s0_2;
        end
    end
    wire signed [22:0] y0_s1_0;
    lacuna_add #(.WIDTH(23)) y0_s1_0_adder (
        .a(y0_s0_0_q), .b({{4{y0_s0_1_q[18]}}, y0_s0_1_q}), .sum(y0_s1_0)
    );
    reg  signed [22:0] y0_s1_0_q;
    wire signed [15:0] y0_s1_1 = y0_s0_2_q;
    reg  signed [15:0] y0_s1_1_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s1_0_q <= y0_s1_0;
            y0_s1_1_q <= y0_s1_1;
        end
    end
    wire signed [22:0] y0_s2_0;
    lacuna_add #(.WIDTH(23)) y0_s2_0_adder (
        .a(y0_s1_0_q), .b({{7{y0_s1_1_q[15]}}, y0_s1_1_q}), .sum(y0_s2_0)
    );
    reg  signed [22:0] y0_s2_0_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s2_0_q <= y0_s2_0;
        end
    end
    wire signed [22:0] sum0 = y0_s2_0_q;
    wire signed [7:0] rounded0 = sum0[22:15];
    wire unused_fraction0 = &{1'b0, sum0[14:0]};
    always @(posedge clk) begin
        if (ce) begin
            out_data[6:0] <= (~rounded0[7] & (|rounded0[6])) ? 7'sd63
                : (rounded0[7] & ~((&rounded0[6]) & (|rounded0[5:0]))) ? -7'sd63
                : rounded0[6:0];
        end
    end

endmodule

`resetall
