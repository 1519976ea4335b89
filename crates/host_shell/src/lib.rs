/*!
What stands between a host's SPI port and a generated core: an SPI slave, a queue of pixels, a queue of results, registers.

[`HostShell`] is written in `rust_hdl`, a library for hardware in Rust: it runs in Rust, with [`Bench`] as the host and anything that
is a [`Core`] as the core, and it prints itself as Verilog. [`verilog`] is that text; it is kept as `hdl_templates/lacuna_spi_shell.v`,
which a test compares, so that `lacuna synth --shell spi` needs neither this crate nor `rust_hdl`. What depends on a core, its
widths and its frames, is in the template `hdl_templates/spi_top.v` around it.

The protocol is in [`Command`], [`Register`] and [`flags`]; its manual is `docs/host.md`.
*/

mod bench;
mod byte_fifo;
mod printing;
mod protocol;
mod shell;
mod spi_port;

pub use bench::{Bench, Core, FrameModel, Geometry, Pixel};
pub use byte_fifo::DEPTH;
pub use printing::{SHELL, verilog};
pub use protocol::{Command, IDENTITY, Register, VERSION, flags};
pub use shell::HostShell;
