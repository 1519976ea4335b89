// golden, layer B: 3 x 2 kernels (height x width), one a map, folded: maps take turns.
//
// Input:  lines of 6 pixels, a pixel in 2 beat(s) of 1 map(s), map 0 first and lowest.
// Output: for every window inside the frame as many beats.
// A beat completes a column of 3 value(s) in each map. It is read once, for all 2 result(s) it belongs to: their sums
// wait for the next pixel, and the oldest is complete. A term is the value shifted by what the code of its weight says (by
// 0, 1, 2 bits, or nothing), added or subtracted; no multiplier.
// Verilog-2005.

`resetall
`default_nettype none

module golden_b (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [4:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output wire [8:0] out_data
);

    localparam [0:0] LAST_PHASE = 1'd1;
    localparam [2:0] LAST_COLUMN = 3'd5;
    localparam [1:0] LAST_ROW = 2'd2;
    localparam [3:0] LAST_ADDRESS = 4'd11;

    // The place of the beat.
    reg [0:0] phase_q;
    reg [2:0] column_q;
    wire [0:0] phase = in_sof ? 1'd0 : phase_q;
    wire [2:0] column = in_sof ? 3'd0 : column_q;
    wire last_phase = (phase == LAST_PHASE);
    wire line_end   = (column == LAST_COLUMN);
    reg [1:0] row_q;
    reg [3:0] address_q;
    wire [1:0] row = in_sof ? 2'd0 : row_q;
    wire [3:0] address = in_sof ? 4'd0 : address_q;
    wire full       = (row == LAST_ROW);
    wire complete   = full & (|column);
    wire beat       = ce & in_valid;

    always @(posedge clk) begin
        if (beat) begin
            phase_q  <= last_phase ? 1'd0 : phase + 1'd1;
            column_q <= ~last_phase ? column : line_end ? 3'd0 : column + 3'd1;
            row_q    <= (last_phase & line_end & ~full) ? row + 2'd1 : row;
            address_q <= (address == LAST_ADDRESS) ? 4'd0 : address + 4'd1;
        end
    end

    // First rank: the column.
    reg  [4:0] word_q;
    reg  arrived_q;
    reg  [3:0] at_q;
    wire [9:0] above;
    always @(posedge clk) begin
        if (ce) begin
            word_q    <= in_data;
            arrived_q <= in_valid;
            at_q      <= address;
        end
    end

    wire [14:0] values = {word_q, above};
    lacuna_banked_ram #(
        .WIDTH         (5),
        .DEPTH         (12),
        .ADDRESS_WIDTH (4)
    ) large_lines (
        .clk           (clk),
        .write_enable  (ce & arrived_q),
        .write_address (at_q),
        .write_data    (values[9:5]),
        .read_enable   (beat),
        .read_address  (address),
        .read_data     (above[4:0])
    );
    lacuna_line_ram #(
        .WIDTH         (5),
        .DEPTH         (12),
        .ADDRESS_WIDTH (4)
    ) lines (
        .clk           (clk),
        .write_enable  (ce & arrived_q),
        .write_address (at_q),
        .write_data    (values[14:10]),
        .read_enable   (beat),
        .read_address  (address),
        .read_data     (above[9:5])
    );

    // The phase of a beat, up to the sums of columns.
    reg  [0:0] phase_0_q;
    reg  [0:0] phase_1_q;
    reg  [0:0] phase_2_q;
    reg  [0:0] phase_3_q;
    reg  [0:0] phase_4_q;
    always @(posedge clk) begin
        if (ce) begin
            phase_0_q <= phase;
            phase_1_q <= phase_0_q;
            phase_2_q <= phase_1_q;
            phase_3_q <= phase_2_q;
            phase_4_q <= phase_3_q;
        end
    end

    // Second rank: the values of the column, and their codes.
    reg  signed [4:0] x0_0;  // row 0, lane 0
    reg  signed [4:0] x1_0;  // row 1, lane 0
    reg  signed [4:0] x2_0;  // row 2, lane 0
    always @(posedge clk) begin
        if (ce) begin
            x0_0 <= values[4:0];
            x1_0 <= values[9:5];
            x2_0 <= values[14:10];
        end
    end
    wire [17:0] codes;
    golden_b_codes rom (
        .clk     (clk),
        .enable  (ce),
        .address (phase_0_q),
        .data    (codes)
    );

    // Flags of a beat, up to the sums of columns.
    reg  [4:0] go_q;
    reg  [4:0] emit_q;
    reg  [4:0] sof_q;
    reg  opening_q;                     // the frame has no result yet
    wire opening = in_sof | opening_q;
    always @(posedge clk) begin
        if (rst) begin
            go_q      <= {5{1'b0}};
            emit_q    <= {5{1'b0}};
            out_valid <= 1'b0;
        end else if (ce) begin
            go_q      <= {go_q[3:0], in_valid};
            emit_q    <= {emit_q[3:0], in_valid & complete};
            out_valid <= emit_q[4];
        end
        if (ce) begin
            sof_q   <= {sof_q[3:0], opening};
            out_sof <= sof_q[4];
            if (in_valid) begin
                opening_q <= opening & ~complete;
            end
        end
    end
    wire done = ce & go_q[4];

    // Sums that wait for the next pixel.
    wire [8:0] carry;
    wire [8:0] carried;
    lacuna_line_ram #(
        .WIDTH         (9),
        .DEPTH         (2),
        .ADDRESS_WIDTH (1)
    ) sums (
        .clk           (clk),
        .write_enable  (done),
        .write_address (phase_4_q),
        .write_data    (carry),
        .read_enable   (ce & go_q[3]),
        .read_address  (phase_3_q),
        .read_data     (carried)
    );

    wire [8:0] result;
    reg  [8:0] result_q;
    always @(posedge clk) begin
        if (ce) begin
            result_q <= result;
        end
    end
    assign out_data = result_q;

    // lane 0, column 0 of the kernel
    wire p0_1_t0_minus = codes[2];
    wire [1:0] p0_1_t0_select = codes[1:0];
    wire [6:0] p0_1_t0 = (p0_1_t0_select[1] ? (p0_1_t0_select[0] ? {x0_0, 2'b0} : {x0_0[4], x0_0, 1'b0}) : {{2{x0_0[4]}}, x0_0});
    reg  signed [6:0] p0_1_t0_q;
    wire p0_1_t0_none = ce & ~|p0_1_t0_select;
    wire p0_1_t1_minus = codes[5];
    wire [1:0] p0_1_t1_select = codes[4:3];
    wire [6:0] p0_1_t1 = (p0_1_t1_select[1] ? (p0_1_t1_select[0] ? {x1_0, 2'b0} : {x1_0[4], x1_0, 1'b0}) : {{2{x1_0[4]}}, x1_0});
    reg  signed [6:0] p0_1_t1_q;
    wire p0_1_t1_none = ce & ~|p0_1_t1_select;
    wire p0_1_t2_minus = codes[8];
    wire [1:0] p0_1_t2_select = codes[7:6];
    wire [6:0] p0_1_t2 = (p0_1_t2_select[1] ? (p0_1_t2_select[0] ? {x2_0, 2'b0} : {x2_0[4], x2_0, 1'b0}) : {{2{x2_0[4]}}, x2_0});
    reg  signed [6:0] p0_1_t2_q;
    wire p0_1_t2_none = ce & ~|p0_1_t2_select;
    always @(posedge clk) begin
        if (p0_1_t0_none) begin
            p0_1_t0_q <= {7{1'b0}};
        end else if (ce) begin
            p0_1_t0_q <= p0_1_t0 ^ {7{p0_1_t0_minus}};
        end
        if (p0_1_t1_none) begin
            p0_1_t1_q <= {7{1'b0}};
        end else if (ce) begin
            p0_1_t1_q <= p0_1_t1 ^ {7{p0_1_t1_minus}};
        end
        if (p0_1_t2_none) begin
            p0_1_t2_q <= {7{1'b0}};
        end else if (ce) begin
            p0_1_t2_q <= p0_1_t2 ^ {7{p0_1_t2_minus}};
        end
    end
    wire signed [7:0] p0_1_s0_0;
    lacuna_add #(.WIDTH(8)) p0_1_s0_0_adder (
        .a({p0_1_t0_q[6], p0_1_t0_q}), .b({p0_1_t1_q[6], p0_1_t1_q}), .sum(p0_1_s0_0)
    );
    reg  signed [7:0] p0_1_s0_0_q;
    wire signed [6:0] p0_1_s0_1 = p0_1_t2_q;
    reg  signed [6:0] p0_1_s0_1_q;
    always @(posedge clk) begin
        if (ce) begin
            p0_1_s0_0_q <= p0_1_s0_0;
            p0_1_s0_1_q <= p0_1_s0_1;
        end
    end
    wire signed [8:0] p0_1_s1_0;
    lacuna_add #(.WIDTH(9)) p0_1_s1_0_adder (
        .a({p0_1_s0_0_q[7], p0_1_s0_0_q}), .b({{2{p0_1_s0_1_q[6]}}, p0_1_s0_1_q}), .sum(p0_1_s1_0)
    );
    reg  signed [8:0] p0_1_s1_0_q;
    always @(posedge clk) begin
        if (ce) begin
            p0_1_s1_0_q <= p0_1_s1_0;
        end
    end
    lacuna_add #(.WIDTH(9)) p0_1_adder (
        .a((phase_4_q[0] ? 9'sd4 : 9'sd2)), .b(p0_1_s1_0_q), .sum(carry[8:0])
    );

    // lane 0, column 1 of the kernel
    wire p0_0_t0_minus = codes[11];
    wire [1:0] p0_0_t0_select = codes[10:9];
    wire [6:0] p0_0_t0 = (p0_0_t0_select[1] ? (p0_0_t0_select[0] ? {x0_0, 2'b0} : {x0_0[4], x0_0, 1'b0}) : {{2{x0_0[4]}}, x0_0});
    reg  signed [6:0] p0_0_t0_q;
    wire p0_0_t0_none = ce & ~|p0_0_t0_select;
    wire p0_0_t1_minus = codes[14];
    wire [1:0] p0_0_t1_select = codes[13:12];
    wire [6:0] p0_0_t1 = (p0_0_t1_select[1] ? (p0_0_t1_select[0] ? {x1_0, 2'b0} : {x1_0[4], x1_0, 1'b0}) : {{2{x1_0[4]}}, x1_0});
    reg  signed [6:0] p0_0_t1_q;
    wire p0_0_t1_none = ce & ~|p0_0_t1_select;
    wire p0_0_t2_minus = codes[17];
    wire [1:0] p0_0_t2_select = codes[16:15];
    wire [6:0] p0_0_t2 = (p0_0_t2_select[1] ? (p0_0_t2_select[0] ? {x2_0, 2'b0} : {x2_0[4], x2_0, 1'b0}) : {{2{x2_0[4]}}, x2_0});
    reg  signed [6:0] p0_0_t2_q;
    wire p0_0_t2_none = ce & ~|p0_0_t2_select;
    always @(posedge clk) begin
        if (p0_0_t0_none) begin
            p0_0_t0_q <= {7{1'b0}};
        end else if (ce) begin
            p0_0_t0_q <= p0_0_t0 ^ {7{p0_0_t0_minus}};
        end
        if (p0_0_t1_none) begin
            p0_0_t1_q <= {7{1'b0}};
        end else if (ce) begin
            p0_0_t1_q <= p0_0_t1 ^ {7{p0_0_t1_minus}};
        end
        if (p0_0_t2_none) begin
            p0_0_t2_q <= {7{1'b0}};
        end else if (ce) begin
            p0_0_t2_q <= p0_0_t2 ^ {7{p0_0_t2_minus}};
        end
    end
    wire signed [7:0] p0_0_s0_0;
    lacuna_add #(.WIDTH(8)) p0_0_s0_0_adder (
        .a({p0_0_t0_q[6], p0_0_t0_q}), .b({p0_0_t1_q[6], p0_0_t1_q}), .sum(p0_0_s0_0)
    );
    reg  signed [7:0] p0_0_s0_0_q;
    wire signed [6:0] p0_0_s0_1 = p0_0_t2_q;
    reg  signed [6:0] p0_0_s0_1_q;
    always @(posedge clk) begin
        if (ce) begin
            p0_0_s0_0_q <= p0_0_s0_0;
            p0_0_s0_1_q <= p0_0_s0_1;
        end
    end
    wire signed [8:0] p0_0_s1_0;
    lacuna_add #(.WIDTH(9)) p0_0_s1_0_adder (
        .a({p0_0_s0_0_q[7], p0_0_s0_0_q}), .b({{2{p0_0_s0_1_q[6]}}, p0_0_s0_1_q}), .sum(p0_0_s1_0)
    );
    reg  signed [8:0] p0_0_s1_0_q;
    always @(posedge clk) begin
        if (ce) begin
            p0_0_s1_0_q <= p0_0_s1_0;
        end
    end
    lacuna_add #(.WIDTH(9)) p0_0_adder (
        .a(carried[8:0]), .b(p0_0_s1_0_q), .sum(result[8:0])
    );

endmodule

`resetall
