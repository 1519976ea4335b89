//! A convolution whose pool stands in front of it. Both only add, so the sums over blocks of the kernels' results are the
//! results of the kernels for running sums of the input, at every second row and column (or third, as the pool is).
//!
//! A step reads a column of one input map and goes through all kernels that see that map, each with a unit of its own; every
//! output has an accumulator. Results leave one by one, in the order of the maps, while the next window begins.

use lacuna_fixed_point::IntConv2d;
use serde::Serialize;

use super::codes::{Alphabet, Code, Rom, binary_word};
use super::inverted::{inverted_terms, missing, ranked_sum, ranks};
use crate::verilog::{bits_for, choose, signed, slice, unsigned};
use crate::weights::Weights;

/// A folded convolution behind its pool.
#[derive(Clone, Debug)]
pub struct PooledConv {
    /// Height of the window.
    pub rows: usize,
    /// Width of the window.
    pub columns: usize,
    /// Rows and columns from one window to the next.
    pub stride: usize,
    /// Maps of the input.
    pub maps: usize,
    /// The weights' terms.
    pub alphabet: Alphabet,
    /// Units: kernels that are worked on together.
    pub units: usize,
    /// Clocks in which nothing is read, so that results can leave.
    pub pause: usize,
    /// Clocks from the first sum of a window to the first result that leaves.
    pub lead: usize,
    /// Words that can wait for the units at most.
    pub depth: usize,
    outputs: Vec<Output>,
    /// Per step, the codes of unit by unit, in it row by row from the top, term by term.
    codes: Vec<Vec<Code>>,
    pub(crate) adders_per_rank: u32,
}

#[derive(Clone, Debug)]
struct Output {
    /// The input maps it sees, ascending.
    inputs: Vec<usize>,
    unit: usize,
    /// What its sum lacks.
    missing: i64,
}

impl PooledConv {
    /// Chooses units and times.
    pub(crate) fn new(conv: &IntConv2d, maps: usize, stride: usize, adders_per_rank: u32) -> Self {
        let (_, rows, columns) = conv.kernels.dim();
        let alphabet = Alphabet::of(conv.kernels.iter().copied());
        let weights = Weights::new(conv);
        let chosen = units(&conv.connections, maps);
        let units = chosen.iter().copied().max().unwrap_or(0) + 1;
        let mut codes = Vec::new();
        for map in 0..maps {
            for age in 0..columns {
                let mut step = Vec::new();
                for unit in 0..units {
                    let output = (0..chosen.len())
                        .find(|&o| chosen[o] == unit && conv.connections[o].binary_search(&map).is_ok());
                    for value in 0..rows {
                        let row = if (map, age) == (0, 0) { row_when_fetched(value, rows) } else { value };
                        let weight = output.map_or(0, |o| weights.get(o, map, row, columns - 1 - age));
                        step.extend(alphabet.encode(weight));
                    }
                }
                codes.push(step);
            }
        }
        let outputs: Vec<Output> = conv
            .connections
            .iter()
            .enumerate()
            .map(|(output, inputs)| {
                let weight =
                    |&(map, row, column): &(usize, usize, usize)| weights.get(output, map, row, column);
                let places = inputs
                    .iter()
                    .flat_map(|&map| (0..rows).flat_map(move |row| (0..columns).map(move |c| (map, row, c))));
                let lacks = places.map(|place| missing(&alphabet.encode(weight(&place)))).sum();
                Output { inputs: inputs.clone(), unit: chosen[output], missing: lacks }
            })
            .collect();
        let (lead, apart) = times(&outputs, columns);
        let steps = maps * columns;
        // Between two windows of a line lie the pixels that no window begins with, a clock each.
        let pause = apart.saturating_sub(steps + stride - 1);
        let depth = 0;
        Self {
            rows,
            columns,
            stride,
            maps,
            alphabet,
            units,
            pause,
            lead,
            depth,
            outputs,
            codes,
            adders_per_rank,
        }
    }

    /// Clocks that a pixel takes which completes a window.
    pub fn steps(&self) -> usize {
        self.maps * self.columns + self.pause
    }

    /// Output maps, each a beat.
    pub fn beats(&self) -> usize {
        self.outputs.len()
    }

    /// Terms that are added in one step.
    pub fn terms(&self) -> usize {
        self.units * self.rows * self.alphabet.terms()
    }

    /// Whether a column would be read before it has been written: the RAM takes two clocks.
    pub(crate) fn is_too_short(&self, line_length: usize) -> bool {
        line_length < 2 || (self.columns < 2 && self.maps > 1)
    }

    /// Whether the pixel of this place completes a window.
    pub(crate) fn completes(&self, row: usize, column: usize) -> bool {
        let due =
            |place: usize, size: usize| place + 1 >= size && (place + 1 - size).is_multiple_of(self.stride);
        due(row, self.rows) && due(column, self.columns)
    }

    /// The ROM, a word a step.
    pub(crate) fn rom(&self) -> Rom {
        let bits = self.units * self.rows * self.alphabet.weight_bits();
        Rom { words: self.words_of_codes().map(|word| binary_word(&word)).collect(), bits }
    }

    /// The bits of each step's codes.
    pub(crate) fn words_of_codes(&self) -> impl Iterator<Item = Vec<bool>> + '_ {
        self.codes.iter().map(|codes| self.alphabet.bits(codes))
    }

    /// Ranks from a step to the accumulators.
    pub(crate) fn ranks(&self) -> u32 {
        // RAM, pairs of maps, column and codes, terms, their sum.
        4 + ranks(self.rows * self.alphabet.terms(), self.adders_per_rank)
    }

    /// Register ranks from a window's first step to its first result.
    pub fn latency(&self) -> u32 {
        self.ranks() + self.lead as u32 + 2
    }
}

/// The row that a value belongs to in the step that fetches a pixel: the RAM has the column as it was, one row lower, and the
/// newest value comes in place of the oldest.
fn row_when_fetched(value: usize, rows: usize) -> usize {
    (value + rows - 1) % rows
}

/// A unit for every output, such that the kernels of one input map have different ones.
fn units(connections: &[Vec<usize>], maps: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..connections.len()).collect();
    order.sort_by_key(|&output| (usize::MAX - connections[output].len(), output));
    let mut taken: Vec<Vec<bool>> = vec![vec![false; connections.len()]; maps];
    let mut chosen = vec![0; connections.len()];
    for output in order {
        let inputs = &connections[output];
        let free = |unit: &usize| inputs.iter().all(|&map| !taken[map][*unit]);
        let unit = (0..connections.len()).find(free).expect("an output takes one unit at most");
        inputs.iter().for_each(|&map| taken[map][unit] = true);
        chosen[output] = unit;
    }
    chosen
}

/// Clocks from the first sum to the first result that leaves, and from window to window at least: no result leaves
/// before it is complete, or when the next window has already begun to add to it.
fn times(outputs: &[Output], columns: usize) -> (usize, usize) {
    let complete = |o: &Output| columns * (o.inputs.last().expect("an output sees a map") + 1);
    let begins = |o: &Output| columns * o.inputs[0];
    let lead = outputs.iter().enumerate().map(|(n, o)| complete(o).saturating_sub(n)).max().unwrap_or(0);
    let held = outputs.iter().enumerate().map(|(n, o)| (lead + n + 1).saturating_sub(begins(o))).max();
    (lead, held.unwrap_or(0).max(outputs.len()))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_of_a_map_have_units_of_their_own() {
        // Every pair of four maps, and two outputs that see each map alone.
        let pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]].map(|pair| pair.to_vec());
        let connections: Vec<Vec<usize>> = (0..8).map(|n| vec![n / 2]).chain(pairs).collect();
        let chosen = units(&connections, 4);
        assert_eq!(chosen.iter().max(), Some(&4), "five units for five kernels a map");
        for map in 0..4 {
            let mut seen: Vec<usize> =
                (0..14).filter(|&o| connections[o].contains(&map)).map(|o| chosen[o]).collect();
            seen.sort_unstable();
            assert_eq!(seen, [0, 1, 2, 3, 4]);
        }
    }

    #[test]
    fn results_leave_when_they_are_complete_and_before_more_is_added() {
        let output = |inputs: &[usize]| Output { inputs: inputs.to_vec(), unit: 0, missing: 0 };
        // In the order in which they become complete, nothing has to wait.
        assert_eq!(times(&[output(&[0]), output(&[0, 1]), output(&[1])], 3), (5, 7));
        // The last one is read eight clocks after the first sum of map 0: the next window must begin later.
        assert_eq!(times(&[output(&[1]), output(&[1]), output(&[0])], 3), (6, 9));
    }
}
