// ${ design }, layer ${ layer }: ${ title }, digit by digit.
//
// ${ adders } adders of ${ digit } bit(s), ${ clocks } clocks a result, no multiplier. y[o] = sum of x[i] times its constant. A beat is announced
// a clock before its first digits; the lowest come first, and beats are ${ clocks } clocks apart at least. Values are numbers modulo
// 2^${ digit * clocks }, in two's complement, and some are carried complemented: ~x is -x - 1, which spares a subtraction its inverters.
// Names: x is an input, t an adder, y an output; a suffix _dN is the same digit N clocks later, _long the digit with earlier bits below.
// Verilog-2005.

`resetall
`default_nettype none

module ${ module } (
    input  wire clk,
    input  wire rst,                    // synchronous, active high
    input  wire ce,                     // all registers of the core move together
    input  wire in_valid,               // digits come from the next clock on
    input  wire in_sof,                 // start of frame
    input  wire [${ in_bits - 1 }:0] in_data,
    output wire out_valid,
    output wire out_sof,
    output wire [${ out_bits - 1 }:0] out_data
);

    // start[n] is high n clocks after a beat was announced.
    reg  [${ latency - 1 }:0] start_q;
    wire [${ latency }:0] start = {start_q, in_valid};
    always @(posedge clk) begin
        if (rst) begin
            start_q <= {${ latency }{1'b0}};
        end else if (ce) begin
            start_q <= start[${ latency - 1 }:0];
        end
    end
    assign out_valid = start[${ latency }];

    // The start of frame is handed on every ${ clocks } clocks.
    reg [${ flags - 1 }:0] sof_q;
    always @(posedge clk) begin
        if (ce) begin
//% for flag in range(flags)
            if (start[${ flag * clocks }]) begin
                sof_q[${ flag }] <= ${ "in_sof" if flag == 0 else "sof_q[" ~ (flag - 1) ~ "]" };
            end
//% endfor
        end
    end
    assign out_sof = sof_q[${ flags - 1 }];

    // Inputs.
//% for lines in inputs
//% for line in lines
${ line }
//% endfor
//% endfor
//% for lines in sums

//% for line in lines
${ line }
//% endfor
//% endfor

    // Outputs: digits are collected until the last one is there.
//% for output in outputs
//% if output.digit
    wire [${ digit - 1 }:0] y${ loop.index0 }_last = ${ output.digit };
    reg  [${ output.kept - 1 }:0] y${ loop.index0 }_q;
    always @(posedge clk) begin
        if (ce) begin
//% if output.kept > digit
            y${ loop.index0 }_q <= {y${ loop.index0 }_last, y${ loop.index0 }_q[${ output.kept - 1 }:${ digit }]};
//% else
            y${ loop.index0 }_q <= y${ loop.index0 }_last;
//% endif
        end
    end
    wire [${ output.bits - 1 }:0] y${ loop.index0 } = ${ output.whole };
//% endif
    assign out_data[${ output.msb }:${ output.lsb }] = ${ output.value };
//% endfor
//% if unused

    // What no constant asks for.
    wire unused_bits = &{1'b0${ unused }};
//% endif

endmodule

`resetall
