//! The shell as Verilog.

use rust_hdl_core::prelude::*;

use crate::HostShell;

/// The name of the module.
pub const SHELL: &str = "lacuna_spi_shell";

const HEAD: &str = "\
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
";

const TAIL: &str = "
/* verilator lint_on DECLFILENAME */
/* verilator lint_on UNUSED */
/* verilator lint_on WIDTH */

`resetall
";

/// The text of `hdl_templates/lacuna_spi_shell.v`: the module [`SHELL`] and its parts.
pub fn verilog() -> String {
    let mut shell = HostShell::default();
    shell.connect_all();
    check_all(&shell).expect("everything is driven, nothing depends on itself");
    let mut modules = ModuleDefines::default();
    shell.accept(SHELL, &mut modules);
    let body = modules.defines();
    // The printer leaves blanks at the ends of lines, and empty lines in heaps.
    let mut text = HEAD.to_owned();
    let mut empty = false;
    for line in body.lines().map(str::trim_end) {
        if !(line.is_empty() && empty) {
            text.push_str(line);
            text.push('\n');
        }
        empty = line.is_empty();
    }
    text.truncate(text.trim_end().len());
    text + "\n" + TAIL
}
