mod byte_fifo;
mod protocol;
mod shell;
mod spi_port;
pub use byte_fifo::DEPTH;
pub use protocol::{Command, IDENTITY, Register, VERSION, flags};
pub use shell::HostShell;
