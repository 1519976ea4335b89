// golden, layer B: the codes of the weights, a word a step.
//
// A code is a sign on top of the number of a shift, 0 for none. Verilog-2005.

`resetall
`default_nettype none

module golden_b_codes (
    input  wire clk,
    input  wire enable,
    input  wire [0:0] address,
    output reg  [17:0] data
);

    (* ram_style = "logic", rom_style = "logic" *)
    reg [17:0] words [0:1];

    initial begin
        words[0] = 18'h16446;
        words[1] = 18'h00bf7;
    end

    always @(posedge clk) begin
        if (enable) begin
            data <= words[address];
        end
    end

endmodule

`resetall
