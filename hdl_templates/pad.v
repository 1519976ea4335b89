// ${ design }, layer ${ layer }: ${ top } row(s) above, ${ bottom } below, ${ left } column(s) to the left and ${ right } to the right of each frame.
//
// Frames of ${ width_in } x ${ height_in } pixels come in, of ${ width_out } x ${ height_out } leave; what is added holds ${ value } in every map. A pixel comes in ${ words }
// beat(s). What comes while the edge is added waits in a queue, so the next frame too; one that begins in the middle of another
// begins at once, with its own edge.
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

    localparam [${ column_bits - 1 }:0] LAST_COLUMN  = ${ last_column };
    localparam [${ row_bits - 1 }:0] LAST_ROW     = ${ last_row };
//% if left > 0
    localparam [${ column_bits - 1 }:0] FIRST_INSIDE = ${ first_column };
//% endif
//% if right > 0
    localparam [${ column_bits - 1 }:0] FIRST_RIGHT  = ${ first_right };
//% endif
//% if top > 0
    localparam [${ row_bits - 1 }:0] FIRST_LINE   = ${ first_row };
//% endif
//% if bottom > 0
    localparam [${ row_bits - 1 }:0] FIRST_BELOW  = ${ first_below };
//% endif
//% if words > 1
    localparam [${ turn_bits - 1 }:0] LAST_TURN    = ${ last_turn };
//% endif

    wire word_valid;
    wire word_sof;
    wire [${ in_bits - 1 }:0] word;
    wire taken;
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
        .out_taken     (taken)
    );

    // Place of the next beat to leave. The first word of a frame waits until the edge before it has left.
    reg [${ column_bits - 1 }:0] column_q;
    reg [${ row_bits - 1 }:0] row_q;
    reg opened_q;                       // the frame of the word that waits has begun
    reg idle_q;                         // the last frame is complete, the next has not begun
    wire behind = ~idle_q & (${ behind });  // only the edge of a whole frame is left
    wire start = word_valid & word_sof & ~opened_q & ~behind;
    wire [${ column_bits - 1 }:0] column = start ? ${ zero_column } : column_q;
    wire [${ row_bits - 1 }:0] row    = start ? ${ zero_row } : row_q;
//% if words > 1
    reg [${ turn_bits - 1 }:0] turn_q;
    wire [${ turn_bits - 1 }:0] turn   = start ? ${ zero_turn } : turn_q;
    wire pixel_end = (turn == LAST_TURN);
//% else
    wire pixel_end = 1'b1;
//% endif
    wire framed    = ${ framed };
    wire go        = framed ? word_valid : (start | ~idle_q);
    wire line_end  = pixel_end & (column == LAST_COLUMN);
    wire frame_end = line_end & (row == LAST_ROW);
    assign taken   = framed & word_valid;

    always @(posedge clk) begin
        if (rst) begin
            opened_q  <= 1'b0;
            idle_q    <= 1'b1;
            out_valid <= 1'b0;
        end else if (ce) begin
            opened_q  <= (start | opened_q) & ~taken;
            idle_q    <= go ? frame_end : idle_q;
            out_valid <= go;
        end
        if (ce & go) begin
//% if words > 1
            turn_q   <= pixel_end ? ${ zero_turn } : turn + ${ one_turn };
//% endif
            column_q <= ~pixel_end ? column : line_end ? ${ zero_column } : column + ${ one_column };
            row_q    <= ~line_end ? row : frame_end ? ${ zero_row } : row + ${ one_row };
        end
        if (ce) begin
            out_sof  <= start;
            out_data <= framed ? ${ extended } : ${ fill };
        end
    end

endmodule

`resetall
