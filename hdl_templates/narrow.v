// ${ design }, layer ${ layer }: a beat of ${ lanes_in } map(s) becomes ${ parts } beat(s) of ${ lanes_out }, the first maps first.
//
// Beats wait in a queue, so the ones that come close together leave at an even pace.
// Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [${ in_bits - 1 }:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output reg  [${ out_bits - 1 }:0] out_data
);

    wire word_valid;
    wire word_sof;
    wire [${ in_bits - 1 }:0] word;
    wire last;
    lacuna_fifo #(
        .WIDTH         (${ in_bits + 1 }),
        .ADDRESS_WIDTH (${ fifo_bits })
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
//% for part in choices
    wire [${ out_bits - 1 }:0] part${ loop.index0 } = ${ part };
//% endfor

    localparam [${ part_bits - 1 }:0] LAST_PART = ${ last_part };
    reg [${ part_bits - 1 }:0] part_q;
    assign last = (part_q == LAST_PART);
    always @(posedge clk) begin
        if (rst) begin
            part_q    <= ${ zero_part };
            out_valid <= 1'b0;
        end else if (ce) begin
            if (word_valid) begin
                part_q <= last ? ${ zero_part } : part_q + ${ one_part };
            end
            out_valid <= word_valid;
        end
        if (ce) begin
            out_sof <= word_sof & (part_q == ${ zero_part });
            out_data <= ${ choice };
        end
    end

endmodule

`resetall
