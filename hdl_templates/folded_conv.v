// ${ design }, layer ${ layer }: ${ rows } x ${ columns } kernels (height x width), folded.
//
// Input:  lines of ${ line_length } pixels, a pixel in ${ phases } beat(s) of ${ lanes } map(s), map 0 first and lowest.
// Output: for every window inside the frame ${ groups } beat(s) of ${ outputs } map(s).
// A step reads the ${ rows } value(s) of one column of the window in ${ lanes } map(s), and adds ± the value shifted by what the
// code of its weight says (by ${ shifts } bits, or nothing) to ${ outputs } sum(s): ${ units | length } x ${ terms } terms, no multiplier.
// ${ steps } steps a window: group by group of outputs, from the newest column on, map by map. The words of the newest pixel
// come in with the first steps, and wait in a queue till then.
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
    output wire [${ out_bits - 1 }:0] out_data${ "," if fed else "" }
//% if fed
    // codes of the weights, from outside
    output wire weights_ready,          // the core may move
    output wire weights_misplaced,      // sticky
    input  wire s_axis_tvalid,
    output wire s_axis_tready,
    input  wire s_axis_tuser,           // first word of a pass
    input  wire [${ stream_bits - 1 }:0] s_axis_tdata
//% endif
);

    localparam [${ step_bits - 1 }:0] LAST_FETCH = ${ last_fetch };
    localparam [${ step_bits - 1 }:0] LAST_STEP  = ${ last_step };
    localparam [${ tap_bits - 1 }:0] LAST_TAP   = ${ last_tap };      // of a group
    localparam [${ phase_bits - 1 }:0] LAST_PHASE = ${ last_phase };
    localparam [${ column_bits - 1 }:0] LAST_COLUMN = ${ last_column };
//% if rows > 1
    localparam [${ row_bits - 1 }:0] LAST_ROW = ${ last_row };
//% endif

    // Words wait here for their steps.
    wire word_valid;
    wire word_sof;
    wire [${ in_bits - 1 }:0] word;
    reg  fetching_q;
    lacuna_fifo #(
        .WIDTH         (${ in_bits + 1 }),
        .ADDRESS_WIDTH (${ fifo_bits })
    ) queue (
        .clk           (clk),
        .rst           (rst),
        .ce            (ce),
        .in_valid      (in_valid),
        .in_data       ({in_sof, in_data}),
        .out_valid     (word_valid),
        .out_data      ({word_sof, word}),
        .out_taken     (fetching_q)
    );

    // The step, and the place of the newest pixel.
    reg [${ step_bits - 1 }:0] step_q;
    reg [${ tap_bits - 1 }:0] tap_q;
    reg [${ phase_bits - 1 }:0] phase_q;
    reg [${ column_bits - 1 }:0] column_q;
    wire go    = ~fetching_q | word_valid;
    wire start = fetching_q & word_sof;
    wire [${ column_bits - 1 }:0] column = start ? ${ zero_column } : column_q;
    wire line_end   = (column == LAST_COLUMN);
//% if rows > 1
    reg [${ row_bits - 1 }:0] row_q;
    wire [${ row_bits - 1 }:0] row = start ? ${ zero_row } : row_q;
    wire full       = (row == LAST_ROW);
//% endif
    wire complete   = ${ inside };
    wire last_tap   = (tap_q == LAST_TAP);
    wire last_phase = (phase_q == LAST_PHASE);
    wire last_fetch = fetching_q & (step_q == LAST_FETCH);
    wire pixel_end  = (step_q == LAST_STEP) | (last_fetch & ~complete);

    always @(posedge clk) begin
        if (rst) begin
            fetching_q <= 1'b1;
            step_q     <= ${ zero_step };
            tap_q      <= ${ zero_tap };
            phase_q    <= ${ zero_phase };
        end else if (ce & go) begin
            fetching_q <= pixel_end | (fetching_q & ~last_fetch);
            step_q     <= pixel_end ? ${ zero_step } : step_q + ${ one_step };
            tap_q      <= (pixel_end | last_tap) ? ${ zero_tap } : tap_q + ${ one_tap };
            phase_q    <= last_phase ? ${ zero_phase } : phase_q + ${ one_phase };
        end
        if (ce & go) begin
            column_q <= ~pixel_end ? column : line_end ? ${ zero_column } : column + ${ one_column };
//% if rows > 1
            row_q    <= (pixel_end & line_end & ~full) ? row + ${ one_row } : row;
//% endif
        end
    end
//% if keeps

    // Where the column lies: pixel by pixel of the line, map by map.
    reg [${ address_bits - 1 }:0] address_q;
    wire [${ address_bits - 1 }:0] address   = start ? ${ zero_address } : address_q;
//% if kept > 1
    reg [${ address_bits - 1 }:0] base_q;
    wire [${ address_bits - 1 }:0] base      = start ? ${ zero_address } : base_q;
    wire [${ address_bits - 1 }:0] next_base = line_end ? ${ zero_address } : base + ${ phases_of_addresses };
//% else
    wire [${ address_bits - 1 }:0] base      = ${ zero_address };
    wire [${ address_bits - 1 }:0] next_base = ${ zero_address };
//% endif
    always @(posedge clk) begin
        if (ce & go) begin
//% if kept > 1
            base_q    <= pixel_end ? next_base : base;
//% endif
            address_q <= pixel_end ? next_base
                : last_tap ? base
                : last_phase ? address - ${ rewind }
                : address + ${ one_address };
        end
    end
//% endif

    // First rank: the column and the codes.
    reg  [${ in_bits - 1 }:0] word_q;
    reg  fetched_q;
    wire [${ code_bits - 1 }:0] codes;
//% if keeps
    reg  [${ address_bits - 1 }:0] at_q;
    reg  arrived_q;
    wire [${ rows * in_bits - 1 }:0] stored;
//% endif
    always @(posedge clk) begin
        if (ce) begin
            word_q    <= word;
            fetched_q <= fetching_q;
//% if keeps
            at_q      <= address;
            arrived_q <= fetching_q & word_valid;
//% endif
        end
    end

//% if fed
    ${ module }_weights weights (
        .clk           (clk),
        .rst           (rst),
        .ready         (weights_ready),
        .take          (ce & go & complete),
        .data          (codes),
        .misplaced     (weights_misplaced),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tdata  (s_axis_tdata)
    );
//% else
    ${ module }_codes rom (
        .clk     (clk),
        .enable  (ce & go),
        .address (step_q),
        .data    (codes)
    );
//% endif

//% if keeps
//% if rows > 1
    wire [${ rows * in_bits - 1 }:0] values = fetched_q ? {word_q, stored[${ rows * in_bits - 1 }:${ in_bits }]} : stored;
//% else
    wire [${ in_bits - 1 }:0] values = fetched_q ? word_q : stored;
//% endif
    lacuna_line_ram #(
        .WIDTH         (${ rows * in_bits }),
        .DEPTH         (${ [depth, 2] | max }),
        .ADDRESS_WIDTH (${ address_bits })
    ) pixels (
        .clk           (clk),
        .write_enable  (ce & arrived_q),
        .write_address (at_q),
        .write_data    (values),
        .read_enable   (ce & go),
        .read_address  (address),
        .read_data     (stored)
    );
//% else
    wire [${ in_bits - 1 }:0] values = word_q;
    wire unused_fetched = &{1'b0, fetched_q};
//% endif

//% for value in values
    wire signed [${ width - 1 }:0] ${ value.name } = values[${ value.msb }:${ value.lsb }];  // ${ value.comment }
//% endfor

    // Flags of a step, up to the accumulators.
    reg  [${ delay - 1 }:0] go_q;
    reg  [${ delay - 1 }:0] first_q;
    reg  [${ delay - 1 }:0] emit_q;
    reg  [${ delay - 1 }:0] sof_q;
    reg  opening_q;                     // the frame has no result yet
    wire emit    = go & last_tap & complete;
    wire opening = start | opening_q;
    always @(posedge clk) begin
        if (rst) begin
            go_q      <= {${ delay }{1'b0}};
            emit_q    <= {${ delay }{1'b0}};
            out_valid <= 1'b0;
        end else if (ce) begin
            go_q      <= {go_q[${ delay - 2 }:0], go};
            emit_q    <= {emit_q[${ delay - 2 }:0], emit};
            out_valid <= emit_q[${ delay - 1 }];
        end
        if (ce) begin
            first_q <= {first_q[${ delay - 2 }:0], tap_q == ${ zero_tap }};
            sof_q   <= {sof_q[${ delay - 2 }:0], opening};
            out_sof <= sof_q[${ delay - 1 }];
            if (go) begin
                opening_q <= opening & ~emit;
            end
        end
    end
    wire step_done = ce & go_q[${ delay - 1 }];
    wire anew      = first_q[${ delay - 1 }];
//% for unit in units

    // Output ${ loop.index0 } of the group: its terms, their sum, and the sum over the steps.
//% for line in unit.lines
${ line }
//% endfor
    reg  signed [${ out_width - 1 }:0] y${ loop.index0 }_q;
    wire signed [${ out_width - 1 }:0] y${ loop.index0 };
    lacuna_add_carry #(.WIDTH(${ out_width })) y${ loop.index0 }_adder (
        .a(anew ? {${ out_width }{1'b0}} : y${ loop.index0 }_q), .b(${ unit.sum }),
        .carry(${ unit.carry }), .sum(y${ loop.index0 })
    );
    always @(posedge clk) begin
        if (step_done) begin
            y${ loop.index0 }_q <= y${ loop.index0 };
        end
    end
    assign out_data[${ unit.msb }:${ unit.lsb }] = y${ loop.index0 }_q;
//% endfor

endmodule

`resetall
