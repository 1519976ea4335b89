// ${ design }, layer ${ layer }: the activation, a piecewise-linear curve of ${ segments | length } segment(s) with dyadic slopes.
//
// ${ symmetry_note }
//% for segment in segments
//   from ${ segment.from }: y = ${ segment.formula }, rounded to nearest
//% endfor
// Inputs have ${ in_fraction } fraction bits, results ${ out_fraction }. One instance a map.
// Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire ce,                     // all registers of the core move together
    input  wire signed [${ in_width - 1 }:0] x,
    output reg  signed [${ out_width - 1 }:0] y   // ${ latency } clocks later
);

//% if odd
    // First rank: magnitude and sign.
    reg [${ mag_width - 1 }:0] arg_q;
    reg sign_q;
    wire [${ in_width - 1 }:0] magnitude = x[${ in_width - 1 }] ? -x : x;
    always @(posedge clk) begin
        if (ce) begin
            arg_q  <= magnitude[${ mag_width - 1 }:0];
            sign_q <= x[${ in_width - 1 }];
        end
    end
//% if mag_width < in_width
    wire unused_sign = &{1'b0, magnitude[${ in_width - 1 }]};
//% endif
//% else
    // First rank: the argument.
    reg signed [${ in_width - 1 }:0] arg_q;
    always @(posedge clk) begin
        if (ce) begin
            arg_q <= x;
        end
    end
//% endif

    // Second rank: the segment's offset and its multiples of the argument by powers of two. The offset holds
    // half a unit of the result too, for rounding, and one for each multiple that is subtracted by inversion.
//% if unused_arg
    wire unused_arg = &{1'b0, arg_q};
//% endif
    reg  signed [${ sum_width - 1 }:0] offset_q;
//% for term in range(terms)
    reg  signed [${ sum_width - 1 }:0] term${ term }_q;
//% endfor
    always @(posedge clk) begin
        if (ce) begin
//% for segment in segments_down
            ${ segment.condition }
                offset_q <= ${ segment.offset };
//% for term in segment.terms
                term${ loop.index0 }_q  <= ${ term };
//% endfor
//% endfor
            end
        end
    end

    // One addition a rank.
//% for term in range(terms)
    reg  signed [${ sum_width - 1 }:0] sum${ term }_q;
//% endfor
//% for delay in term_delays
    reg  signed [${ sum_width - 1 }:0] ${ delay.name };
//% endfor
    always @(posedge clk) begin
        if (ce) begin
//% for term in range(terms)
            sum${ term }_q <= ${ "offset" if term == 0 else "sum" ~ (term - 1) }_q + ${ sum_terms[term] };
//% endfor
//% for delay in term_delays
            ${ delay.name } <= ${ delay.value };
//% endfor
        end
    end

    // Last rank: dropped bits, saturation${ ", reflection" if odd else "" }.
    wire signed [${ rounded_width - 1 }:0] rounded = ${ last_sum }[${ sum_width - 1 }:${ shift }];
//% if shift > 0
    wire unused_fraction = &{1'b0, ${ last_sum }[${ shift - 1 }:0]};
//% endif
    wire signed [${ out_width - 1 }:0] piece = ${ saturated };
//% if rounded_width > out_width
    wire unused_top = &{1'b0, rounded[${ rounded_width - 1 }:${ out_width }]};
//% endif
//% if odd
    reg [${ terms }:0] negative_q;
    always @(posedge clk) begin
        if (ce) begin
            negative_q <= {negative_q[${ terms - 1 }:0], sign_q};
            y <= negative_q[${ terms }] ? ${ reflected } : piece;
        end
    end
//% else
    always @(posedge clk) begin
        if (ce) begin
            y <= piece;
        end
    end
//% endif

endmodule

`resetall
