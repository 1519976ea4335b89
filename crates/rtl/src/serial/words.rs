//! From words to digits: the window of a serial graph.

use minijinja::value::merge_maps;
use minijinja::{Value, context};

use crate::Stage;
use crate::place_text::window_place;
use crate::verilog::slice;

/// A window that slides over a raster scan and gives its values digit by digit.
///
/// Only the newest column is loaded as words. While its digits leave, they move into the column next to it, and that one's into the next:
/// after as many clocks as a word has digits every column holds the words of its neighbour, which is how a window
/// moves on. So its registers serve as the shift registers that digits come from, and no value is kept twice.
#[derive(Clone, Debug)]
pub struct SerialWindow {
    /// Maps of the input.
    pub maps: usize,
    /// Height of the window.
    pub rows: usize,
    /// Width of the window.
    pub columns: usize,
    /// Bits of a digit.
    pub digit: u32,
    /// Per value that leaves, in the order of the bus, whether its digits are complemented.
    pub(crate) inverted: Vec<bool>,
}

impl SerialWindow {
    /// Digits of a word of so many bits.
    fn digits(&self, width: u32) -> u32 {
        width.div_ceil(self.digit)
    }

    /// Logic cells of an iCE40 that the stage takes, without its counters: every value's words, and a digit that goes on with its sign.
    pub fn cells(&self, width: u32) -> u64 {
        let values = (self.maps * self.rows * self.columns) as u64;
        let digits = self.digits(width);
        values * u64::from(self.digit) * (u64::from(digits) + 1) + u64::from(digits) + 3
    }
}

/// What `serial_window.v` prints.
pub(crate) fn serial_window_values(stage: &Stage, window: &SerialWindow) -> Value {
    let SerialWindow { maps, rows, columns, digit, .. } = *window;
    let widest = stage.input.widths().iter().copied().max().expect("a stage has an input");
    let digits = window.digits(widest);
    let plane = (maps * rows) as u32 * digit;
    let older = plane * digits * (columns as u32 - 1);
    let low = |column: u32| {
        if column + 1 == columns as u32 {
            "newest_digits".to_owned()
        } else {
            let lsb = column * digits * plane;
            slice("older_q", older, lsb + plane - 1, lsb)
        }
    };
    let lows: Vec<String> = (0..columns as u32).rev().map(low).collect();
    let values = context! {
        rows => rows,
        columns => columns,
        maps => maps,
        width => widest,
        beat => widest * maps as u32,
        in_data_bits => stage.input.bits(),
        incoming => words(stage, widest),
        digit => digit,
        digits => digits,
        word_bits => digits * digit,
        plane => plane,
        older => older,
        low => if lows.len() == 1 { lows[0].clone() } else { format!("{{{}}}", lows.join(", ")) },
        values => maps * rows * columns,
        inverted => mask(&window.inverted, digit),
    };
    merge_maps([values, window_place(stage, rows, columns)])
}

/// The words of a beat, all as wide as the widest.
fn words(stage: &Stage, width: u32) -> String {
    if stage.input.is_uniform() {
        return "in_data".to_owned();
    }
    let bits = stage.input.bits();
    let word = |slot: crate::bus::Slot| {
        let value = slice("in_data", bits, slot.msb, slot.lsb);
        match width - slot.width {
            0 => value,
            missing => {
                format!("{{{{{missing}{{{}}}}}, {value}}}", slice("in_data", bits, slot.msb, slot.msb))
            }
        }
    };
    let mut words: Vec<String> = stage.input.slots().map(word).collect();
    words.reverse();
    format!("{{{}}}", words.join(", "))
}

/// A constant with ones where digits are complemented; empty where none is.
fn mask(inverted: &[bool], digit: u32) -> String {
    if !inverted.contains(&true) {
        return String::new();
    }
    let bits: Vec<bool> = inverted.iter().flat_map(|&bit| vec![bit; digit as usize]).collect();
    let nibble = |bits: &[bool]| {
        let value = bits.iter().rev().fold(0, |value, &bit| 2 * value + u32::from(bit));
        char::from_digit(value, 16).expect("four bits are a hexadecimal digit")
    };
    let hexadecimal: String = bits.chunks(4).rev().map(nibble).collect();
    format!("{}'h{hexadecimal}", bits.len())
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn masks_have_a_digit_of_ones_for_every_complement() {
        assert_eq!(mask(&[false, false], 4), "");
        assert_eq!(mask(&[true, false, true], 4), "12'hf0f");
        assert_eq!(mask(&[false, true, false], 3), "9'h038");
    }
}
