// ${ design }, layer ${ layer }: the codes of the weights, streamed from outside.
//
// An AXI4-Stream of ${ words } word(s), as model/${ stage }_weights.hex has them, again and again: one pass for every window that
// lies inside the frame; tuser marks the first word of a pass. Two words wait here, so that ready, which the whole core
// moves by, comes from flip-flops. After a reset, words are dropped up to the first one of a pass.
// Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    // to the layer: the next word is there; take it, and see it a clock later
    output wire ready,
    input  wire take,                   // only while ready
    output reg  [${ code_bits - 1 }:0] data,
    // sticky: a pass began where another had not ended
    output reg  misplaced,
    // words
    input  wire s_axis_tvalid,
    output wire s_axis_tready,
    input  wire s_axis_tuser,           // first word of a pass
    input  wire [${ stream_bits - 1 }:0] s_axis_tdata
);

    localparam [${ word_bits - 1 }:0] LAST_WORD = ${ last_word };

    reg head_valid_q;
    reg head_first_q;
    reg [${ code_bits - 1 }:0] head_q;
    reg next_valid_q;
    reg next_first_q;
    reg [${ code_bits - 1 }:0] next_q;
    reg [${ word_bits - 1 }:0] word_q;            // of the pass
    reg opening_q;                      // a pass is to begin

    wire stray   = head_valid_q & opening_q & ~head_first_q;
    wire vacant  = take | stray | ~head_valid_q;
    wire arrives = s_axis_tvalid & ~next_valid_q;
    wire last    = (word_q == LAST_WORD);

    assign s_axis_tready = ~next_valid_q;
    assign ready         = head_valid_q & (head_first_q | ~opening_q);
//% if stream_bits > code_bits

    wire unused_tdata = &{1'b0, s_axis_tdata[${ stream_bits - 1 }:${ code_bits }]};
//% endif

    always @(posedge clk) begin
        if (rst) begin
            head_valid_q <= 1'b0;
            next_valid_q <= 1'b0;
            word_q       <= ${ zero_word };
            opening_q    <= 1'b1;
            misplaced    <= 1'b0;
        end else begin
            head_valid_q <= next_valid_q | arrives | ~vacant;
            next_valid_q <= (next_valid_q | arrives) & ~vacant;
            if (take) begin
                word_q    <= last ? ${ zero_word } : word_q + ${ one_word };
                opening_q <= last;
                misplaced <= misplaced | (head_first_q & ~opening_q);
            end
        end
    end

    always @(posedge clk) begin
        if (vacant) begin
            head_first_q <= next_valid_q ? next_first_q : s_axis_tuser;
            head_q       <= next_valid_q ? next_q : ${ "s_axis_tdata" if stream_bits == code_bits else "s_axis_tdata[" ~ (code_bits - 1) ~ ":0]" };
        end
        if (~next_valid_q) begin
            next_first_q <= s_axis_tuser;
            next_q       <= ${ "s_axis_tdata" if stream_bits == code_bits else "s_axis_tdata[" ~ (code_bits - 1) ~ ":0]" };
        end
        if (take) begin
            data <= head_q;
        end
    end

endmodule

`resetall
