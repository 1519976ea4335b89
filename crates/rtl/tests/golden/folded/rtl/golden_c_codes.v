// golden, layer C: the codes of the weights, a word a step.
//
// A code is a sign on top of the number of a shift, 0 for none. Verilog-2005.

`resetall
`default_nettype none

module golden_c_codes (
    input  wire clk,
    input  wire enable,
    input  wire [2:0] address,
    output reg  [11:0] data
);

    (* ram_style = "logic", rom_style = "logic" *)
    reg [11:0] words [0:7];

    initial begin
        words[0] = 12'h07d;
        words[1] = 12'hbd7;
        words[2] = 12'hdff;
        words[3] = 12'h019;
        words[4] = 12'h03f;
        words[5] = 12'h016;
        words[6] = 12'h013;
        words[7] = 12'h01d;
    end

    always @(posedge clk) begin
        if (enable) begin
            data <= words[address];
        end
    end

endmodule

`resetall
