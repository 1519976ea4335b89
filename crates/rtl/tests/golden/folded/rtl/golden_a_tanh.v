// golden, layer A.tanh: the activation as a table, a word for every argument.
//
// The argument has 4 fraction bits. Verilog-2005.

`resetall
`default_nettype none

module golden_a_tanh (
    input  wire clk,
    input  wire ce,                     // all registers of the core move together
    input  wire signed [6:0] x,
    output reg  signed [4:0] y
);

    (* ram_style = "block", rom_style = "block" *)
    reg signed [4:0] words [0:127];

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
        words[32] = 5'sd15;
        words[33] = 5'sd15;
        words[34] = 5'sd15;
        words[35] = 5'sd15;
        words[36] = 5'sd15;
        words[37] = 5'sd15;
        words[38] = 5'sd15;
        words[39] = 5'sd15;
        words[40] = 5'sd15;
        words[41] = 5'sd15;
        words[42] = 5'sd15;
        words[43] = 5'sd15;
        words[44] = 5'sd15;
        words[45] = 5'sd15;
        words[46] = 5'sd15;
        words[47] = 5'sd15;
        words[48] = 5'sd15;
        words[49] = 5'sd15;
        words[50] = 5'sd15;
        words[51] = 5'sd15;
        words[52] = 5'sd15;
        words[53] = 5'sd15;
        words[54] = 5'sd15;
        words[55] = 5'sd15;
        words[56] = 5'sd15;
        words[57] = 5'sd15;
        words[58] = 5'sd15;
        words[59] = 5'sd15;
        words[60] = 5'sd15;
        words[61] = 5'sd15;
        words[62] = 5'sd15;
        words[63] = 5'sd15;
        words[64] = -5'sd15;
        words[65] = -5'sd15;
        words[66] = -5'sd15;
        words[67] = -5'sd15;
        words[68] = -5'sd15;
        words[69] = -5'sd15;
        words[70] = -5'sd15;
        words[71] = -5'sd15;
        words[72] = -5'sd15;
        words[73] = -5'sd15;
        words[74] = -5'sd15;
        words[75] = -5'sd15;
        words[76] = -5'sd15;
        words[77] = -5'sd15;
        words[78] = -5'sd15;
        words[79] = -5'sd15;
        words[80] = -5'sd15;
        words[81] = -5'sd15;
        words[82] = -5'sd15;
        words[83] = -5'sd15;
        words[84] = -5'sd15;
        words[85] = -5'sd15;
        words[86] = -5'sd15;
        words[87] = -5'sd15;
        words[88] = -5'sd15;
        words[89] = -5'sd15;
        words[90] = -5'sd15;
        words[91] = -5'sd15;
        words[92] = -5'sd15;
        words[93] = -5'sd15;
        words[94] = -5'sd15;
        words[95] = -5'sd15;
        words[96] = -5'sd15;
        words[97] = -5'sd15;
        words[98] = -5'sd15;
        words[99] = -5'sd15;
        words[100] = -5'sd15;
        words[101] = -5'sd15;
        words[102] = -5'sd15;
        words[103] = -5'sd15;
        words[104] = -5'sd14;
        words[105] = -5'sd14;
        words[106] = -5'sd14;
        words[107] = -5'sd14;
        words[108] = -5'sd14;
        words[109] = -5'sd13;
        words[110] = -5'sd13;
        words[111] = -5'sd13;
        words[112] = -5'sd12;
        words[113] = -5'sd12;
        words[114] = -5'sd11;
        words[115] = -5'sd11;
        words[116] = -5'sd10;
        words[117] = -5'sd10;
        words[118] = -5'sd9;
        words[119] = -5'sd8;
        words[120] = -5'sd7;
        words[121] = -5'sd7;
        words[122] = -5'sd6;
        words[123] = -5'sd5;
        words[124] = -5'sd4;
        words[125] = -5'sd3;
        words[126] = -5'sd2;
        words[127] = -5'sd1;
    end

    // A negative argument is an address in the upper half.
    wire [6:0] address = x;
    always @(posedge clk) begin
        if (ce) begin
            y <= words[address];
        end
    end

endmodule

`resetall
