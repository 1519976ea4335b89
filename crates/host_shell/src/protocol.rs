//! What the host and the shell say to each other; `docs/host.md` is the manual.

/// The first byte of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Command {
    /// All bytes that follow are pixels.
    WritePixels = 1,
    /// All bytes that come back from here on are results.
    ReadResults = 2,
    /// An address follows; then registers come back, from that one on.
    ReadRegisters = 3,
    /// An address follows, then values for registers, from that one on.
    WriteRegister = 4,
}

/// Addresses of the registers of one byte, and of the lower of two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Register {
    /// [`IDENTITY`].
    Identity = 0,
    /// [`VERSION`] of the protocol.
    Version = 1,
    /// See [`flags`].
    Flags = 2,
    /// Pixel bytes that can be written, 255 for more.
    Room = 3,
    /// Result bytes that can be read, 255 for more.
    Waiting = 4,
    /// Writing a one to bit 0 resets the core, both queues and the flags.
    Control = 5,
    /// Pixels of a line, two bytes.
    FrameWidth = 8,
    /// Lines of a frame, two bytes.
    FrameHeight = 10,
    /// Results of a line, two bytes.
    ResultsWidth = 12,
    /// Lines of results of a frame, two bytes.
    ResultsHeight = 14,
    /// Bytes of a pixel.
    PixelBytes = 16,
    /// Bytes of a result.
    ResultBytes = 17,
}

/// What register 0 says: an L.
pub const IDENTITY: u8 = 0x4c;

/// The protocol described here.
pub const VERSION: u8 = 1;

/// Bits of the flags, which also come back while a command or pixels are sent.
pub mod flags {
    /// The upper three bits, by which a host knows that someone is there.
    pub const ALIVE: u8 = 0xa0;
    /// Results are waiting.
    pub const RESULTS: u8 = 1;
    /// 255 pixel bytes or more can be written.
    pub const ROOM: u8 = 2;
    /// Since reset a pixel byte found no place and was lost.
    pub const OVERFLOW: u8 = 4;
    /// Since reset results were read where none was.
    pub const UNDERFLOW: u8 = 8;
    /// The core's `frame_error`.
    pub const FRAME_ERROR: u8 = 16;
}
