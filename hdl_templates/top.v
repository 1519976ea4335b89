// ${ design }: ${ summary }.
//
// Frames of ${ frame_width } x ${ frame_height } pixels in, ${ out_width } x ${ out_height } beats of ${ out_maps } map(s) out, ${ pace }. Both streams are
// AXI4-Stream with the video convention: tuser marks the first beat of a frame, tlast the last beat of a line. All
// registers of the core share one clock enable, which is the ready flag of the output register: any pattern of idle and
// back-pressure only stretches time.
//
//% for stage in stages
//   ${ stage.summary }
//% endfor
//
// Bit-exact to model/network.json. Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire        clk,
    input  wire        rst,             // synchronous, active high
    // pixels in: ${ in_maps } map(s) of 8 bits, unsigned
    input  wire        s_axis_tvalid,
    output wire        s_axis_tready,
    input  wire        s_axis_tuser,    // start of frame
    input  wire        s_axis_tlast,    // end of line
    input  wire [${ in_bits - 1 }:0]  s_axis_tdata,
    // results out: ${ out_note }
    output wire        m_axis_tvalid,
    input  wire        m_axis_tready,
    output wire        m_axis_tuser,    // start of frame
    output wire        m_axis_tlast,    // end of line
    output wire [${ out_bits - 1 }:0]  m_axis_tdata,
//% for stage in fed
    // weights of ${ stage.name } in, pass after pass: tuser marks the first word (${ stage.path })
    input  wire        s_axis_${ stage.name }_tvalid,
    output wire        s_axis_${ stage.name }_tready,
    input  wire        s_axis_${ stage.name }_tuser,
    input  wire [${ stage.bits - 1 }:0]  s_axis_${ stage.name }_tdata,
//% endfor
    // sticky: some beat since reset did not fit the frame${ ", or some weight its pass" if fed else "" }
    output wire        frame_error
);

    wire ce;
//% if fed
    // The core stands still where results are not taken, and where weights have not come.
    wire output_ready;
//% for stage in fed
    wire ${ stage.name }_weights_ready;
    wire ${ stage.name }_weights_misplaced;
//% endfor
    wire weights_ready = ${ weights_ready };
    wire misplaced;
    assign ce = output_ready & weights_ready;
    assign frame_error = misplaced | ${ weights_misplaced };
//% endif
//% if paced
    wire pixels_due;
    assign s_axis_tready = ce & pixels_due;
//% else
    assign s_axis_tready = ce;
//% endif

//% if joins
    wire restart;
//% endif
    wire pixels_valid;
    wire pixels_sof;
    wire [${ in_bits - 1 }:0] pixels_data;
    ${ module }_frame_sync frame_sync (
        .clk           (clk),
        .rst           (rst),
        .ce            (ce),
//% if paced
        .due           (pixels_due),
//% endif
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tuser  (s_axis_tuser),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tdata  (s_axis_tdata),
        .out_valid     (pixels_valid),
        .out_sof       (pixels_sof),
        .out_data      (pixels_data),
//% if joins
        .restart       (restart),
//% endif
        .frame_error   (${ "misplaced" if fed else "frame_error" })
    );

//% for stage in stages
    // ${ stage.summary }
    wire ${ stage.name }_valid;
    wire ${ stage.name }_sof;
    wire [${ stage.out_bits - 1 }:0] ${ stage.name }_data;
//% if stage.curve
    lacuna_control_delay #(
        .STAGES    (${ stage.latency })
    ) ${ stage.name }_control (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (${ stage.sources[0] }_valid),
        .in_sof    (${ stage.sources[0] }_sof),
        .out_valid (${ stage.name }_valid),
        .out_sof   (${ stage.name }_sof)
    );
//% for lane in stage.lanes
    ${ stage.module } ${ stage.name }_${ loop.index0 } (
        .clk       (clk),
        .ce        (ce),
        .x         (${ stage.sources[0] }_data[${ lane.in_msb }:${ lane.in_lsb }]),
        .y         (${ stage.name }_data[${ lane.out_msb }:${ lane.out_lsb }])
    );
//% endfor
//% else
    ${ stage.module } ${ stage.name }_stage (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
//% if stage.joins
        .restart   (restart),
//% for source in stage.sources
        .in${ loop.index0 }_valid (${ source }_valid),
        .in${ loop.index0 }_sof   (${ source }_sof),
        .in${ loop.index0 }_data  (${ source }_data),
//% endfor
//% else
        .in_valid  (${ stage.sources[0] }_valid),
        .in_sof    (${ stage.sources[0] }_sof),
        .in_data   (${ stage.sources[0] }_data),
//% endif
        .out_valid (${ stage.name }_valid),
        .out_sof   (${ stage.name }_sof),
        .out_data  (${ stage.name }_data)${ "," if stage.fed else "" }
//% if stage.fed
        .weights_ready     (${ stage.name }_weights_ready),
        .weights_misplaced (${ stage.name }_weights_misplaced),
        .s_axis_tvalid     (s_axis_${ stage.name }_tvalid),
        .s_axis_tready     (s_axis_${ stage.name }_tready),
        .s_axis_tuser      (s_axis_${ stage.name }_tuser),
        .s_axis_tdata      (s_axis_${ stage.name }_tdata)
//% endif
    );
//% endif

//% endfor
    ${ module }_stream_out stream_out (
        .clk           (clk),
        .rst           (rst),
        .ready         (${ "output_ready" if fed else "ce" }),
        .in_valid      (${ last }_valid${ " & weights_ready" if fed else "" }),
        .in_sof        (${ last }_sof),
        .in_data       (${ out_data }),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .m_axis_tuser  (m_axis_tuser),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tdata  (m_axis_tdata)
    );

endmodule

`resetall
