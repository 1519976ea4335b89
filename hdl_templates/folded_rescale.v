// ${ design }, layer ${ layer }: coefficient, bias, rounding and saturation, folded: maps take turns.
//
// A pixel comes in ${ phases } beat(s) of ${ lanes } map(s). Per map y = clamp(floor((c x + b) / 2^${ shift } + 1/2)), where c x is a sum of ${ terms }
// term(s) ± x shifted (by ${ shifts } bits, or nothing), and the half is part of b.
// Results have ${ fraction } fraction bits and lie in ${ clamp_lo } .. ${ clamp_hi }.
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
    output reg  [${ out_bits - 1 }:0] out_data
);

    lacuna_control_delay #(
        .STAGES    (${ delay })
    ) control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (in_valid),
        .in_sof    (in_sof),
        .out_valid (out_valid),
        .out_sof   (out_sof)
    );

    localparam [${ phase_bits - 1 }:0] LAST_PHASE = ${ last_phase };
    reg [${ phase_bits - 1 }:0] phase_q;
    wire [${ phase_bits - 1 }:0] phase = in_sof ? ${ zero_phase } : phase_q;
    always @(posedge clk) begin
        if (ce & in_valid) begin
            phase_q <= (phase == LAST_PHASE) ? ${ zero_phase } : phase + ${ one_phase };
        end
    end

    // First rank: the values and their codes.
    wire [${ code_bits - 1 }:0] codes;
    ${ module }_codes rom (
        .clk     (clk),
        .enable  (ce & in_valid),
        .address (phase),
        .data    (codes)
    );
//% for unit in units

    // Lane ${ loop.index0 }.
    reg  signed [${ unit.in_width - 1 }:0] x${ loop.index0 }_q;
    reg  signed [${ unit.bias_width - 1 }:0] bias${ loop.index0 }_q;
    always @(posedge clk) begin
        if (ce) begin
            x${ loop.index0 }_q <= in_data[${ unit.in_msb }:${ unit.in_lsb }];
            bias${ loop.index0 }_q <= codes[${ unit.bias_msb }:${ unit.bias_lsb }];
        end
    end
//% for line in unit.lines
${ line }
//% endfor
    wire signed [${ sum_width - 1 }:0] sum${ loop.index0 } = ${ unit.sum };
    wire signed [${ rounded_width - 1 }:0] rounded${ loop.index0 } = sum${ loop.index0 }[${ sum_width - 1 }:${ shift }];
//% if shift > 0
    wire unused_fraction${ loop.index0 } = &{1'b0, sum${ loop.index0 }[${ shift - 1 }:0]};
//% endif
    always @(posedge clk) begin
        if (ce) begin
//% if unit.above and unit.below
            out_data[${ unit.out_msb }:${ unit.out_lsb }] <= ${ unit.above } ? ${ highest }
                : ${ unit.below } ? ${ lowest }
                : ${ unit.inside };
//% elif unit.above
            out_data[${ unit.out_msb }:${ unit.out_lsb }] <= ${ unit.above } ? ${ highest } : ${ unit.inside };
//% elif unit.below
            out_data[${ unit.out_msb }:${ unit.out_lsb }] <= ${ unit.below } ? ${ lowest } : ${ unit.inside };
//% else
            out_data[${ unit.out_msb }:${ unit.out_lsb }] <= ${ unit.inside };
//% endif
        end
    end
//% if unit.dropped
    wire unused_top${ loop.index0 } = &{1'b0, rounded${ loop.index0 }[${ rounded_width - 1 }:${ (unit.out_msb - unit.out_lsb) + 1 }]};
//% endif
//% endfor

endmodule

`resetall
