// Lacuna: a queue in a block RAM, in front of a stage that takes its time.
//
// It has no way to say that it is full: whoever made the core has computed how many words can wait at most, and DEPTH is not
// less. In simulation an overflow stops with an error.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_fifo #(
    // bits of a word
    parameter WIDTH = 8,
    // words: 2 to the power of ADDRESS_WIDTH
    parameter ADDRESS_WIDTH = 4
) (
    input  wire             clk,
    input  wire             rst,        // synchronous, active high
    input  wire             ce,         // all registers of the core move together
    input  wire             in_valid,
    input  wire [WIDTH-1:0] in_data,
    output reg              out_valid,
    output wire [WIDTH-1:0] out_data,
    input  wire             out_taken   // only while out_valid
);

    reg [ADDRESS_WIDTH:0] written_q;    // words so far, counted round
    reg [ADDRESS_WIDTH:0] read_q;

    localparam [ADDRESS_WIDTH:0] ONE = {{ADDRESS_WIDTH{1'b0}}, 1'b1};

    wire fetch = (written_q != read_q) & (~out_valid | out_taken);

    always @(posedge clk) begin
        if (rst) begin
            written_q <= {(ADDRESS_WIDTH + 1){1'b0}};
            read_q    <= {(ADDRESS_WIDTH + 1){1'b0}};
            out_valid <= 1'b0;
        end else if (ce) begin
            if (in_valid) begin
                written_q <= written_q + ONE;
            end
            if (fetch) begin
                read_q <= read_q + ONE;
            end
            out_valid <= fetch | (out_valid & ~out_taken);
        end
    end

    lacuna_line_ram #(
        .WIDTH         (WIDTH),
        .DEPTH         (1 << ADDRESS_WIDTH),
        .ADDRESS_WIDTH (ADDRESS_WIDTH)
    ) words (
        .clk           (clk),
        .write_enable  (ce & in_valid),
        .write_address (written_q[ADDRESS_WIDTH-1:0]),
        .write_data    (in_data),
        .read_enable   (ce & fetch),
        .read_address  (read_q[ADDRESS_WIDTH-1:0]),
        .read_data     (out_data)
    );

`ifndef SYNTHESIS
    wire [ADDRESS_WIDTH:0] waiting = written_q - read_q;
    always @(posedge clk) begin
        if (~rst & ce & in_valid & waiting[ADDRESS_WIDTH]) begin
            $display("FAULT: %m overflows");
            $stop;
        end
    end
`endif

endmodule

`resetall
