//! Printing a design through the templates of `hdl_templates`.

mod printer;
mod top;

use lacuna_adder_graph::{AdderGraph, Pipeline};
use lacuna_fixed_point::Format;
use minijinja::value::{Serde, merge_maps};
use minijinja::{Value, context};

use crate::curve_text::curve_text;
use crate::folded_values::{codes_values, folded_values};
use crate::graph_text::graph_text;
use crate::join_text::join_values;
use crate::place_text::{counter, window_place};
use crate::plane_text::{pad_values, thin_values};
use crate::pool_text::{maximum_values, pool_values, running_sum_values};
use crate::requantize_text::lanes;
use crate::serial::serial_values;
use crate::table_text::table_text;
use crate::verilog::{bits_for, unsigned};
use crate::weight_stream::weights_values;
use crate::{Bus, Design, Gaps, Stage, StageKind};
pub(crate) use printer::Printer;

/// A file to be written: a path relative to the output folder, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// With `/` between folders.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Modules that are the same in every design.
const SHARED: &[(&str, &str)] = &[
    ("lacuna_banked_ram.v", include_str!("../../../hdl_templates/lacuna_banked_ram.v")),
    ("lacuna_add.v", include_str!("../../../hdl_templates/lacuna_add.v")),
    ("lacuna_sub.v", include_str!("../../../hdl_templates/lacuna_sub.v")),
    ("lacuna_line_ram.v", include_str!("../../../hdl_templates/lacuna_line_ram.v")),
    ("lacuna_add_carry.v", include_str!("../../../hdl_templates/lacuna_add_carry.v")),
    ("lacuna_fifo.v", include_str!("../../../hdl_templates/lacuna_fifo.v")),
    ("lacuna_serial_add.v", include_str!("../../../hdl_templates/lacuna_serial_add.v")),
    ("lacuna_serial_word.v", include_str!("../../../hdl_templates/lacuna_serial_word.v")),
    ("lacuna_serial_digit.v", include_str!("../../../hdl_templates/lacuna_serial_digit.v")),
    ("lacuna_control_delay.v", include_str!("../../../hdl_templates/lacuna_control_delay.v")),
];

/// The Verilog of a design: `rtl/*.v`, one module a file, and the testbench in `sim/`.
///
/// The same design gives the same bytes.
pub fn render(design: &Design) -> Vec<SourceFile> {
    let printer = Printer::new();
    let mut files = vec![printer.frame_sync(design)];
    files.extend(design.stages.iter().map(|stage| printer.stage(design, stage)));
    files.extend(design.stages.iter().filter_map(|stage| printer.codes(design, stage)));
    files.extend(design.stages.iter().filter_map(|stage| printer.weights(design, stage)));
    files.push(printer.stream_out(design));
    files.push(printer.top(design));
    files.push(printer.testbench(design));
    shared_modules(&files).into_iter().chain(files).collect()
}

/// Those of the modules that are the same in every design which these files instantiate.
pub(crate) fn shared_modules(files: &[SourceFile]) -> Vec<SourceFile> {
    let instantiates = |text: &str, file: &str| {
        let instance = format!("{} ", file.trim_end_matches(".v"));
        text.lines().any(|line| line.trim_start().starts_with(&instance))
    };
    let is_used = |file: &str| files.iter().any(|other| instantiates(&other.text, file));
    // One shared module may be a part of another.
    let is_part = |file: &str| SHARED.iter().any(|(name, text)| is_used(name) && instantiates(text, file));
    let used = SHARED.iter().filter(|(name, _)| is_used(name) || is_part(name));
    used.map(|(name, text)| SourceFile { path: format!("rtl/{name}"), text: (*text).to_owned() }).collect()
}

/// The module of one adder graph between two buses; `names` gives the design, the layer and the module.
#[expect(clippy::too_many_arguments, reason = "the parts of one module, named at the only two calls")]
pub(crate) fn graph_module(
    printer: &Printer,
    names: Value,
    title: &str,
    graph: &AdderGraph,
    pipeline: &Pipeline,
    adders_per_stage: u32,
    (input, output): (&Bus, &Bus),
    labels: &[String],
) -> SourceFile {
    let cost = graph.cost();
    let negations = cost.negations;
    let path = rtl(&names.get_attr("module").expect("the names hold the module").to_string());
    let text = Value::from(Serde(graph_text(graph, pipeline, input, output, labels)));
    let values = context! {
        title => title,
        adders => cost.adders,
        negations => if negations > 0 { format!(" and {negations} negation(s)") } else { String::new() },
        stages => pipeline.latency() + 1,
        adders_per_stage => adders_per_stage,
        in_bits => input.bits(),
        out_bits => output.bits(),
        ..merge_maps([names, text])
    };
    printer.print("graph", path, values)
}

/// Bits of an output beat: each map sign-extended to whole bytes.
pub(crate) fn output_beat_bits(design: &Design) -> u32 {
    design.output_formats.len() as u32 * output_map_bits(&design.output_formats)
}

/// Bits of one map of an output beat.
pub(crate) fn output_map_bits(formats: &[Format]) -> u32 {
    let widest = formats.iter().map(|f| f.interval.width()).max().unwrap_or(1);
    widest.next_multiple_of(8)
}

impl Printer {
    fn frame_sync(&self, design: &Design) -> SourceFile {
        let module = format!("{}_frame_sync", design.name);
        let bits = design.input_maps as u32 * 8;
        let due = design.clocks_per_pixel - 1;
        let (line_due, frame_due) = (due + design.gaps.line, due + design.gaps.line + design.gaps.frame);
        let settle = design.schedule.as_ref().map_or(0, |s| s.settle).max(frame_due);
        let ages = bits_for(settle.max(1));
        let values = context! {
            design => design.name.as_str(),
            module => module.as_str(),
            width => design.frame.width,
            height => design.frame.height,
            bits => bits,
            sign_mask => format!("{{{}{{8'h80}}}}", design.input_maps),
            paced => design.is_paced(),
            joins => design.has_joins(),
            clocks => design.clocks_per_pixel,
            settle => settle,
            due_age => unsigned(due, ages),
            gaps => design.gaps != Gaps::default(),
            line_gap => design.gaps.line,
            frame_gap => design.gaps.line + design.gaps.frame,
            line_due_age => unsigned(line_due, ages),
            frame_due_age => unsigned(frame_due, ages),
            ..merge_maps([
                counter("column", design.frame.width - 1),
                counter("row", design.frame.height - 1),
                counter("age", settle),
            ])
        };
        self.print("frame_sync", rtl(&module), values)
    }

    fn stream_out(&self, design: &Design) -> SourceFile {
        let module = format!("{}_stream_out", design.name);
        let values = context! {
            design => design.name.as_str(),
            module => module.as_str(),
            width => design.output.width,
            bits => output_beat_bits(design),
            ..counter("column", design.output.width - 1)
        };
        self.print("stream_out", rtl(&module), values)
    }

    fn stage(&self, design: &Design, stage: &Stage) -> SourceFile {
        let module = module_name(design, stage);
        let path = rtl(&module);
        let names = context! { design => design.name.as_str(), layer => stage.layer.as_str(), module => module.as_str() };
        let buses = context! { in_bits => stage.input.bits(), out_bits => stage.output.bits() };
        match &stage.kind {
            StageKind::Window { maps, rows, columns } => {
                let values = context! {
                    rows => *rows,
                    columns => *columns,
                    maps => *maps,
                    width => stage.input.widths()[0],
                    beat => stage.input.bits(),
                    incoming => "in_data",
                };
                let values = merge_maps([names, values, window_place(stage, *rows, *columns)]);
                self.print("window", path, values)
            }
            StageKind::Pace { .. } | StageKind::SerialWindow(_) | StageKind::SerialGraph { .. } => {
                let (template, values) = serial_values(stage);
                self.print(template, path, merge_maps([names, buses, values]))
            }
            StageKind::SumPool { size } | StageKind::MaxPool { size, phases: 1 } => {
                self.print("sum_pool", path, merge_maps([names, buses, pool_values(stage, *size)]))
            }
            StageKind::Maximum { places } => {
                self.print("maximum", path, merge_maps([names, buses, maximum_values(stage, places)]))
            }
            StageKind::Pad { padding, value, words, depth } => {
                let values = pad_values(stage, *padding, *value, *words, *depth);
                self.print("pad", path, merge_maps([names, buses, values]))
            }
            StageKind::Thin { stride, words } => {
                self.print("thin", path, merge_maps([names, buses, thin_values(stage, *stride, *words)]))
            }
            StageKind::Graph { graph, pipeline, inputs, title } => graph_module(
                self,
                names,
                title,
                graph,
                pipeline,
                design.adders_per_stage,
                (&stage.input, &stage.output),
                inputs,
            ),
            StageKind::Requantize { rescale, products } => {
                let values = context! {
                    lanes => Serde(lanes(rescale, products, &stage.input, &stage.output)),
                    fraction => rescale.fraction,
                    clamp_lo => rescale.clamp.lo,
                    clamp_hi => rescale.clamp.hi,
                    ..merge_maps([names, buses])
                };
                self.print("requantize", path, values)
            }
            StageKind::RunningSum => {
                self.print("running_sum", path, merge_maps([names, buses, running_sum_values(stage)]))
            }
            StageKind::Table { curve, fraction, argument, registered } => {
                let widths = (stage.input.widths()[0], stage.output.widths()[0]);
                let text = table_text(curve, *fraction, *argument, widths.0, widths.1, *registered);
                self.print("table", path, merge_maps([names, Value::from(Serde(text))]))
            }
            StageKind::Join { feeds, .. } => {
                self.print("join", path, merge_maps([names, buses, join_values(stage, feeds)]))
            }
            StageKind::Narrow { .. }
            | StageKind::Gather { .. }
            | StageKind::FoldedConv(_)
            | StageKind::PooledConv(_)
            | StageKind::FoldedDepthwise(_)
            | StageKind::FoldedRescale(_)
            | StageKind::FoldedSumPool { .. }
            | StageKind::MaxPool { .. } => {
                let (template, values) = folded_values(stage);
                self.print(template, path, merge_maps([names, buses, values]))
            }
            StageKind::Curve { curve, fraction, argument } => {
                let widths = (stage.input.widths()[0], stage.output.widths()[0]);
                let text = curve_text(curve, *fraction, *argument, widths.0, widths.1);
                self.print("curve", path, merge_maps([names, Value::from(Serde(text))]))
            }
        }
    }

    /// The ROM of a folded stage.
    fn codes(&self, design: &Design, stage: &Stage) -> Option<SourceFile> {
        let module = format!("{}_codes", module_name(design, stage));
        let values = codes_values(stage)?;
        let names = context! { design => design.name.as_str(), layer => stage.layer.as_str(), module => module.as_str() };
        Some(self.print("codes", rtl(&module), merge_maps([names, values])))
    }

    /// The module through which a folded stage gets its weights from outside.
    fn weights(&self, design: &Design, stage: &Stage) -> Option<SourceFile> {
        let module = format!("{}_weights", module_name(design, stage));
        let values = weights_values(stage)?;
        let names = context! { design => design.name.as_str(), layer => stage.layer.as_str(), module => module.as_str() };
        Some(self.print("weights", rtl(&module), merge_maps([names, values])))
    }
}

fn module_name(design: &Design, stage: &Stage) -> String {
    format!("{}_{}", design.name, stage.name)
}

fn rtl(module: &str) -> String {
    format!("rtl/{module}.v")
}
