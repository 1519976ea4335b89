// ${ design }, layer ${ layer }: of ${ width_in } x ${ height_in } places every ${ across }. column of every ${ down }. row, from the first on.
//
// A place comes in ${ words } beat(s). What is left out only lacks its valid flag, so this adds no register rank.
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
    output wire out_valid,
    output wire out_sof,
    output wire [${ out_bits - 1 }:0] out_data
);

//% if across * down > 1
    localparam [${ column_bits - 1 }:0] LAST_COLUMN = ${ last_column };
//% if across > 1
    localparam [${ across_bits - 1 }:0] LAST_ACROSS = ${ last_across };
//% endif
//% if down > 1
    localparam [${ down_bits - 1 }:0] LAST_DOWN   = ${ last_down };
//% endif
//% if words > 1
    localparam [${ turn_bits - 1 }:0] LAST_TURN   = ${ last_turn };
//% endif

    reg [${ column_bits - 1 }:0] column_q;
    wire [${ column_bits - 1 }:0] column = in_sof ? ${ zero_column } : column_q;
    wire line_end = (column == LAST_COLUMN);
//% if words > 1
    reg [${ turn_bits - 1 }:0] turn_q;
    wire [${ turn_bits - 1 }:0] turn = in_sof ? ${ zero_turn } : turn_q;
    wire pixel_end = (turn == LAST_TURN);
//% else
    wire pixel_end = 1'b1;
//% endif
//% if across > 1
    reg [${ across_bits - 1 }:0] across_q;           // since the last column that was kept
    wire [${ across_bits - 1 }:0] across = in_sof ? ${ zero_across } : across_q;
//% endif
//% if down > 1
    reg [${ down_bits - 1 }:0] down_q;             // since the last row that was kept
    wire [${ down_bits - 1 }:0] down = in_sof ? ${ zero_down } : down_q;
//% endif

    always @(posedge clk) begin
        if (ce & in_valid) begin
//% if words > 1
            turn_q   <= pixel_end ? ${ zero_turn } : turn + ${ one_turn };
//% endif
            column_q <= ~pixel_end ? column : line_end ? ${ zero_column } : column + ${ one_column };
//% if across > 1
            across_q <= ~pixel_end ? across : (line_end | (across == LAST_ACROSS)) ? ${ zero_across } : across + ${ one_across };
//% endif
//% if down > 1
            down_q   <= ~(pixel_end & line_end) ? down : (down == LAST_DOWN) ? ${ zero_down } : down + ${ one_down };
//% endif
        end
    end
    wire unused_reset = &{1'b0, rst};
//% else
    wire unused_control = &{1'b0, clk, rst, ce};
//% endif

    assign out_valid = in_valid & ${ keep };
    assign out_sof   = in_sof;
    assign out_data  = ${ value };

endmodule

`resetall
