// golden, layer C1.sum: sums of 2 x 2 blocks, map by map.
//
// They run along a line first; the sums of a block's earlier lines wait in a block RAM, a word a block.
// Lines have 6 beats.
// Verilog-2005.

`resetall
`default_nettype none

module golden_c1_sum (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [13:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output reg  [17:0] out_data
);

    localparam [0:0] LAST_PHASE  = 1'd1;  // of a block
    localparam [0:0] FINAL_PHASE = 1'd1;  // of a line
    localparam [1:0] FINAL_GROUP = 2'd2;

    wire beat = ce & in_valid;

    // Position: the block along the line, and the column and row inside it.
    reg [1:0] group_q;
    reg [0:0] across_q;
    reg [0:0] down_q;
    wire [1:0] group  = in_sof ? 2'd0 : group_q;
    wire [0:0] across = in_sof ? 1'd0 : across_q;
    wire [0:0] down   = in_sof ? 1'd0 : down_q;
    wire block_end = (across == LAST_PHASE);
    wire line_end  = (group == FINAL_GROUP) & (across == FINAL_PHASE);
    wire bottom    = (down == LAST_PHASE);
    wire result    = block_end & bottom;

    always @(posedge clk) begin
        if (beat) begin
            across_q <= (line_end | block_end) ? 1'd0 : across + 1'd1;
            group_q  <= line_end ? 2'd0 : block_end ? group + 2'd1 : group;
            if (line_end) begin
                down_q <= bottom ? 1'd0 : down + 1'd1;
            end else begin
                down_q <= down;
            end
        end
    end

    // First rank: the sum along the line, and what becomes of it.
    reg valid_q;                        // row sums are complete
    reg result_q;                       // the block is complete with them
    reg sof_q;
    reg top_q;
    reg [1:0] address_q;
    reg  first_q;
    wire first = in_sof | first_q;

    always @(posedge clk) begin
        if (rst) begin
            valid_q <= 1'b0;
        end else if (ce) begin
            valid_q <= in_valid & block_end;
        end
        if (beat) begin
            result_q  <= result;
            sof_q     <= first;
            first_q   <= first & ~result;
            top_q     <= (down == 1'd0);
            address_q <= group;
        end
    end

    // The sums of the block's lines above this one.
    wire [17:0] above;
    wire [17:0] total;
    lacuna_line_ram #(
        .WIDTH         (18),
        .DEPTH         (3),
        .ADDRESS_WIDTH (2)
    ) row_sums (
        .clk           (clk),
        .write_enable  (ce & valid_q & ~result_q),
        .write_address (address_q),
        .write_data    (total),
        .read_enable   (beat),
        .read_address  (group),
        .read_data     (above)
    );

    // map 0
    wire signed [6:0] x0 = in_data[6:0];
    reg  signed [7:0] row0_q;
    wire signed [7:0] base0 = (across == 1'd0) ? 8'sd0 : row0_q;
    always @(posedge clk) begin
        if (beat) begin
            row0_q <= base0 + $signed({x0[6], x0});
        end
    end
    wire signed [8:0] above0 = top_q ? 9'sd0 : above[8:0];
    assign total[8:0] = above0 + $signed({row0_q[7], row0_q});

    // map 1
    wire signed [6:0] x1 = in_data[13:7];
    reg  signed [7:0] row1_q;
    wire signed [7:0] base1 = (across == 1'd0) ? 8'sd0 : row1_q;
    always @(posedge clk) begin
        if (beat) begin
            row1_q <= base1 + $signed({x1[6], x1});
        end
    end
    wire signed [8:0] above1 = top_q ? 9'sd0 : above[17:9];
    assign total[17:9] = above1 + $signed({row1_q[7], row1_q});

    // Second rank: complete blocks leave.
    always @(posedge clk) begin
        if (rst) begin
            out_valid <= 1'b0;
        end else if (ce) begin
            out_valid <= valid_q & result_q;
        end
        if (ce) begin
            out_sof  <= sof_q;
            out_data <= total;
        end
    end

endmodule

`resetall
