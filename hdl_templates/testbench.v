// ${ design }: testbench. Streams frames into the core and compares every beat that comes out.
//
// Options, as plusargs:
//   +stimulus=FILE  beats to send, a hexadecimal {tuser, tlast, tdata} a line   (sim/stimulus.hex)
//   +expected=FILE  beats to come, likewise                                     (sim/expected.hex)
//   +idle=P         percentage of clocks in which the source has no beat        (0)
//   +stall=P        percentage of clocks in which the sink takes no beat        (0)
//   +seed=N         seed of both patterns                                       (1)
//   +reset_at=N     resets the core for four clocks once N beats are sent       (never)
// A reset is none of the source's business: what it sends meanwhile is lost, and so are the results of every frame begun
// before the end of the reset that have not come yet. Those of the next frame must come first.
// Prints one line RESULT PASS or RESULT FAIL with the counts, and stops with an error where it fails ($stop: run Icarus
// with vvp -N). The same file runs under Verilator (--binary --timing) and Icarus.
// Verilog-2005.

`resetall
`default_nettype none

module ${ module };

    localparam IN_BITS  = ${ in_bits };
    localparam OUT_BITS = ${ out_bits };
    // Clocks without any transfer after which the core counts as stuck, and clocks watched for surplus beats at the end.
    localparam PATIENCE = ${ patience };

    reg clk;
    reg rst;
    initial begin
        clk = 1'b0;
        forever #5 clk = ~clk;
    end

    reg                 s_valid;
    wire                s_ready;
    reg  [IN_BITS+1:0]  s_beat;         // {tuser, tlast, tdata}
    wire                m_valid;
    reg                 m_ready;
    wire [OUT_BITS+1:0] m_beat;
    wire                frame_error;
//% for stage in fed

    // Weights of ${ stage.name }: pass after pass, with idle clocks like the pixels.
    reg  [${ stage.bits }:0] ${ stage.name }_words [0:${ [stage.words - 1, 1] | max }];   // {tuser, tdata}
    integer ${ stage.name }_place;
    reg  ${ stage.name }_valid;
    wire ${ stage.name }_ready;
    reg  [${ stage.bits }:0] ${ stage.name }_word;
    initial begin
        $readmemh("${ stage.path }", ${ stage.name }_words${ ", 0, 0" if stage.words == 1 else "" });
        ${ stage.name }_place = 0;
        ${ stage.name }_valid = 1'b0;
        ${ stage.name }_word = {${ stage.bits + 1 }{1'b0}};
    end
//% endfor

    ${ top } dut (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tvalid (s_valid),
        .s_axis_tready (s_ready),
        .s_axis_tuser  (s_beat[IN_BITS+1]),
        .s_axis_tlast  (s_beat[IN_BITS]),
        .s_axis_tdata  (s_beat[IN_BITS-1:0]),
        .m_axis_tvalid (m_valid),
        .m_axis_tready (m_ready),
        .m_axis_tuser  (m_beat[OUT_BITS+1]),
        .m_axis_tlast  (m_beat[OUT_BITS]),
        .m_axis_tdata  (m_beat[OUT_BITS-1:0]),
//% for stage in fed
        .s_axis_${ stage.name }_tvalid (${ stage.name }_valid),
        .s_axis_${ stage.name }_tready (${ stage.name }_ready),
        .s_axis_${ stage.name }_tuser  (${ stage.name }_word[${ stage.bits }]),
        .s_axis_${ stage.name }_tdata  (${ stage.name }_word[${ stage.bits - 1 }:0]),
//% endfor
        .frame_error   (frame_error)
    );

    reg [8*256-1:0] stimulus_name;
    reg [8*256-1:0] expected_name;
    integer stimulus_file, expected_file, fields;
    integer idle, stall;
    reg [31:0] random;
    reg stimulus_done, expected_done;
    reg [IN_BITS+1:0]  next_stimulus;
    reg [OUT_BITS+1:0] next_expected;
    integer sent, received, mismatches, cycles, quiet, first_in, last_in, last_out;
    integer reset_at, frames_sent, frames_expected;
    reg running;

    // xorshift32: the same pattern in every simulator
    task step_random;
        begin
            random = random ^ (random << 13);
            random = random ^ (random >> 17);
            random = random ^ (random << 5);
        end
    endtask

    task read_stimulus;
        begin
            fields = $fscanf(stimulus_file, "%h", next_stimulus);
            stimulus_done = (fields != 1);
        end
    endtask

    task read_expected;
        begin
            fields = $fscanf(expected_file, "%h", next_expected);
            expected_done = (fields != 1);
            if (!expected_done && next_expected[OUT_BITS+1]) frames_expected = frames_expected + 1;
        end
    endtask

    // After a reset: no results of frames that have been begun.
    task skip_frames;
        begin
            while (!expected_done && frames_expected <= frames_sent) read_expected;
        end
    endtask

    task verdict;
        begin
            while (!expected_done) begin
                mismatches = mismatches + 1;
                if (mismatches <= 10) $display("missing: beat %0d, expected %h", received, next_expected);
                received = received + 1;
                read_expected;
            end
            if (mismatches == 0 && sent > 0 && received > 0) begin
                $display("RESULT PASS beats=%0d mismatches=%0d sent=%0d cycles=%0d cycles_in=%0d frame_error=%0d",
                         received, mismatches, sent, last_out - first_in + 1, last_in - first_in + 1, frame_error);
                $finish;
            end else begin
                $display("RESULT FAIL beats=%0d mismatches=%0d sent=%0d cycles=%0d cycles_in=%0d frame_error=%0d",
                         received, mismatches, sent, last_out - first_in + 1, last_in - first_in + 1, frame_error);
                $stop;
            end
        end
    endtask

    initial begin
        if ($value$plusargs("stimulus=%s", stimulus_name) == 0) stimulus_name = "sim/stimulus.hex";
        if ($value$plusargs("expected=%s", expected_name) == 0) expected_name = "sim/expected.hex";
        if ($value$plusargs("idle=%d", idle) == 0) idle = 0;
        if ($value$plusargs("stall=%d", stall) == 0) stall = 0;
        if ($value$plusargs("seed=%d", random) == 0) random = 32'd1;
        if ($value$plusargs("reset_at=%d", reset_at) == 0) reset_at = -1;
        random = random ^ 32'h9e3779b9;
        if (random == 32'd0) random = 32'd1;  // which the generator would never leave
        stimulus_file = $fopen(stimulus_name, "r");
        expected_file = $fopen(expected_name, "r");
        sent = 0;
        received = 0;
        mismatches = 0;
        cycles = 0;
        quiet = 0;
        frames_sent = 0;
        frames_expected = 0;
        first_in = 0;
        last_in = 0;
        last_out = 0;
        s_valid = 1'b0;
        s_beat = {(IN_BITS+2){1'b0}};
        m_ready = 1'b0;
        running = 1'b0;
        rst = 1'b1;
        stimulus_done = 1'b1;
        expected_done = 1'b1;
        if (stimulus_file == 0 || expected_file == 0) begin
            $display("cannot open %0s or %0s: run in the folder of the manifest, or give +stimulus=FILE +expected=FILE",
                     stimulus_name, expected_name);
            verdict;
        end else begin
            read_stimulus;
            read_expected;
        end
        repeat (4) @(negedge clk);
        rst = 1'b0;
        running = 1'b1;
        if (reset_at >= 0) begin
            wait (sent >= reset_at);
            @(negedge clk);
            rst = 1'b1;
            repeat (4) @(negedge clk);
            skip_frames;
            rst = 1'b0;
        end
    end

    always @(posedge clk) begin
        if (running) begin
            cycles = cycles + 1;
            quiet = quiet + 1;

            // the beat of the last clock has been taken
            if (s_valid && s_ready) begin
                if (sent == 0) first_in = cycles;
                last_in = cycles;
                sent = sent + 1;
                if (s_beat[IN_BITS+1]) frames_sent = frames_sent + 1;
                quiet = 0;
            end
            if (!s_valid || s_ready) begin
                step_random;
                if (!stimulus_done && random % 100 >= idle) begin
                    s_valid <= 1'b1;
                    s_beat  <= next_stimulus;
                    read_stimulus;
                end else begin
                    s_valid <= 1'b0;
                end
            end

//% for stage in fed
            if (!${ stage.name }_valid || ${ stage.name }_ready) begin
                step_random;
                if (random % 100 >= idle) begin
                    ${ stage.name }_valid <= 1'b1;
                    ${ stage.name }_word  <= ${ stage.name }_words[${ stage.name }_place];
                    ${ stage.name }_place = (${ stage.name }_place == ${ stage.words - 1 }) ? 0 : ${ stage.name }_place + 1;
                end else begin
                    ${ stage.name }_valid <= 1'b0;
                end
            end
//% endfor

            if (m_valid && m_ready && !rst) begin
                if (expected_done) begin
                    mismatches = mismatches + 1;
                    if (mismatches <= 10) $display("surplus: beat %0d is %h", received, m_beat);
                end else begin
                    if (m_beat !== next_expected) begin
                        mismatches = mismatches + 1;
                        if (mismatches <= 10) begin
                            $display("mismatch: beat %0d is %h, expected %h", received, m_beat, next_expected);
                        end
                    end
                    read_expected;
                end
                received = received + 1;
                last_out = cycles;
                quiet = 0;
            end
            step_random;
            m_ready <= (random % 100 >= stall);

            if (quiet > PATIENCE) begin
                if (!stimulus_done || s_valid) $display("stuck: %0d beats sent, %0d received", sent, received);
                verdict;
            end
        end
    end

endmodule

`resetall
