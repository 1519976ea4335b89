//! Bias, rounding and saturation as the lines of a Verilog module.

use lacuna_fixed_point::{Interval, Rescale};
use serde::Serialize;

use crate::Bus;
use crate::verilog::{fit, is_above, is_below, signed};

/// One map of `requantize.v`. `above`, `below`: whether a value passes a limit, where it can.
#[derive(Serialize)]
pub(crate) struct LaneText {
    in_width: u32,
    in_msb: u32,
    in_lsb: u32,
    pub(crate) out_width: u32,
    out_msb: u32,
    out_lsb: u32,
    pub(crate) sum_width: u32,
    pub(crate) rounded_width: u32,
    pub(crate) shift: u32,
    bias: i64,
    half: String,
    x_extended: String,
    constant: String,
    /// The bias and the half that rounds.
    #[serde(skip)]
    pub(crate) addend: i64,
    pub(crate) above: Option<String>,
    pub(crate) below: Option<String>,
    highest: String,
    lowest: String,
    inside: String,
    dropped: bool,
}

pub(crate) fn lanes(rescale: &Rescale, products: &[Interval], input: &Bus, output: &Bus) -> Vec<LaneText> {
    let slots = input.slots().zip(output.slots()).zip(products);
    slots
        .enumerate()
        .map(|(map, ((from, to), product))| {
            let (bias, shift) = (rescale.bias[map], rescale.shift[map]);
            let half = if shift == 0 { 0 } else { 1 << (shift - 1) };
            let constant = bias + half;
            let sum = Interval { lo: product.lo + constant, hi: product.hi + constant };
            let operand = Interval { lo: constant.min(0), hi: constant.max(0) };
            let sum_width = [sum.width(), operand.width(), product.width(), shift + to.width]
                .into_iter()
                .max()
                .unwrap_or(1);
            let rounded = Interval { lo: sum.lo >> shift, hi: sum.hi >> shift };
            let rounded_width = sum_width - shift;
            let (clamp, name) = (rescale.clamp, format!("rounded{map}"));
            let above = (rounded.hi > clamp.hi).then(|| is_above(&name, rounded_width, clamp.hi));
            let below = (rounded.lo < clamp.lo).then(|| is_below(&name, rounded_width, clamp.lo));
            LaneText {
                in_width: from.width,
                in_msb: from.msb,
                in_lsb: from.lsb,
                out_width: to.width,
                out_msb: to.msb,
                out_lsb: to.lsb,
                sum_width,
                rounded_width,
                shift,
                bias,
                half: if half > 0 { format!(" + half {half}") } else { String::new() },
                x_extended: fit(&format!("x{map}"), from.width, 0, sum_width),
                constant: signed(constant, sum_width),
                addend: constant,
                dropped: above.is_none() && below.is_none() && rounded_width > to.width,
                above,
                below,
                highest: signed(clamp.hi.min(rounded.hi), to.width),
                lowest: signed(clamp.lo.max(rounded.lo), to.width),
                inside: fit(&name, rounded_width, 0, to.width),
            }
        })
        .collect()
}
