// golden, layer A: 3 x 3 kernels (height x width), folded.
//
// Input:  lines of 14 pixels, a pixel in 1 beat(s) of 1 map(s), map 0 first and lowest.
// Output: for every window inside the frame 1 beat(s) of 2 map(s).
// A step reads the 3 value(s) of one column of the window in 1 map(s), and adds ± the value shifted by what the
// code of its weight says (by 0, 1, 2 bits, or nothing) to 2 sum(s): 2 x 3 terms, no multiplier.
// 3 steps a window: group by group of outputs, from the newest column on, map by map. The words of the newest pixel
// come in with the first steps, and wait in a queue till then.
// Verilog-2005.

`resetall
`default_nettype none

module golden_a (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [7:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output wire [25:0] out_data
);

    localparam [1:0] LAST_FETCH = 2'd0;
    localparam [1:0] LAST_STEP  = 2'd2;
    localparam [1:0] LAST_TAP   = 2'd2;      // of a group
    localparam [0:0] LAST_PHASE = 1'd0;
    localparam [3:0] LAST_COLUMN = 4'd13;
    localparam [1:0] LAST_ROW = 2'd2;

    // Words wait here for their steps.
    wire word_valid;
    wire word_sof;
    wire [7:0] word;
    reg  fetching_q;
    lacuna_fifo #(
        .WIDTH         (9),
        .ADDRESS_WIDTH (5)
    ) queue (
        .clk           (clk),
        .rst           (rst),
        .ce            (ce),
        .in_valid      (in_valid),
        .in_data       ({in_sof, in_data}),
        .out_valid     (word_valid),
        .out_data      ({word_sof, word}),
        .out_taken     (fetching_q)
    );

    // The step, and the place of the newest pixel.
    reg [1:0] step_q;
    reg [1:0] tap_q;
    reg [0:0] phase_q;
    reg [3:0] column_q;
    wire go    = ~fetching_q | word_valid;
    wire start = fetching_q & word_sof;
    wire [3:0] column = start ? 4'd0 : column_q;
    wire line_end   = (column == LAST_COLUMN);
    reg [1:0] row_q;
    wire [1:0] row = start ? 2'd0 : row_q;
    wire full       = (row == LAST_ROW);
    wire complete   = full & (|column[3:1]);
    wire last_tap   = (tap_q == LAST_TAP);
    wire last_phase = (phase_q == LAST_PHASE);
    wire last_fetch = fetching_q & (step_q == LAST_FETCH);
    wire pixel_end  = (step_q == LAST_STEP) | (last_fetch & ~complete);

    always @(posedge clk) begin
        if (rst) begin
            fetching_q <= 1'b1;
            step_q     <= 2'd0;
            tap_q      <= 2'd0;
            phase_q    <= 1'd0;
        end else if (ce & go) begin
            fetching_q <= pixel_end | (fetching_q & ~last_fetch);
            step_q     <= pixel_end ? 2'd0 : step_q + 2'd1;
            tap_q      <= (pixel_end | last_tap) ? 2'd0 : tap_q + 2'd1;
            phase_q    <= last_phase ? 1'd0 : phase_q + 1'd1;
        end
        if (ce & go) begin
            column_q <= ~pixel_end ? column : line_end ? 4'd0 : column + 4'd1;
            row_q    <= (pixel_end & line_end & ~full) ? row + 2'd1 : row;
        end
    end

    // Where the column lies: pixel by pixel of the line, map by map.
    reg [3:0] address_q;
    wire [3:0] address   = start ? 4'd0 : address_q;
    reg [3:0] base_q;
    wire [3:0] base      = start ? 4'd0 : base_q;
    wire [3:0] next_base = line_end ? 4'd0 : base + 4'd1;
    always @(posedge clk) begin
        if (ce & go) begin
            base_q    <= pixel_end ? next_base : base;
            address_q <= pixel_end ? next_base
                : last_tap ? base
                : last_phase ? address - 4'd1
                : address + 4'd1;
        end
    end

    // First rank: the column and the codes.
    reg  [7:0] word_q;
    reg  fetched_q;
    wire [17:0] codes;
    reg  [3:0] at_q;
    reg  arrived_q;
    wire [23:0] stored;
    always @(posedge clk) begin
        if (ce) begin
            word_q    <= word;
            fetched_q <= fetching_q;
            at_q      <= address;
            arrived_q <= fetching_q & word_valid;
        end
    end

    golden_a_codes rom (
        .clk     (clk),
        .enable  (ce & go),
        .address (step_q),
        .data    (codes)
    );

    wire [23:0] values = fetched_q ? {word_q, stored[23:8]} : stored;
    lacuna_line_ram #(
        .WIDTH         (24),
        .DEPTH         (14),
        .ADDRESS_WIDTH (4)
    ) pixels (
        .clk           (clk),
        .write_enable  (ce & arrived_q),
        .write_address (at_q),
        .write_data    (values),
        .read_enable   (ce & go),
        .read_address  (address),
        .read_data     (stored)
    );

    wire signed [7:0] x0_0 = values[7:0];  // row 0, lane 0
    wire signed [7:0] x1_0 = values[15:8];  // row 1, lane 0
    wire signed [7:0] x2_0 = values[23:16];  // row 2, lane 0

    // Flags of a step, up to the accumulators.
    reg  [3:0] go_q;
    reg  [3:0] first_q;
    reg  [3:0] emit_q;
    reg  [3:0] sof_q;
    reg  opening_q;                     // the frame has no result yet
    wire emit    = go & last_tap & complete;
    wire opening = start | opening_q;
    always @(posedge clk) begin
        if (rst) begin
            go_q      <= {4{1'b0}};
            emit_q    <= {4{1'b0}};
            out_valid <= 1'b0;
        end else if (ce) begin
            go_q      <= {go_q[2:0], go};
            emit_q    <= {emit_q[2:0], emit};
            out_valid <= emit_q[3];
        end
        if (ce) begin
            first_q <= {first_q[2:0], tap_q == 2'd0};
            sof_q   <= {sof_q[2:0], opening};
            out_sof <= sof_q[3];
            if (go) begin
                opening_q <= opening & ~emit;
            end
        end
    end
    wire step_done = ce & go_q[3];
    wire anew      = first_q[3];

    // Output 0 of the group: its terms, their sum, and the sum over the steps.
    wire y0_t0_n = codes[2];
    wire [1:0] y0_t0_select = codes[1:0];
    wire [9:0] y0_t0 = (y0_t0_select[1] ? (y0_t0_select[0] ? {x0_0, 2'b0} : {x0_0[7], x0_0, 1'b0}) : (y0_t0_select[0] ? {{2{x0_0[7]}}, x0_0} : {10{1'b0}}));
    reg  signed [9:0] y0_t0_q;
    reg  y0_t0_n_q;
    wire y0_t1_n = codes[5];
    wire [1:0] y0_t1_select = codes[4:3];
    wire [9:0] y0_t1 = (y0_t1_select[1] ? (y0_t1_select[0] ? {x1_0, 2'b0} : {x1_0[7], x1_0, 1'b0}) : (y0_t1_select[0] ? {{2{x1_0[7]}}, x1_0} : {10{1'b0}}));
    reg  signed [9:0] y0_t1_q;
    reg  y0_t1_n_q;
    wire y0_t2_n = codes[8];
    wire [1:0] y0_t2_select = codes[7:6];
    wire [9:0] y0_t2 = (y0_t2_select[1] ? (y0_t2_select[0] ? {x2_0, 2'b0} : {x2_0[7], x2_0, 1'b0}) : (y0_t2_select[0] ? {{2{x2_0[7]}}, x2_0} : {10{1'b0}}));
    reg  signed [9:0] y0_t2_q;
    reg  y0_t2_n_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_t0_q <= y0_t0 ^ {10{y0_t0_n}};
            y0_t0_n_q <= y0_t0_n;
            y0_t1_q <= y0_t1 ^ {10{y0_t1_n}};
            y0_t1_n_q <= y0_t1_n;
            y0_t2_q <= y0_t2 ^ {10{y0_t2_n}};
            y0_t2_n_q <= y0_t2_n;
        end
    end
    wire signed [10:0] y0_s0_0;
    lacuna_add_carry #(.WIDTH(11)) y0_s0_0_adder (
        .a({y0_t0_q[9], y0_t0_q}), .b({y0_t1_q[9], y0_t1_q}),
        .carry(y0_t0_n_q), .sum(y0_s0_0)
    );
    reg  signed [10:0] y0_s0_0_q;
    reg  signed [9:0] y0_s0_1_q;
    reg  y0_c0_0_q;
    reg  y0_c0_1_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s0_0_q <= y0_s0_0;
            y0_s0_1_q <= y0_t2_q;
            y0_c0_0_q <= y0_t1_n_q;
            y0_c0_1_q <= y0_t2_n_q;
        end
    end
    wire signed [11:0] y0_s1_0;
    lacuna_add_carry #(.WIDTH(12)) y0_s1_0_adder (
        .a({y0_s0_0_q[10], y0_s0_0_q}), .b({{2{y0_s0_1_q[9]}}, y0_s0_1_q}),
        .carry(y0_c0_0_q), .sum(y0_s1_0)
    );
    reg  signed [11:0] y0_s1_0_q;
    reg  y0_c1_0_q;
    always @(posedge clk) begin
        if (ce) begin
            y0_s1_0_q <= y0_s1_0;
            y0_c1_0_q <= y0_c0_1_q;
        end
    end
    reg  signed [12:0] y0_q;
    wire signed [12:0] y0;
    lacuna_add_carry #(.WIDTH(13)) y0_adder (
        .a(anew ? {13{1'b0}} : y0_q), .b({y0_s1_0_q[11], y0_s1_0_q}),
        .carry(y0_c1_0_q), .sum(y0)
    );
    always @(posedge clk) begin
        if (step_done) begin
            y0_q <= y0;
        end
    end
    assign out_data[12:0] = y0_q;

    // Output 1 of the group: its terms, their sum, and the sum over the steps.
    wire y1_t0_n = codes[11];
    wire [1:0] y1_t0_select = codes[10:9];
    wire [9:0] y1_t0 = (y1_t0_select[1] ? (y1_t0_select[0] ? {x0_0, 2'b0} : {x0_0[7], x0_0, 1'b0}) : (y1_t0_select[0] ? {{2{x0_0[7]}}, x0_0} : {10{1'b0}}));
    reg  signed [9:0] y1_t0_q;
    reg  y1_t0_n_q;
    wire y1_t1_n = codes[14];
    wire [1:0] y1_t1_select = codes[13:12];
    wire [9:0] y1_t1 = (y1_t1_select[1] ? (y1_t1_select[0] ? {x1_0, 2'b0} : {x1_0[7], x1_0, 1'b0}) : (y1_t1_select[0] ? {{2{x1_0[7]}}, x1_0} : {10{1'b0}}));
    reg  signed [9:0] y1_t1_q;
    reg  y1_t1_n_q;
    wire y1_t2_n = codes[17];
    wire [1:0] y1_t2_select = codes[16:15];
    wire [9:0] y1_t2 = (y1_t2_select[1] ? (y1_t2_select[0] ? {x2_0, 2'b0} : {x2_0[7], x2_0, 1'b0}) : (y1_t2_select[0] ? {{2{x2_0[7]}}, x2_0} : {10{1'b0}}));
    reg  signed [9:0] y1_t2_q;
    reg  y1_t2_n_q;
    always @(posedge clk) begin
        if (ce) begin
            y1_t0_q <= y1_t0 ^ {10{y1_t0_n}};
            y1_t0_n_q <= y1_t0_n;
            y1_t1_q <= y1_t1 ^ {10{y1_t1_n}};
            y1_t1_n_q <= y1_t1_n;
            y1_t2_q <= y1_t2 ^ {10{y1_t2_n}};
            y1_t2_n_q <= y1_t2_n;
        end
    end
    wire signed [10:0] y1_s0_0;
    lacuna_add_carry #(.WIDTH(11)) y1_s0_0_adder (
        .a({y1_t0_q[9], y1_t0_q}), .b({y1_t1_q[9], y1_t1_q}),
        .carry(y1_t0_n_q), .sum(y1_s0_0)
    );
    reg  signed [10:0] y1_s0_0_q;
    reg  signed [9:0] y1_s0_1_q;
    reg  y1_c0_0_q;
    reg  y1_c0_1_q;
    always @(posedge clk) begin
        if (ce) begin
            y1_s0_0_q <= y1_s0_0;
            y1_s0_1_q <= y1_t2_q;
            y1_c0_0_q <= y1_t1_n_q;
            y1_c0_1_q <= y1_t2_n_q;
        end
    end
    wire signed [11:0] y1_s1_0;
    lacuna_add_carry #(.WIDTH(12)) y1_s1_0_adder (
        .a({y1_s0_0_q[10], y1_s0_0_q}), .b({{2{y1_s0_1_q[9]}}, y1_s0_1_q}),
        .carry(y1_c0_0_q), .sum(y1_s1_0)
    );
    reg  signed [11:0] y1_s1_0_q;
    reg  y1_c1_0_q;
    always @(posedge clk) begin
        if (ce) begin
            y1_s1_0_q <= y1_s1_0;
            y1_c1_0_q <= y1_c0_1_q;
        end
    end
    reg  signed [12:0] y1_q;
    wire signed [12:0] y1;
    lacuna_add_carry #(.WIDTH(13)) y1_adder (
        .a(anew ? {13{1'b0}} : y1_q), .b({y1_s1_0_q[11], y1_s1_0_q}),
        .carry(y1_c1_0_q), .sum(y1)
    );
    always @(posedge clk) begin
        if (step_done) begin
            y1_q <= y1;
        end
    end
    assign out_data[25:13] = y1_q;

endmodule

`resetall
