// golden: 12 stages, 42 register ranks deep.
//
// Frames of 12 x 12 pixels in, 4 x 3 beats of 3 map(s) out, one pixel in 6 clocks. Both streams are
// AXI4-Stream with the video convention: tuser marks the first beat of a frame, tlast the last beat of a line. All
// registers of the core share one clock enable, which is the ready flag of the output register: any pattern of idle and
// back-pressure only stretches time.
//
//   a_pad: 1 row(s) above, 1 below, 1 column(s) left, 1 right, a queue of 5
//   a: 3 x 3 kernels, folded: 2 x 3 terms, 3 steps a window, a queue of 24
//   a_scale_narrow: 2 beats of 1 map(s) for one, a queue of 2
//   a_scale: coefficient, bias, rounding and saturation, 1 map(s) at a time
//   a_tanh: activation in a table of 128 words
//   a_max: 2 x 2 maxima of 1 map(s)
//   b: 3 x 2 kernels of a map each, folded: 6 terms, 2 beats a pixel
//   b_scale: coefficient, bias, rounding and saturation, 1 map(s) at a time
//   b_tanh: activation in a table of 64 words
//   c: 2 x 2 kernels, folded: 2 x 2 terms, 8 steps a window, a queue of 3
//   c_scale: coefficient, bias, rounding and saturation, 2 map(s) at a time
//   c_scale_gather: one beat of 3 map(s) for 2
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
    // results out: 3 map(s) of 8 bits, signed, 4 fraction bits
    output wire        m_axis_tvalid,
    input  wire        m_axis_tready,
    output wire        m_axis_tuser,    // start of frame
    output wire        m_axis_tlast,    // end of line
    output wire [23:0]  m_axis_tdata,
    // sticky: some beat since reset did not fit the frame
    output wire        frame_error
);

    wire ce;
    wire pixels_due;
    assign s_axis_tready = ce & pixels_due;

    wire pixels_valid;
    wire pixels_sof;
    wire [7:0] pixels_data;
    golden_frame_sync frame_sync (
        .clk           (clk),
        .rst           (rst),
        .ce            (ce),
        .due           (pixels_due),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tdata  (s_axis_tdata),
        .out_valid     (pixels_valid),
        .out_sof       (pixels_sof),
        .out_data      (pixels_data),
        .frame_error   (frame_error)
    );

    // a_pad: 1 row(s) above, 1 below, 1 column(s) left, 1 right, a queue of 5
    wire a_pad_valid;
    wire a_pad_sof;
    wire [7:0] a_pad_data;
    golden_a_pad a_pad_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (pixels_valid),
        .in_sof    (pixels_sof),
        .in_data   (pixels_data),
        .out_valid (a_pad_valid),
        .out_sof   (a_pad_sof),
        .out_data  (a_pad_data)
    );

    // a: 3 x 3 kernels, folded: 2 x 3 terms, 3 steps a window, a queue of 24
    wire a_valid;
    wire a_sof;
    wire [25:0] a_data;
    golden_a a_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (a_pad_valid),
        .in_sof    (a_pad_sof),
        .in_data   (a_pad_data),
        .out_valid (a_valid),
        .out_sof   (a_sof),
        .out_data  (a_data)
    );

    // a_scale_narrow: 2 beats of 1 map(s) for one, a queue of 2
    wire a_scale_narrow_valid;
    wire a_scale_narrow_sof;
    wire [12:0] a_scale_narrow_data;
    golden_a_scale_narrow a_scale_narrow_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (a_valid),
        .in_sof    (a_sof),
        .in_data   (a_data),
        .out_valid (a_scale_narrow_valid),
        .out_sof   (a_scale_narrow_sof),
        .out_data  (a_scale_narrow_data)
    );

    // a_scale: coefficient, bias, rounding and saturation, 1 map(s) at a time
    wire a_scale_valid;
    wire a_scale_sof;
    wire [6:0] a_scale_data;
    golden_a_scale a_scale_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (a_scale_narrow_valid),
        .in_sof    (a_scale_narrow_sof),
        .in_data   (a_scale_narrow_data),
        .out_valid (a_scale_valid),
        .out_sof   (a_scale_sof),
        .out_data  (a_scale_data)
    );

    // a_tanh: activation in a table of 128 words
    wire a_tanh_valid;
    wire a_tanh_sof;
    wire [4:0] a_tanh_data;
    lacuna_control_delay #(
        .STAGES    (1)
    ) a_tanh_control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (a_scale_valid),
        .in_sof    (a_scale_sof),
        .out_valid (a_tanh_valid),
        .out_sof   (a_tanh_sof)
    );
    golden_a_tanh a_tanh_0 (
        .clk       (clk),
        .ce        (ce),
        .x         (a_scale_data[6:0]),
        .y         (a_tanh_data[4:0])
    );

    // a_max: 2 x 2 maxima of 1 map(s)
    wire a_max_valid;
    wire a_max_sof;
    wire [4:0] a_max_data;
    golden_a_max a_max_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (a_tanh_valid),
        .in_sof    (a_tanh_sof),
        .in_data   (a_tanh_data),
        .out_valid (a_max_valid),
        .out_sof   (a_max_sof),
        .out_data  (a_max_data)
    );

    // b: 3 x 2 kernels of a map each, folded: 6 terms, 2 beats a pixel
    wire b_valid;
    wire b_sof;
    wire [8:0] b_data;
    golden_b b_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (a_max_valid),
        .in_sof    (a_max_sof),
        .in_data   (a_max_data),
        .out_valid (b_valid),
        .out_sof   (b_sof),
        .out_data  (b_data)
    );

    // b_scale: coefficient, bias, rounding and saturation, 1 map(s) at a time
    wire b_scale_valid;
    wire b_scale_sof;
    wire [5:0] b_scale_data;
    golden_b_scale b_scale_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (b_valid),
        .in_sof    (b_sof),
        .in_data   (b_data),
        .out_valid (b_scale_valid),
        .out_sof   (b_scale_sof),
        .out_data  (b_scale_data)
    );

    // b_tanh: activation in a table of 64 words
    wire b_tanh_valid;
    wire b_tanh_sof;
    wire [4:0] b_tanh_data;
    lacuna_control_delay #(
        .STAGES    (1)
    ) b_tanh_control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (b_scale_valid),
        .in_sof    (b_scale_sof),
        .out_valid (b_tanh_valid),
        .out_sof   (b_tanh_sof)
    );
    golden_b_tanh b_tanh_0 (
        .clk       (clk),
        .ce        (ce),
        .x         (b_scale_data[5:0]),
        .y         (b_tanh_data[4:0])
    );

    // c: 2 x 2 kernels, folded: 2 x 2 terms, 8 steps a window, a queue of 3
    wire c_valid;
    wire c_sof;
    wire [19:0] c_data;
    golden_c c_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (b_tanh_valid),
        .in_sof    (b_tanh_sof),
        .in_data   (b_tanh_data),
        .out_valid (c_valid),
        .out_sof   (c_sof),
        .out_data  (c_data)
    );

    // c_scale: coefficient, bias, rounding and saturation, 2 map(s) at a time
    wire c_scale_valid;
    wire c_scale_sof;
    wire [13:0] c_scale_data;
    golden_c_scale c_scale_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (c_valid),
        .in_sof    (c_sof),
        .in_data   (c_data),
        .out_valid (c_scale_valid),
        .out_sof   (c_scale_sof),
        .out_data  (c_scale_data)
    );

    // c_scale_gather: one beat of 3 map(s) for 2
    wire c_scale_gather_valid;
    wire c_scale_gather_sof;
    wire [20:0] c_scale_gather_data;
    golden_c_scale_gather c_scale_gather_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (c_scale_valid),
        .in_sof    (c_scale_sof),
        .in_data   (c_scale_data),
        .out_valid (c_scale_gather_valid),
        .out_sof   (c_scale_gather_sof),
        .out_data  (c_scale_gather_data)
    );

    golden_stream_out stream_out (
        .clk           (clk),
        .rst           (rst),
        .ready         (ce),
        .in_valid      (c_scale_gather_valid),
        .in_sof        (c_scale_gather_sof),
        .in_data       ({{1{c_scale_gather_data[20]}}, c_scale_gather_data[20:14], {1{c_scale_gather_data[13]}}, c_scale_gather_data[13:7], {1{c_scale_gather_data[6]}}, c_scale_gather_data[6:0]}),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .m_axis_tuser  (m_axis_tuser),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tdata  (m_axis_tdata)
    );

endmodule

`resetall
