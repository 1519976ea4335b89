//! The two stages of a digit-serial layer.

use super::{SerialGraph, SerialWindow};
use crate::unrolled::Context;
use crate::{Bus, Stage, StageKind};

/// The digit-serial form of an unrolled graph, and in front of it the window of so many rows and columns that slides over beats of `bus`
/// and gives their digits; `context` is the window's.
pub(crate) fn serial_stages(
    context: Context<'_>,
    graph: Stage,
    bus: &Bus,
    [rows, columns]: [usize; 2],
    clocks: usize,
) -> [Stage; 2] {
    let StageKind::Graph { graph: program, inputs, title, .. } = graph.kind else {
        unreachable!("{} is made serial, and is no adder graph", graph.name)
    };
    let word = bus.widths().iter().copied().max().expect("a bus has a value");
    let serial = SerialGraph::new(&program, word, clocks, context.config.adders_per_stage);
    let maps = bus.widths().len();
    let digits = Bus::uniform(maps * rows * columns, serial.digit);
    // The graph counts its inputs in another order than the window its places.
    let order = graph.input.order();
    let mut inverted = vec![false; order.len()];
    order.iter().zip(serial.inverted()).for_each(|(&place, inverts)| inverted[place] = inverts);
    let window = SerialWindow { maps, rows, columns, digit: serial.digit, inverted };
    let window = context.stage("_digits", bus.clone(), digits.clone(), StageKind::SerialWindow(window));
    let kind = StageKind::SerialGraph { serial: Box::new(serial), inputs, title };
    [window, Stage { input: digits.reordered(&order), kind, ..graph }]
}
