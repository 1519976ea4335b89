// ${ core } on a board, to be measured: every pin of the core lives, and none of them is in a critical path.
//
// The core's inputs are a shift register, ${ in_bits } bit(s) long, that the pin rx fills. Its outputs are registered, and
// what is on tx is their parity, found by four bits a clock. So each input comes from a flip-flop and each output
// goes into one, and no part of the core can be left out. Reset lasts for ${ reset_clocks } clocks after configuration.
//
// This is no way to get images into the core: replace it by a shell of your own, a module lacuna_board_top with the
// pins that the board's constraint file names.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_board_top (
    input  wire clk,
    input  wire rx,
    output wire tx
);

    reg [${ reset_bits - 1 }:0] power_on_q;
    reg rst;
    initial power_on_q = ${ reset_zero };
    initial rst = 1'b1;

    always @(posedge clk) begin
        rst <= ~power_on_q[${ reset_bits - 1 }];
        if (~power_on_q[${ reset_bits - 1 }]) begin
            power_on_q <= power_on_q + ${ reset_one };
        end
    end

    // Into the core.
    reg [${ in_bits - 1 }:0] in_q;

    always @(posedge clk) begin
        in_q <= ${ shifted };
    end

    // The core.
//% for output in outputs
    wire [${ output.width - 1 }:0] ${ output.name }_of_core;
//% endfor

    ${ core } core (
//% for connection in connections
        .${ connection.name } (${ connection.value })${ "," if not loop.last else "" }
//% endfor
    );

    // Out of the core.
//% for rank in ranks
    reg [${ rank.width - 1 }:0] ${ rank.name };
//% endfor

    always @(posedge clk) begin
//% for rank in ranks
//% for bit in rank.bits
        ${ rank.name }${ bit.target } <= ${ bit.value };
//% endfor
//% endfor
    end

    assign tx = ${ last }[0];

endmodule

`resetall
