// ${ design }, layer ${ layer }: ${ what }s of ${ size } x ${ size } blocks, map by map.
//
// They run along a line first; the ${ what }s of a block's earlier lines wait in a block RAM, a word a block.
// Lines have ${ line_length } beats${ leftover }.
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
    output reg  [${ out_bits - 1 }:0] out_data
);

    localparam [${ phase_bits - 1 }:0] LAST_PHASE  = ${ last_phase };  // of a block
    localparam [${ phase_bits - 1 }:0] FINAL_PHASE = ${ final_phase };  // of a line
    localparam [${ group_bits - 1 }:0] FINAL_GROUP = ${ final_group };

    wire beat = ce & in_valid;

    // Position: the block along the line, and the column and row inside it.
    reg [${ group_bits - 1 }:0] group_q;
    reg [${ phase_bits - 1 }:0] across_q;
    reg [${ phase_bits - 1 }:0] down_q;
    wire [${ group_bits - 1 }:0] group  = in_sof ? ${ zero_group } : group_q;
    wire [${ phase_bits - 1 }:0] across = in_sof ? ${ zero_phase } : across_q;
    wire [${ phase_bits - 1 }:0] down   = in_sof ? ${ zero_phase } : down_q;
    wire block_end = (across == LAST_PHASE);
    wire line_end  = (group == FINAL_GROUP) & (across == FINAL_PHASE);
    wire bottom    = (down == LAST_PHASE);
    wire result    = block_end & bottom;

    always @(posedge clk) begin
        if (beat) begin
            across_q <= (line_end | block_end) ? ${ zero_phase } : across + ${ one_phase };
            group_q  <= line_end ? ${ zero_group } : block_end ? group + ${ one_group } : group;
            if (line_end) begin
                down_q <= bottom ? ${ zero_phase } : down + ${ one_phase };
            end else begin
                down_q <= down;
            end
        end
    end

    // First rank: the ${ what } along the line, and what becomes of it.
    reg valid_q;                        // row ${ what }s are complete
    reg result_q;                       // the block is complete with them
    reg sof_q;
    reg top_q;
    reg [${ group_bits - 1 }:0] address_q;
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
            top_q     <= (down == ${ zero_phase });
            address_q <= group;
        end
    end

    // The ${ what }s of the block's lines above this one.
    wire [${ out_bits - 1 }:0] above;
    wire [${ out_bits - 1 }:0] total;
    lacuna_line_ram #(
        .WIDTH         (${ out_bits }),
        .DEPTH         (${ ram_depth }),
        .ADDRESS_WIDTH (${ group_bits })
    ) row_${ what }s (
        .clk           (clk),
        .write_enable  (ce & valid_q & ~result_q),
        .write_address (address_q),
        .write_data    (total),
        .read_enable   (beat),
        .read_address  (group),
        .read_data     (above)
    );

//% for lane in lanes
    // map ${ loop.index0 }
    wire signed [${ lane.in_width - 1 }:0] x${ loop.index0 } = in_data[${ lane.in_msb }:${ lane.in_lsb }];
    reg  signed [${ lane.row_width - 1 }:0] row${ loop.index0 }_q;
//% if what == "maximum"
    always @(posedge clk) begin
        if (beat & ((across == ${ zero_phase }) | (x${ loop.index0 } > row${ loop.index0 }_q))) begin
            row${ loop.index0 }_q <= x${ loop.index0 };
        end
    end
    wire signed [${ lane.out_width - 1 }:0] above${ loop.index0 } = above[${ lane.out_msb }:${ lane.out_lsb }];
    assign total[${ lane.out_msb }:${ lane.out_lsb }] = (top_q | (row${ loop.index0 }_q > above${ loop.index0 })) ? row${ loop.index0 }_q : above${ loop.index0 };
//% else
    wire signed [${ lane.row_width - 1 }:0] base${ loop.index0 } = (across == ${ zero_phase }) ? ${ lane.row_zero } : row${ loop.index0 }_q;
    always @(posedge clk) begin
        if (beat) begin
            row${ loop.index0 }_q <= base${ loop.index0 } + ${ lane.x_extended };
        end
    end
    wire signed [${ lane.out_width - 1 }:0] above${ loop.index0 } = top_q ? ${ lane.out_zero } : above[${ lane.out_msb }:${ lane.out_lsb }];
    assign total[${ lane.out_msb }:${ lane.out_lsb }] = above${ loop.index0 } + ${ lane.row_extended };
//% endif

//% endfor
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
