//! Where a beat lies in its frame: the constants of the counters that find out.

use std::collections::BTreeMap;

use minijinja::value::merge_maps;
use minijinja::{Value, context};

use crate::Stage;
use crate::verilog::{at_least, bits_for, unsigned};

/// The constants of a counter that runs from zero to `last`: its bits, 0, 1 and its last value.
pub(crate) fn counter(name: &str, last: usize) -> Value {
    let bits = bits_for(last.max(1));
    let constants = BTreeMap::from([
        (format!("{name}_bits"), Value::from(bits)),
        (format!("zero_{name}"), Value::from(unsigned(0, bits))),
        (format!("one_{name}"), Value::from(unsigned(1, bits))),
        (format!("last_{name}"), Value::from(unsigned(last, bits))),
    ]);
    Value::from(constants)
}

/// The place of a window's newest pixel, and when the window lies inside the frame.
pub(crate) fn window_place(stage: &Stage, rows: usize, columns: usize) -> Value {
    let last = stage.plane.width - 1;
    let bits = bits_for(last.max(1));
    let inside = match (rows > 1, columns > 1) {
        (true, true) => format!("full & {}", at_least("column", bits, columns - 1)),
        (true, false) => "full".to_owned(),
        (false, true) => at_least("column", bits, columns - 1),
        (false, false) => "1'b1".to_owned(),
    };
    let values = context! {
        line_length => stage.plane.width,
        inside => inside,
    };
    merge_maps([values, counter("column", last), counter("row", rows - 1)])
}

/// The place of a pixel in its block of `size` x `size`, and of the block in its line.
pub(crate) fn block_place(stage: &Stage, size: usize) -> Value {
    let width = stage.plane.width;
    let (leftover, final_group) = (width % size, blocks_of_a_line(stage, size) - 1);
    let values = context! {
        size => size,
        line_length => width,
        leftover => if leftover > 0 { format!("; the last {leftover} of a line belong to no block") } else { String::new() },
        final_phase => unsigned(if leftover > 0 { leftover - 1 } else { size - 1 }, bits_for(size - 1)),
        final_group => unsigned(final_group, bits_for(final_group)),
    };
    merge_maps([values, counter("phase", size - 1), counter("group", final_group)])
}

/// Blocks of a line, the last of which may be cut.
pub(crate) fn blocks_of_a_line(stage: &Stage, size: usize) -> usize {
    stage.plane.width.div_ceil(size)
}
