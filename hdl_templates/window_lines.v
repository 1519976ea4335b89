//# The part that all windows share: the place of a beat in its frame, and the newest column of the window.
//% if rows * columns > 1
    localparam [${ column_bits - 1 }:0] LAST_COLUMN  = ${ last_column };
//% if rows > 1
    localparam [${ row_bits - 1 }:0] LAST_ROW     = ${ last_row };
//% endif

//% endif
    wire beat = ce & in_valid;

//% if rows * columns > 1
    // Position in the frame; rows are counted only until the window is full.
    reg [${ column_bits - 1 }:0] column_q;
    wire [${ column_bits - 1 }:0] column = in_sof ? ${ zero_column } : column_q;
    wire line_end = (column == LAST_COLUMN);
    wire [${ column_bits - 1 }:0] next_column = line_end ? ${ zero_column } : column + ${ one_column };
//% if rows > 1
    reg [${ row_bits - 1 }:0] row_q;
    wire [${ row_bits - 1 }:0] row = in_sof ? ${ zero_row } : row_q;
    wire full = (row == LAST_ROW);
//% endif
//% endif
    wire covers = ${ inside };

//% if rows * columns > 1
    always @(posedge clk) begin
        if (beat) begin
            column_q <= next_column;
//% if rows > 1
            row_q    <= (line_end & ~full) ? row + ${ one_row } : row;
//% endif
        end
    end

//% endif
    // The newest column of the window, its top row lowest.
    wire [${ beat * rows - 1 }:0] newest;
//% if rows > 1
//% if line_length > 1
    wire [${ beat * (rows - 1) - 1 }:0] above;
    lacuna_line_ram #(
        .WIDTH         (${ beat * (rows - 1) }),
        .DEPTH         (${ line_length }),
        .ADDRESS_WIDTH (${ column_bits })
    ) lines (
        .clk           (clk),
        .write_enable  (beat),
        .write_address (column),
        .write_data    (newest[${ beat * rows - 1 }:${ beat }]),
        .read_enable   (beat),
        .read_address  (next_column),
        .read_data     (above)
    );
//% else
    // Lines of a single beat: the lines above are registers.
    reg [${ beat * (rows - 1) - 1 }:0] above;
    always @(posedge clk) begin
        if (beat) begin
            above <= newest[${ beat * rows - 1 }:${ beat }];
        end
    end
//% endif
    assign newest = {${ incoming }, above};
//% else
    assign newest = ${ incoming };
//% endif

