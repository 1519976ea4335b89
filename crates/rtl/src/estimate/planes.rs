//! Stages that move windows otherwise than pixel by pixel, and maxima.

use super::parts::{control_delay, fifo};
use super::tally::Tally;
use super::unrolled::block_place;
use crate::Stage;
use crate::place_text::blocks_of_a_line;
use crate::verilog::bits_for;
use lacuna_network::Padding;

/// An edge of constants: a queue, the place, and a choice between word and edge.
pub(crate) fn pad(t: &mut Tally, stage: &Stage, padding: Padding, words: usize, depth: usize) {
    fifo(t, stage.input.bits() as usize + 1, depth);
    t.counter(stage.plane.width + padding.left + padding.right - 1);
    t.counter(stage.plane.height + padding.top + padding.bottom - 1);
    t.counter(words - 1);
    t.luts(16.0 + f64::from(stage.output.bits()));
    t.packed(4 + stage.output.bits() as usize);
}

/// Every so many rows and columns: counters alone.
pub(crate) fn thin(t: &mut Tally, stage: &Stage, [down, across]: [usize; 2], words: usize) {
    if down * across > 1 {
        for last in [stage.plane.width - 1, down - 1, across - 1, words - 1] {
            t.counter(last);
        }
        t.luts(3.0);
    }
}

/// A tree of comparisons over the places of a window, for every map.
pub(crate) fn maximum(t: &mut Tally, stage: &Stage, places: usize) {
    let maps = stage.output.widths().len();
    control_delay(t, bits_for(places.max(2) - 1));
    let mut level = places;
    while level > 1 {
        for _ in 0..maps * (level / 2) {
            larger(t, stage.output.widths()[0]);
            t.packed(stage.output.widths()[0] as usize);
        }
        t.registers(maps * (level % 2) * stage.output.widths()[0] as usize);
        level = level.div_ceil(2);
    }
}

/// The larger of two values, by a carry chain.
fn larger(t: &mut Tally, width: u32) {
    t.compare(width);
    t.luts(f64::from(width) * t.either(1.0, 1.0) + t.either(1.0, 0.0));
}

pub(crate) fn max_pool(t: &mut Tally, stage: &Stage, size: usize, phases: usize) {
    let blocks = blocks_of_a_line(stage, size);
    let words = blocks * phases;
    block_place(t, size, blocks);
    t.counter(phases - 1);
    let bits = bits_for(words.max(2) - 1) as usize;
    t.registers(6 + bits);
    t.luts(10.0);
    let folded = phases > 1;
    if folded {
        t.luts(bits as f64 * t.either(4.0, 6.0));
        t.packed(bits);
        t.registers(stage.input.bits() as usize);
    }
    t.memory(stage.output.bits() as usize, words.max(2));
    for &width in stage.output.widths() {
        // With all maps in a beat the maximum runs along the line first.
        for _ in 0..if folded { 1 } else { 2 } {
            larger(t, width);
            t.luts(f64::from(width));
        }
        t.packed(if folded { 0 } else { width as usize });
        t.registers(width as usize);
    }
}
