// golden, layer A: 1 row(s) above, 1 below, 1 column(s) to the left and 1 to the right of each frame.
//
// Frames of 12 x 12 pixels come in, of 14 x 14 leave; what is added holds 0 in every map. A pixel comes in 1
// beat(s). What comes while the edge is added waits in a queue, so the next frame too; one that begins in the middle of another
// begins at once, with its own edge.
// Verilog-2005.

`resetall
`default_nettype none

module golden_a_pad (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [7:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output reg  [7:0] out_data
);

    localparam [3:0] LAST_COLUMN  = 4'd13;
    localparam [3:0] LAST_ROW     = 4'd13;
    localparam [3:0] FIRST_INSIDE = 4'd1;
    localparam [3:0] FIRST_RIGHT  = 4'd13;
    localparam [3:0] FIRST_LINE   = 4'd1;
    localparam [3:0] FIRST_BELOW  = 4'd13;

    wire word_valid;
    wire word_sof;
    wire [7:0] word;
    wire taken;
    lacuna_fifo #(
        .WIDTH         (9),
        .ADDRESS_WIDTH (3)
    ) queue (
        .clk           (clk),
        .rst           (rst),
        .ce            (ce),
        .in_valid      (in_valid),
        .in_data       ({in_sof, in_data}),
        .out_valid     (word_valid),
        .out_data      ({word_sof, word}),
        .out_taken     (taken)
    );

    // Place of the next beat to leave. The first word of a frame waits until the edge before it has left.
    reg [3:0] column_q;
    reg [3:0] row_q;
    reg opened_q;                       // the frame of the word that waits has begun
    reg idle_q;                         // the last frame is complete, the next has not begun
    wire behind = ~idle_q & (((row_q == 4'd12) & (column_q >= FIRST_RIGHT)) | (row_q >= FIRST_BELOW));  // only the edge of a whole frame is left
    wire start = word_valid & word_sof & ~opened_q & ~behind;
    wire [3:0] column = start ? 4'd0 : column_q;
    wire [3:0] row    = start ? 4'd0 : row_q;
    wire pixel_end = 1'b1;
    wire framed    = (column >= FIRST_INSIDE) & (column < FIRST_RIGHT) & (row >= FIRST_LINE) & (row < FIRST_BELOW);
    wire go        = framed ? word_valid : (start | ~idle_q);
    wire line_end  = pixel_end & (column == LAST_COLUMN);
    wire frame_end = line_end & (row == LAST_ROW);
    assign taken   = framed & word_valid;

    always @(posedge clk) begin
        if (rst) begin
            opened_q  <= 1'b0;
            idle_q    <= 1'b1;
            out_valid <= 1'b0;
        end else if (ce) begin
            opened_q  <= (start | opened_q) & ~taken;
            idle_q    <= go ? frame_end : idle_q;
            out_valid <= go;
        end
        if (ce & go) begin
            column_q <= ~pixel_end ? column : line_end ? 4'd0 : column + 4'd1;
            row_q    <= ~line_end ? row : frame_end ? 4'd0 : row + 4'd1;
        end
        if (ce) begin
            out_sof  <= start;
            out_data <= framed ? word : {1{8'sd0}};
        end
    end

endmodule

`resetall
