//! What stands around the stages: the two ends of the core, and the board's module.

use super::tally::Tally;
use super::{Cells, Family};
use crate::Design;
use crate::render::output_beat_bits;
use crate::verilog::bits_for;

/// What the SPI shell takes more than `board_top.v`, which is part of every estimate: the difference of the detector of `models/cff`
/// placed in both (docs/host.md). It hardly depends on the core: one or two bytes more in a pixel are a few registers.
pub fn spi_shell(family: Family) -> Cells {
    let [luts, carries, ffs] = match family {
        Family::Ice40 => [354, 90, 136],
        Family::Ecp5 => [355, 51, 147],
    };
    Cells { luts, carries, ffs, brams: 2, ..Cells::default() }
}

pub(crate) fn around(t: &mut Tally, design: &Design) {
    frame_sync(t, design);
    stream_out(t, design);
    board_top(t, design);
}

fn frame_sync(t: &mut Tally, design: &Design) {
    t.counter(design.frame.width - 1);
    t.counter(design.frame.height - 1);
    t.registers(design.input_maps * 8 + 1);
    t.packed(4);
    t.luts(10.0);
    if design.is_paced() {
        let settle = design.schedule.as_ref().map_or(0, |s| s.settle).max(design.clocks_per_pixel - 1);
        let bits = bits_for(settle.max(1));
        t.luts(f64::from(bits) * t.either(2.3, 4.3) + 4.0);
        t.packed(bits as usize);
        if design.clocks_per_pixel > 1 {
            t.compare(bits);
        }
    }
}

fn stream_out(t: &mut Tally, design: &Design) {
    // Each bit waits in one register and leaves through a choice and another.
    let bits = output_beat_bits(design) as usize;
    t.registers(bits + 2);
    t.luts(bits as f64 + 2.0);
    t.packed(bits + 2);
    t.counter(design.output.width - 1);
    t.packed(2);
    t.luts(4.0);
}

/// `board_top.v`: a shift register, the registered outputs and their parity, and the reset.
fn board_top(t: &mut Tally, design: &Design) {
    let mut width = output_beat_bits(design) as usize + 5;
    t.registers(design.input_maps * 8 + 4 + width);
    while width > 1 {
        width = width.div_ceil(4);
        t.luts(width as f64);
        t.packed(width);
    }
    t.add_constant(5, 1);
    t.packed(6);
}
