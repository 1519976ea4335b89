// A host on the SPI pins of lacuna_board_top, as a script says it: a hexadecimal {operation, wanted, sent} a line.
//
//   0 send a byte     1 send, and compare what comes back     2 select     3 end the transfer
//   4 ask for the flags until all of `sent` are there         5 ask for the results waiting until they are `wanted` or more
// Half a period of the SPI clock is 4 clocks. Prints RESULT PASS or RESULT FAIL.
`resetall
`default_nettype none

module spi_host;

    reg clk;
    initial begin
        clk = 1'b0;
        forever #5 clk = ~clk;
    end

    reg sclk;
    reg csn;
    reg mosi;
    wire miso;

    lacuna_board_top dut (
        .clk      (clk),
        .spi_sclk (sclk),
        .spi_csn  (csn),
        .spi_mosi (mosi),
        .spi_miso (miso)
    );

    reg [8*256-1:0] name;
    reg [19:0] word;
    reg [7:0] reply;
    integer script, fields, bit_number, compared, mismatches, tries;

    task send_byte;
        input [7:0] value;
        begin
            for (bit_number = 7; bit_number >= 0; bit_number = bit_number - 1) begin
                mosi = value[bit_number];
                repeat (4) @(negedge clk);
                reply[bit_number] = miso;
                sclk = 1'b1;
                repeat (4) @(negedge clk);
                sclk = 1'b0;
            end
        end
    endtask

    task select;
        begin
            csn = 1'b0;
            repeat (4) @(negedge clk);
        end
    endtask

    task deselect;
        begin
            csn = 1'b1;
            repeat (8) @(negedge clk);
        end
    endtask

    initial begin
        sclk = 1'b0;
        csn = 1'b1;
        mosi = 1'b0;
        compared = 0;
        mismatches = 0;
        if ($value$plusargs("script=%s", name) == 0) name = "script.hex";
        script = $fopen(name, "r");
        repeat (40) @(negedge clk);
        fields = $fscanf(script, "%h", word);
        while (fields == 1) begin
            tries = 0;
            case (word[19:16])
                4'd0: send_byte(word[7:0]);
                4'd1: begin
                    send_byte(word[7:0]);
                    compared = compared + 1;
                    if (reply !== word[15:8]) begin
                        mismatches = mismatches + 1;
                        $display("byte %0d is %h, expected %h", compared, reply, word[15:8]);
                    end
                end
                4'd2: select;
                4'd3: deselect;
                4'd4: begin
                    reply = 8'd0;
                    while ((reply & word[7:0]) != word[7:0] && tries < 500) begin
                        select;
                        send_byte(8'd0);
                        deselect;
                        tries = tries + 1;
                    end
                end
                default: begin
                    reply = 8'd0;
                    while (reply < word[15:8] && tries < 500) begin
                        select;
                        send_byte(8'd3);
                        send_byte(8'd4);
                        send_byte(8'd0);
                        deselect;
                        tries = tries + 1;
                    end
                end
            endcase
            if (tries == 500) begin
                mismatches = mismatches + 1;
                $display("waited in vain for %h", word);
            end
            fields = $fscanf(script, "%h", word);
        end
        if (mismatches == 0 && compared > 0) begin
            $display("RESULT PASS compared=%0d", compared);
            $finish;
        end else begin
            $display("RESULT FAIL compared=%0d mismatches=%0d", compared, mismatches);
            $stop;
        end
    end

endmodule

`resetall
