// golden, layer C.scale: the codes of the coefficients, and the biases, a word a step.
//
// A code is a sign on top of the number of a shift, 0 for none. Verilog-2005.

`resetall
`default_nettype none

module golden_c_scale_codes (
    input  wire clk,
    input  wire enable,
    input  wire [0:0] address,
    output reg  [57:0] data
);

    (* ram_style = "logic", rom_style = "logic" *)
    reg [57:0] words [0:1];

    initial begin
        words[0] = 58'h061c46d48c82fd1;
        words[1] = 58'h000000003b42d91;
    end

    always @(posedge clk) begin
        if (enable) begin
            data <= words[address];
        end
    end

endmodule

`resetall
