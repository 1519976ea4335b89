// golden: 6 stages, 16 register ranks deep.
//
// Frames of 7 x 5 pixels in, 3 x 2 beats of 2 map(s) out, one pixel a clock. Both streams are
// AXI4-Stream with the video convention: tuser marks the first beat of a frame, tlast the last beat of a line. All
// registers of the core share one clock enable, which is the ready flag of the output register: any pattern of idle and
// back-pressure only stretches time.
//
//   c1_window: 2 x 2 window over 1 map(s)
//   c1: the 2 x 2 kernels of 2 map(s): 8 adders
//   c1_scale_product: the coefficient of each map: 2 adders
//   c1_scale: bias, rounding and saturation
//   c1_tanh: activation of 3 segments
//   c1_sum: 2 x 2 sums of 2 map(s)
//
// Bit-exact to model/network.json. Verilog-2005.

`resetall
`default_nettype none

module golden (
    input  wire        clk,
    input  wire        rst,             // synchronous, active high
    // pixels in: 1 map(s) of 8 bits, unsigned
    input  wire        s_axis_tvalid,
    output wire        s_axis_tready,
    input  wire        s_axis_tuser,    // start of frame
    input  wire        s_axis_tlast,    // end of line
    input  wire [7:0]  s_axis_tdata,
    // results out: 2 map(s) of 16 bits, signed, 6 fraction bits
    output wire        m_axis_tvalid,
    input  wire        m_axis_tready,
    output wire        m_axis_tuser,    // start of frame
    output wire        m_axis_tlast,    // end of line
    output wire [31:0]  m_axis_tdata,
    // sticky: some beat since reset did not fit the frame
    output wire        frame_error
);

    wire ce;
    assign s_axis_tready = ce;

    wire pixels_valid;
    wire pixels_sof;
    wire [7:0] pixels_data;
    golden_frame_sync frame_sync (
        .clk           (clk),
        .rst           (rst),
        .ce            (ce),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tdata  (s_axis_tdata),
        .out_valid     (pixels_valid),
        .out_sof       (pixels_sof),
        .out_data      (pixels_data),
        .frame_error   (frame_error)
    );

    // c1_window: 2 x 2 window over 1 map(s)
    wire c1_window_valid;
    wire c1_window_sof;
    wire [31:0] c1_window_data;
    golden_c1_window c1_window_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (pixels_valid),
        .in_sof    (pixels_sof),
        .in_data   (pixels_data),
        .out_valid (c1_window_valid),
        .out_sof   (c1_window_sof),
        .out_data  (c1_window_data)
    );

    // c1: the 2 x 2 kernels of 2 map(s): 8 adders
    wire c1_valid;
    wire c1_sof;
    wire [24:0] c1_data;
    golden_c1 c1_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (c1_window_valid),
        .in_sof    (c1_window_sof),
        .in_data   (c1_window_data),
        .out_valid (c1_valid),
        .out_sof   (c1_sof),
        .out_data  (c1_data)
    );

    // c1_scale_product: the coefficient of each map: 2 adders
    wire c1_scale_product_valid;
    wire c1_scale_product_sof;
    wire [29:0] c1_scale_product_data;
    golden_c1_scale_product c1_scale_product_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (c1_valid),
        .in_sof    (c1_sof),
        .in_data   (c1_data),
        .out_valid (c1_scale_product_valid),
        .out_sof   (c1_scale_product_sof),
        .out_data  (c1_scale_product_data)
    );

    // c1_scale: bias, rounding and saturation
    wire c1_scale_valid;
    wire c1_scale_sof;
    wire [19:0] c1_scale_data;
    golden_c1_scale c1_scale_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (c1_scale_product_valid),
        .in_sof    (c1_scale_product_sof),
        .in_data   (c1_scale_product_data),
        .out_valid (c1_scale_valid),
        .out_sof   (c1_scale_sof),
        .out_data  (c1_scale_data)
    );

    // c1_tanh: activation of 3 segments
    wire c1_tanh_valid;
    wire c1_tanh_sof;
    wire [13:0] c1_tanh_data;
    lacuna_control_delay #(
        .STAGES    (5)
    ) c1_tanh_control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (c1_scale_valid),
        .in_sof    (c1_scale_sof),
        .out_valid (c1_tanh_valid),
        .out_sof   (c1_tanh_sof)
    );
    golden_c1_tanh c1_tanh_0 (
        .clk       (clk),
        .ce        (ce),
        .x         (c1_scale_data[9:0]),
        .y         (c1_tanh_data[6:0])
    );
    golden_c1_tanh c1_tanh_1 (
        .clk       (clk),
        .ce        (ce),
        .x         (c1_scale_data[19:10]),
        .y         (c1_tanh_data[13:7])
    );

    // c1_sum: 2 x 2 sums of 2 map(s)
    wire c1_sum_valid;
    wire c1_sum_sof;
    wire [17:0] c1_sum_data;
    golden_c1_sum c1_sum_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (c1_tanh_valid),
        .in_sof    (c1_tanh_sof),
        .in_data   (c1_tanh_data),
        .out_valid (c1_sum_valid),
        .out_sof   (c1_sum_sof),
        .out_data  (c1_sum_data)
    );

    golden_stream_out stream_out (
        .clk           (clk),
        .rst           (rst),
        .ready         (ce),
        .in_valid      (c1_sum_valid),
        .in_sof        (c1_sum_sof),
        .in_data       ({{7{c1_sum_data[17]}}, c1_sum_data[17:9], {7{c1_sum_data[8]}}, c1_sum_data[8:0]}),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .m_axis_tuser  (m_axis_tuser),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tdata  (m_axis_tdata)
    );

endmodule

`resetall
