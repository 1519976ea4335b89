// ${ design }, layer ${ layer }: ${ rows } x ${ columns } kernels (height x width), folded, behind the pool.
//
// Input:  lines of ${ line_length } pixels, a pixel in a beat of ${ maps } map(s).
// Output: for every window inside the frame, ${ stride } pixels and lines apart, ${ beats } beat(s) of one map.
// A step reads the ${ rows } value(s) of one column of the window in one map, for all kernels that see it: ${ units | length } unit(s), each
// adding ± the values shifted by what the codes of their weights say (by ${ shifts } bits, or nothing); no multiplier. Every output map has
// an accumulator. A subtracted term is inverted, and what its sum lacks by that is added where the result leaves.
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

    localparam [${ step_bits - 1 }:0] LAST_STEP   = ${ last_step };
    localparam [${ tap_bits - 1 }:0] LAST_TAP    = ${ last_tap };      // of a map
    localparam [${ column_bits - 1 }:0] LAST_COLUMN = ${ last_column };
    localparam [${ down_bits - 1 }:0] LAST_DOWN   = ${ last_down };
    localparam [${ across_bits - 1 }:0] LAST_ACROSS = ${ last_across };

    // Words wait here for their steps, the next one in a register.
    wire queue_valid;
    wire queue_sof;
    wire [${ in_bits - 1 }:0] queue_word;
    reg  word_valid;
    reg  word_sof;
    reg  [${ in_bits - 1 }:0] word;
    reg  fetching_q;                    // step 0
    wire refill = ~word_valid | fetching_q;
    lacuna_fifo #(
        .WIDTH         (${ in_bits + 1 }),
        .ADDRESS_WIDTH (${ fifo_bits })
    ) queue (
        .clk           (clk),
        .rst           (rst),
        .ce            (ce),
        .in_valid      (in_valid),
        .in_data       ({in_sof, in_data}),
        .out_valid     (queue_valid),
        .out_data      ({queue_sof, queue_word}),
        .out_taken     (refill)
    );
    always @(posedge clk) begin
        if (rst) begin
            word_valid <= 1'b0;
        end else if (ce & refill) begin
            word_valid <= queue_valid;
        end
        if (ce & refill) begin
            word_sof <= queue_sof;
            word     <= queue_word;
        end
    end

    // The step: its map, and the column of the window in it, the newest first. In the last ones nothing is read.
    reg [${ step_bits - 1 }:0] step_q;
    reg [${ tap_bits - 1 }:0] tap_q;
    reg [${ map_bits - 1 }:0] map_q;
    // The place of the newest pixel, and how far the lines and columns are from one that completes a window.
    reg [${ column_bits - 1 }:0] column_q;
    reg [${ down_bits - 1 }:0] down_q;
    reg [${ across_bits - 1 }:0] across_q;
    wire go    = ~fetching_q | word_valid;
    wire start = fetching_q & word_sof;
    wire [${ column_bits - 1 }:0] column = start ? ${ zero_column } : column_q;
    wire [${ down_bits - 1 }:0] down   = start ? ${ first_down } : down_q;
    wire [${ across_bits - 1 }:0] across = start ? ${ first_across } : across_q;
    wire line_end  = (column == LAST_COLUMN);
    wire complete  = (down == LAST_DOWN) & (across == LAST_ACROSS);
    wire last_tap  = (tap_q == LAST_TAP);
    wire pixel_end = fetching_q ? ${ fetch_ends } : (step_q == LAST_STEP);

    always @(posedge clk) begin
        if (rst) begin
            fetching_q <= 1'b1;
            step_q     <= ${ zero_step };
            tap_q      <= ${ zero_tap };
            map_q      <= ${ zero_map };
        end else if (ce & go) begin
            fetching_q <= pixel_end;
            step_q     <= pixel_end ? ${ zero_step } : step_q + ${ one_step };
            tap_q      <= (pixel_end | last_tap) ? ${ zero_tap } : tap_q + ${ one_tap };
            map_q      <= pixel_end ? ${ zero_map } : last_tap ? map_q + ${ one_map } : map_q;
        end
        if (ce & go) begin
            column_q <= ~pixel_end ? column : line_end ? ${ zero_column } : column + ${ one_column };
            across_q <= ~pixel_end ? across
                : line_end ? ${ first_across }
                : (across == LAST_ACROSS) ? ${ again_across } : across + ${ one_across };
            down_q   <= ~(pixel_end & line_end) ? down
                : (down == LAST_DOWN) ? ${ again_down } : down + ${ one_down };
        end
    end

    // First rank: the column.
    reg  [${ column_bits - 1 }:0] address_q;
    wire [${ column_bits - 1 }:0] address = fetching_q ? column : address_q;
    reg  [${ in_bits - 1 }:0] word_q;
    reg  fetched_q;
    reg  arrived_q;
    reg  [${ column_bits - 1 }:0] at_q;
//% if maps > 1
    reg  [${ map_bits - 1 }:0] map_1_q;
//% else
    wire unused_map = &{1'b0, map_q};
//% endif
    reg  [${ rom_bits - 1 }:0] step_1_q;
    wire [${ rows * beat - 1 }:0] stored;
    always @(posedge clk) begin
        if (ce & go) begin
            address_q <= last_tap ? column : address - ${ one_column };
        end
        if (ce) begin
            word_q    <= word;
            fetched_q <= fetching_q;
            arrived_q <= fetching_q & word_valid;
            at_q      <= address;
//% if maps > 1
            map_1_q   <= map_q;
//% endif
            step_1_q  <= ${ "step_q" if rom_bits == step_bits else "step_q[" ~ (rom_bits - 1) ~ ":0]" };
        end
    end
    lacuna_line_ram #(
        .WIDTH         (${ rows * beat }),
        .DEPTH         (${ line_length }),
        .ADDRESS_WIDTH (${ column_bits })
    ) pixels (
        .clk           (clk),
        .write_enable  (ce & arrived_q),
        .write_address (at_q),
//% if rows > 1
        .write_data    ({word_q, stored[${ rows * beat - 1 }:${ beat }]}),
//% else
        .write_data    (word_q),
//% endif
        .read_enable   (ce & go),
        .read_address  (address),
        .read_data     (stored)
    );

    // Second rank: one map of two, behind a RAM that is slow. When a pixel is fetched its column is still that of the lines before;
    // then the newest value stands in for the oldest, and the weights of this step are in that order.
    reg  [${ width - 1 }:0] newest_q;
//% for value in values
//% for part in value.parts
    reg  [${ width - 1 }:0] ${ part.name };  // ${ part.comment }
//% endfor
//% endfor
//% if maps > 2
    reg  [${ map_bits - 2 }:0] pair_q;
//% endif
    reg  [${ rom_bits - 1 }:0] step_2_q;
    always @(posedge clk) begin
        if (ce) begin
            newest_q <= fetched_q ? word_q[${ width - 1 }:0] : ${ width }'d0;
//% for value in values
//% for part in value.parts
            ${ part.name } <= ${ part.choice };
//% endfor
//% endfor
//% if maps > 2
            pair_q   <= map_1_q[${ map_bits - 1 }:1];
//% endif
            step_2_q <= step_1_q;
        end
    end

    // Third rank: the values of the map, and the codes.
//% for value in values
    reg  signed [${ width - 1 }:0] ${ value.name };  // ${ value.comment }
//% endfor
    always @(posedge clk) begin
        if (ce) begin
//% for value in values
            ${ value.name } <= ${ value.choice };
//% endfor
        end
    end
    wire [${ code_bits - 1 }:0] codes;
    ${ module }_codes rom (
        .clk     (clk),
        .enable  (ce),
        .address (step_2_q),
        .data    (codes)
    );

    // When a window's sums begin to come, and when its results begin to leave.
    reg  opening_q;                     // the frame has no result yet
    wire opening = start | opening_q;
    wire sums_begin;
    wire sums_sof;
    wire leave;
    wire leave_sof;
    always @(posedge clk) begin
        if (ce & go & fetching_q) begin
            opening_q <= opening & ~complete;
        end
    end
    lacuna_control_delay #(
        .STAGES    (${ ranks })
    ) to_sums (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (go & fetching_q & complete),
        .in_sof    (opening),
        .out_valid (sums_begin),
        .out_sof   (sums_sof)
    );
    lacuna_control_delay #(
        .STAGES    (${ lead })
    ) to_leave (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (sums_begin),
        .in_sof    (sums_sof),
        .out_valid (leave),
        .out_sof   (leave_sof)
    );

    // The map whose sums come.
    localparam [${ idle_bits - 1 }:0] IDLE = ${ idle_map };
    reg  [${ idle_bits - 1 }:0] sum_map_q;
    reg  [${ tap_bits - 1 }:0] sum_tap_q;
    wire [${ idle_bits - 1 }:0] sum_map = sums_begin ? ${ zero_idle } : sum_map_q;
    wire [${ tap_bits - 1 }:0] sum_tap = sums_begin ? ${ zero_tap } : sum_tap_q;
    wire map_ends = (sum_tap == LAST_TAP);
    always @(posedge clk) begin
        if (rst) begin
            sum_map_q <= IDLE;
        end else if (ce) begin
            sum_map_q <= (map_ends & (sum_map != IDLE)) ? sum_map + ${ one_idle } : sum_map;
        end
        if (ce) begin
            sum_tap_q <= map_ends ? ${ zero_tap } : sum_tap + ${ one_tap };
        end
    end
    wire [${ maps - 1 }:0] of_map;
//% for map in range(maps)
    assign of_map[${ map }] = (sum_map == ${ idle_bits }'d${ map });
//% endfor
    wire unused_maps = &{1'b0, of_map};
//% for unit in units

    // Unit ${ loop.index0 }.
//% for line in unit.lines
${ line }
//% endfor
    wire signed [${ out_width - 1 }:0] sum${ loop.index0 } = ${ unit.sum };
//% endfor

    // The accumulators: they are cleared when their result is picked.
    localparam [${ leaving_bits - 1 }:0] NONE = ${ last_leaving };
    reg  [${ leaving_bits - 1 }:0] leaving_q;
    wire [${ leaving_bits - 1 }:0] leaving = leave ? ${ zero_leaving } : leaving_q;
//% for output in outputs
    reg  signed [${ out_width - 1 }:0] y${ loop.index0 }_q;
//% endfor
//% for output in outputs
    always @(posedge clk) begin
        if (rst | (ce & (leaving == ${ leaving_bits }'d${ loop.index0 }))) begin
            y${ loop.index0 }_q <= ${ out_width }'sd0;
        end else if (ce & (${ output.takes })) begin
            y${ loop.index0 }_q <= y${ loop.index0 }_q + sum${ output.unit };
        end
    end
//% endfor

    // Results leave, map by map; first they are picked, then they get what their sums lack.
    reg  [${ leaving_bits - 1 }:0] picked_at_q;
    reg  picked_sof_q;
    reg  signed [${ out_width - 1 }:0] picked_q;
    always @(posedge clk) begin
        if (rst) begin
            leaving_q   <= NONE;
            picked_at_q <= NONE;
            out_valid   <= 1'b0;
        end else if (ce) begin
            leaving_q   <= (leaving == NONE) ? NONE : leaving + ${ one_leaving };
            picked_at_q <= leaving;
            out_valid   <= (picked_at_q != NONE);
        end
        if (ce) begin
            picked_sof_q <= leave & leave_sof;
            picked_q     <= ${ picked };
            out_sof      <= picked_sof_q;
            out_data     <= picked_q + ${ lacking };
        end
    end

endmodule

`resetall
