// ${ design }: keeps the core in step with the frames of its input.
//
// Beats pass from a start of frame (tuser) until ${ width } x ${ height } pixels have been seen; all others are dropped. So the
// core recovers from a reset in mid-frame and from a frame cut short at the next start of frame. tlast is not needed,
// only checked. Pixels leave as signed numbers: p - 128, which is p with its top bit inverted.
//% if paced
// Pixels are let in ${ clocks } clock(s) apart, and where a frame was cut short the next begins ${ settle } clocks after its last pixel, when all
// queues of the core are empty again.
//% if gaps
// No pixel is let in for ${ line_gap } clock(s) behind a line and ${ frame_gap } behind a frame: edges are added meanwhile.
//% endif
//% endif
// Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
//% if paced
    output wire due,                    // a pixel can be taken
//% endif
    // pixels, unsigned
    input  wire s_axis_tvalid,
    input  wire s_axis_tuser,           // start of frame
    input  wire s_axis_tlast,           // end of line
    input  wire [${ bits - 1 }:0] s_axis_tdata,
    // pixels, signed
    output reg  out_valid,
    output reg  out_sof,
    output reg  [${ bits - 1 }:0] out_data,
//% if joins
    output reg  restart,                // with the first pixel of a frame: the one before was cut short
//% endif
    // sticky: some beat since reset did not fit the frame
    output reg  frame_error
);

    localparam [${ column_bits - 1 }:0] LAST_COLUMN = ${ last_column };
    localparam [${ row_bits - 1 }:0] LAST_ROW    = ${ last_row };

    reg active_q;                       // inside a frame
    reg joined_q;                       // a start of frame has been seen since reset
    reg [${ column_bits - 1 }:0] column_q;
    reg [${ row_bits - 1 }:0] row_q;

    wire keep      = s_axis_tuser | active_q;
//% if paced
//% if clocks > 1
    localparam [${ age_bits - 1 }:0] DUE     = ${ due_age };
//% endif
//% if gaps
//% if line_gap + clocks > 1
    localparam [${ age_bits - 1 }:0] LINE_DUE  = ${ line_due_age };
//% endif
    localparam [${ age_bits - 1 }:0] FRAME_DUE = ${ frame_due_age };
//% endif
    localparam [${ age_bits - 1 }:0] SETTLED = ${ last_age };
    reg [${ age_bits - 1 }:0] age_q;            // clocks since the last pixel or a reset, up to SETTLED
    wire settled   = (age_q == SETTLED);
//% if gaps
    wire line_due  = ${ "(age_q >= LINE_DUE)" if line_gap + clocks > 1 else "1'b1" };
    wire frame_due = (age_q >= FRAME_DUE);
    assign due     = s_axis_tuser ? (active_q ? settled : frame_due)
                   : (column_q == ${ zero_column }) ? line_due
                   : ${ "(age_q >= DUE)" if clocks > 1 else "1'b1" };
//% else
    assign due     = (s_axis_tuser & active_q) ? settled : ${ "(age_q >= DUE)" if clocks > 1 else "1'b1" };
//% endif
    wire beat      = ce & s_axis_tvalid & due;
    always @(posedge clk) begin
        if (rst | beat) begin
            age_q <= ${ zero_age };
        end else if (ce & ~settled) begin
            age_q <= age_q + ${ one_age };
        end
    end
//% else
    wire beat      = ce & s_axis_tvalid;
//% endif
    wire [${ column_bits - 1 }:0] column = s_axis_tuser ? ${ zero_column } : column_q;
    wire [${ row_bits - 1 }:0] row    = s_axis_tuser ? ${ zero_row } : row_q;
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
            column_q <= line_end ? ${ zero_column } : column + ${ one_column };
            row_q    <= line_end ? row + ${ one_row } : row;
        end
    end

    always @(posedge clk) begin
        if (rst) begin
            out_valid <= 1'b0;
//% if joins
            restart   <= 1'b0;
//% endif
        end else if (ce) begin
//% if joins
            restart   <= beat & s_axis_tuser & active_q;
//% endif
//% if paced
            out_valid <= beat & keep;
//% else
            out_valid <= s_axis_tvalid & keep;
//% endif
        end
        if (ce) begin
            out_sof  <= s_axis_tuser;
            out_data <= s_axis_tdata ^ ${ sign_mask };
        end
    end

endmodule

`resetall
