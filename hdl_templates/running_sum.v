// ${ design }, layer ${ layer }: sums of 2 x 2 pixels, one for every place inside the frame, map by map.
//
// The line above is a block RAM, a word a column. Lines have ${ line_length } beats.
// Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [${ in_bits - 1 }:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output wire [${ out_bits - 1 }:0] out_data
);

    localparam [${ column_bits - 1 }:0] LAST_COLUMN  = ${ last_column };
    localparam [${ row_bits - 1 }:0] LAST_ROW     = ${ last_row };

    wire beat = ce & in_valid;

    // Position in the frame; rows are counted only until there is a line above.
    reg [${ column_bits - 1 }:0] column_q;
    reg [${ row_bits - 1 }:0] row_q;
    wire [${ column_bits - 1 }:0] column = in_sof ? ${ zero_column } : column_q;
    wire [${ row_bits - 1 }:0] row = in_sof ? ${ zero_row } : row_q;
    wire line_end = (column == LAST_COLUMN);
    wire full     = (row == LAST_ROW);
    wire [${ column_bits - 1 }:0] next_column = line_end ? ${ zero_column } : column + ${ one_column };
    wire covers   = ${ inside };

    always @(posedge clk) begin
        if (beat) begin
            column_q <= next_column;
            row_q    <= (line_end & ~full) ? row + ${ one_row } : row;
        end
    end

    wire [${ in_bits - 1 }:0] above;
    lacuna_line_ram #(
        .WIDTH         (${ in_bits }),
        .DEPTH         (${ line_length }),
        .ADDRESS_WIDTH (${ column_bits })
    ) line (
        .clk           (clk),
        .write_enable  (beat),
        .write_address (column),
        .write_data    (in_data),
        .read_enable   (beat),
        .read_address  (next_column),
        .read_data     (above)
    );

    // First rank: the pixel and the one above it, each from a register, since both may come from a slow RAM.
    reg  [${ in_bits - 1 }:0] pixel_q;
    reg  [${ in_bits - 1 }:0] above_q;
    reg  arrived_q;
    reg  covers_q;
    always @(posedge clk) begin
        if (rst) begin
            arrived_q <= 1'b0;
        end else if (ce) begin
            arrived_q <= in_valid;
        end
        if (beat) begin
            pixel_q  <= in_data;
            above_q  <= above;
            covers_q <= covers;
        end
    end

    // Second rank: sums of columns.
    wire sum_beat = ce & arrived_q;
//% for lane in lanes
    // map ${ loop.index0 }: two pixels of a column, and with those of the column before
    wire signed [${ lane.width - 1 }:0] x${ loop.index0 }     = pixel_q[${ lane.in_msb }:${ lane.in_lsb }];
    wire signed [${ lane.width - 1 }:0] above${ loop.index0 } = above_q[${ lane.in_msb }:${ lane.in_lsb }];
    wire signed [${ lane.column_width - 1 }:0] column${ loop.index0 };
    reg  signed [${ lane.column_width - 1 }:0] newer${ loop.index0 }_q;
    reg  signed [${ lane.column_width - 1 }:0] older${ loop.index0 }_q;
    lacuna_add #(.WIDTH(${ lane.column_width })) column${ loop.index0 }_adder (
        .a(${ lane.x }), .b(${ lane.above }), .sum(column${ loop.index0 })
    );
    lacuna_add #(.WIDTH(${ lane.out_width })) block${ loop.index0 }_adder (
        .a(${ lane.newer }), .b(${ lane.older }), .sum(out_data[${ lane.out_msb }:${ lane.out_lsb }])
    );
    always @(posedge clk) begin
        if (sum_beat) begin
            newer${ loop.index0 }_q <= column${ loop.index0 };
            older${ loop.index0 }_q <= newer${ loop.index0 }_q;
        end
    end

//% endfor
    // The first sum of a frame carries its start.
    reg  first_q;
    reg  sof_q;
    wire first = in_sof | first_q;
    always @(posedge clk) begin
        if (rst) begin
            out_valid <= 1'b0;
        end else if (ce) begin
            out_valid <= arrived_q & covers_q;
        end
        if (ce) begin
            out_sof <= sof_q;
        end
        if (beat) begin
            first_q <= first & ~covers;
            sof_q   <= first;
        end
    end

endmodule

`resetall
