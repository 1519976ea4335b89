// ${ design }: testbench of the adder graph alone. Streams input vectors and compares every output vector.
//
// Options, as plusargs:
//   +stimulus=FILE  input vectors, a hexadecimal number a line     (sim/${ design }_stimulus.hex)
//   +expected=FILE  output vectors, likewise                       (sim/${ design }_expected.hex)
//   +idle=P         percentage of clocks without an input          (0)
//   +stall=P        percentage of clocks with the clock enable low (0)
// Prints one line RESULT PASS or RESULT FAIL, and stops with an error where it fails ($stop: run Icarus with vvp -N).
// Verilog-2005.

`resetall
`default_nettype none

module ${ module };

    localparam IN_BITS  = ${ in_bits };
    localparam OUT_BITS = ${ out_bits };

    reg clk;
    reg rst;
    initial begin
        clk = 1'b0;
        forever #5 clk = ~clk;
    end

    reg                 ce;
    reg                 in_valid;
    reg  [IN_BITS-1:0]  in_data;
    wire                out_valid;
    wire                unused_sof;
    wire [OUT_BITS-1:0] out_data;

    ${ design } dut (
        .clk       (clk),
        .rst       (rst),
        .ce        (ce),
        .in_valid  (in_valid),
        .in_sof    (1'b0),
        .in_data   (in_data),
        .out_valid (out_valid),
        .out_sof   (unused_sof),
        .out_data  (out_data)
    );

    reg [8*256-1:0] stimulus_name;
    reg [8*256-1:0] expected_name;
    integer stimulus_file, expected_file, fields;
    integer idle, stall, sent, received, mismatches, quiet;
    reg [31:0] random;
    reg stimulus_done;
    reg [IN_BITS-1:0]  next_stimulus;
    reg [OUT_BITS-1:0] next_expected;

    // xorshift32: the same pattern in every simulator
    task step_random;
        begin
            random = random ^ (random << 13);
            random = random ^ (random >> 17);
            random = random ^ (random << 5);
        end
    endtask

    initial begin
        if ($value$plusargs("stimulus=%s", stimulus_name) == 0) stimulus_name = "sim/${ design }_stimulus.hex";
        if ($value$plusargs("expected=%s", expected_name) == 0) expected_name = "sim/${ design }_expected.hex";
        if ($value$plusargs("idle=%d", idle) == 0) idle = 0;
        if ($value$plusargs("stall=%d", stall) == 0) stall = 0;
        random = 32'h9e3779b9;
        sent = 0;
        received = 0;
        mismatches = 0;
        quiet = 0;
        ce = 1'b0;
        in_valid = 1'b0;
        in_data = {IN_BITS{1'b0}};
        stimulus_file = $fopen(stimulus_name, "r");
        expected_file = $fopen(expected_name, "r");
        stimulus_done = (stimulus_file == 0) || (expected_file == 0);
        if (stimulus_done) begin
            $display("cannot open %0s or %0s: run in the folder of the manifest, or give +stimulus=FILE +expected=FILE",
                     stimulus_name, expected_name);
        end
        rst = 1'b1;
        repeat (4) @(negedge clk);
        rst = 1'b0;
    end

    // At the falling edge the outputs of the last rising edge are read and the inputs of the next one are set.
    always @(negedge clk) begin
        if (!rst) begin
            quiet = quiet + 1;
            if (ce && out_valid) begin
                fields = $fscanf(expected_file, "%h", next_expected);
                if (fields != 1 || out_data !== next_expected) begin
                    mismatches = mismatches + 1;
                    if (mismatches <= 10) $display("mismatch: vector %0d is %h, expected %h", received, out_data, next_expected);
                end
                received = received + 1;
                quiet = 0;
            end
            step_random;
            ce = (random % 100 >= stall);
            if (ce) begin
                step_random;
                in_valid = 1'b0;
                if (!stimulus_done && random % 100 >= idle) begin
                    fields = $fscanf(stimulus_file, "%h", next_stimulus);
                    stimulus_done = (fields != 1);
                    in_valid = !stimulus_done;
                    in_data = next_stimulus;
                    if (!stimulus_done) sent = sent + 1;
                    quiet = 0;
                end
            end
            if (quiet > 2000) begin
                if (mismatches == 0 && sent > 0 && received == sent) begin
                    $display("RESULT PASS vectors=%0d mismatches=%0d", received, mismatches);
                    $finish;
                end else begin
                    $display("RESULT FAIL vectors=%0d mismatches=%0d sent=%0d", received, mismatches, sent);
                    $stop;
                end
            end
        end
    end

endmodule

`resetall
