// ${ design }, layer ${ layer }: the ${ rows } x ${ columns } window (height x width) that slides over its input, digit by digit.
//
// Input:  a raster scan of lines of ${ line_length } beats, each beat ${ maps } map(s) of ${ width } bits, map 0 lowest.
// Output: whenever the window lies inside the frame, out_valid, and from the next clock on the digits of its values, ${ digit } bit(s) a
//         clock, the lowest first, and then their signs: column by column from the oldest on, in each column row by row from
//         the top, in each row map by map, the first lowest.
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
    input  wire [${ in_data_bits - 1 }:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output wire [${ out_bits - 1 }:0] out_data
);

//% include "window_lines"
    // Words come in, and their ${ digits } digit(s) move on in the next clocks.
    reg  [${ digits - 1 }:0] moving_q;
    wire move = |moving_q;
    always @(posedge clk) begin
        if (rst) begin
            moving_q <= {${ digits }{1'b0}};
        end else if (ce) begin
//% if digits > 1
            moving_q <= {moving_q[${ digits - 2 }:0], in_valid};
//% else
            moving_q <= in_valid;
//% endif
        end
    end

    wire [${ plane - 1 }:0] newest_digits;
    lacuna_serial_word #(
        .WIDTH (${ width }),
        .BITS  (${ word_bits }),
        .DIGIT (${ digit })
    ) words [${ maps * rows - 1 }:0] (
        .clk   (clk),
        .ce    (ce),
        .load  (in_valid),
        .word  (newest),
        .digit (newest_digits)
    );
//% if columns > 1

    // While its digits leave, each column takes those of the next younger one. A digit of all values of a column lies side by side.
    reg [${ older - 1 }:0] older_q;
    always @(posedge clk) begin
        if (ce & move) begin
//% if older > plane
            older_q <= {newest_digits, older_q[${ older - 1 }:${ plane }]};
//% else
            older_q <= newest_digits;
//% endif
        end
    end
//% endif

    lacuna_serial_digit #(
        .DIGIT (${ digit })
    ) digits [${ values - 1 }:0] (
        .clk   (clk),
        .ce    (ce),
        .more  (move),
//% if inverted
        // those complemented that are subtracted
        .next  (${ low }
                ^ ${ inverted }),
//% else
        .next  (${ low }),
//% endif
        .digit (out_data)
    );

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
