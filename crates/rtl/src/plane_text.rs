//! Stages that change the size of the plane: edges that are added, rows and columns that are left out.

use lacuna_network::Padding;
use minijinja::value::merge_maps;
use minijinja::{Value, context};

use crate::folded_values::extended;
use crate::place_text::counter;
use crate::verilog::{bits_for, signed, unsigned};
use crate::{Bus, Stage};

/// What `pad.v` prints.
pub(crate) fn pad_values(stage: &Stage, padding: Padding, value: i64, words: usize, depth: usize) -> Value {
    let Padding { top, left, bottom, right } = padding;
    let (width, height) = (stage.plane.width, stage.plane.height);
    let (width_out, height_out) = (left + width + right, top + height + bottom);
    let (column_bits, row_bits) = (bits_for((width_out - 1).max(1)), bits_for((height_out - 1).max(1)));
    let conditions = [
        (left > 0, "(column >= FIRST_INSIDE)"),
        (right > 0, "(column < FIRST_RIGHT)"),
        (top > 0, "(row >= FIRST_LINE)"),
        (bottom > 0, "(row < FIRST_BELOW)"),
    ];
    let inside: Vec<&str> =
        conditions.into_iter().filter(|(there, _)| *there).map(|(_, text)| text).collect();
    // What is left of a frame once its last word has been taken.
    let last_line = format!("(row_q == {})", unsigned(top + height - 1, row_bits));
    let behind = [
        (right > 0, format!("({last_line} & (column_q >= FIRST_RIGHT))")),
        (bottom > 0, "(row_q >= FIRST_BELOW)".to_owned()),
    ];
    let behind: Vec<String> = behind.into_iter().filter(|(there, _)| *there).map(|(_, text)| text).collect();
    let maps = stage.output.widths().len();
    let values = context! {
        top => top,
        left => left,
        bottom => bottom,
        right => right,
        value => value,
        words => words,
        width_in => width,
        height_in => height,
        width_out => width_out,
        height_out => height_out,
        first_column => unsigned(left, column_bits),
        first_right => if right > 0 { unsigned(left + width, column_bits) } else { String::new() },
        first_row => unsigned(top, row_bits),
        first_below => if bottom > 0 { unsigned(top + height, row_bits) } else { String::new() },
        framed => inside.join(" & "),
        behind => if behind.is_empty() { "1'b0".to_owned() } else { behind.join(" | ") },
        extended => widened("word", &stage.input, &stage.output),
        fill => format!("{{{maps}{{{}}}}}", signed(value, stage.output.widths()[0])),
        fifo_bits => bits_for(depth.max(2) - 1),
    };
    let counters =
        [counter("column", width_out - 1), counter("row", height_out - 1), counter("turn", words - 1)];
    merge_maps([values, merge_maps(counters)])
}

/// What `thin.v` prints.
pub(crate) fn thin_values(stage: &Stage, [down, across]: [usize; 2], words: usize) -> Value {
    let mut conditions = Vec::new();
    for (step, name) in [(across, "across"), (down, "down")] {
        if step > 1 {
            conditions.push(format!("({name} == {})", unsigned(0, bits_for(step - 1))));
        }
    }
    let values = context! {
        words => words,
        down => down,
        across => across,
        width_in => stage.plane.width,
        height_in => stage.plane.height,
        keep => if conditions.is_empty() { "1'b1".to_owned() } else { conditions.join(" & ") },
        value => widened("in_data", &stage.input, &stage.output),
    };
    let counters = [
        counter("column", stage.plane.width - 1),
        counter("across", across - 1),
        counter("down", down - 1),
        counter("turn", words - 1),
    ];
    merge_maps([values, merge_maps(counters)])
}

/// A vector with every value of it sign-extended to the width it has in another.
fn widened(name: &str, from: &Bus, to: &Bus) -> String {
    if from == to {
        return name.to_owned();
    }
    let values = from.slots().zip(to.widths());
    let mut values: Vec<String> =
        values.map(|(slot, &width)| extended(name, from.bits(), slot, width)).collect();
    values.reverse();
    format!("{{{}}}", values.join(", "))
}
