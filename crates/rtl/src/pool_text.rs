//! Sums of blocks as the lines of a Verilog module, with all maps in a beat or a few.

use minijinja::value::{Serde, merge_maps};
use minijinja::{Value, context};
use serde::Serialize;

use crate::Stage;
use crate::place_text::{block_place, blocks_of_a_line, counter};
use crate::verilog::{bits_for, fit, signed, unsigned};

/// One value of a beat.
#[derive(Serialize)]
struct Lane {
    in_width: u32,
    in_msb: u32,
    in_lsb: u32,
    /// Bits of the sum that a value is added to first: that of a row, or the whole.
    row_width: u32,
    row_zero: String,
    out_width: u32,
    out_msb: u32,
    out_lsb: u32,
    out_zero: String,
    x_extended: String,
    row_extended: String,
}

/// The values of a beat; `values` of them are added up first.
fn lanes(stage: &Stage, values: usize) -> Vec<Lane> {
    let slots = stage.input.slots().zip(stage.output.slots());
    slots
        .enumerate()
        .map(|(map, (from, to))| {
            // As many bits more as the number of sums needs.
            let row_width = (from.width + bits_for(values - 1)).min(to.width);
            Lane {
                in_width: from.width,
                in_msb: from.msb,
                in_lsb: from.lsb,
                row_width,
                row_zero: signed(0, row_width),
                out_width: to.width,
                out_msb: to.msb,
                out_lsb: to.lsb,
                out_zero: signed(0, to.width),
                x_extended: signed_fit(&format!("x{map}"), from.width, row_width),
                row_extended: signed_fit(&format!("row{map}_q"), row_width, to.width),
            }
        })
        .collect()
}

/// Of each value of a beat, the bits of the sum that it is added to first and of the whole.
pub(crate) fn pool_lanes(stage: &Stage, size: usize) -> Vec<[u32; 2]> {
    lanes(stage, size).iter().map(|lane| [lane.row_width, lane.out_width]).collect()
}

/// What `sum_pool.v` prints.
pub(crate) fn pool_values(stage: &Stage, size: usize) -> Value {
    let values = context! { ram_depth => blocks_of_a_line(stage, size), lanes => Serde(lanes(stage, size)) };
    merge_maps([values, block_place(stage, size)])
}

/// What `folded_sum_pool.v` prints.
pub(crate) fn folded_pool_values(stage: &Stage, size: usize, phases: usize) -> Value {
    let words = blocks_of_a_line(stage, size) * phases;
    let (word_bits, turn_bits) = (bits_for((words - 1).max(1)), bits_for((phases - 1).max(1)));
    let padding = word_bits - turn_bits;
    let values = context! {
        phases => phases,
        ram_depth => words.max(2),
        turns_as_word => unsigned(phases % words.max(2), word_bits),
        turn_as_word => if padding == 0 { "turn".to_owned() } else { format!("{{{padding}'b0, turn}}") },
        lanes => Serde(lanes(stage, size * size)),
    };
    merge_maps([values, block_place(stage, size), counter("word", words - 1), counter("turn", phases - 1)])
}

/// Sign extension that stays signed, so that it can stand in a signed sum.
fn signed_fit(name: &str, width: u32, target: u32) -> String {
    if width == target { name.to_owned() } else { format!("$signed({})", fit(name, width, 0, target)) }
}
