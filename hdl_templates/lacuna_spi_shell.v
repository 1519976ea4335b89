// Between a host's SPI port and a core: SPI slave, queues of pixels and results, registers. See docs/host.md.
//
// Printed by rust_hdl from crates/host_shell; do not edit. Names with a $ are its way of joining an instance and a port.
// Verilog-2005.

`resetall
`default_nettype none

// The library prints whole numbers with 32 bits and takes no notice of the width beside them, as Verilog allows; ports and
// parts that a design does not use stay in the text; a file holds all modules; and a clock reaches a flip-flop through
// assignments, which are ordered as the simulator has always ordered them.
/* verilator lint_off WIDTH */
/* verilator lint_off UNUSED */
/* verilator lint_off DECLFILENAME */

module lacuna_spi_shell(clock,rst,sclk,csn,mosi,miso,core_rst,frame_error,s_valid,s_ready,s_user,s_last,s_data,m_valid,m_ready,m_data,last_byte,last_line,frame_width,frame_height,pixel_bytes,result_bytes,results_width,results_height);

    // Module arguments
    input wire  clock;
    input wire  rst;
    input wire  sclk;
    input wire  csn;
    input wire  mosi;
    output reg  miso;
    output reg  core_rst;
    input wire  frame_error;
    output reg  s_valid;
    input wire  s_ready;
    output reg  s_user;
    output reg  s_last;
    output reg  [7:0] s_data;
    input wire  m_valid;
    output reg  m_ready;
    input wire  [7:0] m_data;
    input wire  [15:0] last_byte;
    input wire  [15:0] last_line;
    input wire  [15:0] frame_width;
    input wire  [15:0] frame_height;
    input wire  [7:0] pixel_bytes;
    input wire  [7:0] result_bytes;
    input wire  [15:0] results_width;
    input wire  [15:0] results_height;

    // Constant declarations
    localparam  write_pixels = 8'h1;
    localparam  read_results = 8'h2;
    localparam  read_registers = 8'h3;
    localparam  write_register = 8'h4;
    localparam  identity = 8'h4c;
    localparam  version = 8'h1;
    localparam  depth = 10'b1000000000;
    localparam  control = 8'h5;

    // Stub signals
    reg  spi$clock;
    reg  spi$sclk;
    reg  spi$csn;
    reg  spi$mosi;
    wire  spi$miso;
    wire  spi$selected;
    wire  spi$received;
    wire  [7:0] spi$byte_in;
    reg  [7:0] spi$byte_out;
    wire  spi$loaded;
    reg  pixels$clock;
    reg  pixels$clear;
    reg  pixels$write;
    reg  [7:0] pixels$data_in;
    wire  pixels$full;
    reg  pixels$read;
    wire  [7:0] pixels$data_out;
    wire  pixels$empty;
    wire  [9:0] pixels$level;
    reg  results$clock;
    reg  results$clear;
    reg  results$write;
    reg  [7:0] results$data_in;
    wire  results$full;
    reg  results$read;
    wire  [7:0] results$data_out;
    wire  results$empty;
    wire  [9:0] results$level;
    reg  [1:0] place$d;
    wire  [1:0] place$q;
    reg  place$clock;
    reg  [7:0] command$d;
    wire  [7:0] command$q;
    reg  command$clock;
    reg  [7:0] address$d;
    wire  [7:0] address$q;
    reg  address$clock;
    reg  lent$d;
    wire  lent$q;
    reg  lent$clock;
    reg  overflow$d;
    wire  overflow$q;
    reg  overflow$clock;
    reg  underflow$d;
    wire  underflow$q;
    reg  underflow$clock;
    reg  [3:0] resetting$d;
    wire  [3:0] resetting$q;
    reg  resetting$clock;
    reg  [15:0] column$d;
    wire  [15:0] column$q;
    reg  column$clock;
    reg  [15:0] line$d;
    wire  [15:0] line$q;
    reg  line$clock;

    // Local signals
    reg  in_reset;
    reg  [7:0] flags;
    reg  [9:0] free;
    reg  [7:0] room;
    reg  [7:0] waiting;
    reg  [7:0] value;

    // Sub module instances
    lacuna_spi_shell$spi spi(
        .clock(spi$clock),
        .sclk(spi$sclk),
        .csn(spi$csn),
        .mosi(spi$mosi),
        .miso(spi$miso),
        .selected(spi$selected),
        .received(spi$received),
        .byte_in(spi$byte_in),
        .byte_out(spi$byte_out),
        .loaded(spi$loaded)
    );
    lacuna_spi_shell$pixels pixels(
        .clock(pixels$clock),
        .clear(pixels$clear),
        .write(pixels$write),
        .data_in(pixels$data_in),
        .full(pixels$full),
        .read(pixels$read),
        .data_out(pixels$data_out),
        .empty(pixels$empty),
        .level(pixels$level)
    );
    lacuna_spi_shell$results results(
        .clock(results$clock),
        .clear(results$clear),
        .write(results$write),
        .data_in(results$data_in),
        .full(results$full),
        .read(results$read),
        .data_out(results$data_out),
        .empty(results$empty),
        .level(results$level)
    );
    lacuna_spi_shell$place place(
        .d(place$d),
        .q(place$q),
        .clock(place$clock)
    );
    lacuna_spi_shell$command command(
        .d(command$d),
        .q(command$q),
        .clock(command$clock)
    );
    lacuna_spi_shell$address address(
        .d(address$d),
        .q(address$q),
        .clock(address$clock)
    );
    lacuna_spi_shell$lent lent(
        .d(lent$d),
        .q(lent$q),
        .clock(lent$clock)
    );
    lacuna_spi_shell$overflow overflow(
        .d(overflow$d),
        .q(overflow$q),
        .clock(overflow$clock)
    );
    lacuna_spi_shell$underflow underflow(
        .d(underflow$d),
        .q(underflow$q),
        .clock(underflow$clock)
    );
    lacuna_spi_shell$resetting resetting(
        .d(resetting$d),
        .q(resetting$q),
        .clock(resetting$clock)
    );
    lacuna_spi_shell$column column(
        .d(column$d),
        .q(column$q),
        .clock(column$clock)
    );
    lacuna_spi_shell$line line(
        .d(line$d),
        .q(line$q),
        .clock(line$clock)
    );

    // Update code
    always @(*) begin
        place$clock = clock;
        command$clock = clock;
        address$clock = clock;
        lent$clock = clock;
        overflow$clock = clock;
        underflow$clock = clock;
        resetting$clock = clock;
        column$clock = clock;
        line$clock = clock;
        place$d = place$q;
        command$d = command$q;
        address$d = address$q;
        lent$d = lent$q;
        overflow$d = overflow$q;
        underflow$d = underflow$q;
        resetting$d = resetting$q;
        column$d = column$q;
        line$d = line$q;
        spi$clock = clock;
        pixels$clock = clock;
        results$clock = clock;
        spi$sclk = sclk;
        spi$csn = csn;
        spi$mosi = mosi;
        miso = spi$miso;
        in_reset = rst | |resetting$q;
        if (|resetting$q) begin
            resetting$d = resetting$q - 32'h1;
        end
        core_rst = in_reset;
        pixels$clear = in_reset;
        results$clear = in_reset;
        s_valid = ~pixels$empty & ~in_reset;
        s_data = pixels$data_out;
        s_last = column$q == last_byte;
        s_user = ~|column$q & ~|line$q;
        pixels$read = s_ready & ~in_reset;
        if (s_ready & ~pixels$empty) begin
            column$d = column$q + 32'h1;
            if (column$q == last_byte) begin
                column$d = 32'h0;
                line$d = line$q + 32'h1;
                if (line$q == last_line) begin
                    line$d = 32'h0;
                end
            end
        end
        m_ready = ~results$full & ~in_reset;
        results$write = m_valid & ~in_reset;
        results$data_in = m_data;
        free = depth - pixels$level;
        room = ((free) & 8'hff);
        if (free > 32'hff) begin
            room = 32'hff;
        end
        waiting = ((results$level) & 8'hff);
        if (results$level > 32'hff) begin
            waiting = 32'hff;
        end
        flags = 32'ha0;
        if (~results$empty) begin
            flags = flags | 32'h1;
        end
        if (room == 32'hff) begin
            flags = flags | 32'h2;
        end
        if (overflow$q) begin
            flags = flags | 32'h4;
        end
        if (underflow$q) begin
            flags = flags | 32'h8;
        end
        if (frame_error) begin
            flags = flags | 32'h10;
        end
        value = 32'h0;
        if (address$q == 32'h0) begin
            value = identity;
        end
        if (address$q == 32'h1) begin
            value = version;
        end
        if (address$q == 32'h2) begin
            value = flags;
        end
        if (address$q == 32'h3) begin
            value = room;
        end
        if (address$q == 32'h4) begin
            value = waiting;
        end
        if (address$q == 32'h8) begin
            value = frame_width[(32'h0)+:(8)];
        end
        if (address$q == 32'h9) begin
            value = frame_width[(32'h8)+:(8)];
        end
        if (address$q == 32'ha) begin
            value = frame_height[(32'h0)+:(8)];
        end
        if (address$q == 32'hb) begin
            value = frame_height[(32'h8)+:(8)];
        end
        if (address$q == 32'hc) begin
            value = results_width[(32'h0)+:(8)];
        end
        if (address$q == 32'hd) begin
            value = results_width[(32'h8)+:(8)];
        end
        if (address$q == 32'he) begin
            value = results_height[(32'h0)+:(8)];
        end
        if (address$q == 32'hf) begin
            value = results_height[(32'h8)+:(8)];
        end
        if (address$q == 32'h10) begin
            value = pixel_bytes;
        end
        if (address$q == 32'h11) begin
            value = result_bytes;
        end
        spi$byte_out = flags;
        if (|place$q & (command$q == read_results)) begin
            spi$byte_out = 32'h0;
            if (~results$empty) begin
                spi$byte_out = results$data_out;
            end
        end
        if ((place$q == 32'h2) & (command$q == read_registers)) begin
            spi$byte_out = value;
        end
        if (spi$loaded) begin
            lent$d = ~results$empty;
        end
        pixels$write = 1'b0;
        pixels$data_in = spi$byte_in;
        results$read = 1'b0;
        if (spi$received) begin
            if (~|place$q) begin
                command$d = spi$byte_in;
                place$d = 32'h1;
            end
            else begin
                if (command$q == write_pixels) begin
                    pixels$write = 1'b1;
                    if (pixels$full) begin
                        overflow$d = 1'b1;
                    end
                end
                if (command$q == read_results) begin
                    results$read = lent$q;
                    if (~lent$q) begin
                        underflow$d = 1'b1;
                    end
                end
                if (place$q == 32'h1) begin
                    address$d = spi$byte_in;
                    place$d = 32'h2;
                end
                else begin
                    address$d = address$q + 32'h1;
                    if ((command$q == write_register) & (address$q == control) & spi$byte_in[32'h0]) begin
                        resetting$d = 32'hf;
                    end
                end
            end
        end
        if (~spi$selected) begin
            place$d = 32'h0;
        end
        if (in_reset) begin
            column$d = 32'h0;
            line$d = 32'h0;
            overflow$d = 1'b0;
            underflow$d = 1'b0;
            lent$d = 1'b0;
        end
    end

endmodule // lacuna_spi_shell

module lacuna_spi_shell$address(d,q,clock);

    // Module arguments
    input wire  [7:0] d;
    output reg  [7:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 8'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$address

module lacuna_spi_shell$column(d,q,clock);

    // Module arguments
    input wire  [15:0] d;
    output reg  [15:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 16'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$column

module lacuna_spi_shell$command(d,q,clock);

    // Module arguments
    input wire  [7:0] d;
    output reg  [7:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 8'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$command

module lacuna_spi_shell$lent(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$lent

module lacuna_spi_shell$line(d,q,clock);

    // Module arguments
    input wire  [15:0] d;
    output reg  [15:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 16'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$line

module lacuna_spi_shell$overflow(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$overflow

module lacuna_spi_shell$pixels(clock,clear,write,data_in,full,read,data_out,empty,level);

    // Module arguments
    input wire  clock;
    input wire  clear;
    input wire  write;
    input wire  [7:0] data_in;
    output reg  full;
    input wire  read;
    output reg  [7:0] data_out;
    output reg  empty;
    output reg  [9:0] level;

    // Constant declarations
    localparam  depth = 10'b1000000000;

    // Stub signals
    reg  [8:0] ram$read_address;
    reg  ram$read_clock;
    wire  [7:0] ram$read_data;
    reg  [8:0] ram$write_address;
    reg  ram$write_clock;
    reg  [7:0] ram$write_data;
    reg  ram$write_enable;
    reg  [9:0] head$d;
    wire  [9:0] head$q;
    reg  head$clock;
    reg  [9:0] tail$d;
    wire  [9:0] tail$q;
    reg  tail$clock;
    reg  [9:0] seen$d;
    wire  [9:0] seen$q;
    reg  seen$clock;

    // Local signals
    reg  [9:0] next_head;

    // Sub module instances
    lacuna_spi_shell$pixels$ram ram(
        .read_address(ram$read_address),
        .read_clock(ram$read_clock),
        .read_data(ram$read_data),
        .write_address(ram$write_address),
        .write_clock(ram$write_clock),
        .write_data(ram$write_data),
        .write_enable(ram$write_enable)
    );
    lacuna_spi_shell$pixels$head head(
        .d(head$d),
        .q(head$q),
        .clock(head$clock)
    );
    lacuna_spi_shell$pixels$tail tail(
        .d(tail$d),
        .q(tail$q),
        .clock(tail$clock)
    );
    lacuna_spi_shell$pixels$seen seen(
        .d(seen$d),
        .q(seen$q),
        .clock(seen$clock)
    );

    // Update code
    always @(*) begin
        head$clock = clock;
        tail$clock = clock;
        seen$clock = clock;
        head$d = head$q;
        tail$d = tail$q;
        seen$d = seen$q;
        ram$read_clock = clock;
        ram$write_clock = clock;
        level = tail$q - head$q;
        full = level == depth;
        empty = head$q == seen$q;
        data_out = ram$read_data;
        ram$write_address = ((tail$q) & 9'h1ff);
        ram$write_data = data_in;
        ram$write_enable = write & ~full;
        if (write & ~full) begin
            tail$d = tail$q + 32'h1;
        end
        next_head = head$q;
        if (read & ~empty) begin
            next_head = head$q + 32'h1;
        end
        ram$read_address = ((next_head) & 9'h1ff);
        head$d = next_head;
        seen$d = tail$q;
        if (clear) begin
            head$d = 32'h0;
            tail$d = 32'h0;
            seen$d = 32'h0;
        end
    end

endmodule // lacuna_spi_shell$pixels

module lacuna_spi_shell$pixels$head(d,q,clock);

    // Module arguments
    input wire  [9:0] d;
    output reg  [9:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 10'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$pixels$head

module lacuna_spi_shell$pixels$ram(read_address,read_clock,read_data,write_address,write_clock,write_data,write_enable);

    // Module arguments
    input wire  [8:0] read_address;
    input wire  read_clock;
    output reg  [7:0] read_data;
    input wire  [8:0] write_address;
    input wire  write_clock;
    input wire  [7:0] write_data;
    input wire  write_enable;

    // Update code (custom)
    reg[7:0] mem[511:0];

    always @(posedge read_clock) begin
       read_data <= mem[read_address];
    end

    always @(posedge write_clock) begin
       if (write_enable) begin
          mem[write_address] <= write_data;
       end
    end

endmodule // lacuna_spi_shell$pixels$ram

module lacuna_spi_shell$pixels$seen(d,q,clock);

    // Module arguments
    input wire  [9:0] d;
    output reg  [9:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 10'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$pixels$seen

module lacuna_spi_shell$pixels$tail(d,q,clock);

    // Module arguments
    input wire  [9:0] d;
    output reg  [9:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 10'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$pixels$tail

module lacuna_spi_shell$place(d,q,clock);

    // Module arguments
    input wire  [1:0] d;
    output reg  [1:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 2'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$place

module lacuna_spi_shell$resetting(d,q,clock);

    // Module arguments
    input wire  [3:0] d;
    output reg  [3:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 4'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$resetting

module lacuna_spi_shell$results(clock,clear,write,data_in,full,read,data_out,empty,level);

    // Module arguments
    input wire  clock;
    input wire  clear;
    input wire  write;
    input wire  [7:0] data_in;
    output reg  full;
    input wire  read;
    output reg  [7:0] data_out;
    output reg  empty;
    output reg  [9:0] level;

    // Constant declarations
    localparam  depth = 10'b1000000000;

    // Stub signals
    reg  [8:0] ram$read_address;
    reg  ram$read_clock;
    wire  [7:0] ram$read_data;
    reg  [8:0] ram$write_address;
    reg  ram$write_clock;
    reg  [7:0] ram$write_data;
    reg  ram$write_enable;
    reg  [9:0] head$d;
    wire  [9:0] head$q;
    reg  head$clock;
    reg  [9:0] tail$d;
    wire  [9:0] tail$q;
    reg  tail$clock;
    reg  [9:0] seen$d;
    wire  [9:0] seen$q;
    reg  seen$clock;

    // Local signals
    reg  [9:0] next_head;

    // Sub module instances
    lacuna_spi_shell$results$ram ram(
        .read_address(ram$read_address),
        .read_clock(ram$read_clock),
        .read_data(ram$read_data),
        .write_address(ram$write_address),
        .write_clock(ram$write_clock),
        .write_data(ram$write_data),
        .write_enable(ram$write_enable)
    );
    lacuna_spi_shell$results$head head(
        .d(head$d),
        .q(head$q),
        .clock(head$clock)
    );
    lacuna_spi_shell$results$tail tail(
        .d(tail$d),
        .q(tail$q),
        .clock(tail$clock)
    );
    lacuna_spi_shell$results$seen seen(
        .d(seen$d),
        .q(seen$q),
        .clock(seen$clock)
    );

    // Update code
    always @(*) begin
        head$clock = clock;
        tail$clock = clock;
        seen$clock = clock;
        head$d = head$q;
        tail$d = tail$q;
        seen$d = seen$q;
        ram$read_clock = clock;
        ram$write_clock = clock;
        level = tail$q - head$q;
        full = level == depth;
        empty = head$q == seen$q;
        data_out = ram$read_data;
        ram$write_address = ((tail$q) & 9'h1ff);
        ram$write_data = data_in;
        ram$write_enable = write & ~full;
        if (write & ~full) begin
            tail$d = tail$q + 32'h1;
        end
        next_head = head$q;
        if (read & ~empty) begin
            next_head = head$q + 32'h1;
        end
        ram$read_address = ((next_head) & 9'h1ff);
        head$d = next_head;
        seen$d = tail$q;
        if (clear) begin
            head$d = 32'h0;
            tail$d = 32'h0;
            seen$d = 32'h0;
        end
    end

endmodule // lacuna_spi_shell$results

module lacuna_spi_shell$results$head(d,q,clock);

    // Module arguments
    input wire  [9:0] d;
    output reg  [9:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 10'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$results$head

module lacuna_spi_shell$results$ram(read_address,read_clock,read_data,write_address,write_clock,write_data,write_enable);

    // Module arguments
    input wire  [8:0] read_address;
    input wire  read_clock;
    output reg  [7:0] read_data;
    input wire  [8:0] write_address;
    input wire  write_clock;
    input wire  [7:0] write_data;
    input wire  write_enable;

    // Update code (custom)
    reg[7:0] mem[511:0];

    always @(posedge read_clock) begin
       read_data <= mem[read_address];
    end

    always @(posedge write_clock) begin
       if (write_enable) begin
          mem[write_address] <= write_data;
       end
    end

endmodule // lacuna_spi_shell$results$ram

module lacuna_spi_shell$results$seen(d,q,clock);

    // Module arguments
    input wire  [9:0] d;
    output reg  [9:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 10'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$results$seen

module lacuna_spi_shell$results$tail(d,q,clock);

    // Module arguments
    input wire  [9:0] d;
    output reg  [9:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 10'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$results$tail

module lacuna_spi_shell$spi(clock,sclk,csn,mosi,miso,selected,received,byte_in,byte_out,loaded);

    // Module arguments
    input wire  clock;
    input wire  sclk;
    input wire  csn;
    input wire  mosi;
    output reg  miso;
    output reg  selected;
    output reg  received;
    output reg  [7:0] byte_in;
    input wire  [7:0] byte_out;
    output reg  loaded;

    // Stub signals
    reg  sclk0$d;
    wire  sclk0$q;
    reg  sclk0$clock;
    reg  sclk1$d;
    wire  sclk1$q;
    reg  sclk1$clock;
    reg  sclk2$d;
    wire  sclk2$q;
    reg  sclk2$clock;
    reg  csn0$d;
    wire  csn0$q;
    reg  csn0$clock;
    reg  csn1$d;
    wire  csn1$q;
    reg  csn1$clock;
    reg  mosi0$d;
    wire  mosi0$q;
    reg  mosi0$clock;
    reg  mosi1$d;
    wire  mosi1$q;
    reg  mosi1$clock;
    reg  [2:0] count$d;
    wire  [2:0] count$q;
    reg  count$clock;
    reg  [7:0] shift_in$d;
    wire  [7:0] shift_in$q;
    reg  shift_in$clock;
    reg  [7:0] shift_out$d;
    wire  [7:0] shift_out$q;
    reg  shift_out$clock;
    reg  complete$d;
    wire  complete$q;
    reg  complete$clock;

    // Local signals
    reg  rising;
    reg  falling;

    // Sub module instances
    lacuna_spi_shell$spi$sclk0 sclk0(
        .d(sclk0$d),
        .q(sclk0$q),
        .clock(sclk0$clock)
    );
    lacuna_spi_shell$spi$sclk1 sclk1(
        .d(sclk1$d),
        .q(sclk1$q),
        .clock(sclk1$clock)
    );
    lacuna_spi_shell$spi$sclk2 sclk2(
        .d(sclk2$d),
        .q(sclk2$q),
        .clock(sclk2$clock)
    );
    lacuna_spi_shell$spi$csn0 csn0(
        .d(csn0$d),
        .q(csn0$q),
        .clock(csn0$clock)
    );
    lacuna_spi_shell$spi$csn1 csn1(
        .d(csn1$d),
        .q(csn1$q),
        .clock(csn1$clock)
    );
    lacuna_spi_shell$spi$mosi0 mosi0(
        .d(mosi0$d),
        .q(mosi0$q),
        .clock(mosi0$clock)
    );
    lacuna_spi_shell$spi$mosi1 mosi1(
        .d(mosi1$d),
        .q(mosi1$q),
        .clock(mosi1$clock)
    );
    lacuna_spi_shell$spi$count count(
        .d(count$d),
        .q(count$q),
        .clock(count$clock)
    );
    lacuna_spi_shell$spi$shift_in shift_in(
        .d(shift_in$d),
        .q(shift_in$q),
        .clock(shift_in$clock)
    );
    lacuna_spi_shell$spi$shift_out shift_out(
        .d(shift_out$d),
        .q(shift_out$q),
        .clock(shift_out$clock)
    );
    lacuna_spi_shell$spi$complete complete(
        .d(complete$d),
        .q(complete$q),
        .clock(complete$clock)
    );

    // Update code
    always @(*) begin
        sclk0$clock = clock;
        sclk1$clock = clock;
        sclk2$clock = clock;
        csn0$clock = clock;
        csn1$clock = clock;
        mosi0$clock = clock;
        mosi1$clock = clock;
        count$clock = clock;
        shift_in$clock = clock;
        shift_out$clock = clock;
        complete$clock = clock;
        sclk0$d = sclk0$q;
        sclk1$d = sclk1$q;
        sclk2$d = sclk2$q;
        csn0$d = csn0$q;
        csn1$d = csn1$q;
        mosi0$d = mosi0$q;
        mosi1$d = mosi1$q;
        count$d = count$q;
        shift_in$d = shift_in$q;
        shift_out$d = shift_out$q;
        complete$d = complete$q;
        sclk0$d = sclk;
        sclk1$d = sclk0$q;
        sclk2$d = sclk1$q;
        csn0$d = ~csn;
        csn1$d = csn0$q;
        mosi0$d = mosi;
        mosi1$d = mosi0$q;
        rising = sclk1$q & ~sclk2$q;
        falling = ~sclk1$q & sclk2$q;
        selected = csn1$q;
        miso = shift_out$q[32'h7];
        byte_in = shift_in$q;
        received = complete$q;
        complete$d = 1'b0;
        loaded = 1'b0;
        if (~csn1$q) begin
            count$d = 32'h0;
            loaded = 1'b1;
        end
        else begin
            if (rising) begin
                shift_in$d = (shift_in$q << 32'h1) | ((mosi1$q) & 8'hff);
                count$d = count$q + 32'h1;
                complete$d = count$q == 32'h7;
            end
            if (falling) begin
                shift_out$d = shift_out$q << 32'h1;
                loaded = count$q == 32'h0;
            end
        end
        if (loaded) begin
            shift_out$d = byte_out;
        end
    end

endmodule // lacuna_spi_shell$spi

module lacuna_spi_shell$spi$complete(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$complete

module lacuna_spi_shell$spi$count(d,q,clock);

    // Module arguments
    input wire  [2:0] d;
    output reg  [2:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 3'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$count

module lacuna_spi_shell$spi$csn0(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$csn0

module lacuna_spi_shell$spi$csn1(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$csn1

module lacuna_spi_shell$spi$mosi0(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$mosi0

module lacuna_spi_shell$spi$mosi1(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$mosi1

module lacuna_spi_shell$spi$sclk0(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$sclk0

module lacuna_spi_shell$spi$sclk1(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$sclk1

module lacuna_spi_shell$spi$sclk2(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$sclk2

module lacuna_spi_shell$spi$shift_in(d,q,clock);

    // Module arguments
    input wire  [7:0] d;
    output reg  [7:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 8'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$shift_in

module lacuna_spi_shell$spi$shift_out(d,q,clock);

    // Module arguments
    input wire  [7:0] d;
    output reg  [7:0] q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 8'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$spi$shift_out

module lacuna_spi_shell$underflow(d,q,clock);

    // Module arguments
    input wire  d;
    output reg  q;
    input wire  clock;

    // Update code (custom)
    initial begin
       q = 1'h0;
    end

    always @(posedge clock) begin
       q <= d;
    end

endmodule // lacuna_spi_shell$underflow

/* verilator lint_on DECLFILENAME */
/* verilator lint_on UNUSED */
/* verilator lint_on WIDTH */

`resetall
