//! Convolutions behind the sum pool that reads them: sums of 2 x 2 pixels first, so that only every fourth window is computed.

use lacuna_fixed_point::{Format, IntConv2d, IntLayer, IntNetwork, Interval, Source};
use lacuna_network::Sliding;

use super::Chain;
use crate::design::{Build, Config, Plane, StageKind, Style};
use crate::folded::PooledConv;
use crate::unrolled::{Context, uniform};
use crate::{Bus, Error};

/// How a convolution is built behind the pool that reads it, if it is.
pub(super) fn pool_first(config: &Config, layer: &str) -> Option<Style> {
    match config.layers.get(layer) {
        Some(Build::Style(style @ (Style::PoolFirst | Style::PoolFirstFolded))) => Some(*style),
        _ => None,
    }
}

/// A convolution and the number of the pool that may go in front of it: the one node that reads it, with sums of 2 x 2.
pub(crate) fn pool_behind(network: &IntNetwork, index: usize) -> Option<(&IntConv2d, usize)> {
    let nodes = network.nodes();
    let own = Source::Node(index);
    let mut readers = (0..nodes.len()).filter(|&n| nodes[n].inputs.contains(&own));
    let (IntLayer::Conv2d(conv), Some(pool), None) = (&nodes[index].layer, readers.next(), readers.next())
    else {
        return None;
    };
    let IntLayer::SumPool(blocks) = &nodes[pool].layer else { return None };
    (conv.sliding == Sliding::plain() && blocks.block_side() == Some(2)).then_some((conv, pool))
}

/// Whether a pool that reads this has gone in front of it.
pub(super) fn is_in_front(config: &Config, network: &IntNetwork, source: Source) -> bool {
    matches!(source, Source::Node(n) if pool_first(config, &network.nodes()[n].name).is_some())
}

impl Chain<'_> {
    /// A convolution behind the pool that reads it.
    pub(super) fn pool_first(
        &mut self,
        network: &IntNetwork,
        index: usize,
        style: Style,
    ) -> Result<(), Error> {
        let (node, fault) =
            (&network.nodes()[index], || Error::PoolFirst(network.nodes()[index].name.clone()));
        let Some((conv, pool)) = pool_behind(network, index) else { return Err(fault()) };
        if self.flow.plane.width < 3 {
            return Err(fault());
        }
        let name = &node.name;
        self.gather(name, "_gather");
        let Plane { height, width } = self.flow.plane;
        let maps = self.flow.stream.maps;
        let bits = self.flow.stream.bus.widths()[0] + 2;
        let incoming: Vec<Format> = network
            .source_formats(node.inputs[0])
            .iter()
            .map(|f| Format { interval: Interval { lo: 4 * f.interval.lo, hi: 4 * f.interval.hi }, ..*f })
            .collect();
        let outgoing = network.formats(pool);
        let (_, rows, columns) = conv.kernels.dim();
        let pooled = Plane { height: (height + 1 - rows) / 2, width: (width + 1 - columns) / 2 };
        let bus = self.flow.stream.bus.clone();
        let sums = self.context(name).stage("_block", bus, Bus::uniform(maps, bits), StageKind::RunningSum);
        self.push(sums, 1, maps);
        self.flow.plane = Plane { height: height - 1, width: width - 1 };
        if style == Style::PoolFirstFolded {
            let layer = PooledConv::new(conv, maps, 2, self.config.adders_per_stage);
            if layer.is_too_short(self.flow.plane.width) {
                return Err(fault());
            }
            let beats = layer.beats();
            let output = Bus::uniform(1, uniform(outgoing).widths()[0]);
            let kind = StageKind::PooledConv(Box::new(layer));
            let stage = self.context(name).stage("", self.flow.stream.bus.clone(), output, kind);
            self.push(stage, beats, beats);
        } else {
            if rows * columns > 1 {
                let window = self.context(name).window(&self.flow.stream.bus, rows, columns);
                let values = window.output.widths().len();
                self.push(window, 1, values);
            }
            self.flow.plane = Plane { height: height - rows, width: width - columns };
            let bus = self.flow.stream.bus.clone();
            let kind = StageKind::Thin { stride: [2, 2], words: 1 };
            let kept = self.context(name).stage("_stride", bus.clone(), bus, kind);
            let values = kept.output.widths().len();
            self.push(kept, 1, values);
            let context = Context { plane: pooled, ..self.context(name) };
            let graph = context.convolution(conv, &self.flow.stream.bus, &incoming, outgoing)?;
            self.push(graph, 1, outgoing.len());
        }
        self.flow.plane = pooled;
        Ok(())
    }
}
