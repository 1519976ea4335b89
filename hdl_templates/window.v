// ${ design }, layer ${ layer }: the ${ rows } x ${ columns } window (height x width) that slides over its input.
//
// Input:  a raster scan of lines of ${ line_length } beats, each beat ${ maps } map(s) of ${ width } bits, map 0 lowest.
// Output: whenever the window lies inside the frame, its values: column by column from the oldest on, in each column row
//         by row from the top, in each row map by map, the first lowest.
//% if rows > 1
// The ${ rows - 1 } line(s) above the current one are one block RAM, a word a column: each beat takes the column out,
// and puts it back one line younger. Words left over from an earlier frame age out before the window is complete.
//% endif
// Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [${ beat - 1 }:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output reg  [${ beat * rows * columns - 1 }:0] out_data
);

    localparam [${ column_bits - 1 }:0] LAST_COLUMN  = ${ last_column };
//% if columns > 1
    localparam [${ column_bits - 1 }:0] FIRST_INSIDE = ${ first_inside };
//% endif
//% if rows > 1
    localparam [${ row_bits - 1 }:0] LAST_ROW     = ${ last_row };
//% endif

    wire beat = ce & in_valid;

    // Position in the frame; rows are counted only until the window is full.
    reg [${ column_bits - 1 }:0] column_q;
    wire [${ column_bits - 1 }:0] column = in_sof ? ${ zero_column } : column_q;
    wire line_end = (column == LAST_COLUMN);
    wire [${ column_bits - 1 }:0] next_column = line_end ? ${ zero_column } : column + ${ one_column };
//% if rows > 1
    reg [${ row_bits - 1 }:0] row_q;
    wire [${ row_bits - 1 }:0] row = in_sof ? ${ zero_row } : row_q;
    wire full = (row == LAST_ROW);
//% endif
    wire covers = ${ inside };

    always @(posedge clk) begin
        if (beat) begin
            column_q <= next_column;
//% if rows > 1
            row_q    <= (line_end & ~full) ? row + ${ one_row } : row;
//% endif
        end
    end

    // The newest column of the window, its top row lowest.
    wire [${ beat * rows - 1 }:0] newest;
//% if rows > 1
//% if line_length > 1
    wire [${ beat * (rows - 1) - 1 }:0] above;
    lacuna_line_ram #(
        .WIDTH         (${ beat * (rows - 1) }),
        .DEPTH         (${ line_length }),
        .ADDRESS_WIDTH (${ column_bits })
    ) lines (
        .clk           (clk),
        .write_enable  (beat),
        .write_address (column),
        .write_data    (newest[${ beat * rows - 1 }:${ beat }]),
        .read_enable   (beat),
        .read_address  (next_column),
        .read_data     (above)
    );
//% else
    // Lines of a single beat: the lines above are registers.
    reg [${ beat * (rows - 1) - 1 }:0] above;
    always @(posedge clk) begin
        if (beat) begin
            above <= newest[${ beat * rows - 1 }:${ beat }];
        end
    end
//% endif
    assign newest = {in_data, above};
//% else
    assign newest = in_data;
//% endif

    // The window.
    always @(posedge clk) begin
        if (beat) begin
//% if columns > 1
            out_data <= {newest, out_data[${ beat * rows * columns - 1 }:${ beat * rows }]};
//% else
            out_data <= newest;
//% endif
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
