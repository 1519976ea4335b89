//! Stages whose maps or outputs take turns.

use super::parts::{fifo, flags, inverted_sum, place, weighted_sum};
use super::tally::{Tally, differing};
use super::terms::Choice;
use super::unrolled::{block_place, saturate};
use crate::Stage;
use crate::design::Origin;
use crate::folded::{FoldedConv, FoldedDepthwise, FoldedRescale};
use crate::folded_values::SMALL;
use crate::place_text::blocks_of_a_line;
use crate::pool_text::pool_lanes;
use crate::verilog::bits_for;

pub(crate) fn narrow(t: &mut Tally, stage: &Stage, parts: usize, depth: usize) {
    fifo(t, stage.input.bits() as usize + 1, depth);
    let bits = stage.output.bits() as usize;
    t.choose(parts, bits);
    t.packed(bits);
    t.counter(parts - 1);
    t.registers(1);
    t.packed(1);
    t.luts(2.0);
}

pub(crate) fn gather(t: &mut Tally, stage: &Stage, phases: usize) {
    // What lies above the last map is never read.
    t.registers(stage.output.bits() as usize);
    t.counter(phases - 1);
    t.packed(2);
    t.luts(4.0);
}

pub(crate) fn convolution(t: &mut Tally, stage: &Stage, conv: &FoldedConv) {
    let (width, out_width) = (stage.input.widths()[0], stage.output.widths()[0]);
    let in_bits = stage.input.bits() as usize;
    let delay = conv.latency() as usize - 1;
    fifo(t, in_bits + 1, conv.depth);
    place(t, stage.plane.width, conv.rows, conv.columns);
    // Counters that run alike are one: of the steps, of those of a group, of the words of a pixel.
    let mut counters = vec![conv.steps() - 1, conv.steps_per_group() - 1, conv.phases - 1];
    counters.dedup();
    counters.into_iter().for_each(|last| t.counter(last));
    t.luts(12.0);
    let keeps = conv.rows > 1 || conv.steps() > conv.phases;
    if keeps {
        let words = conv.words();
        let bits = bits_for(words.max(2) - 1);
        // The address, the one that the column began with, and where the word goes back to.
        t.luts(f64::from(bits) * t.either(4.5, 8.0));
        t.packed(2 * bits as usize);
        t.registers(bits as usize + 1);
        t.memory(conv.rows * in_bits, words.max(2));
        t.luts((conv.rows * in_bits) as f64);
    }
    t.registers(in_bits + 1);
    match conv.origin {
        Origin::Rom => {
            let words: Vec<Vec<bool>> = conv.words_of_codes().collect();
            t.rom(&words, words.len() <= SMALL);
        }
        // A register and one behind it, and the count of a pass.
        Origin::Streamed => {
            let bits = conv.code_bits();
            t.registers(2 * bits + 4);
            t.luts(bits as f64 + 8.0);
            t.counter(conv.steps() - 1);
        }
    }
    flags(t, 4, delay);
    t.registers(2);
    t.luts(5.0);
    for _ in 0..conv.outputs {
        weighted_sum(t, conv.rows * conv.lanes, width, &conv.alphabet, None, out_width);
        t.luts(f64::from(out_width));
        t.add_carry(out_width);
        t.packed(out_width as usize);
    }
}

pub(crate) fn depthwise(t: &mut Tally, stage: &Stage, layer: &FoldedDepthwise) {
    let (width, out_width) = (stage.input.widths()[0], stage.output.widths()[0]);
    let in_bits = stage.input.bits() as usize;
    let delay = layer.latency() as usize - 1;
    place(t, stage.plane.width, layer.rows, layer.columns);
    t.counter(layer.phases - 1);
    t.registers(in_bits);
    t.luts(4.0);
    if layer.rows > 1 {
        let words = stage.plane.width * layer.phases;
        t.counter(words - 1);
        t.registers(bits_for(words.max(2) - 1) as usize + 1);
        t.memory((layer.rows - 1) * in_bits - layer.large_bits, words);
        t.banks(layer.large_bits, words);
    }
    let words: Vec<Vec<bool>> = layer.words_of_codes().collect();
    t.rom(&words, words.len() <= SMALL);
    flags(t, 3, delay);
    t.registers(2);
    t.luts(4.0);
    let carried = layer.lanes * (layer.columns - 1) * out_width as usize;
    if layer.columns > 1 {
        if layer.phases > 1 {
            t.registers(delay * bits_for(layer.phases - 1) as usize);
            t.memory(carried, layer.phases);
        } else {
            t.packed(carried);
        }
    }
    let weight = layer.alphabet.weight_bits();
    for unit in 0..layer.lanes * layer.columns {
        let value = |row| Choice::among(&layer.alphabet, &words, (unit * layer.rows + row) * weight);
        let choices: Vec<Choice> = (0..layer.rows).flat_map(value).collect();
        inverted_sum(t, &choices, width, None, out_width, layer.adders_per_rank);
        t.add(out_width);
    }
    t.packed(layer.lanes * out_width as usize);
}

pub(crate) fn rescale(t: &mut Tally, stage: &Stage, rescale: &FoldedRescale) {
    let (width, out_width) = (stage.input.widths()[0], stage.output.widths()[0]);
    super::parts::control_delay(t, rescale.latency());
    t.counter(rescale.phases - 1);
    t.luts(2.0);
    let words: Vec<Vec<bool>> = rescale.words_of_codes().collect();
    t.rom(&words, words.len() <= SMALL);
    let shape = rescale.shape(out_width);
    let lane_bits = rescale.code_bits() / rescale.lanes;
    for lane in 0..rescale.lanes {
        let base = lane * lane_bits;
        // Bits of a constant that are alike in all words are one register, or none.
        let constants = base + rescale.alphabet.weight_bits()..base + lane_bits;
        t.registers(width as usize + differing(&words, constants));
        let more = Some(shape.bias_width);
        let ranks = rescale.adders_per_rank;
        let choices = Choice::among(&rescale.alphabet, &words, base);
        inverted_sum(t, &choices, width, more, shape.sum_width, ranks);
        saturate(t, shape.rounded_width, out_width, shape.above, shape.below);
        t.packed(out_width as usize);
    }
}

pub(crate) fn sum_pool(t: &mut Tally, stage: &Stage, size: usize, phases: usize) {
    let blocks = blocks_of_a_line(stage, size);
    let words = (blocks * phases).max(2);
    let bits = bits_for(words - 1);
    block_place(t, size, blocks);
    t.counter(phases - 1);
    // The first word of the block, and that of the beat.
    t.luts(f64::from(bits) * t.either(4.0, 6.0));
    t.packed(bits as usize);
    t.registers(bits as usize + 6 + stage.input.bits() as usize);
    t.luts(10.0);
    t.memory(stage.output.bits() as usize, words);
    for [_, out] in pool_lanes(stage, size) {
        t.luts(f64::from(out));
        t.add(out);
        t.registers(out as usize);
    }
}
