//! What `pooled_conv.v` prints.

use serde::Serialize;

use super::PooledConv;
use crate::folded::inverted::{inverted_terms, ranked_sum};
use crate::verilog::{bits_for, choose, signed, slice, unsigned};

/// What `pooled_conv.v` prints.
#[derive(Serialize)]
pub(crate) struct PooledText {
    rows: usize,
    columns: usize,
    stride: usize,
    maps: usize,
    terms: usize,
    shifts: String,
    width: u32,
    beat: u32,
    line_length: usize,
    fifo_bits: u32,
    code_bits: usize,
    rom_bits: u32,
    values: Vec<ValueText>,
    units: Vec<UnitText>,
    outputs: Vec<OutputText>,
    beats: usize,
    out_width: u32,
    ranks: u32,
    lead: usize,
    picked: String,
    lacking: String,
    first_down: String,
    again_down: String,
    last_down: String,
    down_bits: u32,
    one_down: String,
    first_across: String,
    again_across: String,
    last_across: String,
    across_bits: u32,
    one_across: String,
    idle_map: String,
    fetch_ends: &'static str,
}

/// One value of a column.
#[derive(Serialize)]
struct ValueText {
    name: String,
    choice: String,
    comment: String,
    parts: Vec<PartText>,
}

/// What one of two maps has for it.
#[derive(Serialize)]
struct PartText {
    name: String,
    choice: String,
    comment: String,
}

#[derive(Serialize)]
struct UnitText {
    lines: Vec<String>,
    sum: String,
}

#[derive(Serialize)]
struct OutputText {
    unit: usize,
    takes: String,
}

pub(crate) fn pooled_text(conv: &PooledConv, line_length: usize, width: u32, out_width: u32) -> PooledText {
    let PooledConv { rows, columns, stride, maps, lead, .. } = *conv;
    let beat = maps as u32 * width;
    let place = |row: usize, map: usize| (row * maps + map) as u32 * width;
    let part = |vector: &str, bits: u32, lsb: u32| slice(vector, bits, lsb + width - 1, lsb);
    let map_bits = bits_for((maps - 1).max(1));
    let values = (0..rows)
        .map(|row| {
            let stored: Vec<String> =
                (0..maps).map(|map| part("stored", rows as u32 * beat, place(row, map))).collect();
            let parts: Vec<PartText> = stored
                .chunks(2)
                .enumerate()
                .map(|(pair, items)| {
                    let choice = choose("map_1_q", 1, items);
                    let choice = match (row, pair) {
                        (0, 0) => format!("fetched_q ? {width}'d0 : {choice}"),
                        _ => choice,
                    };
                    let comment = match items.len() {
                        1 => format!("row {row}, map {}", 2 * pair),
                        _ => format!("row {row}, maps {} and {}", 2 * pair, 2 * pair + 1),
                    };
                    PartText { name: format!("x{row}_{pair}_q"), choice, comment }
                })
                .collect();
            let names: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
            let chosen = choose("pair_q", map_bits - 1, &names);
            let (choice, comment) = match row {
                0 => (format!("{chosen} | newest_q"), "row 0, or the newest value".to_owned()),
                _ => (chosen, format!("row {row}, or {} of the column fetched", row - 1)),
            };
            ValueText { name: format!("x{row}_q"), choice, comment, parts }
        })
        .collect();
    let names: Vec<(String, u32)> = (0..rows).map(|row| (format!("x{row}_q"), width)).collect();
    let rom = conv.rom();
    let per_unit = rom.bits / conv.units;
    let units = (0..conv.units)
        .map(|unit| {
            let name = format!("u{unit}");
            let base = (unit * per_unit, rom.bits);
            let (mut lines, terms) = inverted_terms(&name, &names, &conv.alphabet, base, out_width);
            let sum = ranked_sum(&name, &terms, out_width, conv.adders_per_rank);
            lines.extend(sum.lines);
            UnitText { lines, sum: sum.sum }
        })
        .collect();
    let outputs: Vec<OutputText> = conv
        .outputs
        .iter()
        .map(|output| {
            let takes: Vec<String> = output.inputs.iter().map(|map| format!("of_map[{map}]")).collect();
            OutputText { unit: output.unit, takes: takes.join(" | ") }
        })
        .collect();
    let beats = outputs.len();
    let beat_bits = bits_for(beats);
    let accumulators: Vec<String> = (0..beats).map(|n| format!("y{n}_q")).collect();
    let lacking: Vec<String> = conv.outputs.iter().map(|o| signed(o.missing, out_width)).collect();
    // Counters that stand at their last number where a window ends, and reach it for the first time in the first window.
    let due = |size: usize| {
        let last = size.max(stride) - 1;
        let bits = bits_for(last.max(1));
        [last + 1 - size, last + 1 - stride, last, 1].map(|n| (unsigned(n, bits), bits))
    };
    let [(first_down, down_bits), (again_down, _), (last_down, _), (one_down, _)] = due(rows);
    let [(first_across, across_bits), (again_across, _), (last_across, _), (one_across, _)] = due(columns);
    PooledText {
        rows,
        columns,
        stride,
        maps,
        terms: conv.terms(),
        shifts: conv.alphabet.shifts().iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
        width,
        beat,
        line_length,
        fifo_bits: bits_for(conv.depth.max(2) - 1),
        code_bits: rom.bits,
        rom_bits: bits_for(rom.words.len().max(2) - 1),
        values,
        units,
        outputs,
        beats,
        out_width,
        ranks: conv.ranks(),
        lead,
        picked: choose("leaving", beat_bits, &accumulators),
        lacking: choose("picked_at_q", beat_bits, &lacking),
        first_down,
        again_down,
        last_down,
        down_bits,
        one_down,
        first_across,
        again_across,
        last_across,
        across_bits,
        one_across,
        idle_map: unsigned(maps, bits_for(maps)),
        fetch_ends: if conv.steps() == 1 { "1'b1" } else { "~complete" },
    }
}
