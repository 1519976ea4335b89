//! A convolution whose pool stands in front of it. Both only add, so the sums over blocks of the kernels' results are the
//! results of the kernels for running sums of the input, at every second row and column (or third, as the pool is).
//!
//! A step reads a column of one input map and goes through all kernels that see that map, each with a unit of its own; every
//! output has an accumulator. Results leave one by one, in the order of the maps, while the next window begins.

mod text;

use lacuna_fixed_point::IntConv2d;

use super::codes::{Alphabet, Code, Rom, binary_word};
use super::inverted::{missing, ranks};
use crate::weights::Weights;

pub(crate) use text::pooled_text;

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
