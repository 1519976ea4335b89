// ${ design }, layer ${ layer }: ${ what }s of ${ size } x ${ size } blocks, folded: maps take turns.
//
// A pixel comes in ${ phases } beats of ${ lanes | length } map(s). The ${ what }s of all blocks of a line are in one block RAM, a word a block and beat; a
// block leaves with its last pixel.
// Lines have ${ line_length } pixels${ leftover }.
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

    localparam [${ turn_bits - 1 }:0] LAST_TURN   = ${ last_turn };  // of a pixel
    localparam [${ phase_bits - 1 }:0] LAST_PHASE  = ${ last_phase };  // of a block
    localparam [${ phase_bits - 1 }:0] FINAL_PHASE = ${ final_phase };  // of a line
    localparam [${ group_bits - 1 }:0] FINAL_GROUP = ${ final_group };

    wire beat = ce & in_valid;

    // Position: the beat of the pixel, the block along the line, the column and row inside it, and the word of the RAM.
    reg [${ turn_bits - 1 }:0] turn_q;
    reg [${ group_bits - 1 }:0] group_q;
    reg [${ phase_bits - 1 }:0] across_q;
    reg [${ phase_bits - 1 }:0] down_q;
    reg [${ word_bits - 1 }:0] base_q;
    wire [${ turn_bits - 1 }:0] turn    = in_sof ? ${ zero_turn } : turn_q;
    wire [${ group_bits - 1 }:0] group  = in_sof ? ${ zero_group } : group_q;
    wire [${ phase_bits - 1 }:0] across = in_sof ? ${ zero_phase } : across_q;
    wire [${ phase_bits - 1 }:0] down   = in_sof ? ${ zero_phase } : down_q;
    wire [${ word_bits - 1 }:0] base    = in_sof ? ${ zero_word } : base_q;
    wire [${ word_bits - 1 }:0] address = base + ${ turn_as_word };
    wire pixel_end = (turn == LAST_TURN);
    wire block_end = (across == LAST_PHASE);
    wire line_end  = (group == FINAL_GROUP) & (across == FINAL_PHASE);
    wire bottom    = (down == LAST_PHASE);
    wire result    = block_end & bottom;

    always @(posedge clk) begin
        if (beat) begin
            turn_q   <= pixel_end ? ${ zero_turn } : turn + ${ one_turn };
            across_q <= ~pixel_end ? across : (line_end | block_end) ? ${ zero_phase } : across + ${ one_phase };
            group_q  <= ~pixel_end ? group : line_end ? ${ zero_group } : block_end ? group + ${ one_group } : group;
            base_q   <= ~pixel_end ? base : line_end ? ${ zero_word } : block_end ? base + ${ turns_as_word } : base;
            down_q   <= ~(pixel_end & line_end) ? down : bottom ? ${ zero_phase } : down + ${ one_phase };
        end
    end

    // First rank: the ${ what } so far.
    reg valid_q;
    reg result_q;                       // the block is complete with this pixel
    reg sof_q;
    reg anew_q;                         // the block begins with this pixel
    reg [${ in_bits - 1 }:0] data_q;
    reg [${ word_bits - 1 }:0] address_q;
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
            anew_q    <= (down == ${ zero_phase }) & (across == ${ zero_phase });
            data_q    <= in_data;
            address_q <= address;
        end
    end

    wire [${ out_bits - 1 }:0] earlier;
    wire [${ out_bits - 1 }:0] total;
    lacuna_line_ram #(
        .WIDTH         (${ out_bits }),
        .DEPTH         (${ ram_depth }),
        .ADDRESS_WIDTH (${ word_bits })
    ) ${ what }s (
        .clk           (clk),
        .write_enable  (ce & valid_q & ~result_q),
        .write_address (address_q),
        .write_data    (total),
        .read_enable   (beat),
        .read_address  (address),
        .read_data     (earlier)
    );

//% for lane in lanes
    // lane ${ loop.index0 }
    wire signed [${ lane.in_width - 1 }:0] x${ loop.index0 } = data_q[${ lane.in_msb }:${ lane.in_lsb }];
//% if what == "maximum"
    wire signed [${ lane.out_width - 1 }:0] earlier${ loop.index0 } = earlier[${ lane.out_msb }:${ lane.out_lsb }];
    assign total[${ lane.out_msb }:${ lane.out_lsb }] = (anew_q | (x${ loop.index0 } > earlier${ loop.index0 })) ? x${ loop.index0 } : earlier${ loop.index0 };
//% else
    wire signed [${ lane.out_width - 1 }:0] earlier${ loop.index0 } = anew_q ? ${ lane.out_zero } : earlier[${ lane.out_msb }:${ lane.out_lsb }];
    assign total[${ lane.out_msb }:${ lane.out_lsb }] = earlier${ loop.index0 } + ${ lane.x_extended };
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
