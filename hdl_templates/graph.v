// ${ design }, layer ${ layer }: ${ title }.
//
// ${ adders } adders${ negations } in ${ stages } pipeline stage(s) of at most ${ adders_per_stage } adder(s) in a row, no multiplier.
// y[o] = sum of x[i] times its constant; every wire is just wide enough for the values that can occur.
// Names: x is an input, t an adder, y an output; a suffix _dN is the same value N clocks later.
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

    lacuna_control_delay #(
        .STAGES    (${ stages })
    ) control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (in_valid),
        .in_sof    (in_sof),
        .out_valid (out_valid),
        .out_sof   (out_sof)
    );

    // Inputs.
//% for input in inputs
    wire signed [${ input.width - 1 }:0] ${ input.name } = in_data[${ input.msb }:${ input.lsb }];${ input.comment }
//% endfor
//% for stage in body

    // Stage ${ loop.index0 }.
//% for line in stage
${ line }
//% endfor
//% endfor

//% if unused
    // Bits that no constant asks for: of inputs with zero coefficients only, and of operands wider than their sum.
    wire unused_bits = &{1'b0${ unused }};

//% endif
    // Outputs.
//% for output in outputs
    reg signed [${ output.width - 1 }:0] y${ loop.index0 }_q;${ output.comment }
//% endfor
    always @(posedge clk) begin
        if (ce) begin
//% for output in outputs
            y${ loop.index0 }_q <= ${ output.value };
//% endfor
        end
    end
//% for output in outputs
    assign out_data[${ output.msb }:${ output.lsb }] = y${ loop.index0 }_q;
//% endfor

endmodule

`resetall
