// ${ design }, layer ${ layer }: the activation as a table, a word for every argument.
//
// The argument has ${ fraction } fraction bits. Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire ce,                     // all registers of the core move together
    input  wire signed [${ in_width - 1 }:0] x,
    output reg  signed [${ out_width - 1 }:0] y
);

    (* ram_style = "block", rom_style = "block" *)
    reg signed [${ out_width - 1 }:0] words [0:${ depth - 1 }];

    initial begin
//% for word in words
        words[${ loop.index0 }] = ${ word };
//% endfor
    end

    // A negative argument is an address in the upper half.
    wire [${ in_width - 1 }:0] address = x;
//% if registered
    reg signed [${ out_width - 1 }:0] word_q;
    always @(posedge clk) begin
        if (ce) begin
            word_q <= words[address];
            y      <= word_q;
        end
    end
//% else
    always @(posedge clk) begin
        if (ce) begin
            y <= words[address];
        end
    end
//% endif

endmodule

`resetall
