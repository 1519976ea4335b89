/*!
What a design will need on an FPGA, said before anything is synthesised.

Every kind of stage has its estimate here, made of the parts of its template ([`tally`]). A new kind does not compile until it has one.
The figures are those that `lacuna synth` reports: of the core with `synth/board_top.v` around it, after packing, and made for Yosys 0.23.
*/

mod around;
mod folded;
mod parts;
mod planes;
mod pooled;
mod serial;
mod tally;
mod terms;
mod unrolled;

use serde::{Deserialize, Serialize};

use crate::{Design, Stage, StageKind};
pub use around::spi_shell;
use tally::Tally;
pub(crate) use tally::{LARGE_WIDTH, large_brams};

/// FPGAs by what their cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Lattice iCE40: logic cells of a LUT4, a carry and a flip-flop; block RAMs of 4 kbit.
    Ice40,
    /// Lattice ECP5: LUT4, carries of two bits in two of them, flip-flops; block RAMs of 18 kbit.
    Ecp5,
}

/// Cells of a part, or of what is to go onto it, as `lacuna synth` counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cells {
    /// iCE40: logic cells; ECP5: LUT4, two for each carry included.
    pub luts: u64,
    /// iCE40: `SB_CARRY`; ECP5: `CCU2C`.
    pub carries: u64,
    /// Flip-flops.
    pub ffs: u64,
    /// Block RAMs of 4 kbit (iCE40) or 18 kbit (ECP5).
    pub brams: u64,
    /// Multipliers: none.
    pub dsps: u64,
    /// RAMs of one port that some iCE40 have beside their block RAMs: 16,384 words of 16 bits.
    #[serde(default, skip_serializing_if = "is_none")]
    pub large_brams: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// The estimate of a design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Per stage.
    pub stages: Vec<Cells>,
    /// Of what stands in front of the stages and behind them, and of the board's module around the core.
    pub around: Cells,
    /// All together.
    pub total: Cells,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ice40, Self::Ecp5];
}

impl Cells {
    /// What there is too much of for a part: its name, how many are needed, and how many there are.
    pub fn over(&self, part: &Self) -> Vec<(&'static str, u64, u64)> {
        self.beside(part).filter(|(_, needed, has)| needed > has).collect()
    }

    /// What is needed and what a part has: name, needed, there. Large RAMs only where there is a question of any.
    pub fn beside(&self, part: &Self) -> impl Iterator<Item = (&'static str, u64, u64)> + use<> {
        let both = self.list().into_iter().zip(part.list());
        both.map(|((name, needed), (_, has))| (name, needed, has))
            .filter(|&(name, needed, has)| name != "large_brams" || needed > 0 || has > 0)
    }

    /// What a report calls them, and how many.
    pub fn list(&self) -> [(&'static str, u64); 6] {
        let Self { luts, carries, ffs, brams, dsps, large_brams } = *self;
        [
            ("luts", luts),
            ("carries", carries),
            ("ffs", ffs),
            ("brams", brams),
            ("large_brams", large_brams),
            ("dsps", dsps),
        ]
    }

    /// The sum of both.
    pub fn plus(self, other: Self) -> Self {
        Self {
            luts: self.luts + other.luts,
            carries: self.carries + other.carries,
            ffs: self.ffs + other.ffs,
            brams: self.brams + other.brams,
            dsps: self.dsps + other.dsps,
            large_brams: self.large_brams + other.large_brams,
        }
    }
}

/// What a design will need on parts of a family.
pub fn estimate(design: &Design, family: Family) -> Estimate {
    let stages: Vec<Cells> = design.stages.iter().map(|stage| stage_cells(stage, family)).collect();
    let mut tally = Tally::new(family);
    around::around(&mut tally, design);
    let around = tally.cells();
    let total = stages.iter().fold(around, |sum, &stage| sum.plus(stage));
    Estimate { stages, around, total }
}

/// What one stage will need.
pub(crate) fn stage_cells(stage: &Stage, family: Family) -> Cells {
    let mut tally = Tally::new(family);
    let t = &mut tally;
    match &stage.kind {
        StageKind::Window { maps, rows, columns } => unrolled::window(t, stage, *maps, *rows, *columns),
        StageKind::Graph { graph, pipeline, .. } => unrolled::graph(t, stage, graph, pipeline),
        StageKind::Pace { clocks, depth } => serial::pace(t, stage, *clocks, *depth),
        StageKind::SerialWindow(window) => serial::window(t, stage, window),
        StageKind::SerialGraph { serial: graph, .. } => serial::graph(t, stage, graph),
        StageKind::MaxPool { size, phases } => planes::max_pool(t, stage, *size, *phases),
        StageKind::Maximum { places } => planes::maximum(t, stage, places.len()),
        StageKind::Pad { padding, words, depth, .. } => planes::pad(t, stage, *padding, *words, *depth),
        StageKind::Thin { stride, words } => planes::thin(t, stage, *stride, *words),
        StageKind::SumPool { size } => unrolled::sum_pool(t, stage, *size),
        StageKind::Requantize { rescale, products } => unrolled::requantize(t, stage, rescale, products),
        StageKind::Curve { curve, fraction, argument } => {
            unrolled::curves(t, stage, curve, *fraction, *argument);
        }
        StageKind::RunningSum => pooled::running_sum(t, stage),
        StageKind::Table { registered, .. } => pooled::table(t, stage, *registered),
        StageKind::PooledConv(conv) => pooled::convolution(t, stage, conv),
        StageKind::Join { feeds, .. } => pooled::join(t, stage, feeds),
        StageKind::Narrow { parts, depth, .. } => folded::narrow(t, stage, *parts, *depth),
        StageKind::Gather { phases, .. } => folded::gather(t, stage, *phases),
        StageKind::FoldedConv(conv) => folded::convolution(t, stage, conv),
        StageKind::FoldedDepthwise(layer) => folded::depthwise(t, stage, layer),
        StageKind::FoldedRescale(rescale) => folded::rescale(t, stage, rescale),
        StageKind::FoldedSumPool { size, phases } => folded::sum_pool(t, stage, *size, *phases),
    }
    tally.cells()
}
