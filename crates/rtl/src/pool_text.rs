//! Sums and maxima as the lines of a Verilog module: of blocks, with all maps in a beat or a few, and of windows.

use minijinja::value::{Serde, merge_maps};
use minijinja::{Value, context};
use serde::Serialize;

use crate::bus::Slot;
use crate::folded::tree_latency;
use crate::place_text::{block_place, blocks_of_a_line, counter, window_place};
use crate::verilog::{bits_for, fit, signed, slice, unsigned};
use crate::{Stage, StageKind};

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

/// What becomes of the values of a block.
fn what(stage: &Stage) -> &'static str {
    if matches!(stage.kind, StageKind::MaxPool { .. }) { "maximum" } else { "sum" }
}

/// What `sum_pool.v` prints.
pub(crate) fn pool_values(stage: &Stage, size: usize) -> Value {
    let values = context! {
        what => what(stage),
        ram_depth => blocks_of_a_line(stage, size),
        lanes => Serde(lanes(stage, size)),
    };
    merge_maps([values, block_place(stage, size)])
}

/// One map of `running_sum.v`.
#[derive(Serialize)]
struct RunningLane {
    width: u32,
    in_msb: u32,
    in_lsb: u32,
    out_msb: u32,
    out_lsb: u32,
    column_width: u32,
    out_width: u32,
    x: String,
    above: String,
    newer: String,
    older: String,
}

/// What `running_sum.v` prints.
pub(crate) fn running_sum_values(stage: &Stage) -> Value {
    let slots = stage.input.slots().zip(stage.output.slots());
    let lane = |(map, (from, to)): (usize, (Slot, Slot))| {
        let column_width = from.width + 1;
        RunningLane {
            width: from.width,
            in_msb: from.msb,
            in_lsb: from.lsb,
            out_msb: to.msb,
            out_lsb: to.lsb,
            column_width,
            out_width: to.width,
            x: fit(&format!("x{map}"), from.width, 0, column_width),
            above: fit(&format!("above{map}"), from.width, 0, column_width),
            newer: fit(&format!("newer{map}_q"), column_width, 0, to.width),
            older: fit(&format!("older{map}_q"), column_width, 0, to.width),
        }
    };
    let lanes: Vec<RunningLane> = slots.enumerate().map(lane).collect();
    merge_maps([context! { lanes => Serde(lanes) }, window_place(stage, 2, 2)])
}

/// Register ranks of the largest of so many values.
pub(crate) fn maximum_ranks(values: usize) -> u32 {
    tree_latency(values).max(1)
}

/// One map of a window.
#[derive(Serialize)]
struct MapText {
    lines: Vec<String>,
    result: String,
    msb: u32,
    lsb: u32,
}

/// What `maximum.v` prints.
pub(crate) fn maximum_values(stage: &Stage, places: &[usize]) -> Value {
    let slots: Vec<Slot> = stage.input.slots().collect();
    let maps = stage.output.widths().len();
    let map = |(map, to): (usize, Slot)| {
        let inputs: Vec<Slot> = places.iter().map(|place| slots[place * maps + map]).collect();
        let (lines, result) = largest(map, &inputs);
        MapText { lines, result, msb: to.msb, lsb: to.lsb }
    };
    let maps: Vec<MapText> = stage.output.slots().enumerate().map(map).collect();
    let mut used = vec![false; slots.len()];
    for place in places {
        used[place * maps.len()..(place + 1) * maps.len()].fill(true);
    }
    let unused: String = slots
        .iter()
        .zip(used)
        .filter(|(_, used)| !used)
        .map(|(slot, _)| format!(", {}", slice("in_data", stage.input.bits(), slot.msb, slot.lsb)))
        .collect();
    context! {
        area => places.len(),
        ranks => maximum_ranks(places.len()),
        maps => Serde(maps),
        unused => unused,
    }
}

/// The lines that find the largest of some values of a beat, pair by pair, and the name of what is found.
fn largest(map: usize, inputs: &[Slot]) -> (Vec<String>, String) {
    let mut lines = Vec::new();
    let width = inputs[0].width;
    let mut level: Vec<String> = Vec::new();
    for (n, slot) in inputs.iter().enumerate() {
        lines.push(format!(
            "    wire signed [{}:0] x{map}_{n} = in_data[{}:{}];",
            width - 1,
            slot.msb,
            slot.lsb
        ));
        level.push(format!("x{map}_{n}"));
    }
    for rank in 0..maximum_ranks(inputs.len()) {
        let mut registers = Vec::new();
        let mut next = Vec::new();
        for (n, pair) in level.chunks(2).enumerate() {
            let name = format!("m{map}_{rank}_{n}_q");
            lines.push(format!("    reg  signed [{}:0] {name};", width - 1));
            registers.push(match pair {
                [a, b] => format!("            {name} <= ({a} > {b}) ? {a} : {b};"),
                [a] => format!("            {name} <= {a};"),
                _ => unreachable!("pairs have one or two members"),
            });
            next.push(name);
        }
        lines.push("    always @(posedge clk) begin".to_owned());
        lines.push("        if (ce) begin".to_owned());
        lines.append(&mut registers);
        lines.push("        end".to_owned());
        lines.push("    end".to_owned());
        level = next;
    }
    (lines, level.swap_remove(0))
}

/// What `folded_sum_pool.v` prints.
pub(crate) fn folded_pool_values(stage: &Stage, size: usize, phases: usize) -> Value {
    let words = blocks_of_a_line(stage, size) * phases;
    let (word_bits, turn_bits) = (bits_for((words - 1).max(1)), bits_for((phases - 1).max(1)));
    let padding = word_bits - turn_bits;
    let values = context! {
        what => what(stage),
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
