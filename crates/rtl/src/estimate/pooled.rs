//! Stages of convolutions behind their pools, tables, and branches that meet.

use super::parts::{control_delay, fifo, inverted_sum};
use super::tally::Tally;
use super::terms::Choice;
use crate::Stage;
use crate::design::JoinFeed;
use crate::folded::PooledConv;
use crate::folded_values::SMALL;
use crate::verilog::bits_for;

/// Sums of 2 x 2: a line in a memory, two additions a map.
pub(crate) fn running_sum(t: &mut Tally, stage: &Stage) {
    super::parts::place(t, stage.plane.width, 2, 2);
    t.memory(stage.input.bits() as usize, stage.plane.width);
    for (&from, &to) in stage.input.widths().iter().zip(stage.output.widths()) {
        t.add(from + 1);
        t.packed(from as usize + 1);
        t.add(to);
        t.packed(to as usize);
    }
    // The pixel and the one above it, and flags.
    t.registers(2 * stage.input.bits() as usize + 5);
    t.packed(1);
    t.luts(4.0);
}

/// A memory a map, a word an argument.
pub(crate) fn table(t: &mut Tally, stage: &Stage, registered: bool) {
    control_delay(t, stage.latency());
    t.registers(if registered { stage.output.bits() as usize } else { 0 });
    for (&from, &to) in stage.input.widths().iter().zip(stage.output.widths()) {
        t.memory(to as usize, 1 << from);
    }
}

/// Units that go over the maps and columns of a window, an accumulator an output.
pub(crate) fn convolution(t: &mut Tally, stage: &Stage, conv: &PooledConv) {
    let (width, out_width) = (stage.input.widths()[0], stage.output.widths()[0]);
    let in_bits = stage.input.bits() as usize;
    fifo(t, in_bits + 1, conv.depth);
    // The next word, and the place of its pixel.
    t.registers(2 * in_bits + 3);
    let line = stage.plane.width;
    for last in [line - 1, conv.rows - 1, conv.columns - 1, conv.steps() - 1, conv.columns - 1, conv.maps - 1]
    {
        t.counter(last);
    }
    let bits = bits_for(line - 1) as usize;
    t.luts(2.0 * bits as f64 + 14.0);
    t.packed(bits);
    t.registers(bits + 4 + bits_for(conv.steps() - 1) as usize + bits_for(conv.maps.max(2) - 1) as usize);
    t.memory(conv.rows * in_bits, line);
    // The values of one map: of pairs of maps first, and the newest value, which one of them may have instead.
    let values = conv.rows * width as usize;
    let pairs = conv.maps.div_ceil(2);
    for pair in 0..pairs {
        match conv.maps - 2 * pair {
            1 => t.registers(values),
            _ => {
                t.choose(2, values);
                t.packed(values);
            }
        }
    }
    t.registers(width as usize + bits_for(conv.steps() - 1) as usize + bits_for(pairs.max(2) - 1) as usize);
    t.choose(pairs.max(2), values);
    t.packed(values);
    let words: Vec<Vec<bool>> = conv.words_of_codes().collect();
    t.rom(&words, words.len() <= SMALL);
    control_delay(t, conv.ranks());
    control_delay(t, conv.lead as u32);
    t.counter(conv.maps);
    t.counter(conv.columns - 1);
    t.luts(conv.maps as f64);
    for _ in 0..conv.units {
        inverted_sum(
            t,
            &Choice::all(&conv.alphabet, conv.rows),
            width,
            None,
            out_width,
            conv.adders_per_rank,
        );
    }
    let beats = conv.beats();
    for _ in 0..beats {
        t.add(out_width);
        t.packed(out_width as usize);
        t.luts(3.0);
    }
    // Which result leaves, and what its sum lacks.
    t.counter(beats);
    t.registers(bits_for(beats) as usize + 1);
    t.choose(beats, out_width as usize);
    t.packed(out_width as usize);
    t.luts(f64::from(out_width.min(8)));
    t.add(out_width);
    t.packed(out_width as usize);
}

/// A queue a branch.
pub(crate) fn join(t: &mut Tally, stage: &Stage, feeds: &[JoinFeed]) {
    for feed in feeds {
        fifo(t, feed.bus.bits() as usize + 1, feed.depth);
        t.luts(4.0);
        if feed.is_early {
            t.registers(feed.bus.bits() as usize + 2);
        }
    }
    t.registers(stage.output.bits() as usize + 2);
}
