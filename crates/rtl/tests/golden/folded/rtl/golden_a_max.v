// golden, layer A.max: maximums of 2 x 2 blocks, folded: maps take turns.
//
// A pixel comes in 2 beats of 1 map(s). The maximums of all blocks of a line are in one block RAM, a word a block and beat; a
// block leaves with its last pixel.
// Lines have 12 pixels.
// Verilog-2005.

`resetall
`default_nettype none

module golden_a_max (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [4:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output reg  [4:0] out_data
);

    localparam [0:0] LAST_TURN   = 1'd1;  // of a pixel
    localparam [0:0] LAST_PHASE  = 1'd1;  // of a block
    localparam [0:0] FINAL_PHASE = 1'd1;  // of a line
    localparam [2:0] FINAL_GROUP = 3'd5;

    wire beat = ce & in_valid;

    // Position: the beat of the pixel, the block along the line, the column and row inside it, and the word of the RAM.
    reg [0:0] turn_q;
    reg [2:0] group_q;
    reg [0:0] across_q;
    reg [0:0] down_q;
    reg [3:0] base_q;
    wire [0:0] turn    = in_sof ? 1'd0 : turn_q;
    wire [2:0] group  = in_sof ? 3'd0 : group_q;
    wire [0:0] across = in_sof ? 1'd0 : across_q;
    wire [0:0] down   = in_sof ? 1'd0 : down_q;
    wire [3:0] base    = in_sof ? 4'd0 : base_q;
    wire [3:0] address = base + {3'b0, turn};
    wire pixel_end = (turn == LAST_TURN);
    wire block_end = (across == LAST_PHASE);
    wire line_end  = (group == FINAL_GROUP) & (across == FINAL_PHASE);
    wire bottom    = (down == LAST_PHASE);
    wire result    = block_end & bottom;

    always @(posedge clk) begin
        if (beat) begin
            turn_q   <= pixel_end ? 1'd0 : turn + 1'd1;
            across_q <= ~pixel_end ? across : (line_end | block_end) ? 1'd0 : across + 1'd1;
            group_q  <= ~pixel_end ? group : line_end ? 3'd0 : block_end ? group + 3'd1 : group;
            base_q   <= ~pixel_end ? base : line_end ? 4'd0 : block_end ? base + 4'd2 : base;
            down_q   <= ~(pixel_end & line_end) ? down : bottom ? 1'd0 : down + 1'd1;
        end
    end

    // First rank: the maximum so far.
    reg valid_q;
    reg result_q;                       // the block is complete with this pixel
    reg sof_q;
    reg anew_q;                         // the block begins with this pixel
    reg [4:0] data_q;
    reg [3:0] address_q;
    reg  first_q;
    wire first = in_sof | first_q;

    always @(posedge clk) begin
        if (rst) begin
            valid_q <= 1'b0;
        end else if (ce) begin
            valid_q <= in_valid;
        end
        if (beat) begin
            result_q  <= result;
            sof_q     <= first;
            first_q   <= first & ~result;
            anew_q    <= (down == 1'd0) & (across == 1'd0);
            data_q    <= in_data;
            address_q <= address;
        end
    end

    wire [4:0] earlier;
    wire [4:0] total;
    lacuna_line_ram #(
        .WIDTH         (5),
        .DEPTH         (12),
        .ADDRESS_WIDTH (4)
    ) maximums (
        .clk           (clk),
        .write_enable  (ce & valid_q & ~result_q),
        .write_address (address_q),
        .write_data    (total),
        .read_enable   (beat),
        .read_address  (address),
        .read_data     (earlier)
    );

    // lane 0
    wire signed [4:0] x0 = data_q[4:0];
    wire signed [4:0] earlier0 = earlier[4:0];
    assign total[4:0] = (anew_q | (x0 > earlier0)) ? x0 : earlier0;

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
