// golden, layer C1: the 2 x 2 window (height x width) that slides over its input.
//
// Input:  a raster scan of lines of 7 beats, each beat 1 map(s) of 8 bits, map 0 lowest.
// Output: whenever the window lies inside the frame, its values: column by column from the oldest on, in each column row
//         by row from the top, in each row map by map, the first lowest.
// The 1 line(s) above the current one are one block RAM, a word a column: each beat takes the column out,
// and puts it back one line younger. Words left over from an earlier frame age out before the window is complete.
// Verilog-2005.

`resetall
`default_nettype none

module golden_c1_window (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [7:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output reg  [31:0] out_data
);

    localparam [2:0] LAST_COLUMN  = 3'd6;
    localparam [0:0] LAST_ROW     = 1'd1;

    wire beat = ce & in_valid;

    // Position in the frame; rows are counted only until the window is full.
    reg [2:0] column_q;
    wire [2:0] column = in_sof ? 3'd0 : column_q;
    wire line_end = (column == LAST_COLUMN);
    wire [2:0] next_column = line_end ? 3'd0 : column + 3'd1;
    reg [0:0] row_q;
    wire [0:0] row = in_sof ? 1'd0 : row_q;
    wire full = (row == LAST_ROW);
    wire covers = full & (|column);

    always @(posedge clk) begin
        if (beat) begin
            column_q <= next_column;
            row_q    <= (line_end & ~full) ? row + 1'd1 : row;
        end
    end

    // The newest column of the window, its top row lowest.
    wire [15:0] newest;
    wire [7:0] above;
    lacuna_line_ram #(
        .WIDTH         (8),
        .DEPTH         (7),
        .ADDRESS_WIDTH (3)
    ) lines (
        .clk           (clk),
        .write_enable  (beat),
        .write_address (column),
        .write_data    (newest[15:8]),
        .read_enable   (beat),
        .read_address  (next_column),
        .read_data     (above)
    );
    assign newest = {in_data, above};

    // The window.
    always @(posedge clk) begin
        if (beat) begin
            out_data <= {newest, out_data[31:16]};
        end
    end

    // The first window of a frame carries its start.
    reg  first_q;
    wire first = in_sof | first_q;

    always @(posedge clk) begin
        if (rst) begin
            out_valid <= 1'b0;
        end else if (ce) begin
            out_valid <= in_valid & covers;
        end
        if (beat) begin
            first_q <= first & ~covers;
            out_sof <= first;
        end
    end

endmodule

`resetall
