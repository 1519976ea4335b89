// ${ design }, layer ${ layer }: one place of ${ size } along a line, in one line of ${ size }, the first of each; it adds no rank.
//
// Lines have ${ line_length } places${ leftover }.
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

    localparam [${ phase_bits - 1 }:0] LAST_PHASE  = ${ last_phase };
    localparam [${ column_bits - 1 }:0] LAST_COLUMN = ${ last_column };

    reg  [${ column_bits - 1 }:0] column_q;
    reg  [${ phase_bits - 1 }:0] across_q;
    reg  [${ phase_bits - 1 }:0] down_q;
    wire [${ column_bits - 1 }:0] column = in_sof ? ${ zero_column } : column_q;
    wire [${ phase_bits - 1 }:0] across = in_sof ? ${ zero_phase } : across_q;
    wire [${ phase_bits - 1 }:0] down   = in_sof ? ${ zero_phase } : down_q;
    wire line_end = (column == LAST_COLUMN);

    always @(posedge clk) begin
        if (ce & in_valid) begin
            column_q <= line_end ? ${ zero_column } : column + ${ one_column };
            across_q <= (line_end | (across == LAST_PHASE)) ? ${ zero_phase } : across + ${ one_phase };
            down_q   <= ~line_end ? down : (down == LAST_PHASE) ? ${ zero_phase } : down + ${ one_phase };
        end
    end

    assign out_valid = in_valid & (across == ${ zero_phase }) & (down == ${ zero_phase });
    assign out_sof   = in_sof;
    assign out_data  = in_data;
    wire unused_reset = &{1'b0, rst};

endmodule

`resetall
