//! Layers that share few units among many weights, as their rate allows: a *folded* layer takes a pixel in several beats,
//! its *phases*, and its weights come one after another from a ROM of short codes.
//!
//! Phase `p`, lane `l` of a stream carries map `p · lanes + l`; lanes behind the last map carry nothing that matters.

mod codes;
mod convolution;
mod depthwise;
mod inverted;
mod pooled;
mod rescale;
mod sum_text;
mod terms_text;

pub use codes::Alphabet;
pub(crate) use codes::hexadecimal;
pub use convolution::FoldedConv;
pub(crate) use convolution::conv_text;
pub use depthwise::FoldedDepthwise;
pub(crate) use depthwise::depthwise_text;
pub use pooled::PooledConv;
pub(crate) use pooled::pooled_text;
pub use rescale::FoldedRescale;
pub(crate) use rescale::rescale_text;
pub(crate) use sum_text::{tree_latency, tree_plan};

use crate::Bus;

/// What flows between two stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    /// One beat.
    pub(crate) bus: Bus,
    /// Beats of a pixel.
    pub(crate) phases: usize,
    /// Maps that matter.
    pub(crate) maps: usize,
}

impl Stream {
    /// All maps of a pixel in one beat.
    pub(crate) fn whole(bus: Bus) -> Self {
        let maps = bus.widths().len();
        Self { bus, phases: 1, maps }
    }

    /// Values of a beat.
    pub(crate) fn lanes(&self) -> usize {
        self.bus.widths().len()
    }
}
