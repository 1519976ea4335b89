// Lacuna: a RAM of two banks with a single port each, for words at even and at odd addresses.
//
// Reading and writing in the same clock takes addresses of different parity; where they have the same, the word is written
// and what is read means nothing. So a stream that reads word after word, and writes each back in the next clock, fits
// the large single-port RAMs that some devices have beside their block RAMs: whoever synthesises for one of them defines
// LACUNA_LARGE_RAM. Other synthesis makes one RAM of two ports instead, where no read is in vain; a simulation has the banks,
// which promise less.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_banked_ram #(
    // bits of a word
    parameter WIDTH = 8,
    // words, an even number
    parameter DEPTH = 16,
    // bits of an address, at least 2: 2 to this power is at least DEPTH
    parameter ADDRESS_WIDTH = 4
) (
    input  wire                     clk,
    input  wire                     write_enable,
    input  wire [ADDRESS_WIDTH-1:0] write_address,
    input  wire [WIDTH-1:0]         write_data,
    input  wire                     read_enable,
    input  wire [ADDRESS_WIDTH-1:0] read_address,
    output wire [WIDTH-1:0]         read_data
);

`ifdef SYNTHESIS
`ifndef LACUNA_LARGE_RAM
`define LACUNA_ONE_RAM
`endif
`endif
`ifdef LACUNA_ONE_RAM
    // In parts as wide as a RAM of 18 kbit is at this depth, so that nothing chooses among the words of several.
    localparam PART = (DEPTH > 8192) ? 1 : (DEPTH > 4096) ? 2 : (DEPTH > 2048) ? 4 : (DEPTH > 1024) ? 9 : 18;
    genvar n;
    generate
        for (n = 0; n < WIDTH; n = n + PART) begin : part
            localparam BITS = (WIDTH - n < PART) ? WIDTH - n : PART;
            (* no_rw_check *)
            reg [BITS-1:0] words [0:DEPTH-1];
            reg [BITS-1:0] word_q;
            always @(posedge clk) begin
                if (write_enable) begin
                    words[write_address] <= write_data[n +: BITS];
                end
                if (read_enable) begin
                    word_q <= words[read_address];
                end
            end
            assign read_data[n +: BITS] = word_q;
        end
    endgenerate
`else
`ifdef LACUNA_LARGE_RAM
    (* ram_style = "huge" *)
`endif
    reg [WIDTH-1:0] evens [0:DEPTH/2-1];
`ifdef LACUNA_LARGE_RAM
    (* ram_style = "huge" *)
`endif
    reg [WIDTH-1:0] odds [0:DEPTH/2-1];

    wire write_even = write_enable & ~write_address[0];
    wire write_odd  = write_enable & write_address[0];
    wire [ADDRESS_WIDTH-2:0] at_even = write_even ? write_address[ADDRESS_WIDTH-1:1] : read_address[ADDRESS_WIDTH-1:1];
    wire [ADDRESS_WIDTH-2:0] at_odd  = write_odd ? write_address[ADDRESS_WIDTH-1:1] : read_address[ADDRESS_WIDTH-1:1];

    reg [WIDTH-1:0] even_q;
    reg [WIDTH-1:0] odd_q;
    reg is_odd_q;
    always @(posedge clk) begin
        if (write_even) begin
            evens[at_even] <= write_data;
        end else if (read_enable & ~read_address[0]) begin
            even_q <= evens[at_even];
        end
        if (write_odd) begin
            odds[at_odd] <= write_data;
        end else if (read_enable & read_address[0]) begin
            odd_q <= odds[at_odd];
        end
        if (read_enable) begin
            is_odd_q <= read_address[0];
        end
    end
    assign read_data = is_odd_q ? odd_q : even_q;
`endif

endmodule

`resetall
