//! The shell: commands from the SPI port, a queue of pixels to the core, a queue of results from it.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::dff::DFF;
use rust_hdl_widgets::dff_setup;

use crate::byte_fifo::{ByteFifo, DEPTH, LEVEL_BITS};
use crate::protocol::{Command, IDENTITY, Register, VERSION};
use crate::spi_port::SpiPort;

/// Bytes in both directions of an AXI4-Stream; what is wider is put together and taken apart outside.
#[derive(LogicBlock)]
pub struct HostShell {
    /// The clock of everything but the SPI pins.
    pub clock: Signal<In, Clock>,
    /// Reset after configuration, synchronous, active high.
    pub rst: Signal<In, Bit>,
    /// SPI clock, mode 0, at most an eighth of the clock.
    pub sclk: Signal<In, Bit>,
    /// SPI chip select, active low.
    pub csn: Signal<In, Bit>,
    /// SPI data from the host.
    pub mosi: Signal<In, Bit>,
    /// SPI data to the host.
    pub miso: Signal<Out, Bit>,
    /// Reset of the core, active high.
    pub core_rst: Signal<Out, Bit>,
    /// The core's flag.
    pub frame_error: Signal<In, Bit>,
    /// Pixels: a byte is there.
    pub s_valid: Signal<Out, Bit>,
    /// Pixels: it is taken.
    pub s_ready: Signal<In, Bit>,
    /// Pixels: first byte of a frame.
    pub s_user: Signal<Out, Bit>,
    /// Pixels: last byte of a line.
    pub s_last: Signal<Out, Bit>,
    /// Pixels: the byte.
    pub s_data: Signal<Out, Bits<8>>,
    /// Results: a byte is there.
    pub m_valid: Signal<In, Bit>,
    /// Results: it is taken.
    pub m_ready: Signal<Out, Bit>,
    /// Results: the byte.
    pub m_data: Signal<In, Bits<8>>,
    /// Bytes of a line, less one. This and what follows is constant.
    pub last_byte: Signal<In, Bits<16>>,
    /// Lines of a frame, less one.
    pub last_line: Signal<In, Bits<16>>,
    /// Pixels of a line.
    pub frame_width: Signal<In, Bits<16>>,
    /// Lines of a frame.
    pub frame_height: Signal<In, Bits<16>>,
    /// Bytes of a pixel.
    pub pixel_bytes: Signal<In, Bits<8>>,
    /// Bytes of a result.
    pub result_bytes: Signal<In, Bits<8>>,
    /// Results of a line.
    pub results_width: Signal<In, Bits<16>>,
    /// Lines of results.
    pub results_height: Signal<In, Bits<16>>,
    spi: SpiPort,
    pixels: ByteFifo,
    results: ByteFifo,
    // Where the host is in a transfer: at the command, the address, or behind it.
    place: DFF<Bits<2>>,
    command: DFF<Bits<8>>,
    address: DFF<Bits<8>>,
    // The byte on its way out is a result.
    lent: DFF<Bit>,
    overflow: DFF<Bit>,
    underflow: DFF<Bit>,
    // Clocks of a reset asked for by the host that are left.
    resetting: DFF<Bits<4>>,
    column: DFF<Bits<16>>,
    line: DFF<Bits<16>>,
    in_reset: Signal<Local, Bit>,
    flags: Signal<Local, Bits<8>>,
    free: Signal<Local, Bits<LEVEL_BITS>>,
    room: Signal<Local, Bits<8>>,
    waiting: Signal<Local, Bits<8>>,
    value: Signal<Local, Bits<8>>,
    write_pixels: Constant<Bits<8>>,
    read_results: Constant<Bits<8>>,
    read_registers: Constant<Bits<8>>,
    write_register: Constant<Bits<8>>,
    identity: Constant<Bits<8>>,
    version: Constant<Bits<8>>,
    depth: Constant<Bits<LEVEL_BITS>>,
    control: Constant<Bits<8>>,
}

impl Default for HostShell {
    fn default() -> Self {
        let byte = |value: u8| Constant::new(value.to_bits());
        Self {
            clock: Signal::default(),
            rst: Signal::default(),
            sclk: Signal::default(),
            csn: Signal::default(),
            mosi: Signal::default(),
            miso: Signal::default(),
            core_rst: Signal::default(),
            frame_error: Signal::default(),
            s_valid: Signal::default(),
            s_ready: Signal::default(),
            s_user: Signal::default(),
            s_last: Signal::default(),
            s_data: Signal::default(),
            m_valid: Signal::default(),
            m_ready: Signal::default(),
            m_data: Signal::default(),
            last_byte: Signal::default(),
            last_line: Signal::default(),
            frame_width: Signal::default(),
            frame_height: Signal::default(),
            pixel_bytes: Signal::default(),
            result_bytes: Signal::default(),
            results_width: Signal::default(),
            results_height: Signal::default(),
            spi: SpiPort::default(),
            pixels: ByteFifo::default(),
            results: ByteFifo::default(),
            place: DFF::default(),
            command: DFF::default(),
            address: DFF::default(),
            lent: DFF::default(),
            overflow: DFF::default(),
            underflow: DFF::default(),
            resetting: DFF::default(),
            column: DFF::default(),
            line: DFF::default(),
            in_reset: Signal::default(),
            flags: Signal::default(),
            free: Signal::default(),
            room: Signal::default(),
            waiting: Signal::default(),
            value: Signal::default(),
            write_pixels: byte(Command::WritePixels as u8),
            read_results: byte(Command::ReadResults as u8),
            read_registers: byte(Command::ReadRegisters as u8),
            write_register: byte(Command::WriteRegister as u8),
            identity: byte(IDENTITY),
            version: byte(VERSION),
            depth: Constant::new((DEPTH as u32).to_bits()),
            control: byte(Register::Control as u8),
        }
    }
}

impl Logic for HostShell {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, place, command, address, lent, overflow, underflow, resetting, column, line);
        clock!(self, clock, spi, pixels, results);
        self.spi.sclk.next = self.sclk.val();
        self.spi.csn.next = self.csn.val();
        self.spi.mosi.next = self.mosi.val();
        self.miso.next = self.spi.miso.val();

        // Reset.
        self.in_reset.next = self.rst.val() | self.resetting.q.val().any();
        if self.resetting.q.val().any() {
            self.resetting.d.next = self.resetting.q.val() - 1;
        }
        self.core_rst.next = self.in_reset.val();
        self.pixels.clear.next = self.in_reset.val();
        self.results.clear.next = self.in_reset.val();

        // Pixels to the core.
        self.s_valid.next = !self.pixels.empty.val() & !self.in_reset.val();
        self.s_data.next = self.pixels.data_out.val();
        self.s_last.next = self.column.q.val() == self.last_byte.val();
        self.s_user.next = !self.column.q.val().any() & !self.line.q.val().any();
        self.pixels.read.next = self.s_ready.val() & !self.in_reset.val();
        if self.s_ready.val() & !self.pixels.empty.val() {
            self.column.d.next = self.column.q.val() + 1;
            if self.column.q.val() == self.last_byte.val() {
                self.column.d.next = 0.into();
                self.line.d.next = self.line.q.val() + 1;
                if self.line.q.val() == self.last_line.val() {
                    self.line.d.next = 0.into();
                }
            }
        }

        // Results from the core.
        self.m_ready.next = !self.results.full.val() & !self.in_reset.val();
        self.results.write.next = self.m_valid.val() & !self.in_reset.val();
        self.results.data_in.next = self.m_data.val();

        // What the host is told.
        self.free.next = self.depth.val() - self.pixels.level.val();
        self.room.next = bit_cast::<8, LEVEL_BITS>(self.free.val());
        if self.free.val() > 255 {
            self.room.next = 255.into();
        }
        self.waiting.next = bit_cast::<8, LEVEL_BITS>(self.results.level.val());
        if self.results.level.val() > 255 {
            self.waiting.next = 255.into();
        }
        self.flags.next = 0xa0.into();
        if !self.results.empty.val() {
            self.flags.next = self.flags.val() | 1;
        }
        if self.room.val() == 255 {
            self.flags.next = self.flags.val() | 2;
        }
        if self.overflow.q.val() {
            self.flags.next = self.flags.val() | 4;
        }
        if self.underflow.q.val() {
            self.flags.next = self.flags.val() | 8;
        }
        if self.frame_error.val() {
            self.flags.next = self.flags.val() | 16;
        }
        self.value.next = 0.into();
        if self.address.q.val() == 0 {
            self.value.next = self.identity.val();
        }
        if self.address.q.val() == 1 {
            self.value.next = self.version.val();
        }
        if self.address.q.val() == 2 {
            self.value.next = self.flags.val();
        }
        if self.address.q.val() == 3 {
            self.value.next = self.room.val();
        }
        if self.address.q.val() == 4 {
            self.value.next = self.waiting.val();
        }
        if self.address.q.val() == 8 {
            self.value.next = self.frame_width.val().get_bits::<8>(0);
        }
        if self.address.q.val() == 9 {
            self.value.next = self.frame_width.val().get_bits::<8>(8);
        }
        if self.address.q.val() == 10 {
            self.value.next = self.frame_height.val().get_bits::<8>(0);
        }
        if self.address.q.val() == 11 {
            self.value.next = self.frame_height.val().get_bits::<8>(8);
        }
        if self.address.q.val() == 12 {
            self.value.next = self.results_width.val().get_bits::<8>(0);
        }
        if self.address.q.val() == 13 {
            self.value.next = self.results_width.val().get_bits::<8>(8);
        }
        if self.address.q.val() == 14 {
            self.value.next = self.results_height.val().get_bits::<8>(0);
        }
        if self.address.q.val() == 15 {
            self.value.next = self.results_height.val().get_bits::<8>(8);
        }
        if self.address.q.val() == 16 {
            self.value.next = self.pixel_bytes.val();
        }
        if self.address.q.val() == 17 {
            self.value.next = self.result_bytes.val();
        }
        self.spi.byte_out.next = self.flags.val();
        if self.place.q.val().any() & (self.command.q.val() == self.read_results.val()) {
            self.spi.byte_out.next = 0.into();
            if !self.results.empty.val() {
                self.spi.byte_out.next = self.results.data_out.val();
            }
        }
        if (self.place.q.val() == 2) & (self.command.q.val() == self.read_registers.val()) {
            self.spi.byte_out.next = self.value.val();
        }
        if self.spi.loaded.val() {
            self.lent.d.next = !self.results.empty.val();
        }

        // What the host says.
        self.pixels.write.next = false;
        self.pixels.data_in.next = self.spi.byte_in.val();
        self.results.read.next = false;
        if self.spi.received.val() {
            if !self.place.q.val().any() {
                self.command.d.next = self.spi.byte_in.val();
                self.place.d.next = 1.into();
            } else {
                if self.command.q.val() == self.write_pixels.val() {
                    self.pixels.write.next = true;
                    if self.pixels.full.val() {
                        self.overflow.d.next = true;
                    }
                }
                // A byte is gone only when the host has got it whole.
                if self.command.q.val() == self.read_results.val() {
                    self.results.read.next = self.lent.q.val();
                    if !self.lent.q.val() {
                        self.underflow.d.next = true;
                    }
                }
                if self.place.q.val() == 1 {
                    self.address.d.next = self.spi.byte_in.val();
                    self.place.d.next = 2.into();
                } else {
                    self.address.d.next = self.address.q.val() + 1;
                    if (self.command.q.val() == self.write_register.val())
                        & (self.address.q.val() == self.control.val())
                        & self.spi.byte_in.val().get_bit(0)
                    {
                        self.resetting.d.next = 15.into();
                    }
                }
            }
        }
        if !self.spi.selected.val() {
            self.place.d.next = 0.into();
        }
        if self.in_reset.val() {
            self.column.d.next = 0.into();
            self.line.d.next = 0.into();
            self.overflow.d.next = false;
            self.underflow.d.next = false;
            self.lent.d.next = false;
        }
    }
}
