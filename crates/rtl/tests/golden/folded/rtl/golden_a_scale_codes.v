// golden, layer A.scale: the codes of the coefficients, and the biases, a word a step.
//
// A code is a sign on top of the number of a shift, 0 for none. Verilog-2005.

`resetall
`default_nettype none

module golden_a_scale_codes (
    input  wire clk,
    input  wire enable,
    input  wire [0:0] address,
    output reg  [26:0] data
);

    (* ram_style = "logic", rom_style = "logic" *)
    reg [26:0] words [0:1];

    initial begin
        words[0] = 27'h5f80e49;
        words[1] = 27'h6e0093a;
    end

    always @(posedge clk) begin
        if (enable) begin
            data <= words[address];
        end
    end

endmodule

`resetall
