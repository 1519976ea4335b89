// golden: keeps the core in step with the frames of its input.
//
// Beats pass from a start of frame (tuser) until 7 x 5 pixels have been seen; all others are dropped. So the
// core recovers from a reset in mid-frame and from a frame cut short at the next start of frame. tlast is not needed,
// only checked. Pixels leave as signed numbers: p - 128, which is p with its top bit inverted.
// Verilog-2005.

`resetall
`default_nettype none

module golden_frame_sync (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    // pixels, unsigned
    input  wire s_axis_tvalid,
    input  wire s_axis_tuser,           // start of frame
    input  wire s_axis_tlast,           // end of line
    input  wire [7:0] s_axis_tdata,
    // pixels, signed
    output reg  out_valid,
    output reg  out_sof,
    output reg  [7:0] out_data,
    // sticky: some beat since reset did not fit the frame
    output reg  frame_error
);

    localparam [2:0] LAST_COLUMN = 3'd6;
    localparam [2:0] LAST_ROW    = 3'd4;

    reg active_q;                       // inside a frame
    reg joined_q;                       // a start of frame has been seen since reset
    reg [2:0] column_q;
    reg [2:0] row_q;

    wire keep      = s_axis_tuser | active_q;
    wire beat      = ce & s_axis_tvalid;
    wire [2:0] column = s_axis_tuser ? 3'd0 : column_q;
    wire [2:0] row    = s_axis_tuser ? 3'd0 : row_q;
    wire line_end  = (column == LAST_COLUMN);
    wire frame_end = line_end & (row == LAST_ROW);

    wire misplaced = (keep & (s_axis_tlast != line_end))    // a line of another length
                   | (s_axis_tuser & active_q)              // a frame cut short
                   | (joined_q & ~keep);                    // a beat between two frames

    always @(posedge clk) begin
        if (rst) begin
            active_q    <= 1'b0;
            joined_q    <= 1'b0;
            frame_error <= 1'b0;
        end else if (beat) begin
            active_q    <= keep & ~frame_end;
            joined_q    <= joined_q | s_axis_tuser;
            frame_error <= frame_error | misplaced;
        end
    end

    always @(posedge clk) begin
        if (beat) begin
            column_q <= line_end ? 3'd0 : column + 3'd1;
            row_q    <= line_end ? row + 3'd1 : row;
        end
    end

    always @(posedge clk) begin
        if (rst) begin
            out_valid <= 1'b0;
        end else if (ce) begin
            out_valid <= s_axis_tvalid & keep;
        end
        if (ce) begin
            out_sof  <= s_axis_tuser;
            out_data <= s_axis_tdata ^ {1{8'h80}};
        end
    end

endmodule

`resetall
