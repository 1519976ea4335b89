//! What the templates of folded stages print.

use minijinja::value::{Serde, merge_maps};
use minijinja::{Value, context};
use serde::Serialize;

use crate::folded::{conv_text, depthwise_text, rescale_text};
use crate::render::{counter, signed_fit};
use crate::verilog::{bits_for, choose, signed, slice, unsigned};
use crate::{Stage, StageKind};

/// Words of a ROM up to which it is made of logic: a block RAM would be nearly empty.
const SMALL: usize = 64;

/// The template of a folded stage and its values.
pub(crate) fn folded_values(stage: &Stage) -> (&'static str, Value) {
    let is_narrow = matches!(stage.kind, StageKind::Narrow { .. });
    assert!(
        is_narrow || stage.input.is_uniform(),
        "only requantised maps, all of one width, meet a folded stage"
    );
    let width = stage.input.widths()[0];
    let out_width = stage.output.widths()[0];
    match &stage.kind {
        StageKind::Narrow { parts, depth, .. } => {
            let values = context! {
                lanes_in => stage.input.widths().len(),
                lanes_out => stage.output.widths().len(),
                parts => *parts,
                choices => narrow_parts(stage, *parts),
                choice => choose("part_q", bits_for(parts - 1), &(0..*parts).map(|n| format!("part{n}")).collect::<Vec<_>>()),
                fifo_bits => bits_for((*depth).max(2) - 1),
                ..counter("part", parts - 1)
            };
            ("narrow", values)
        }
        StageKind::Gather { phases, maps } => {
            ("gather", context! { phases => *phases, maps => *maps, ..counter("phase", phases - 1) })
        }
        StageKind::FoldedConv(conv) => {
            let text = Value::from(Serde(conv_text(conv, width, out_width)));
            let values = context! { kept => conv.kept, inside => inside(conv.rows, conv.columns) };
            ("folded_conv", merge_maps([text, values, place(stage, conv.rows, conv.columns)]))
        }
        StageKind::FoldedDepthwise(layer) => {
            let text = Value::from(Serde(depthwise_text(layer, stage.plane.width, width, out_width)));
            let values = context! { inside => inside(layer.rows, layer.columns) };
            ("folded_depthwise", merge_maps([text, values, place(stage, layer.rows, layer.columns)]))
        }
        StageKind::FoldedRescale(rescale) => {
            ("folded_rescale", Value::from(Serde(rescale_text(rescale, width, out_width))))
        }
        StageKind::FoldedSumPool { size, phases } => ("folded_sum_pool", pool_values(stage, *size, *phases)),
        _ => unreachable!("only folded stages are printed here"),
    }
}

/// The ROM of a folded stage that has one.
pub(crate) fn codes_values(stage: &Stage) -> Option<Value> {
    let rom = match &stage.kind {
        StageKind::FoldedConv(conv) => conv.rom(),
        StageKind::FoldedDepthwise(layer) => layer.rom(),
        StageKind::FoldedRescale(rescale) => rescale.rom(),
        _ => return None,
    };
    let what = match &stage.kind {
        StageKind::FoldedRescale(_) => "the codes of the coefficients, and the biases",
        _ => "the codes of the weights",
    };
    Some(context! {
        contents => what,
        address_bits => bits_for(rom.words.len().max(2) - 1),
        code_bits => rom.bits,
        small => rom.words.len() <= SMALL,
        rom => rom.words,
    })
}

/// When a window lies inside the frame.
pub(crate) fn inside(rows: usize, columns: usize) -> &'static str {
    match (rows > 1, columns > 1) {
        (true, true) => "full & (column >= FIRST_INSIDE)",
        (true, false) => "full",
        (false, true) => "(column >= FIRST_INSIDE)",
        (false, false) => "1'b1",
    }
}

/// The counters of a window's place.
fn place(stage: &Stage, rows: usize, columns: usize) -> Value {
    let last = stage.plane.width - 1;
    let values = context! {
        line_length => stage.plane.width,
        first_inside => unsigned(columns - 1, bits_for(last.max(1))),
    };
    merge_maps([values, counter("column", last), counter("row", rows - 1)])
}

/// The maps of each beat that leaves, as one concatenation each, the last map first.
fn narrow_parts(stage: &Stage, parts: usize) -> Vec<String> {
    let slots: Vec<_> = stage.input.slots().collect();
    let lanes = stage.output.widths().len();
    let width = stage.output.widths()[0];
    let bits = stage.input.bits();
    (0..parts)
        .map(|part| {
            let lane = |lane: usize| match slots.get(part * lanes + lane) {
                Some(slot) => extended("word", bits, *slot, width),
                None => format!("{width}'b0"),
            };
            let all: Vec<String> = (0..lanes).rev().map(lane).collect();
            if all.len() == 1 { all[0].clone() } else { format!("{{{}}}", all.join(", ")) }
        })
        .collect()
}

/// A signed value of a vector, sign-extended.
fn extended(vector: &str, bits: u32, slot: crate::bus::Slot, width: u32) -> String {
    let value = slice(vector, bits, slot.msb, slot.lsb);
    match width - slot.width {
        0 => value,
        missing => format!("{{{{{missing}{{{}}}}}, {value}}}", slice(vector, bits, slot.msb, slot.msb)),
    }
}

#[derive(Serialize)]
struct PoolLane {
    in_width: u32,
    in_msb: u32,
    in_lsb: u32,
    out_width: u32,
    out_msb: u32,
    out_lsb: u32,
    out_zero: String,
    x_widened: String,
}

fn pool_values(stage: &Stage, size: usize, phases: usize) -> Value {
    let line_length = stage.plane.width;
    let leftover = line_length % size;
    let blocks = line_length / size;
    let final_group = if leftover > 0 { blocks } else { blocks - 1 };
    let words = (final_group + 1) * phases;
    let word_bits = bits_for(words.max(2) - 1);
    let turn_bits = bits_for(phases.max(2) - 1);
    let lanes: Vec<PoolLane> = stage
        .input
        .slots()
        .zip(stage.output.slots())
        .enumerate()
        .map(|(lane, (from, to))| PoolLane {
            in_width: from.width,
            in_msb: from.msb,
            in_lsb: from.lsb,
            out_width: to.width,
            out_msb: to.msb,
            out_lsb: to.lsb,
            out_zero: signed(0, to.width),
            x_widened: signed_fit(&format!("x{lane}"), from.width, to.width),
        })
        .collect();
    let values = context! {
        size => size,
        phases => phases,
        line_length => line_length,
        leftover => if leftover > 0 { format!("; the last {leftover} of a line belong to no block") } else { String::new() },
        last_phase => unsigned(size - 1, bits_for(size - 1)),
        final_phase => unsigned(if leftover > 0 { leftover - 1 } else { size - 1 }, bits_for(size - 1)),
        final_group => unsigned(final_group, bits_for(final_group.max(1))),
        ram_depth => words.max(2),
        word_bits => word_bits,
        zero_word => unsigned(0, word_bits),
        turns_as_word => unsigned(phases % words.max(2), word_bits),
        turn_as_word => if word_bits == turn_bits { "turn".to_owned() } else { format!("{{{}'b0, turn}}", word_bits - turn_bits) },
        lanes => Serde(lanes),
    };
    merge_maps([
        values,
        counter("phase", size - 1),
        counter("group", final_group),
        counter("turn", phases - 1),
    ])
}
