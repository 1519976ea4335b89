//! Digit-serial stages. What they take on an iCE40 they say themselves, without their counters.

use super::Family;
use super::parts::{fifo, place};
use super::tally::Tally;
use crate::Stage;
use crate::serial::{SerialGraph, SerialWindow};
use crate::verilog::bits_for;

pub(crate) fn pace(t: &mut Tally, stage: &Stage, clocks: usize, depth: usize) {
    fifo(t, stage.input.bits() as usize + 1, depth);
    let bits = bits_for(clocks - 1);
    t.luts(2.0 * f64::from(bits) + 2.0);
    t.packed(bits as usize);
}

pub(crate) fn window(t: &mut Tally, stage: &Stage, window: &SerialWindow) {
    let width = stage.input.widths()[0];
    let beat = stage.input.bits() as usize;
    place(t, stage.plane.width, window.rows, window.columns);
    t.memory(beat * (window.rows - 1), stage.plane.width);
    let digits = width.div_ceil(window.digit) as usize;
    t.registers(3 + digits);
    t.luts(6.0 + digits as f64 / 3.0);
    let cells = window.cells(width);
    match t.family {
        Family::Ice40 => t.luts(cells as f64),
        // A choice between the word that comes and the digits that move on for each bit of the newest column.
        Family::Ecp5 => t.luts((beat * window.rows) as f64 + f64::from(stage.output.bits())),
    }
    t.packed(cells as usize);
}

pub(crate) fn graph(t: &mut Tally, stage: &Stage, serial: &SerialGraph) {
    let cells = serial.cells() as f64;
    let digit = serial.digit as usize;
    let outputs = stage.output.widths().len() * serial.clocks * digit;
    match t.family {
        Family::Ice40 => t.luts(cells),
        // Wider digits are a carry chain with an end at either side, the first carry, and inverters where the sum is complemented;
        // shorter ones are two functions a bit.
        Family::Ecp5 => {
            let chain = (2 * (digit + 2).div_ceil(2) + 4 + 1) as f64 + 0.6 * digit as f64;
            let adder = if digit <= 2 { 2.0 * digit as f64 } else { chain };
            t.luts(serial.adders() as f64 * adder + f64::from(serial.latency()) / 4.0);
        }
    }
    let control = serial.latency() as usize + serial.flags();
    t.packed(serial.adders() + serial.waiting_bits() as usize + outputs + control);
}
