// golden: the core's output as an AXI4-Stream.
//
// A register and a second one behind it (a skid buffer), so that ready, which stops the whole core, comes straight
// from a flip-flop. tlast marks the last of the 3 beats of a line.
// Verilog-2005.

`resetall
`default_nettype none

module golden_stream_out (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    // from the core, which moves only while ready is high
    output wire ready,
    input  wire in_valid,
    input  wire in_sof,
    input  wire [31:0] in_data,
    // to the outside
    output reg  m_axis_tvalid,
    input  wire m_axis_tready,
    output reg  m_axis_tuser,           // start of frame
    output reg  m_axis_tlast,           // end of line
    output reg  [31:0] m_axis_tdata
);

    localparam [1:0] LAST_COLUMN = 2'd2;

    reg ready_q;
    reg skid_sof_q;
    reg skid_last_q;
    reg [31:0] skid_data_q;
    reg [1:0] column_q;

    wire [1:0] column = in_sof ? 2'd0 : column_q;
    wire in_last = (column == LAST_COLUMN);
    wire accept  = ready_q & in_valid;
    wire vacant  = m_axis_tready | ~m_axis_tvalid;

    assign ready = ready_q;

    always @(posedge clk) begin
        if (rst) begin
            ready_q       <= 1'b1;
            m_axis_tvalid <= 1'b0;
        end else begin
            ready_q       <= vacant | (ready_q & ~in_valid);
            m_axis_tvalid <= ~vacant | accept | ~ready_q;
        end
    end

    always @(posedge clk) begin
        if (accept) begin
            column_q <= in_last ? 2'd0 : column + 2'd1;
        end
        if (ready_q) begin
            skid_sof_q  <= in_sof;
            skid_last_q <= in_last;
            skid_data_q <= in_data;
        end
        if (vacant) begin
            m_axis_tuser <= ready_q ? in_sof  : skid_sof_q;
            m_axis_tlast <= ready_q ? in_last : skid_last_q;
            m_axis_tdata <= ready_q ? in_data : skid_data_q;
        end
    end

endmodule

`resetall
