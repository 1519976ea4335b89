//! A queue of bytes in a block RAM, which can be cleared; `rust_hdl`'s own cannot.

use rust_hdl_core::prelude::*;
use rust_hdl_widgets::dff::DFF;
use rust_hdl_widgets::dff_setup;
use rust_hdl_widgets::ramrom::ram::RAM;

/// Bytes that a queue holds.
pub const DEPTH: usize = 1 << ADDRESS_BITS;
/// Bits of an address, and of a counter that tells a full queue from an empty one.
const ADDRESS_BITS: usize = 9;
/// Bits of a fill level.
pub(crate) const LEVEL_BITS: usize = ADDRESS_BITS + 1;

/// The queue: the byte to be read next lies on `data_out` while it is not `empty`, and `read` takes it.
#[derive(LogicBlock)]
pub(crate) struct ByteFifo {
    pub(crate) clock: Signal<In, Clock>,
    pub(crate) clear: Signal<In, Bit>,
    pub(crate) write: Signal<In, Bit>,
    pub(crate) data_in: Signal<In, Bits<8>>,
    pub(crate) full: Signal<Out, Bit>,
    pub(crate) read: Signal<In, Bit>,
    pub(crate) data_out: Signal<Out, Bits<8>>,
    pub(crate) empty: Signal<Out, Bit>,
    pub(crate) level: Signal<Out, Bits<LEVEL_BITS>>,
    ram: RAM<Bits<8>, ADDRESS_BITS>,
    // Bytes read and written since it was empty for the first time, and the second number a clock ago: what is written in
    // one clock cannot be read in the next.
    head: DFF<Bits<LEVEL_BITS>>,
    tail: DFF<Bits<LEVEL_BITS>>,
    seen: DFF<Bits<LEVEL_BITS>>,
    next_head: Signal<Local, Bits<LEVEL_BITS>>,
    depth: Constant<Bits<LEVEL_BITS>>,
}

impl Default for ByteFifo {
    fn default() -> Self {
        Self {
            clock: Signal::default(),
            clear: Signal::default(),
            write: Signal::default(),
            data_in: Signal::default(),
            full: Signal::default(),
            read: Signal::default(),
            data_out: Signal::default(),
            empty: Signal::default(),
            level: Signal::default(),
            ram: RAM::default(),
            head: DFF::default(),
            tail: DFF::default(),
            seen: DFF::default(),
            next_head: Signal::default(),
            depth: Constant::new((DEPTH as u32).to_bits()),
        }
    }
}

impl Logic for ByteFifo {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, head, tail, seen);
        self.ram.read_clock.next = self.clock.val();
        self.ram.write_clock.next = self.clock.val();
        self.level.next = self.tail.q.val() - self.head.q.val();
        self.full.next = self.level.val() == self.depth.val();
        self.empty.next = self.head.q.val() == self.seen.q.val();
        self.data_out.next = self.ram.read_data.val();
        self.ram.write_address.next = bit_cast::<ADDRESS_BITS, LEVEL_BITS>(self.tail.q.val());
        self.ram.write_data.next = self.data_in.val();
        self.ram.write_enable.next = self.write.val() & !self.full.val();
        if self.write.val() & !self.full.val() {
            self.tail.d.next = self.tail.q.val() + 1;
        }
        self.next_head.next = self.head.q.val();
        if self.read.val() & !self.empty.val() {
            self.next_head.next = self.head.q.val() + 1;
        }
        // The RAM answers a clock later: with the byte that is at the head then.
        self.ram.read_address.next = bit_cast::<ADDRESS_BITS, LEVEL_BITS>(self.next_head.val());
        self.head.d.next = self.next_head.val();
        self.seen.d.next = self.tail.q.val();
        if self.clear.val() {
            self.head.d.next = 0.into();
            self.tail.d.next = 0.into();
            self.seen.d.next = 0.into();
        }
    }
}
