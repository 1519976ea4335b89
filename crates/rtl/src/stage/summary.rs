//! Stages in words.

use lacuna_network::Padding;

use super::{Stage, StageKind};
use crate::serial::SerialWindow;

impl Stage {
    /// One line for people: the stage and what it does.
    pub fn summary(&self) -> String {
        let what = match &self.kind {
            StageKind::Window { maps, rows, columns } => {
                format!("{rows} x {columns} window over {maps} map(s)")
            }
            StageKind::Graph { graph, title, .. } => format!("{title}: {} adders", graph.cost().adders),
            StageKind::Pace { clocks, depth } => {
                format!("a beat every {clocks} clocks, a queue of {depth}")
            }
            StageKind::SerialWindow(SerialWindow { maps, rows, columns, digit, .. }) => {
                format!("{rows} x {columns} window over {maps} map(s), {digit} bit(s) a clock")
            }
            StageKind::SerialGraph { serial, title, .. } => format!(
                "{title}: {} adders, {} bit(s) a clock, {} clocks a result",
                serial.adders(),
                serial.digit,
                serial.clocks
            ),
            StageKind::SumPool { size } => {
                format!("{size} x {size} sums of {} map(s)", self.output.widths().len())
            }
            StageKind::MaxPool { size, .. } => {
                format!("{size} x {size} maxima of {} map(s)", self.output.widths().len())
            }
            StageKind::Maximum { places } => {
                format!("maxima of {} values of {} map(s)", places.len(), self.output.widths().len())
            }
            StageKind::Pad { padding: Padding { top, left, bottom, right }, depth, .. } => {
                format!(
                    "{top} row(s) above, {bottom} below, {left} column(s) left, {right} right, a queue of {depth}"
                )
            }
            StageKind::Thin { stride: [1, 1], .. } => "all maps at one width".to_owned(),
            StageKind::Thin { stride: [down, across], .. } => {
                format!("every {across}. column of every {down}. row")
            }
            StageKind::Requantize { .. } => "bias, rounding and saturation".to_owned(),
            StageKind::Curve { curve, .. } => format!("activation of {} segments", curve.segments.len()),
            StageKind::Narrow { parts, depth, .. } => {
                format!("{parts} beats of {} map(s) for one, a queue of {depth}", self.output.widths().len())
            }
            StageKind::Join { feeds, .. } => {
                let depths: Vec<String> = feeds.iter().map(|feed| feed.depth.to_string()).collect();
                format!("a beat of {} branches at a time, queues of {}", feeds.len(), depths.join(", "))
            }
            StageKind::Gather { phases, maps } => format!("one beat of {maps} map(s) for {phases}"),
            StageKind::FoldedConv(conv) => format!(
                "{} x {} kernels, folded: {} x {} terms, {} steps a window, a queue of {}",
                conv.rows,
                conv.columns,
                conv.outputs,
                conv.terms(),
                conv.steps(),
                conv.depth
            ),
            StageKind::FoldedDepthwise(layer) => format!(
                "{} x {} kernels of a map each, folded: {} terms, {} beats a pixel",
                layer.rows,
                layer.columns,
                layer.lanes * layer.columns * layer.terms(),
                layer.phases
            ),
            StageKind::FoldedRescale(rescale) => {
                format!("coefficient, bias, rounding and saturation, {} map(s) at a time", rescale.lanes)
            }
            StageKind::RunningSum => format!("running sums of 2 x 2, {} map(s)", self.output.widths().len()),
            StageKind::PooledConv(conv) => format!(
                "{} x {} kernels behind their pool, folded: {} terms, {} steps a window, a queue of {}",
                conv.rows,
                conv.columns,
                conv.terms(),
                conv.steps(),
                conv.depth
            ),
            StageKind::Table { .. } => {
                format!("activation in a table of {} words", 1 << self.input.widths()[0])
            }
            StageKind::FoldedSumPool { size, .. } => {
                format!("{size} x {size} sums, {} map(s) at a time", self.output.widths().len())
            }
        };
        format!("{}: {what}", self.name)
    }
}
