// golden, layer B.tanh: the activation as a table, a word for every argument.
//
// The argument has 4 fraction bits. Verilog-2005.

`resetall
`default_nettype none

module golden_b_tanh (
    input  wire clk,
    input  wire ce,                     // all registers of the core move together
    input  wire signed [5:0] x,
    output reg  signed [4:0] y
);

    (* ram_style = "block", rom_style = "block" *)
    reg signed [4:0] words [0:63];

    initial begin
        words[0] = 5'sd0;
        words[1] = 5'sd1;
        words[2] = 5'sd2;
        words[3] = 5'sd3;
        words[4] = 5'sd4;
        words[5] = 5'sd5;
        words[6] = 5'sd6;
        words[7] = 5'sd7;
        words[8] = 5'sd7;
        words[9] = 5'sd8;
        words[10] = 5'sd9;
        words[11] = 5'sd10;
        words[12] = 5'sd10;
        words[13] = 5'sd11;
        words[14] = 5'sd11;
        words[15] = 5'sd12;
        words[16] = 5'sd12;
        words[17] = 5'sd13;
        words[18] = 5'sd13;
        words[19] = 5'sd13;
        words[20] = 5'sd14;
        words[21] = 5'sd14;
        words[22] = 5'sd14;
        words[23] = 5'sd14;
        words[24] = 5'sd14;
        words[25] = 5'sd15;
        words[26] = 5'sd15;
        words[27] = 5'sd15;
        words[28] = 5'sd15;
        words[29] = 5'sd15;
        words[30] = 5'sd15;
        words[31] = 5'sd15;
        words[32] = -5'sd15;
        words[33] = -5'sd15;
        words[34] = -5'sd15;
        words[35] = -5'sd15;
        words[36] = -5'sd15;
        words[37] = -5'sd15;
        words[38] = -5'sd15;
        words[39] = -5'sd15;
        words[40] = -5'sd14;
        words[41] = -5'sd14;
        words[42] = -5'sd14;
        words[43] = -5'sd14;
        words[44] = -5'sd14;
        words[45] = -5'sd13;
        words[46] = -5'sd13;
        words[47] = -5'sd13;
        words[48] = -5'sd12;
        words[49] = -5'sd12;
        words[50] = -5'sd11;
        words[51] = -5'sd11;
        words[52] = -5'sd10;
        words[53] = -5'sd10;
        words[54] = -5'sd9;
        words[55] = -5'sd8;
        words[56] = -5'sd7;
        words[57] = -5'sd7;
        words[58] = -5'sd6;
        words[59] = -5'sd5;
        words[60] = -5'sd4;
        words[61] = -5'sd3;
        words[62] = -5'sd2;
        words[63] = -5'sd1;
    end

    // A negative argument is an address in the upper half.
    wire [5:0] address = x;
    always @(posedge clk) begin
        if (ce) begin
            y <= words[address];
        end
    end

endmodule

`resetall
