// ${ design }, layer ${ layer }: ${ branches | length } branches meet, a beat of each at a time.
//
// What comes before its partners waits in a queue. Where a frame is cut short, words may wait for partners that never came:
// the restart that comes with the next frame's first pixel, when all that can come has come, makes the queues forget them.
// Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire restart,                // a frame begins, and the one before was cut short
//% for branch in branches
    // branch ${ loop.index0 }
    input  wire in${ loop.index0 }_valid,
    input  wire in${ loop.index0 }_sof,               // start of frame
    input  wire [${ branch.bits - 1 }:0] in${ loop.index0 }_data,
//% endfor
    output reg  out_valid,
    output reg  out_sof,
    output reg  [${ out_bits - 1 }:0] out_data
);

    wire go;                            // there is a word of every branch
    wire clear = rst | restart;
//% for branch in branches

    // Branch ${ loop.index0 }.
//% if branch.early
    // A register, since a pixel comes in the same clock as its restart.
    reg  late${ loop.index0 }_valid_q;
    reg  late${ loop.index0 }_sof_q;
    reg  [${ branch.bits - 1 }:0] late${ loop.index0 }_data_q;
    always @(posedge clk) begin
        if (rst) begin
            late${ loop.index0 }_valid_q <= 1'b0;
        end else if (ce) begin
            late${ loop.index0 }_valid_q <= in${ loop.index0 }_valid;
        end
        if (ce) begin
            late${ loop.index0 }_sof_q  <= in${ loop.index0 }_sof;
            late${ loop.index0 }_data_q <= in${ loop.index0 }_data;
        end
    end
//% endif
    wire word${ loop.index0 }_valid;
    wire word${ loop.index0 }_sof;
    wire [${ branch.bits - 1 }:0] word${ loop.index0 };
    lacuna_fifo #(
        .WIDTH         (${ branch.bits + 1 }),
        .ADDRESS_WIDTH (${ branch.fifo_bits })
    ) queue${ loop.index0 } (
        .clk           (clk),
        .rst           (clear),
        .ce            (ce),
//% if branch.early
        .in_valid      (late${ loop.index0 }_valid_q),
        .in_data       ({late${ loop.index0 }_sof_q, late${ loop.index0 }_data_q}),
//% else
        .in_valid      (in${ loop.index0 }_valid),
        .in_data       ({in${ loop.index0 }_sof, in${ loop.index0 }_data}),
//% endif
        .out_valid     (word${ loop.index0 }_valid),
        .out_data      ({word${ loop.index0 }_sof, word${ loop.index0 }}),
        .out_taken     (go)
    );
//% endfor

    assign go = ${ all_valid };
    wire all_sof = ${ all_sof };
    always @(posedge clk) begin
        if (rst) begin
            out_valid <= 1'b0;
        end else if (ce) begin
            out_valid <= go;
        end
        if (ce) begin
            out_sof <= all_sof;
//% for part in parts
            out_data[${ part.msb }:${ part.lsb }] <= ${ part.value };
//% endfor
        end
    end

`ifndef SYNTHESIS
    wire any_sof = ${ any_sof };
    always @(posedge clk) begin
        if (~rst & ce & go & (any_sof != all_sof)) begin
            $display("FAULT: %m joins beats of different places");
            $stop;
        end
    end
`endif

endmodule

`resetall
