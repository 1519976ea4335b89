//! What the templates of folded stages print.

use minijinja::value::{Serde, merge_maps};
use minijinja::{Value, context};

use crate::folded::{conv_text, depthwise_text, pooled_text, rescale_text};
use crate::place_text::{counter, window_place};
use crate::pool_text::folded_pool_values;
use crate::verilog::{bits_for, choose, slice};
use crate::{Stage, StageKind};

/// Words of a ROM up to which it is made of logic: a block RAM would be nearly empty.
pub(crate) const SMALL: usize = 64;

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
            let counters = [
                counter("phase", conv.phases - 1),
                counter("tap", conv.steps_per_group() - 1),
                counter("step", conv.steps() - 1),
                counter("address", conv.words() - 1),
            ];
            let place = window_place(stage, conv.rows, conv.columns);
            ("folded_conv", merge_maps([text, place, merge_maps(counters)]))
        }
        StageKind::FoldedDepthwise(layer) => {
            let text = Value::from(Serde(depthwise_text(layer, stage.plane.width, width, out_width)));
            let words = stage.plane.width * layer.phases;
            let counters = [counter("phase", layer.phases - 1), counter("address", words - 1)];
            let place = window_place(stage, layer.rows, layer.columns);
            ("folded_depthwise", merge_maps([text, place, merge_maps(counters)]))
        }
        StageKind::PooledConv(conv) => {
            let text = Value::from(Serde(pooled_text(conv, stage.plane.width, width, out_width)));
            let counters = [
                counter("column", stage.plane.width - 1),
                counter("tap", conv.columns - 1),
                counter("step", conv.steps() - 1),
                counter("map", conv.maps - 1),
                counter("idle", conv.maps),
                counter("leaving", conv.beats()),
            ];
            ("pooled_conv", merge_maps([text, merge_maps(counters)]))
        }
        StageKind::FoldedRescale(rescale) => {
            let text = Value::from(Serde(rescale_text(rescale, width, out_width)));
            ("folded_rescale", merge_maps([text, counter("phase", rescale.phases - 1)]))
        }
        StageKind::FoldedSumPool { size, phases } | StageKind::MaxPool { size, phases } => {
            ("folded_sum_pool", folded_pool_values(stage, *size, *phases))
        }
        _ => unreachable!("only folded stages are printed here"),
    }
}

/// The ROM of a folded stage that has one.
pub(crate) fn codes_values(stage: &Stage) -> Option<Value> {
    let rom = match &stage.kind {
        StageKind::FoldedConv(_) if stage.is_fed() => return None,
        StageKind::FoldedConv(conv) => conv.rom(),
        StageKind::FoldedDepthwise(layer) => layer.rom(),
        StageKind::PooledConv(conv) => conv.rom(),
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
pub(crate) fn extended(vector: &str, bits: u32, slot: crate::bus::Slot, width: u32) -> String {
    let value = slice(vector, bits, slot.msb, slot.lsb);
    match width - slot.width {
        0 => value,
        missing => format!("{{{{{missing}{{{}}}}}, {value}}}", slice(vector, bits, slot.msb, slot.msb)),
    }
}
