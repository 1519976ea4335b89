// ${ design }, layer ${ layer }: ${ contents }, a word a step.
//
// A code is a sign on top of the number of a shift, 0 for none. Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire enable,
    input  wire [${ address_bits - 1 }:0] address,
    output reg  [${ code_bits - 1 }:0] data
);

//% if small
    (* ram_style = "logic", rom_style = "logic" *)
//% endif
    reg [${ code_bits - 1 }:0] words [0:${ [rom | length - 1, 1] | max }];

    initial begin
//% if rom | length == 1
        words[1] = ${ rom[0] };
//% endif
//% for value in rom
        words[${ loop.index0 }] = ${ value };
//% endfor
    end

    always @(posedge clk) begin
        if (enable) begin
            data <= words[address];
        end
    end

endmodule

`resetall
