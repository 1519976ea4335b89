// ${ design }, layer ${ layer }: the ${ phases } beats of a pixel become one beat of ${ maps } map(s).
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
    reg [${ phase_bits - 1 }:0] phase_q;
    wire [${ phase_bits - 1 }:0] phase = in_sof ? ${ zero_phase } : phase_q;
    wire last = (phase == LAST_PHASE);

    // The oldest beat lowest.
    reg [${ in_bits * phases - 1 }:0] beats_q;
    always @(posedge clk) begin
        if (rst) begin
            out_valid <= 1'b0;
        end else if (ce) begin
            out_valid <= in_valid & last;
        end
        if (ce & in_valid) begin
            phase_q <= last ? ${ zero_phase } : phase + ${ one_phase };
            beats_q <= {in_data, beats_q[${ in_bits * phases - 1 }:${ in_bits }]};
            out_sof <= in_sof | (out_sof & (phase != ${ zero_phase }));
        end
    end
    assign out_data = beats_q[${ out_bits - 1 }:0];
//% if out_bits < in_bits * phases
    wire unused_lanes = &{1'b0, beats_q[${ in_bits * phases - 1 }:${ out_bits }]};
//% endif

endmodule

`resetall
