// ${ design }, layer ${ layer }: lets a beat through every ${ clocks } clocks at the most; others wait in a queue.
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
    output wire out_valid,
    output wire out_sof,
    output wire [${ out_bits - 1 }:0] out_data
);

    wire waiting;
    lacuna_fifo #(
        .WIDTH         (${ in_bits + 1 }),
        .ADDRESS_WIDTH (${ fifo_bits })
    ) queue (
        .clk           (clk),
        .rst           (rst),
        .ce            (ce),
        .in_valid      (in_valid),
        .in_data       ({in_sof, in_data}),
        .out_valid     (waiting),
        .out_data      ({out_sof, out_data}),
        .out_taken     (out_valid)
    );

    // Clocks until the next beat may leave.
    reg [${ rest_bits - 1 }:0] rest_q;
    wire due = (rest_q == ${ zero_rest });
    assign out_valid = waiting & due;
    always @(posedge clk) begin
        if (rst) begin
            rest_q <= ${ zero_rest };
        end else if (ce) begin
            if (out_valid) begin
                rest_q <= ${ last_rest };
            end else if (~due) begin
                rest_q <= rest_q - ${ one_rest };
            end
        end
    end

endmodule

`resetall
