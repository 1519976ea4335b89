//! A depthwise convolution whose maps take turns on one set of units. The sums over the columns of a window are carried from
//! pixel to pixel, so every value is read from the line memory once.

use lacuna_fixed_point::IntConv2d;
use serde::Serialize;

use super::codes::{Alphabet, Code, Rom, binary_word};
use super::inverted::{inverted_terms, missing, ranked_sum, ranks};
use super::terms_text::{ColumnValue, column};
use crate::verilog::{bits_for, choose, signed};
use crate::weights::Weights;

/// A folded convolution in which map `m` sees map `m` alone.
#[derive(Clone, Debug)]
pub struct FoldedDepthwise {
    /// Height of the window.
    pub rows: usize,
    /// Width of the window.
    pub columns: usize,
    /// Maps of a beat.
    pub lanes: usize,
    /// Beats of a pixel.
    pub phases: usize,
    /// The weights' terms.
    pub alphabet: Alphabet,
    /// Per phase, the codes of lane by lane, in it column by column from the oldest, row by row, term by term.
    codes: Vec<Vec<Code>>,
    /// Bits of a word of earlier lines that are kept in a RAM of two banks.
    pub large_bits: usize,
    pub(crate) adders_per_rank: u32,
}

impl FoldedDepthwise {
    /// Whether a convolution is of this kind.
    pub(crate) fn takes(conv: &IntConv2d, maps_in: usize) -> bool {
        conv.connections.len() == maps_in
            && conv.connections.iter().enumerate().all(|(map, inputs)| *inputs == [map])
    }

    pub(crate) fn new(
        conv: &IntConv2d,
        [lanes, phases]: [usize; 2],
        large_bits: usize,
        adders_per_rank: u32,
    ) -> Self {
        let (_, rows, columns) = conv.kernels.dim();
        let alphabet = Alphabet::of(conv.kernels.iter().copied());
        let weights = Weights::new(conv);
        let codes = (0..phases)
            .map(|phase| {
                let mut step = Vec::new();
                for map in phase * lanes..(phase + 1) * lanes {
                    for column in 0..columns {
                        for row in 0..rows {
                            step.extend(alphabet.encode(weights.get(map, map, row, column)));
                        }
                    }
                }
                step
            })
            .collect();
        Self { rows, columns, lanes, phases, alphabet, codes, large_bits, adders_per_rank }
    }

    /// Terms that are added for one column.
    pub fn terms(&self) -> usize {
        self.rows * self.alphabet.terms()
    }

    /// Bits of a word of the ROM.
    pub fn code_bits(&self) -> usize {
        self.lanes * self.columns * self.rows * self.alphabet.weight_bits()
    }

    /// The ROM, a word a step.
    pub(crate) fn rom(&self) -> Rom {
        Rom { words: self.words_of_codes().map(|word| binary_word(&word)).collect(), bits: self.code_bits() }
    }

    /// The bits of each beat's codes.
    pub(crate) fn words_of_codes(&self) -> impl Iterator<Item = Vec<bool>> + '_ {
        self.codes.iter().map(|codes| self.alphabet.bits(codes))
    }

    /// Register ranks from a beat to its result.
    pub fn latency(&self) -> u32 {
        // RAM, column and codes, terms, tree, sum of the columns.
        4 + ranks(self.terms(), self.adders_per_rank)
    }

    /// Whether the bits for the RAM of two banks are there, and its words alternate between them.
    pub(crate) fn fits_banks(&self, line_length: usize, width: u32) -> bool {
        let words = line_length * self.phases;
        let bits = (self.rows - 1) * self.lanes * width as usize;
        self.large_bits == 0 || (self.large_bits <= bits && Self::alternates(words))
    }

    /// Whether a line of so many words is always read from the other bank than is written to.
    pub(crate) fn alternates(words: usize) -> bool {
        words >= 4 && words.is_multiple_of(2)
    }

    /// What the sum of a map lacks, by phase and lane.
    fn missing(&self, lane: usize) -> Vec<i64> {
        let per_lane = self.columns * self.rows * self.alphabet.terms();
        self.codes.iter().map(|codes| missing(&codes[lane * per_lane..(lane + 1) * per_lane])).collect()
    }

    /// Whether a word that is read may not be written yet: the RAM takes two clocks.
    pub(crate) fn is_too_short(&self, line_length: usize) -> bool {
        self.rows > 1 && line_length * self.phases < 2
    }
}

/// What `folded_depthwise.v` prints.
#[derive(Serialize)]
pub(crate) struct DepthwiseText {
    rows: usize,
    columns: usize,
    lanes: usize,
    phases: usize,
    terms: usize,
    shifts: String,
    width: u32,
    words: usize,
    code_bits: usize,
    large_bits: usize,
    values: Vec<ColumnValue>,
    places: Vec<PlaceText>,
    out_width: u32,
    carried_bits: u32,
    delay: u32,
}

/// One column of one lane.
#[derive(Serialize)]
struct PlaceText {
    name: String,
    comment: String,
    lines: Vec<String>,
    sum: String,
    /// What the pixel before has summed, where there is one.
    before: String,
    /// Where the sum is kept for the next pixel, or the result.
    target: String,
}

pub(crate) fn depthwise_text(
    layer: &FoldedDepthwise,
    line_length: usize,
    width: u32,
    out_width: u32,
) -> DepthwiseText {
    let FoldedDepthwise { rows, columns, lanes, phases, .. } = *layer;
    let words = line_length * phases;
    let values = column(rows, lanes, width);
    let per_column = rows * layer.alphabet.weight_bits();
    let last_phase = format!("phase_{}_q", layer.latency() - 2);
    let mut places = Vec::new();
    for lane in 0..lanes {
        let names: Vec<(String, u32)> = (0..rows).map(|row| (format!("x{row}_{lane}"), width)).collect();
        for column in 0..columns {
            // Column `column` of the kernel belongs to the result that is `ahead` pixels to the right.
            let ahead = columns - 1 - column;
            let name = format!("p{lane}_{ahead}");
            let base = (lane * columns + column) * per_column;
            let (mut lines, terms) =
                inverted_terms(&name, &names, &layer.alphabet, (base, layer.code_bits()), out_width);
            let sum = ranked_sum(&name, &terms, out_width, layer.adders_per_rank);
            lines.extend(sum.lines);
            let slot = |ahead: usize| {
                let place = (lane * (columns - 1) + ahead - 1) as u32;
                format!("[{}:{}]", (place + 1) * out_width - 1, place * out_width)
            };
            places.push(PlaceText {
                comment: format!("lane {lane}, column {column} of the kernel"),
                before: if column == 0 {
                    let lacking: Vec<String> =
                        layer.missing(lane).iter().map(|&n| signed(n, out_width)).collect();
                    choose(&last_phase, bits_for((phases - 1).max(1)), &lacking)
                } else {
                    format!("carried{}", slot(ahead + 1))
                },
                target: if ahead == 0 {
                    format!("result[{}:{}]", (lane as u32 + 1) * out_width - 1, lane as u32 * out_width)
                } else {
                    format!("carry{}", slot(ahead))
                },
                sum: sum.sum,
                lines,
                name,
            });
        }
    }
    DepthwiseText {
        rows,
        columns,
        lanes,
        phases,
        terms: layer.terms(),
        shifts: layer.alphabet.shifts().iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
        width,
        words,
        code_bits: layer.code_bits(),
        large_bits: layer.large_bits,
        values,
        places,
        out_width,
        carried_bits: (lanes * (columns - 1)) as u32 * out_width,
        delay: layer.latency() - 1,
    }
}
