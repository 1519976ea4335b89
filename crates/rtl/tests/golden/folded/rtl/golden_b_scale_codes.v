// golden, layer B.scale: the codes of the coefficients, and the biases, a word a step.
//
// A code is a sign on top of the number of a shift, 0 for none. Verilog-2005.

`resetall
`default_nettype none

module golden_b_scale_codes (
    input  wire clk,
    input  wire enable,
    input  wire [0:0] address,
    output reg  [18:0] data
);

    (* ram_style = "logic", rom_style = "logic" *)
    reg [18:0] words [0:1];

    initial begin
        words[0] = 19'h387ed;
        words[1] = 19'h01a1d;
    end

    always @(posedge clk) begin
        if (enable) begin
            data <= words[address];
        end
    end

endmodule

`resetall
