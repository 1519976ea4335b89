//! The pins of an SPI slave, mode 0, as bytes. `rust_hdl`'s own slave needs forty clocks for a bit in this mode and a length
//! known beforehand; this one needs eight clocks and goes on until the host ends the transfer.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::dff::DFF;
use rust_hdl_widgets::dff_setup;

/// Most significant bit first. The host reads and writes at the rising edge of `sclk` and changes its bit at the falling one, as
/// this does.
#[derive(LogicBlock, Default)]
pub(crate) struct SpiPort {
    pub(crate) clock: Signal<In, Clock>,
    pub(crate) sclk: Signal<In, Bit>,
    pub(crate) csn: Signal<In, Bit>,
    pub(crate) mosi: Signal<In, Bit>,
    pub(crate) miso: Signal<Out, Bit>,
    /// The host has selected us.
    pub(crate) selected: Signal<Out, Bit>,
    /// For one clock: `byte_in` has come.
    pub(crate) received: Signal<Out, Bit>,
    pub(crate) byte_in: Signal<Out, Bits<8>>,
    /// The byte to be sent next, taken in the clock in which `loaded` is high.
    pub(crate) byte_out: Signal<In, Bits<8>>,
    pub(crate) loaded: Signal<Out, Bit>,
    // Two registers against metastability, and for the clock a third that knows what it was before.
    sclk0: DFF<Bit>,
    sclk1: DFF<Bit>,
    sclk2: DFF<Bit>,
    csn0: DFF<Bit>,
    csn1: DFF<Bit>,
    mosi0: DFF<Bit>,
    mosi1: DFF<Bit>,
    count: DFF<Bits<3>>,
    shift_in: DFF<Bits<8>>,
    shift_out: DFF<Bits<8>>,
    complete: DFF<Bit>,
    rising: Signal<Local, Bit>,
    falling: Signal<Local, Bit>,
}

impl Logic for SpiPort {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, sclk0, sclk1, sclk2, csn0, csn1, mosi0, mosi1, count, shift_in, shift_out, complete
        );
        self.sclk0.d.next = self.sclk.val();
        self.sclk1.d.next = self.sclk0.q.val();
        self.sclk2.d.next = self.sclk1.q.val();
        self.csn0.d.next = !self.csn.val();
        self.csn1.d.next = self.csn0.q.val();
        self.mosi0.d.next = self.mosi.val();
        self.mosi1.d.next = self.mosi0.q.val();
        self.rising.next = self.sclk1.q.val() & !self.sclk2.q.val();
        self.falling.next = !self.sclk1.q.val() & self.sclk2.q.val();

        self.selected.next = self.csn1.q.val();
        self.miso.next = self.shift_out.q.val().get_bit(7);
        self.byte_in.next = self.shift_in.q.val();
        self.received.next = self.complete.q.val();
        self.complete.d.next = false;
        self.loaded.next = false;
        if !self.csn1.q.val() {
            self.count.d.next = 0.into();
            self.loaded.next = true;
        } else {
            if self.rising.val() {
                self.shift_in.d.next =
                    (self.shift_in.q.val() << 1) | bit_cast::<8, 1>(self.mosi1.q.val().into());
                self.count.d.next = self.count.q.val() + 1;
                self.complete.d.next = self.count.q.val() == 7;
            }
            if self.falling.val() {
                self.shift_out.d.next = self.shift_out.q.val() << 1;
                self.loaded.next = self.count.q.val() == 0;
            }
        }
        if self.loaded.val() {
            self.shift_out.d.next = self.byte_out.val();
        }
    }
}
