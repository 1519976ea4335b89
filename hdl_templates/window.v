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

//% include "window_lines"
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
