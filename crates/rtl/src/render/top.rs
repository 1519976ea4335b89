//! The top module of a core, which joins its stages, and its testbench.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::{Printer, SourceFile, module_name, output_beat_bits, output_map_bits, rtl};
use crate::verilog::slice;
use crate::weight_stream::{stream_bits, weights_path};
use crate::{Design, Gaps, Stage, StageKind};

impl Printer {
    /// The core.
    pub(super) fn top(&self, design: &Design) -> SourceFile {
        let stages: Vec<StageText> =
            design.stages.iter().map(|stage| StageText::new(design, stage)).collect();
        let last = design.stages.last().expect("a design has at least one stage");
        let map_bits = output_map_bits(&design.output_formats);
        let mut maps: Vec<String> = last
            .output
            .slots()
            .map(|slot| {
                let name = format!("{}_data", last.name);
                let value = slice(&name, last.output.bits(), slot.msb, slot.lsb);
                match map_bits - slot.width {
                    0 => value,
                    missing => format!("{{{missing}{{{name}[{}]}}}}, {value}", slot.msb),
                }
            })
            .collect();
        maps.reverse();
        let fractions = design.output_formats.iter().map(|f| f.fraction);
        let (least, most) = (fractions.clone().min().unwrap_or(0), fractions.max().unwrap_or(0));
        let fraction = if least == most { least.to_string() } else { format!("{least} to {most}") };
        let values = context! {
            design => design.name.as_str(),
            module => design.name.as_str(),
            summary => format!("{} stages, {} register ranks deep", design.stages.len(), design.latency()),
            frame_width => design.frame.width,
            frame_height => design.frame.height,
            out_width => design.output.width,
            out_height => design.output.height,
            out_maps => design.output_formats.len(),
            in_maps => design.input_maps,
            in_bits => 8 * design.input_maps,
            out_bits => output_beat_bits(design),
            out_note => format!("{} map(s) of {map_bits} bits, signed, {fraction} fraction bits", design.output_formats.len()),
            stages => Serde(stages),
            fed => Serde(fed_stages(design)),
            pace => pace(design),
            paced => design.is_paced(),
            joins => design.has_joins(),
            last => last.name.as_str(),
            weights_ready => all_of(design, "&", "ready"),
            weights_misplaced => all_of(design, "|", "misplaced"),
            out_data => if maps.len() == 1 && !maps[0].contains(',') { maps[0].clone() } else { format!("{{{}}}", maps.join(", ")) },
        };
        self.print("top", rtl(&design.name), values)
    }

    /// What simulates it.
    pub(super) fn testbench(&self, design: &Design) -> SourceFile {
        let module = format!("{}_tb", design.name);
        let values = context! {
            design => design.name.as_str(),
            module => module.as_str(),
            top => design.name.as_str(),
            in_bits => 8 * design.input_maps,
            out_bits => output_beat_bits(design),
            fed => Serde(fed_stages(design)),
            patience => 2000 + 20 * (design.frame.width * design.clocks_per_pixel + design.gaps.line) + 20 * design.gaps.frame + design.schedule.as_ref().map_or(0, |s| 20 * s.settle),
        };
        self.print("testbench", format!("sim/{module}.v"), values)
    }
}

/// A stage whose weights come through a port of the core.
#[derive(Serialize)]
struct FedStage {
    name: String,
    bits: u32,
    words: usize,
    path: String,
}

fn fed_stages(design: &Design) -> Vec<FedStage> {
    let stage = |stage: &Stage| {
        let StageKind::FoldedConv(conv) = &stage.kind else { return None };
        let (bits, words) = (stream_bits(conv.code_bits()), conv.steps());
        stage.is_fed().then(|| FedStage { name: stage.name.clone(), bits, words, path: weights_path(stage) })
    };
    design.stages.iter().filter_map(stage).collect()
}

/// How fast pixels are taken.
fn pace(design: &Design) -> String {
    let pixels = match design.clocks_per_pixel {
        1 => "one pixel a clock".to_owned(),
        clocks => format!("one pixel in {clocks} clocks"),
    };
    match design.gaps {
        Gaps { line: 0, frame: 0 } => pixels,
        Gaps { line, frame } => {
            format!("{pixels}, {line} clock(s) behind a line and {frame} behind a frame without one")
        }
    }
}

/// A flag of all stages whose weights come from outside.
fn all_of(design: &Design, operator: &str, flag: &str) -> String {
    let names = fed_stages(design).into_iter().map(|stage| format!("{}_weights_{flag}", stage.name));
    names.collect::<Vec<_>>().join(&format!(" {operator} "))
}

/// One stage in the top module.
#[derive(Serialize)]
struct StageText {
    name: String,
    module: String,
    sources: Vec<String>,
    joins: bool,
    summary: String,
    curve: bool,
    fed: bool,
    latency: u32,
    out_bits: u32,
    lanes: Vec<LaneText>,
}

#[derive(Serialize)]
struct LaneText {
    in_msb: u32,
    in_lsb: u32,
    out_msb: u32,
    out_lsb: u32,
}

impl StageText {
    fn new(design: &Design, stage: &Stage) -> Self {
        let lanes = stage.input.slots().zip(stage.output.slots());
        let curve = matches!(stage.kind, StageKind::Curve { .. } | StageKind::Table { .. });
        Self {
            name: stage.name.clone(),
            module: module_name(design, stage),
            sources: stage.feeds.iter().map(|&feed| design.name_of(feed).to_owned()).collect(),
            joins: matches!(stage.kind, StageKind::Join { .. }),
            summary: stage.summary(),
            curve,
            fed: stage.is_fed(),
            latency: stage.latency(),
            out_bits: stage.output.bits(),
            lanes: lanes
                .filter(|_| curve)
                .map(|(i, o)| LaneText { in_msb: i.msb, in_lsb: i.lsb, out_msb: o.msb, out_lsb: o.lsb })
                .collect(),
        }
    }
}
