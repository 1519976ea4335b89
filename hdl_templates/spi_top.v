// ${ core } on a board, fed by a host over SPI: the pins, the reset after configuration, the shell, the core.
//
// Frames of ${ frame_width } x ${ frame_height } pixels, ${ pixel_bytes } byte(s) each; ${ results_width } x ${ results_height } results of ${ result_bytes } byte(s) each, the lowest first. See docs/host.md for what
// the host sends. The SPI clock is at most an eighth of clk.
// Verilog-2005.

`resetall
`default_nettype none

module lacuna_board_top (
    input  wire clk,
    input  wire spi_sclk,               // SPI, mode 0
    input  wire spi_csn,
    input  wire spi_mosi,
    output wire spi_miso
);

    // Reset for ${ reset_clocks } clocks after configuration.
    reg [${ reset_bits - 1 }:0] power_on_q;
    reg rst;
    initial power_on_q = ${ reset_zero };
    initial rst = 1'b1;

    always @(posedge clk) begin
        rst <= ~power_on_q[${ reset_bits - 1 }];
        if (~power_on_q[${ reset_bits - 1 }]) begin
            power_on_q <= power_on_q + ${ reset_one };
        end
    end

    wire core_rst;
    wire frame_error;
    wire byte_valid;
    wire byte_ready;
    wire byte_user;
    wire byte_last;
    wire [7:0] byte_data;
    wire result_valid;
    wire result_ready;
    wire [7:0] result_data;

    lacuna_spi_shell shell (
        .clock          (clk),
        .rst            (rst),
        .sclk           (spi_sclk),
        .csn            (spi_csn),
        .mosi           (spi_mosi),
        .miso           (spi_miso),
        .core_rst       (core_rst),
        .frame_error    (frame_error),
        .s_valid        (byte_valid),
        .s_ready        (byte_ready),
        .s_user         (byte_user),
        .s_last         (byte_last),
        .s_data         (byte_data),
        .m_valid        (result_valid),
        .m_ready        (result_ready),
        .m_data         (result_data),
        .last_byte      (16'd${ frame_width * pixel_bytes - 1 }),
        .last_line      (16'd${ frame_height - 1 }),
        .frame_width    (16'd${ frame_width }),
        .frame_height   (16'd${ frame_height }),
        .pixel_bytes    (8'd${ pixel_bytes }),
        .result_bytes   (8'd${ result_bytes }),
        .results_width  (16'd${ results_width }),
        .results_height (16'd${ results_height })
    );

    // Bytes become pixels.
    wire s_valid;
    wire s_ready;
    wire s_user;
    wire s_last;
    wire [${ in_bits - 1 }:0] s_data;
//% if pixel_bytes == 1
    assign s_valid    = byte_valid;
    assign byte_ready = s_ready;
    assign s_user     = byte_user;
    assign s_last     = byte_last;
    assign s_data     = byte_data;
//% else
    reg whole_q;                        // a pixel is complete
    reg user_q;
    reg last_q;
    reg [${ in_bits - 1 }:0] pixel_q;
    reg [${ byte_bits - 1 }:0] bytes_q;                   // bytes of it that are there, before it is complete

    assign s_valid    = whole_q;
    assign byte_ready = ~whole_q | s_ready;
    assign s_user     = user_q;
    assign s_last     = last_q;
    assign s_data     = pixel_q;

    wire byte_beat = byte_valid & byte_ready;
    wire first     = (bytes_q == ${ zero_byte });
    wire complete     = (bytes_q == ${ last_byte });

    always @(posedge clk) begin
        if (core_rst) begin
            whole_q <= 1'b0;
            bytes_q <= ${ zero_byte };
        end else begin
            whole_q <= (byte_beat & complete) | (whole_q & ~s_ready);
            if (byte_beat) begin
                bytes_q <= complete ? ${ zero_byte } : bytes_q + ${ one_byte };
            end
        end
    end

    always @(posedge clk) begin
        if (byte_beat) begin
            pixel_q <= {byte_data, pixel_q[${ in_bits - 1 }:8]};
            last_q  <= byte_last;
            user_q  <= first ? byte_user : user_q;
        end
    end
//% endif

    // The core.
    wire m_valid;
    wire m_ready;
    wire [${ out_bits - 1 }:0] m_data;
    wire m_user;
    wire m_last;
    wire unused_marks = &{1'b0, m_user, m_last};

    ${ core } core (
        .clk           (clk),
        .rst           (core_rst),
        .s_axis_tvalid (s_valid),
        .s_axis_tready (s_ready),
        .s_axis_tuser  (s_user),
        .s_axis_tlast  (s_last),
        .s_axis_tdata  (s_data),
        .m_axis_tvalid (m_valid),
        .m_axis_tready (m_ready),
        .m_axis_tuser  (m_user),
        .m_axis_tlast  (m_last),
        .m_axis_tdata  (m_data),
        .frame_error   (frame_error)
    );

    // Results become bytes.
//% if result_bytes == 1
    assign result_valid = m_valid;
    assign m_ready      = result_ready;
    assign result_data  = m_data;
//% else
    reg [${ out_bits - 1 }:0] result_q;
    reg [${ left_bits - 1 }:0] left_q;                    // bytes of it that have not left

    assign result_valid = (left_q != ${ zero_left });
    assign result_data  = result_q[7:0];
    assign m_ready      = ~result_valid | ((left_q == ${ one_left }) & result_ready);

    always @(posedge clk) begin
        if (core_rst) begin
            left_q <= ${ zero_left };
        end else if (m_valid & m_ready) begin
            left_q <= ${ last_left };
        end else if (result_valid & result_ready) begin
            left_q <= left_q - ${ one_left };
        end
    end

    always @(posedge clk) begin
        if (m_valid & m_ready) begin
            result_q <= m_data;
        end else if (result_valid & result_ready) begin
            result_q <= {8'd0, result_q[${ out_bits - 1 }:8]};
        end
    end
//% endif

endmodule

`resetall
