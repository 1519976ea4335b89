//! A rescaling whose maps take turns: the terms of their multipliers and their biases come from a ROM.

use lacuna_fixed_point::{Format, Interval, Rescale};
use serde::Serialize;

use super::codes::{Alphabet, Code, Rom, binary_word};
use super::inverted::{inverted_terms, missing, ranked_sum, ranks};
use super::sum_text::Term;
use crate::verilog::{fit, is_above, is_below, signed};

/// A folded rescaling. All maps are brought to one shift: `round_shift(x · 2^k, s + k) = round_shift(x, s)`.
#[derive(Clone, Debug)]
pub struct FoldedRescale {
    /// Values of a beat.
    pub lanes: usize,
    /// Beats of a pixel.
    pub phases: usize,
    /// The multipliers' terms.
    pub alphabet: Alphabet,
    /// Per phase and lane: the codes of the multiplier, and the bias with half a unit of the result.
    maps: Vec<Vec<(Vec<Code>, i64)>>,
    /// All biases.
    biases: Interval,
    /// All sums of product and bias.
    sums: Interval,
    /// Bits that all sums drop.
    pub shift: u32,
    /// The values of the result.
    pub clamp: Interval,
    /// Fraction bits of the result.
    pub fraction: i32,
    pub(crate) adders_per_rank: u32,
}

impl FoldedRescale {
    /// Brings the maps of a rescaling to one shift; `None` where a sum would pass 62 bits by that.
    pub(crate) fn new(
        rescale: &Rescale,
        incoming: &[Format],
        [lanes, phases]: [usize; 2],
        adders_per_rank: u32,
    ) -> Option<Self> {
        let shift = rescale.shift.iter().copied().max().unwrap_or(0);
        let raise = |value: i64, by: u32| i64::try_from(i128::from(value) << by.min(64)).ok();
        let mut multipliers = Vec::new();
        let mut constants = Vec::new();
        let mut sums = Interval { lo: 0, hi: 0 };
        let limit = 1_i128 << 62;
        for (map, format) in incoming.iter().enumerate() {
            let by = shift - rescale.shift[map];
            let multiplier = raise(rescale.multiplier[map], by)?;
            let half = if shift == 0 { 0 } else { 1 << (shift - 1) };
            let constant = raise(rescale.bias[map], by)?.checked_add(half)?;
            for end in [format.interval.lo, format.interval.hi] {
                let sum = i128::from(end) * i128::from(multiplier) + i128::from(constant);
                if sum.abs() >= limit || (i128::from(end) * i128::from(multiplier)).abs() >= limit {
                    return None;
                }
                sums = Interval { lo: sums.lo.min(sum as i64), hi: sums.hi.max(sum as i64) };
            }
            multipliers.push(multiplier);
            constants.push(constant);
        }
        let alphabet = Alphabet::of(multipliers.iter().copied());
        // What the inverted terms lack is part of the constant.
        for (constant, &multiplier) in constants.iter_mut().zip(&multipliers) {
            *constant += missing(&alphabet.encode(multiplier));
        }
        let biases = Interval {
            lo: constants.iter().copied().min().unwrap_or(0).min(0),
            hi: constants.iter().copied().max().unwrap_or(0).max(0),
        };
        let map = |map: usize| match multipliers.get(map) {
            Some(&multiplier) => (alphabet.encode(multiplier), constants[map]),
            None => (alphabet.encode(0), 0),
        };
        let maps =
            (0..phases).map(|phase| (0..lanes).map(|lane| map(phase * lanes + lane)).collect()).collect();
        let (clamp, fraction) = (rescale.clamp, rescale.fraction);
        Some(Self { lanes, phases, alphabet, maps, biases, sums, shift, clamp, fraction, adders_per_rank })
    }

    /// Bits of a word of the ROM.
    pub fn code_bits(&self) -> usize {
        self.lanes * self.lane_bits()
    }

    fn lane_bits(&self) -> usize {
        self.alphabet.weight_bits() + self.biases.width() as usize
    }

    /// The ROM, a word a beat of a pixel.
    pub(crate) fn rom(&self) -> Rom {
        Rom { words: self.words_of_codes().map(|word| binary_word(&word)).collect(), bits: self.code_bits() }
    }

    /// The bits of each beat's codes and biases.
    pub(crate) fn words_of_codes(&self) -> impl Iterator<Item = Vec<bool>> + '_ {
        let bias_bits = self.biases.width();
        let lane = move |(codes, bias): &(Vec<Code>, i64)| {
            let mut bits = self.alphabet.bits(codes);
            bits.extend((0..bias_bits).map(|bit| bias >> bit & 1 == 1));
            bits
        };
        self.maps.iter().map(move |lanes| lanes.iter().flat_map(lane).collect())
    }

    /// The widths of a lane whose results have `out_width` bits.
    pub(crate) fn shape(&self, out_width: u32) -> Shape {
        let bias_width = self.biases.width();
        let sum_width = self.sums.width().max(bias_width).max(self.shift + out_width);
        Shape {
            bias_width,
            sum_width,
            rounded_width: sum_width - self.shift,
            above: self.sums.hi >> self.shift > self.clamp.hi,
            below: self.sums.lo >> self.shift < self.clamp.lo,
        }
    }

    /// Register ranks from a beat to its result.
    pub fn latency(&self) -> u32 {
        // ROM, terms, tree with the bias, saturation.
        3 + ranks(self.alphabet.terms() + 1, self.adders_per_rank)
    }
}

/// Bits of a lane, and at which limits its results are cut.
pub(crate) struct Shape {
    pub(crate) bias_width: u32,
    pub(crate) sum_width: u32,
    pub(crate) rounded_width: u32,
    pub(crate) above: bool,
    pub(crate) below: bool,
}

/// What `folded_rescale.v` prints.
#[derive(Serialize)]
pub(crate) struct RescaleText {
    lanes: usize,
    phases: usize,
    terms: usize,
    shifts: String,
    shift: u32,
    fraction: i32,
    clamp_lo: i64,
    clamp_hi: i64,
    code_bits: usize,
    units: Vec<LaneText>,
    sum_width: u32,
    rounded_width: u32,
    highest: String,
    lowest: String,
    delay: u32,
}

#[derive(Serialize)]
struct LaneText {
    in_width: u32,
    in_msb: u32,
    in_lsb: u32,
    out_msb: u32,
    out_lsb: u32,
    bias_msb: usize,
    bias_lsb: usize,
    bias_width: u32,
    lines: Vec<String>,
    sum: String,
    /// Whether a value passes a limit, where it can.
    above: Option<String>,
    below: Option<String>,
    inside: String,
    dropped: bool,
}

pub(crate) fn rescale_text(rescale: &FoldedRescale, in_width: u32, out_width: u32) -> RescaleText {
    let FoldedRescale { lanes, phases, shift, clamp, .. } = *rescale;
    let Shape { bias_width, sum_width, rounded_width, above, below } = rescale.shape(out_width);
    let rounded = Interval { lo: rescale.sums.lo >> shift, hi: rescale.sums.hi >> shift };
    let dropped = !above && !below && rounded_width > out_width;
    let units = (0..lanes)
        .map(|lane| {
            let base = lane * rescale.lane_bits();
            let value = [(format!("x{lane}_q"), in_width)];
            let bias = Term { name: format!("bias{lane}_q"), width: bias_width };
            let (name, rounded_name) = (format!("y{lane}"), format!("rounded{lane}"));
            let base_of = (base, rescale.code_bits());
            let (mut lines, mut terms) = inverted_terms(&name, &value, &rescale.alphabet, base_of, sum_width);
            terms.push(bias);
            let sum = ranked_sum(&name, &terms, sum_width, rescale.adders_per_rank);
            lines.extend(sum.lines);
            let bias_lsb = base + rescale.alphabet.weight_bits();
            LaneText {
                in_width,
                in_msb: (lane as u32 + 1) * in_width - 1,
                in_lsb: lane as u32 * in_width,
                out_msb: (lane as u32 + 1) * out_width - 1,
                out_lsb: lane as u32 * out_width,
                bias_msb: bias_lsb + bias_width as usize - 1,
                bias_lsb,
                bias_width,
                lines,
                sum: sum.sum,
                above: above.then(|| is_above(&rounded_name, rounded_width, clamp.hi)),
                below: below.then(|| is_below(&rounded_name, rounded_width, clamp.lo)),
                inside: fit(&rounded_name, rounded_width, 0, out_width),
                dropped,
            }
        })
        .collect();
    RescaleText {
        lanes,
        phases,
        terms: rescale.alphabet.terms(),
        shifts: rescale.alphabet.shifts().iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
        shift,
        fraction: rescale.fraction,
        clamp_lo: clamp.lo,
        clamp_hi: clamp.hi,
        code_bits: rescale.code_bits(),
        units,
        sum_width,
        rounded_width,
        highest: signed(clamp.hi.min(rounded.hi), out_width),
        lowest: signed(clamp.lo.max(rounded.lo), out_width),
        delay: rescale.latency(),
    }
}
