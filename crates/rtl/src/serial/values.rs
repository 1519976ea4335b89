//! What the templates of serial stages print.

use minijinja::value::{Serde, merge_maps};
use minijinja::{Value, context};

use super::text::serial_text;
use super::words::serial_window_values;
use crate::place_text::counter;
use crate::verilog::bits_for;
use crate::{Stage, StageKind};

/// The template of a serial stage and its values.
pub(crate) fn serial_values(stage: &Stage) -> (&'static str, Value) {
    match &stage.kind {
        StageKind::Pace { clocks, depth } => {
            let values = context! {
                clocks => *clocks,
                fifo_bits => bits_for((*depth).max(2) - 1),
                ..counter("rest", clocks - 1)
            };
            ("pace", values)
        }
        StageKind::SerialWindow(window) => ("serial_window", serial_window_values(stage, window)),
        StageKind::SerialGraph { serial, inputs, title } => {
            let values = context! {
                title => title,
                adders => serial.adders(),
                digit => serial.digit,
                clocks => serial.clocks,
                latency => serial.latency(),
                flags => serial.flags(),
            };
            let text = Value::from(Serde(serial_text(serial, &stage.input, &stage.output, inputs)));
            ("serial_graph", merge_maps([values, text]))
        }
        _ => unreachable!("only serial stages are printed here"),
    }
}
