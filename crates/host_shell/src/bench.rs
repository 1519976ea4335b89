//! The shell in `rust_hdl`'s simulator, between a host and something that behaves like a core.

use std::collections::VecDeque;
use std::fmt;

use rust_hdl_core::prelude::*;

use crate::{Command, HostShell, Register, flags};

/// Frames and results in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels of a line.
    pub width: u16,
    /// Lines of a frame.
    pub height: u16,
    /// Bytes of a pixel.
    pub pixel_bytes: u8,
    /// Results of a line.
    pub results_width: u16,
    /// Lines of results.
    pub results_height: u16,
    /// Bytes of a result.
    pub result_bytes: u8,
}

/// A byte of a pixel on its way to the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixel {
    /// The first byte of a frame.
    pub user: bool,
    /// The last byte of a line.
    pub last: bool,
    /// The byte.
    pub data: u8,
}

/// What stands for the core: bytes in and out under valid and ready.
pub trait Core {
    /// Whether a pixel is taken in this clock.
    fn ready(&self) -> bool;
    /// The result that lies at the output in this clock.
    fn result(&self) -> Option<u8>;
    /// The sticky flag.
    fn frame_error(&self) -> bool;
    /// The edge at the end of a clock: a pixel that was taken, and whether the result was.
    fn clock(&mut self, reset: bool, pixel: Option<Pixel>, taken: bool);
}

/// What a core makes of the bytes of a frame.
type Compute = dyn Fn(&[u8]) -> Vec<u8>;

/// A core that computes a frame when it is complete, as a real one does that has been given all its time.
pub struct FrameModel {
    compute: Box<Compute>,
    line: usize,
    bytes: usize,
    latency: u64,
    frame: Vec<u8>,
    waiting: VecDeque<(u64, u8)>,
    now: u64,
    frame_error: bool,
}

impl fmt::Debug for FrameModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a core {} bytes into a frame, {} results waiting", self.frame.len(), self.waiting.len())
    }
}

impl FrameModel {
    /// A core whose results leave `latency` clocks after the last pixel; `compute` makes those of a frame.
    pub fn new(geometry: Geometry, latency: u64, compute: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Self {
        let line = usize::from(geometry.width) * usize::from(geometry.pixel_bytes);
        Self {
            compute: Box::new(compute),
            line,
            bytes: line * usize::from(geometry.height),
            latency,
            frame: Vec::new(),
            waiting: VecDeque::new(),
            now: 0,
            frame_error: false,
        }
    }
}

impl Core for FrameModel {
    fn ready(&self) -> bool {
        // Now and then a core has to wait.
        self.now % 7 != 3
    }

    fn result(&self) -> Option<u8> {
        self.waiting.front().filter(|(due, _)| *due <= self.now).map(|(_, byte)| *byte)
    }

    fn frame_error(&self) -> bool {
        self.frame_error
    }

    fn clock(&mut self, reset: bool, pixel: Option<Pixel>, taken: bool) {
        self.now += 1;
        if reset {
            self.frame.clear();
            self.waiting.clear();
            self.frame_error = false;
            return;
        }
        if taken {
            self.waiting.pop_front();
        }
        if let Some(pixel) = pixel {
            self.frame_error |= pixel.user != self.frame.is_empty();
            self.frame.push(pixel.data);
            self.frame_error |= pixel.last != self.frame.len().is_multiple_of(self.line);
            if self.frame.len() == self.bytes {
                let due = self.now + self.latency;
                self.waiting.extend((self.compute)(&self.frame).into_iter().map(|byte| (due, byte)));
                self.frame.clear();
            }
        }
    }
}

/// A host, the shell, a core.
pub struct Bench<C> {
    shell: HostShell,
    /// The core.
    pub core: C,
    /// Clocks since the beginning.
    pub clocks: u64,
    /// Clocks of half a period of the SPI clock.
    half: u32,
}

impl<C: fmt::Debug> fmt::Debug for Bench<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "clock {} of {:?}", self.clocks, self.core)
    }
}

/// Rounds in which the logic between two edges must come to rest.
const ROUNDS: usize = 50;

impl<C: Core> Bench<C> {
    /// After reset. `half` clocks are half a period of the SPI clock: 4 or more.
    ///
    /// # Panics
    /// If the shell is not connected as it must be, which is a fault of ours.
    pub fn new(geometry: Geometry, core: C, half: u32) -> Self {
        let mut shell = HostShell::default();
        shell.connect_all();
        check_all(&shell).expect("everything is driven, nothing depends on itself");
        let line = geometry.width * u16::from(geometry.pixel_bytes);
        shell.last_byte.next = (line - 1).to_bits();
        shell.last_line.next = (geometry.height - 1).to_bits();
        shell.frame_width.next = geometry.width.to_bits();
        shell.frame_height.next = geometry.height.to_bits();
        shell.pixel_bytes.next = geometry.pixel_bytes.to_bits();
        shell.result_bytes.next = geometry.result_bytes.to_bits();
        shell.results_width.next = geometry.results_width.to_bits();
        shell.results_height.next = geometry.results_height.to_bits();
        shell.csn.next = true;
        let mut bench = Self { shell, core, clocks: 0, half };
        bench.shell.rst.next = true;
        bench.wait(4);
        bench.shell.rst.next = false;
        bench.wait(4);
        bench
    }

    /// Lets clocks pass.
    pub fn wait(&mut self, clocks: u32) {
        for _ in 0..clocks {
            self.step();
        }
    }

    fn settle(&mut self) {
        assert!(simulate(&mut self.shell, ROUNDS), "the shell does not come to rest");
    }

    fn step(&mut self) {
        let shell = &mut self.shell;
        let result = self.core.result();
        let ready = self.core.ready();
        shell.s_ready.next = ready;
        shell.m_valid.next = result.is_some();
        shell.m_data.next = result.unwrap_or_default().to_bits();
        shell.frame_error.next = self.core.frame_error();
        self.settle();
        let shell = &mut self.shell;
        let pixel =
            Pixel { user: shell.s_user.val(), last: shell.s_last.val(), data: shell.s_data.val().to_u8() };
        let pixel = Some(pixel).filter(|_| ready && shell.s_valid.val());
        let taken = result.is_some() && shell.m_ready.val();
        let reset = shell.core_rst.val();
        shell.clock.next = true.into();
        self.settle();
        self.core.clock(reset, pixel, taken);
        self.shell.clock.next = false.into();
        self.settle();
        self.clocks += 1;
    }

    /// One transfer: chip select low, these bytes, chip select high. What came back meanwhile.
    pub fn transfer(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.shell.csn.next = false;
        self.wait(self.half);
        let answer = bytes.iter().map(|&byte| self.byte(byte)).collect();
        self.shell.csn.next = true;
        self.wait(2 * self.half);
        answer
    }

    fn byte(&mut self, byte: u8) -> u8 {
        let mut answer = 0;
        for bit in (0..8).rev() {
            self.shell.mosi.next = byte >> bit & 1 == 1;
            self.wait(self.half);
            answer = answer << 1 | u8::from(self.shell.miso.val());
            self.shell.sclk.next = true;
            self.wait(self.half);
            self.shell.sclk.next = false;
        }
        answer
    }

    /// Registers from this one on.
    pub fn registers<const N: usize>(&mut self, first: Register) -> [u8; N] {
        let bytes: Vec<u8> = [Command::ReadRegisters as u8, first as u8].into_iter().chain([0; N]).collect();
        let answer = self.transfer(&bytes);
        std::array::from_fn(|n| answer[2 + n])
    }

    /// Resets the core, the queues and the flags.
    pub fn reset(&mut self) {
        self.transfer(&[Command::WriteRegister as u8, Register::Control as u8, 1]);
    }

    /// Sends pixels as a host does that looks at the flags.
    ///
    /// # Panics
    /// If there is no room for very long.
    pub fn write_pixels(&mut self, pixels: &[u8]) {
        for part in pixels.chunks(255) {
            let room = (0..1000).any(|_| self.registers::<1>(Register::Flags)[0] & flags::ROOM != 0);
            assert!(room, "the core does not take its pixels: {} clocks", self.clocks);
            let bytes: Vec<u8> =
                [Command::WritePixels as u8].into_iter().chain(part.iter().copied()).collect();
            self.transfer(&bytes);
        }
    }

    /// Reads results as a host does that looks how many there are.
    ///
    /// # Panics
    /// If they do not come for very long.
    pub fn read_results(&mut self, count: usize) -> Vec<u8> {
        let mut results = Vec::new();
        let mut idle = 0;
        while results.len() < count {
            let [waiting] = self.registers(Register::Waiting);
            let now = usize::from(waiting).min(count - results.len());
            idle = if now == 0 { idle + 1 } else { 0 };
            assert!(idle < 1000, "{} of {count} results after {} clocks", results.len(), self.clocks);
            if now > 0 {
                let bytes: Vec<u8> = [Command::ReadResults as u8].into_iter().chain(vec![0; now]).collect();
                results.extend(&self.transfer(&bytes)[1..]);
            }
        }
        results
    }
}
