//! Stages that take a whole pixel a clock.

use lacuna_adder_graph::{AdderGraph, Operation, Output, Pipeline};
use lacuna_fixed_point::{IntCurve, Interval, Rescale};

use super::Family;
use super::parts::{control_delay, place};
use super::tally::Tally;
use crate::Stage;
use crate::curve_text::curve_text;
use crate::graph_text::Chain;
use crate::place_text::blocks_of_a_line;
use crate::pool_text::pool_lanes;
use crate::requantize_text::lanes;
use crate::verilog::bits_for;

pub(crate) fn window(t: &mut Tally, stage: &Stage, maps: usize, rows: usize, columns: usize) {
    let beat = maps * stage.input.widths()[0] as usize;
    place(t, stage.plane.width, rows, columns);
    t.registers(beat * rows * columns + 3);
    t.luts(5.0);
    match stage.plane.width {
        1 => t.registers(beat * (rows - 1)),
        width => t.memory(beat * (rows - 1), width),
    }
}

/// Registers of a value wait for its last reader; the first of them is behind the adder's own LUTs unless something reads the sum
/// in the same clock.
pub(crate) fn graph(t: &mut Tally, _stage: &Stage, graph: &AdderGraph, pipeline: &Pipeline) {
    let inputs = graph.inputs().len();
    let widths: Vec<u32> = graph.intervals().iter().map(|interval| interval.width()).collect();
    let stages = pipeline.stages();
    let last = pipeline.latency();
    control_delay(t, last + 1);
    // The last stage that reads each value, and how many read it in its own.
    let mut until: Vec<Option<u32>> = vec![None; widths.len()];
    let mut at_once = vec![0; widths.len()];
    let mut read = |node: usize, at: u32| {
        until[node] = until[node].max(Some(at));
        at_once[node] += usize::from(at == stages[node]);
    };
    for (n, adder) in graph.adders().iter().enumerate() {
        read(adder.left.node, stages[inputs + n]);
        read(adder.right.node, stages[inputs + n]);
    }
    let mut results = vec![0; widths.len()];
    for output in graph.outputs() {
        let Output::Node { operand, negate } = output else { continue };
        let node = operand.node;
        until[node] = until[node].max(Some(last));
        if *negate {
            t.subtract(widths[node]);
            t.packed(widths[node] as usize);
            at_once[node] += usize::from(stages[node] == last);
        } else {
            results[node] = 1;
        }
    }
    for node in 0..widths.len() {
        let Some(until) = until[node] else { continue };
        let width = widths[node] as usize;
        // Ranks up to the last reader, and that of the result.
        let ranks = (until - stages[node]) as usize + results[node];
        let mut packed = 0;
        if node >= inputs {
            let adder = &graph.adders()[node - inputs];
            let chain = Chain::of(adder, widths[node]);
            match adder.operation {
                Operation::Add => t.add(chain.added()),
                Operation::Subtract => t.subtract(chain.added()),
            }
            if ranks > 0 && at_once[node] == 0 {
                packed = width.min(chain.added() as usize);
            }
        }
        t.packed(packed);
        t.registers(ranks * width - packed);
    }
}

pub(crate) fn requantize(t: &mut Tally, stage: &Stage, rescale: &Rescale, products: &[Interval]) {
    control_delay(t, 2);
    for lane in lanes(rescale, products, &stage.input, &stage.output) {
        t.add_constant(lane.sum_width, lane.addend);
        t.packed((lane.sum_width - lane.shift) as usize);
        saturate(t, lane.rounded_width, lane.out_width, lane.above.is_some(), lane.below.is_some());
        t.packed(lane.out_width as usize);
    }
}

/// A value that is cut to fewer bits, at one or two limits next to a power of two: the bits above are equal, and below the lower one
/// not all zero.
pub(crate) fn saturate(t: &mut Tally, width: u32, out_width: u32, above: bool, below: bool) {
    let limits = u32::from(above) + u32::from(below);
    if above {
        t.equal(width + 1 - out_width.min(width));
    }
    if below {
        t.equal(width);
    }
    if limits > 0 || t.family == Family::Ice40 {
        t.luts(f64::from(out_width));
    }
}

pub(crate) fn curves(t: &mut Tally, stage: &Stage, curve: &IntCurve, fraction: i32, argument: Interval) {
    let (in_width, out_width) = (stage.input.widths()[0], stage.output.widths()[0]);
    let text = curve_text(curve, fraction, argument, in_width, out_width);
    let segments = text.segments.len() as f64;
    control_delay(t, crate::curve_text::latency(curve));
    for _ in stage.output.widths() {
        let (sum, mag) = (f64::from(text.sum_width), text.mag_width);
        if text.odd {
            // The magnitude, and its sign all the way.
            match t.family {
                Family::Ice40 => t.luts(3.0 * f64::from(in_width) - 4.0),
                Family::Ecp5 => {
                    t.add(in_width);
                    t.luts(f64::from(mag));
                }
            }
            t.packed(mag as usize);
            t.registers(text.terms + 2);
        } else {
            t.registers(mag as usize);
        }
        // Where the argument lies, and what follows from it.
        for _ in 1..text.segments.len() {
            t.compare(mag - u32::from(mag > 1 && t.family == Family::Ecp5));
        }
        // Half of what is added is zero, or the same in several bits; the carries of an ECP5 are there all the same.
        let half = (text.sum_width / 2).max(1);
        t.luts(0.32 * (segments - 1.0) * (text.terms + 1) as f64 * sum);
        t.packed((half as usize) * (text.terms + 1));
        t.registers(half as usize * text.terms * (text.terms - 1) / 2);
        for _ in 0..text.terms {
            t.add(if t.family == Family::Ice40 { half } else { text.sum_width });
            t.packed(half as usize);
        }
        saturate(t, text.rounded_width, out_width, true, false);
        if text.odd {
            match t.family {
                Family::Ice40 => t.luts(2.0 * f64::from(out_width)),
                Family::Ecp5 => {
                    t.add(out_width);
                    t.luts(f64::from(out_width));
                }
            }
        }
        t.packed(out_width as usize);
    }
}

pub(crate) fn sum_pool(t: &mut Tally, stage: &Stage, size: usize) {
    let blocks = blocks_of_a_line(stage, size);
    block_place(t, size, blocks);
    t.registers(6 + bits_for(blocks.max(2) - 1) as usize);
    t.luts(8.0);
    t.memory(stage.output.bits() as usize, blocks);
    for [row, out] in pool_lanes(stage, size) {
        // Each sum begins at zero or goes on.
        for width in [row, out] {
            t.luts(f64::from(width));
            t.add(width);
        }
        t.packed(row as usize);
        // The sum is written to the memory too.
        t.registers(out as usize);
    }
}

/// The block along the line, and the column and row in it.
pub(crate) fn block_place(t: &mut Tally, size: usize, blocks: usize) {
    t.counter(blocks.max(2) - 1);
    t.counter(size - 1);
    t.counter(size - 1);
    t.luts(4.0);
}
