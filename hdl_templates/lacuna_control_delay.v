// Lacuna: carries a beat's valid and start-of-frame flags past a pipeline of STAGES registers.
//
// Only control is reset; data registers are meaningless until a valid beat has passed through them.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_control_delay #(
    // register ranks, at least 1
    parameter STAGES = 1
) (
    input  wire clk,
    input  wire rst,        // synchronous, active high
    input  wire ce,         // all registers of the core move together
    input  wire in_valid,
    input  wire in_sof,
    output wire out_valid,
    output wire out_sof
);

    reg [STAGES-1:0] valid_q;
    reg [STAGES-1:0] sof_q;

    // With the input in front, the shift is the same for every STAGES.
    wire [STAGES:0] valid = {valid_q, in_valid};
    wire [STAGES:0] sof   = {sof_q, in_sof};

    always @(posedge clk) begin
        if (rst) begin
            valid_q <= {STAGES{1'b0}};
        end else if (ce) begin
            valid_q <= valid[STAGES-1:0];
        end
        if (ce) begin
            sof_q <= sof[STAGES-1:0];
        end
    end

    assign out_valid = valid[STAGES];
    assign out_sof   = sof[STAGES];

endmodule

`resetall
