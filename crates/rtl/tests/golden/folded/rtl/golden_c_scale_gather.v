// golden, layer C.scale: the 2 beats of a pixel become one beat of 3 map(s).
// Verilog-2005.

`resetall
`default_nettype none

module golden_c_scale_gather (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,                 // start of frame
    input  wire [13:0] in_data,
    output reg  out_valid,
    output reg  out_sof,
    output wire [20:0] out_data
);

    localparam [0:0] LAST_PHASE = 1'd1;
    reg [0:0] phase_q;
    wire [0:0] phase = in_sof ? 1'd0 : phase_q;
    wire last = (phase == LAST_PHASE);

    // The oldest beat lowest.
    reg [27:0] beats_q;
    always @(posedge clk) begin
        if (rst) begin
            out_valid <= 1'b0;
        end else if (ce) begin
            out_valid <= in_valid & last;
        end
        if (ce & in_valid) begin
            phase_q <= last ? 1'd0 : phase + 1'd1;
            beats_q <= {in_data, beats_q[27:14]};
            out_sof <= in_sof | (out_sof & (phase != 1'd0));
        end
    end
    assign out_data = beats_q[20:0];
    wire unused_lanes = &{1'b0, beats_q[27:21]};

endmodule

`resetall
