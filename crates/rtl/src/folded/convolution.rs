//! A convolution with a few shift-and-add units: they go over the input maps and columns of a window one after another,
//! and over the output maps, a group at a time.

use lacuna_fixed_point::IntConv2d;
use serde::Serialize;

use super::codes::{Alphabet, Code, Rom, binary_word};
use super::sum_text::tree_latency;
use super::terms_text::{ColumnValue, column, weighted_sum};
use crate::Origin;
use crate::verilog::{bits_for, unsigned};
use crate::weight_stream::stream_bits;
use crate::weights::Weights;

/// A folded convolution or dense layer.
///
/// For every output group, column of the window and input phase there is one step, in which the `rows` values of that column
/// in `lanes` maps are read at once and every output of the group gets its sum over them.
#[derive(Clone, Debug)]
pub struct FoldedConv {
    /// Height of the window.
    pub rows: usize,
    /// Width of the window.
    pub columns: usize,
    /// Values of a beat that comes in.
    pub lanes: usize,
    /// Beats of a pixel that comes in.
    pub phases: usize,
    /// Outputs computed together.
    pub outputs: usize,
    /// Groups of outputs.
    pub groups: usize,
    /// The weights' terms.
    pub alphabet: Alphabet,
    /// Per step, the codes of output by output, in it row by row from the top, lane by lane, term by term.
    codes: Vec<Vec<Code>>,
    /// Pixels whose columns are kept: a line, or one where the window is a single pixel.
    pub kept: usize,
    /// Words that can wait for the units at most.
    pub depth: usize,
    /// Where the codes come from.
    pub origin: Origin,
}

impl FoldedConv {
    /// Chooses the steps of a convolution.
    pub(crate) fn new(
        conv: &IntConv2d,
        [lanes, phases]: [usize; 2],
        outputs: usize,
        line_length: usize,
        origin: Origin,
    ) -> Self {
        let (_, rows, columns) = conv.kernels.dim();
        let maps_out = conv.connections.len();
        let alphabet = Alphabet::of(conv.kernels.iter().copied());
        let weights = Weights::new(conv);
        let groups = maps_out.div_ceil(outputs);
        let mut codes = Vec::new();
        for group in 0..groups {
            // The newest column first: its words come in during the first group.
            for age in 0..columns {
                for phase in 0..phases {
                    let mut step = Vec::new();
                    for output in group * outputs..(group + 1) * outputs {
                        for row in 0..rows {
                            for lane in 0..lanes {
                                let weight =
                                    weights.get(output, phase * lanes + lane, row, columns - 1 - age);
                                step.extend(alphabet.encode(weight));
                            }
                        }
                    }
                    codes.push(step);
                }
            }
        }
        let kept = if rows * columns > 1 { line_length } else { 1 };
        Self { rows, columns, lanes, phases, outputs, groups, alphabet, codes, kept, depth: 0, origin }
    }

    /// Clocks that a pixel takes whose window lies inside the frame.
    pub fn steps(&self) -> usize {
        self.codes.len()
    }

    /// Steps of one group of outputs.
    pub fn steps_per_group(&self) -> usize {
        self.columns * self.phases
    }

    /// Words of the line memory.
    pub(crate) fn words(&self) -> usize {
        self.kept * self.phases
    }

    /// Whether a word that is read may not be written yet: the RAM takes two clocks.
    pub(crate) fn is_too_short(&self) -> bool {
        let again = self.groups > 1 && self.steps_per_group() < 2;
        let next = self.rows > 1 && self.words() < 2;
        again || next
    }

    /// Terms that are added for one output in one step.
    pub fn terms(&self) -> usize {
        self.rows * self.lanes * self.alphabet.terms()
    }

    /// Bits of a word of the ROM.
    pub fn code_bits(&self) -> usize {
        self.outputs * self.rows * self.lanes * self.alphabet.weight_bits()
    }

    /// The ROM, a word a step.
    pub(crate) fn rom(&self) -> Rom {
        let words = self.words_of_codes().map(|bits| binary_word(&bits));
        Rom { words: words.collect(), bits: self.code_bits() }
    }

    /// The bits of each step's codes.
    pub(crate) fn words_of_codes(&self) -> impl Iterator<Item = Vec<bool>> + '_ {
        self.codes.iter().map(|codes| self.alphabet.bits(codes))
    }

    /// Register ranks from the step to the result.
    pub fn latency(&self) -> u32 {
        // RAM and ROM, terms, tree, accumulator.
        3 + tree_latency(self.terms())
    }
}

/// One output of the group.
#[derive(Serialize)]
struct Unit {
    lines: Vec<String>,
    sum: String,
    carry: String,
    msb: u32,
    lsb: u32,
}

/// What `folded_conv.v` prints.
#[derive(Serialize)]
pub(crate) struct ConvText {
    rows: usize,
    columns: usize,
    lanes: usize,
    phases: usize,
    outputs: usize,
    groups: usize,
    shifts: String,
    width: u32,
    kept: usize,
    fifo_bits: u32,
    depth: usize,
    phases_of_addresses: String,
    rewind: String,
    last_fetch: String,
    steps: usize,
    code_bits: usize,
    values: Vec<ColumnValue>,
    units: Vec<Unit>,
    terms: usize,
    out_width: u32,
    delay: u32,
    /// Whether columns are stored at all.
    keeps: bool,
    /// Whether the codes come from outside.
    fed: bool,
    stream_bits: u32,
}

pub(crate) fn conv_text(conv: &FoldedConv, width: u32, out_width: u32) -> ConvText {
    let FoldedConv { rows, columns, lanes, phases, outputs, groups, .. } = *conv;
    let words = conv.words();
    let address_bits = bits_for(words.max(2) - 1);
    let step_bits = bits_for(conv.steps().max(2) - 1);
    let values = column(rows, lanes, width);
    let names: Vec<(String, u32)> = values.iter().map(|value| (value.name.clone(), width)).collect();
    let per_output = conv.code_bits() / outputs;
    let unit = |output: usize| {
        let name = format!("y{output}");
        let sum = weighted_sum(&name, &names, &conv.alphabet, output * per_output, None, out_width);
        let lsb = output as u32 * out_width;
        Unit { lines: sum.lines, sum: sum.sum, carry: sum.carry, msb: lsb + out_width - 1, lsb }
    };
    let units = (0..outputs).map(unit).collect();
    ConvText {
        rows,
        columns,
        lanes,
        phases,
        outputs,
        groups,
        shifts: conv.alphabet.shifts().iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
        width,
        kept: conv.kept,
        fifo_bits: bits_for(conv.depth.max(2) - 1),
        depth: words,
        phases_of_addresses: unsigned(phases % words.max(2), address_bits),
        rewind: unsigned((2 * phases - 1) % words.max(2), address_bits),
        last_fetch: unsigned(phases - 1, step_bits),
        steps: conv.steps(),
        code_bits: conv.code_bits(),
        values,
        units,
        terms: conv.terms(),
        out_width,
        delay: conv.latency() - 1,
        keeps: rows > 1 || conv.steps() > phases,
        fed: conv.origin == Origin::Streamed,
        stream_bits: stream_bits(conv.code_bits()),
    }
}
