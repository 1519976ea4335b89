// golden, layer A.scale: a beat of 2 map(s) becomes 2 beat(s) of 1, the first maps first.
//
// Beats wait in a queue, so the ones that come close together leave at an even pace.
// Verilog-2005.

`resetall
`default_nettype none

module golden_a_scale_narrow (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [25:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output reg  [12:0] out_data
);

    wire word_valid;
    wire word_sof;
    wire [25:0] word;
    wire last;
    lacuna_fifo #(
        .WIDTH         (27),
        .ADDRESS_WIDTH (1)
    ) queue (
        .clk           (clk),
        .rst           (rst),
        .ce            (ce),
        .in_valid      (in_valid),
        .in_data       ({in_sof, in_data}),
        .out_valid     (word_valid),
        .out_data      ({word_sof, word}),
        .out_taken     (word_valid & last)
    );

    // The maps of each beat that leaves.
    wire [12:0] part0 = word[12:0];
    wire [12:0] part1 = word[25:13];

    localparam [0:0] LAST_PART = 1'd1;
    reg [0:0] part_q;
    assign last = (part_q == LAST_PART);
    always @(posedge clk) begin
        if (rst) begin
            part_q    <= 1'd0;
            out_valid <= 1'b0;
        end else if (ce) begin
            if (word_valid) begin
                part_q <= last ? 1'd0 : part_q + 1'd1;
            end
            out_valid <= word_valid;
        end
        if (ce) begin
            out_sof <= word_sof & (part_q == 1'd0);
            out_data <= (part_q[0] ? part1 : part0);
        end
    end

endmodule

`resetall
