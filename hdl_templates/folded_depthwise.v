// ${ design }, layer ${ layer }: ${ rows } x ${ columns } kernels (height x width), one a map, folded: maps take turns.
//
// Input:  lines of ${ line_length } pixels, a pixel in ${ phases } beat(s) of ${ lanes } map(s), map 0 first and lowest.
// Output: for every window inside the frame as many beats.
// A beat completes a column of ${ rows } value(s) in each map. It is read once, for all ${ columns } result(s) it belongs to: their sums
// wait for the next pixel, and the oldest is complete. A term is the value shifted by what the code of its weight says (by
// ${ shifts } bits, or nothing), added or subtracted; no multiplier.
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

    localparam [${ phase_bits - 1 }:0] LAST_PHASE = ${ last_phase };
    localparam [${ column_bits - 1 }:0] LAST_COLUMN = ${ last_column };
//% if rows > 1
    localparam [${ row_bits - 1 }:0] LAST_ROW = ${ last_row };
    localparam [${ address_bits - 1 }:0] LAST_ADDRESS = ${ last_address };
//% endif

    // The place of the beat.
    reg [${ phase_bits - 1 }:0] phase_q;
    reg [${ column_bits - 1 }:0] column_q;
    wire [${ phase_bits - 1 }:0] phase = in_sof ? ${ zero_phase } : phase_q;
    wire [${ column_bits - 1 }:0] column = in_sof ? ${ zero_column } : column_q;
    wire last_phase = (phase == LAST_PHASE);
    wire line_end   = (column == LAST_COLUMN);
//% if rows > 1
    reg [${ row_bits - 1 }:0] row_q;
    reg [${ address_bits - 1 }:0] address_q;
    wire [${ row_bits - 1 }:0] row = in_sof ? ${ zero_row } : row_q;
    wire [${ address_bits - 1 }:0] address = in_sof ? ${ zero_address } : address_q;
    wire full       = (row == LAST_ROW);
//% endif
    wire complete   = ${ inside };
    wire beat       = ce & in_valid;

    always @(posedge clk) begin
        if (beat) begin
            phase_q  <= last_phase ? ${ zero_phase } : phase + ${ one_phase };
            column_q <= ~last_phase ? column : line_end ? ${ zero_column } : column + ${ one_column };
//% if rows > 1
            row_q    <= (last_phase & line_end & ~full) ? row + ${ one_row } : row;
            address_q <= (address == LAST_ADDRESS) ? ${ zero_address } : address + ${ one_address };
//% endif
        end
    end

    // First rank: the column.
    reg  [${ in_bits - 1 }:0] word_q;
//% if rows > 1
    reg  arrived_q;
    reg  [${ address_bits - 1 }:0] at_q;
    wire [${ (rows - 1) * in_bits - 1 }:0] above;
//% endif
    always @(posedge clk) begin
        if (ce) begin
            word_q    <= in_data;
//% if rows > 1
            arrived_q <= in_valid;
            at_q      <= address;
//% endif
        end
    end

//% if rows > 1
    wire [${ rows * in_bits - 1 }:0] values = {word_q, above};
//% if large_bits > 0
    lacuna_banked_ram #(
        .WIDTH         (${ large_bits }),
        .DEPTH         (${ words }),
        .ADDRESS_WIDTH (${ address_bits })
    ) large_lines (
        .clk           (clk),
        .write_enable  (ce & arrived_q),
        .write_address (at_q),
        .write_data    (values[${ in_bits + large_bits - 1 }:${ in_bits }]),
        .read_enable   (beat),
        .read_address  (address),
        .read_data     (above[${ large_bits - 1 }:0])
    );
//% endif
//% if large_bits < (rows - 1) * in_bits
    lacuna_line_ram #(
        .WIDTH         (${ (rows - 1) * in_bits - large_bits }),
        .DEPTH         (${ words }),
        .ADDRESS_WIDTH (${ address_bits })
    ) lines (
        .clk           (clk),
        .write_enable  (ce & arrived_q),
        .write_address (at_q),
        .write_data    (values[${ rows * in_bits - 1 }:${ in_bits + large_bits }]),
        .read_enable   (beat),
        .read_address  (address),
        .read_data     (above[${ (rows - 1) * in_bits - 1 }:${ large_bits }])
    );
//% endif
//% else
    wire [${ in_bits - 1 }:0] values = word_q;
//% endif

//% if phases > 1
    // The phase of a beat, up to the sums of columns.
//% for rank in range(delay)
    reg  [${ phase_bits - 1 }:0] phase_${ rank }_q;
//% endfor
    always @(posedge clk) begin
        if (ce) begin
//% for rank in range(delay)
            phase_${ rank }_q <= ${ "phase" if rank == 0 else "phase_" ~ (rank - 1) ~ "_q" };
//% endfor
        end
    end
//% endif

    // Second rank: the values of the column, and their codes.
//% for value in values
    reg  signed [${ width - 1 }:0] ${ value.name };  // ${ value.comment }
//% endfor
    always @(posedge clk) begin
        if (ce) begin
//% for value in values
            ${ value.name } <= values[${ value.msb }:${ value.lsb }];
//% endfor
        end
    end
    wire [${ code_bits - 1 }:0] codes;
    ${ module }_codes rom (
        .clk     (clk),
        .enable  (ce),
        .address (${ "phase_0_q" if phases > 1 else zero_phase }),
        .data    (codes)
    );

    // Flags of a beat, up to the sums of columns.
    reg  [${ delay - 1 }:0] go_q;
    reg  [${ delay - 1 }:0] emit_q;
    reg  [${ delay - 1 }:0] sof_q;
    reg  opening_q;                     // the frame has no result yet
    wire opening = in_sof | opening_q;
    always @(posedge clk) begin
        if (rst) begin
            go_q      <= {${ delay }{1'b0}};
            emit_q    <= {${ delay }{1'b0}};
            out_valid <= 1'b0;
        end else if (ce) begin
            go_q      <= {go_q[${ delay - 2 }:0], in_valid};
            emit_q    <= {emit_q[${ delay - 2 }:0], in_valid & complete};
            out_valid <= emit_q[${ delay - 1 }];
        end
        if (ce) begin
            sof_q   <= {sof_q[${ delay - 2 }:0], opening};
            out_sof <= sof_q[${ delay - 1 }];
            if (in_valid) begin
                opening_q <= opening & ~complete;
            end
        end
    end
    wire done = ce & go_q[${ delay - 1 }];
//% if columns > 1

    // Sums that wait for the next pixel.
    wire [${ carried_bits - 1 }:0] carry;
//% if phases > 1
    wire [${ carried_bits - 1 }:0] carried;
    lacuna_line_ram #(
        .WIDTH         (${ carried_bits }),
        .DEPTH         (${ phases }),
        .ADDRESS_WIDTH (${ phase_bits })
    ) sums (
        .clk           (clk),
        .write_enable  (done),
        .write_address (phase_${ delay - 1 }_q),
        .write_data    (carry),
        .read_enable   (ce & go_q[${ delay - 2 }]),
        .read_address  (phase_${ delay - 2 }_q),
        .read_data     (carried)
    );
//% else
    reg  [${ carried_bits - 1 }:0] carried;
    always @(posedge clk) begin
        if (done) begin
            carried <= carry;
        end
    end
//% endif
//% else
    wire unused_done = &{1'b0, done};
//% endif

    wire [${ out_bits - 1 }:0] result;
    reg  [${ out_bits - 1 }:0] result_q;
    always @(posedge clk) begin
        if (ce) begin
            result_q <= result;
        end
    end
    assign out_data = result_q;
//% for place in places

    // ${ place.comment }
//% for line in place.lines
${ line }
//% endfor
    lacuna_add #(.WIDTH(${ out_width })) ${ place.name }_adder (
        .a(${ place.before }), .b(${ place.sum }), .sum(${ place.target })
    );
//% endfor

endmodule

`resetall
