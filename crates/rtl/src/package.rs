//! Everything `lacuna generate` writes: sources, testbench, vectors, model, manifest, Makefile.

use std::collections::BTreeMap;

use lacuna_fixed_point::IntNetwork;
use serde::{Deserialize, Serialize};

use crate::verilog::{is_identifier, products};
use crate::weight_stream::weight_files;
use crate::{Cells, Config, Design, Family, SourceFile, Stage, StageKind, Vectors, estimate, render};

/// What a generated folder holds: `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The program and version that wrote it.
    pub generator: String,
    /// The top module.
    pub top: String,
    /// The options it was made with.
    pub config: Config,
    /// Height and width of a frame of results.
    pub output_frame: [usize; 2],
    /// Clocks from one frame to the next, at least.
    pub frame_clocks: usize,
    /// Register ranks from a pixel to the result it completes.
    pub latency: u32,
    /// Adders of all adder graphs.
    pub adders: usize,
    /// Signs `*` in the Verilog that mean a product.
    pub multipliers: usize,
    /// What it will need on parts of each family, as `lacuna synth` counts it.
    #[serde(default)]
    pub estimate: BTreeMap<Family, Cells>,
    /// Each stage in order.
    pub stages: Vec<StageFigures>,
    /// Verilog sources in compilation order.
    pub sources: Vec<String>,
    /// The testbench.
    pub testbench: String,
    /// Beats in `sim/stimulus.hex` and `sim/expected.hex`.
    pub beats: [usize; 2],
}

/// A stage in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageFigures {
    /// The stage.
    pub name: String,
    /// The layer it belongs to.
    pub layer: String,
    /// What it does.
    pub summary: String,
    /// Register ranks.
    pub latency: u32,
    /// Two-input adders of its graph.
    pub adders: usize,
}

impl Manifest {
    /// Whether it names only files that [`package`] writes. A manifest that was read is input like any other, and the names
    /// in it end up on the command line of a simulator.
    pub fn is_well_formed(&self) -> bool {
        let source = |path: &String| {
            path.strip_prefix("rtl/").and_then(|name| name.strip_suffix(".v")).is_some_and(is_identifier)
        };
        is_identifier(&self.top)
            && self.testbench == testbench_path(&self.top)
            && !self.sources.is_empty()
            && self.sources.iter().all(source)
    }
}

impl StageFigures {
    fn of(stage: &Stage) -> Self {
        let adders = match &stage.kind {
            StageKind::Graph { graph, .. } => graph.adders().len(),
            StageKind::SerialGraph { serial, .. } => serial.adders(),
            _ => 0,
        };
        Self {
            name: stage.name.clone(),
            layer: stage.layer.clone(),
            summary: stage.summary(),
            latency: stage.latency(),
            adders,
        }
    }
}

/// The manifest of a design and its vectors.
pub fn manifest(design: &Design, config: &Config, vectors: &Vectors) -> Manifest {
    manifest_of(design, config, [vectors.beats_in, vectors.beats_out], &render(design))
}

fn manifest_of(design: &Design, config: &Config, beats: [usize; 2], files: &[SourceFile]) -> Manifest {
    let stages: Vec<StageFigures> = design.stages.iter().map(StageFigures::of).collect();
    let rtl = files.iter().filter(|f| f.path.starts_with("rtl/"));
    let mut sources: Vec<String> = rtl.clone().map(|f| f.path.clone()).collect();
    sources.sort();
    Manifest {
        generator: concat!("lacuna ", env!("CARGO_PKG_VERSION")).to_owned(),
        top: design.name.clone(),
        config: config.clone(),
        output_frame: [design.output.height, design.output.width],
        frame_clocks: design.frame_clocks(),
        latency: design.latency(),
        adders: stages.iter().map(|s| s.adders).sum(),
        multipliers: rtl.map(|f| products(&f.text)).sum(),
        estimate: Family::ALL.map(|family| (family, estimate(design, family).total)).into(),
        stages,
        sources,
        testbench: testbench_path(&design.name),
        beats,
    }
}

/// All files of the output folder. The same design, network and vectors give the same bytes.
pub fn package(design: &Design, config: &Config, network: &IntNetwork, vectors: Vectors) -> Vec<SourceFile> {
    let mut files = render(design);
    let manifest = manifest_of(design, config, [vectors.beats_in, vectors.beats_out], &files);
    files.extend(weight_files(design));
    let sources = manifest.sources.join("\n") + "\n";
    files.push(SourceFile { path: "sources.f".to_owned(), text: sources });
    files.push(SourceFile { path: "Makefile".to_owned(), text: makefile(design) });
    files.push(SourceFile { path: "manifest.json".to_owned(), text: json(&manifest) });
    files.push(SourceFile { path: "model/network.json".to_owned(), text: json(network) });
    files.push(SourceFile { path: "sim/stimulus.hex".to_owned(), text: vectors.stimulus });
    files.push(SourceFile { path: "sim/expected.hex".to_owned(), text: vectors.expected });
    files
}

fn testbench_path(top: &str) -> String {
    format!("sim/{top}_tb.v")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain data always has a JSON form") + "\n"
}

fn makefile(design: &Design) -> String {
    include_str!("../../../hdl_templates/Makefile.generated").replace("@TOP@", &design.name)
}
