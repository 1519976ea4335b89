//! Printing a design through the templates of `hdl_templates`.

use lacuna_adder_graph::{AdderGraph, Pipeline};
use lacuna_fixed_point::Format;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, merge_maps};
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

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
use crate::verilog::{bits_for, slice, unsigned};
use crate::weight_stream::{stream_bits, weights_path, weights_values};
use crate::{Bus, Design, Gaps, Stage, StageKind};

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

const TEMPLATES: &[(&str, &str)] = &[
    ("frame_sync", include_str!("../../../hdl_templates/frame_sync.v")),
    ("stream_out", include_str!("../../../hdl_templates/stream_out.v")),
    ("window_lines", include_str!("../../../hdl_templates/window_lines.v")),
    ("pace", include_str!("../../../hdl_templates/pace.v")),
    ("serial_window", include_str!("../../../hdl_templates/serial_window.v")),
    ("serial_graph", include_str!("../../../hdl_templates/serial_graph.v")),
    ("window", include_str!("../../../hdl_templates/window.v")),
    ("pad", include_str!("../../../hdl_templates/pad.v")),
    ("thin", include_str!("../../../hdl_templates/thin.v")),
    ("maximum", include_str!("../../../hdl_templates/maximum.v")),
    ("sum_pool", include_str!("../../../hdl_templates/sum_pool.v")),
    ("graph", include_str!("../../../hdl_templates/graph.v")),
    ("requantize", include_str!("../../../hdl_templates/requantize.v")),
    ("graph_testbench", include_str!("../../../hdl_templates/graph_testbench.v")),
    ("curve", include_str!("../../../hdl_templates/curve.v")),
    ("table", include_str!("../../../hdl_templates/table.v")),
    ("running_sum", include_str!("../../../hdl_templates/running_sum.v")),
    ("pooled_conv", include_str!("../../../hdl_templates/pooled_conv.v")),
    ("join", include_str!("../../../hdl_templates/join.v")),
    ("narrow", include_str!("../../../hdl_templates/narrow.v")),
    ("gather", include_str!("../../../hdl_templates/gather.v")),
    ("folded_conv", include_str!("../../../hdl_templates/folded_conv.v")),
    ("folded_depthwise", include_str!("../../../hdl_templates/folded_depthwise.v")),
    ("folded_rescale", include_str!("../../../hdl_templates/folded_rescale.v")),
    ("folded_sum_pool", include_str!("../../../hdl_templates/folded_sum_pool.v")),
    ("codes", include_str!("../../../hdl_templates/codes.v")),
    ("weights", include_str!("../../../hdl_templates/weights.v")),
    ("top", include_str!("../../../hdl_templates/top.v")),
    ("testbench", include_str!("../../../hdl_templates/testbench.v")),
    ("board_top", include_str!("../../../hdl_templates/board_top.v")),
    ("spi_top", include_str!("../../../hdl_templates/spi_top.v")),
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

pub(crate) struct Printer {
    environment: Environment<'static>,
}

impl Printer {
    pub(crate) fn new() -> Self {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .variable_delimiters("${", "}")
            .block_delimiters("/*%", "%*/")
            .comment_delimiters("/*#", "#*/")
            .line_statement_prefix("//%")
            .line_comment_prefix("//#")
            .keep_trailing_newline(true)
            .build()
            .expect("the template delimiters differ from each other");
        environment.set_syntax(syntax);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in TEMPLATES {
            environment.add_template(name, text).expect("the templates are tested to parse");
        }
        Self { environment }
    }

    pub(crate) fn print(&self, template: &str, path: String, values: Value) -> SourceFile {
        let template = self.environment.get_template(template).expect("the template is in the list above");
        let text = template.render(values).expect("a template's variables are all given");
        SourceFile { path, text }
    }

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
            StageKind::Table { curve, fraction, argument } => {
                let widths = (stage.input.widths()[0], stage.output.widths()[0]);
                let text = table_text(curve, *fraction, *argument, widths.0, widths.1);
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

    fn top(&self, design: &Design) -> SourceFile {
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

    fn testbench(&self, design: &Design) -> SourceFile {
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

fn module_name(design: &Design, stage: &Stage) -> String {
    format!("{}_{}", design.name, stage.name)
}

fn rtl(module: &str) -> String {
    format!("rtl/{module}.v")
}
