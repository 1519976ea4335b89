// Lacuna: one write port, one read port with a registered output; infers a block RAM.
//
// The contents are not reset, and a word that is read while it is written may be either: what is read before it has been
// written in the same frame is never used.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_line_ram #(
    // bits of a word
    parameter WIDTH = 8,
    // words
    parameter DEPTH = 16,
    // bits of an address: 2 to this power is at least DEPTH
    parameter ADDRESS_WIDTH = 4
) (
    input  wire                     clk,
    input  wire                     write_enable,
    input  wire [ADDRESS_WIDTH-1:0] write_address,
    input  wire [WIDTH-1:0]         write_data,
    input  wire                     read_enable,
    input  wire [ADDRESS_WIDTH-1:0] read_address,
    output reg  [WIDTH-1:0]         read_data
);

    (* no_rw_check *)
    reg [WIDTH-1:0] memory [0:DEPTH-1];

    always @(posedge clk) begin
        if (write_enable) begin
            memory[write_address] <= write_data;
        end
        if (read_enable) begin
            read_data <= memory[read_address];
        end
    end

endmodule

`resetall
