// ${ design }, layer ${ layer }: the largest of the ${ area } values of each window, map by map.
//
// Comparisons of two, a register behind each: ${ ranks } rank(s). Verilog-2005.

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
        .STAGES    (${ ranks })
    ) control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (in_valid),
        .in_sof    (in_sof),
        .out_valid (out_valid),
        .out_sof   (out_sof)
    );
//% for map in maps

    // map ${ loop.index0 }
//% for line in map.lines
${ line }
//% endfor
    assign out_data[${ map.msb }:${ map.lsb }] = ${ map.result };
//% endfor
//% if unused

    // Between the elements of a dilated window.
    wire unused_places = &{1'b0${ unused }};
//% endif

endmodule

`resetall
