//! An activation as a table of all its arguments.

use lacuna_fixed_point::{IntCurve, Interval};
use serde::Serialize;

use crate::verilog::signed;

/// Bits of an argument up to which there is a table.
pub(crate) const MAX_BITS: u32 = 12;

/// What `table.v` prints.
#[derive(Serialize)]
pub(crate) struct TableText {
    in_width: u32,
    out_width: u32,
    fraction: i32,
    depth: usize,
    registered: bool,
    words: Vec<String>,
}

/// A word for every argument of `in_width` bits, in two's complement; those that cannot occur get the value of the nearest
/// that can.
pub(crate) fn table_text(
    curve: &IntCurve,
    fraction: i32,
    argument: Interval,
    in_width: u32,
    out_width: u32,
    registered: bool,
) -> TableText {
    let depth = 1_usize << in_width;
    let word = |place: usize| {
        let x = if place >= depth / 2 { place as i64 - depth as i64 } else { place as i64 };
        signed(curve.apply(argument.clamp(x)), out_width)
    };
    TableText { in_width, out_width, fraction, depth, registered, words: (0..depth).map(word).collect() }
}
