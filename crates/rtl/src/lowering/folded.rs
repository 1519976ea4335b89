//! Convolutions whose weights share units.

use lacuna_fixed_point::{Format, IntConv2d};

use super::Chain;
use crate::design::{Lanes, Origin, StageKind};
use crate::folded::{FoldedConv, FoldedDepthwise};
use crate::{Bus, Error};

impl Chain<'_> {
    pub(super) fn folded_convolution(
        &mut self,
        name: &str,
        conv: &IntConv2d,
        Lanes { outputs, weights, large_bits, .. }: Lanes,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
        let shape = [self.flow.stream.lanes(), self.flow.stream.phases];
        let width = outgoing.iter().map(|f| f.interval.width()).max().expect("a layer has at least one map");
        let short = || Error::TooSmallToFold(name.to_owned());
        let line_length = self.flow.plane.width;
        if FoldedDepthwise::takes(conv, incoming.len()) {
            if weights == Origin::Streamed {
                return Err(Error::NotStreamed(name.to_owned()));
            }
            let layer = FoldedDepthwise::new(conv, shape, large_bits, self.config.adders_per_stage);
            if layer.is_too_short(line_length) {
                return Err(short());
            }
            if !layer.fits_banks(line_length, self.flow.stream.bus.widths()[0]) {
                return Err(Error::LargeBits(name.to_owned()));
            }
            let bus = Bus::uniform(layer.lanes, width);
            let phases = layer.phases;
            let kind = StageKind::FoldedDepthwise(Box::new(layer));
            let stage = self.context(name).stage("", self.flow.stream.bus.clone(), bus, kind);
            self.push(stage, phases, outgoing.len());
            return Ok(());
        }
        if large_bits > 0 {
            return Err(Error::LargeBits(name.to_owned()));
        }
        if outputs == 0 || outputs > outgoing.len() {
            return Err(Error::Outputs { layer: name.to_owned(), outputs, maps: outgoing.len() });
        }
        let layer = FoldedConv::new(conv, shape, outputs, line_length, weights);
        if layer.is_too_short() {
            return Err(short());
        }
        let groups = layer.groups;
        let kind = StageKind::FoldedConv(Box::new(layer));
        let stage =
            self.context(name).stage("", self.flow.stream.bus.clone(), Bus::uniform(outputs, width), kind);
        self.push(stage, groups, outgoing.len());
        Ok(())
    }
}
