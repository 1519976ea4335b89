//! The values of a stage where branches meet, as lines of Verilog.

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use crate::Stage;
use crate::bus::Slot;
use crate::design::JoinFeed;
use crate::verilog::{bits_for, slice};

/// A branch.
#[derive(Serialize)]
struct BranchText {
    bits: u32,
    fifo_bits: u32,
    /// Whether it reads the pixels themselves, which come in the clock of a restart.
    early: bool,
}

/// A part of what leaves.
#[derive(Serialize)]
struct PartText {
    msb: u32,
    lsb: u32,
    value: String,
}

/// What `join.v` prints.
pub(crate) fn join_values(stage: &Stage, feeds: &[JoinFeed]) -> Value {
    let branches: Vec<BranchText> = feeds
        .iter()
        .map(|branch| BranchText {
            bits: branch.bus.bits(),
            fifo_bits: bits_for(branch.depth.max(2) - 1),
            early: branch.is_early,
        })
        .collect();
    let numbers = || 0..feeds.len();
    let all = |name: &dyn Fn(usize) -> String, operator: &str| {
        numbers().map(name).collect::<Vec<_>>().join(operator)
    };
    context! {
        branches => Serde(branches),
        parts => Serde(parts(stage, feeds)),
        all_valid => all(&|n| format!("word{n}_valid"), " & "),
        all_sof => all(&|n| format!("word{n}_sof"), " & "),
        any_sof => all(&|n| format!("word{n}_sof"), " | "),
    }
}

/// Branches as they are where that will do, else value by value.
fn parts(stage: &Stage, feeds: &[JoinFeed]) -> Vec<PartText> {
    let mut outputs = stage.output.slots();
    let mut parts = Vec::new();
    for (n, feed) in feeds.iter().enumerate() {
        let (name, bits) = (format!("word{n}"), feed.bus.bits());
        let places: Vec<(Slot, Slot)> = feed.bus.slots().zip(outputs.by_ref()).collect();
        if feed.shift == 0 && places.iter().all(|(from, to)| from.width == to.width) {
            let lsb = places[0].1.lsb;
            parts.push(PartText { msb: lsb + bits - 1, lsb, value: name });
            continue;
        }
        parts.extend(places.iter().map(|(from, to)| PartText {
            msb: to.msb,
            lsb: to.lsb,
            value: shifted(&name, bits, *from, feed.shift, to.width),
        }));
    }
    parts
}

/// A signed value of a vector, shifted to the left and sign-extended.
fn shifted(vector: &str, bits: u32, slot: Slot, shift: u32, width: u32) -> String {
    let mut parts = Vec::new();
    let copies = width - slot.width - shift;
    if copies > 0 {
        parts.push(format!("{{{copies}{{{}}}}}", slice(vector, bits, slot.msb, slot.msb)));
    }
    parts.push(slice(vector, bits, slot.msb, slot.lsb));
    if shift > 0 {
        parts.push(format!("{shift}'b0"));
    }
    if parts.len() == 1 { parts.remove(0) } else { format!("{{{}}}", parts.join(", ")) }
}
