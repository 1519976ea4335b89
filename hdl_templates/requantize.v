// ${ design }, layer ${ layer }: bias, rounding and saturation.
//
// Per map y = clamp(floor((x + bias) / 2^shift + 1/2)): one addition, as the half joins the bias, and dropped bits.
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
        .STAGES    (2)
    ) control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (in_valid),
        .in_sof    (in_sof),
        .out_valid (out_valid),
        .out_sof   (out_sof)
    );

//% for lane in lanes
    // map ${ loop.index0 }: bias ${ lane.bias }${ lane.half }, shift ${ lane.shift }
    wire signed [${ lane.in_width - 1 }:0] x${ loop.index0 } = in_data[${ lane.in_msb }:${ lane.in_lsb }];
    reg  signed [${ lane.sum_width - 1 }:0] sum${ loop.index0 }_q;
    wire signed [${ lane.rounded_width - 1 }:0] rounded${ loop.index0 } = sum${ loop.index0 }_q[${ lane.sum_width - 1 }:${ lane.shift }];
//% if lane.shift > 0
    wire unused_fraction${ loop.index0 } = &{1'b0, sum${ loop.index0 }_q[${ lane.shift - 1 }:0]};
//% endif
    always @(posedge clk) begin
        if (ce) begin
            sum${ loop.index0 }_q <= ${ lane.x_extended } + ${ lane.constant };
//% if lane.above and lane.below
            out_data[${ lane.out_msb }:${ lane.out_lsb }] <= ${ lane.above } ? ${ lane.highest }
                : ${ lane.below } ? ${ lane.lowest }
                : ${ lane.inside };
//% elif lane.above
            out_data[${ lane.out_msb }:${ lane.out_lsb }] <= ${ lane.above } ? ${ lane.highest } : ${ lane.inside };
//% elif lane.below
            out_data[${ lane.out_msb }:${ lane.out_lsb }] <= ${ lane.below } ? ${ lane.lowest } : ${ lane.inside };
//% else
            out_data[${ lane.out_msb }:${ lane.out_lsb }] <= ${ lane.inside };
//% endif
        end
    end
//% if lane.dropped
    wire unused_top${ loop.index0 } = &{1'b0, rounded${ loop.index0 }[${ lane.rounded_width - 1 }:${ lane.out_width }]};
//% endif

//% endfor
endmodule

`resetall
