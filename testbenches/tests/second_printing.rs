//! Every adder graph is printed twice, by the templates and through rust_hdl, and Yosys proves the two texts equal.

use std::fs;
use std::path::Path;

use lacuna_adder_graph::{
    Adder, AdderGraph, Config, Depth, Effort, Interval, Matrix, Objective, pipeline, solve,
};
use lacuna_graph_proof::{Place, Places, Proof};
use lacuna_rtl::{Bus, SourceFile, StageKind, design, matrix_core, render};
use lacuna_testbenches::{Output, cff, run, yosys_versions};

/// Adders up to which a graph is proved here; the largest of the detector has 599 and takes a quarter of a minute.
const LIMIT: usize = 1000;

/// The first printing of a graph.
struct Printed<'a> {
    module: String,
    files: &'a [SourceFile],
    places: Places,
}

impl Printed<'_> {
    /// What Yosys says about this and the second printing of `graph`.
    fn compare(&self, graph: &AdderGraph, yosys: &Path) -> Output {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let own = format!("rtl/{}.v", self.module);
        let sources = self.files.iter().filter(|f| f.path == own || f.path.starts_with("rtl/lacuna_"));
        let texts: Vec<(String, String)> =
            sources.map(|file| (file.path.replace('/', "_"), file.text.clone())).collect();
        let names: Vec<String> = texts.iter().map(|(name, _)| name.clone()).collect();
        let proof = Proof::new(&self.module, &names, graph, &self.places);
        for (name, text) in
            texts.into_iter().chain(proof.files).chain([("proof.ys".to_owned(), proof.script)])
        {
            fs::write(folder.path().join(name), text).expect("a file can be written");
        }
        run(folder.path(), yosys, &["-q", "-s", "proof.ys"])
    }
}

fn places(bus: &Bus) -> Vec<Place> {
    bus.lsbs().iter().zip(bus.widths()).map(|(&lsb, &width)| Place { lsb, width }).collect()
}

/// All graphs of the unrolled detector, as shipped: with a register behind every adder.
#[test]
fn all_graphs_of_the_detector() {
    let design = design("cff", &cff(), &lacuna_rtl::Config::default()).expect("the detector has hardware");
    let files = render(&design);
    let (mut proved, mut too_large) = (Vec::new(), Vec::new());
    for stage in &design.stages {
        let StageKind::Graph { graph, .. } = &stage.kind else { continue };
        if graph.adders().len() > LIMIT {
            too_large.push(stage.name.as_str());
            continue;
        }
        let places = Places { inputs: places(&stage.input), outputs: places(&stage.output) };
        let printed = Printed { module: format!("cff_{}", stage.name), files: &files, places };
        let output = printed.compare(graph, &yosys_versions()[0]);
        assert!(output.success, "{}: {}", stage.name, output.text);
        proved.push(stage.name.as_str());
    }

    assert!(proved.len() >= 8, "only {proved:?}");
    assert_eq!(too_large, Vec::<&str>::new(), "of more than {LIMIT} adders, not proved; proved: {proved:?}");
}

/// A matrix with entries of some spread, as random as multiplication makes them.
fn scattered(rows: usize, columns: usize, reach: i64) -> Matrix {
    let entry = |i: usize, o: usize| {
        let mixed = ((i * 137 + o + 1) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        mixed as i64 % (2 * reach + 1) - reach
    };
    let entries: Vec<Vec<i64>> = (0..rows).map(|i| (0..columns).map(|o| entry(i, o)).collect()).collect();
    Matrix::from_rows(&entries).expect("a matrix")
}

fn solved(matrix: &Matrix, inputs: &[Interval], objective: Objective) -> AdderGraph {
    let config = Config { objective, depth: Depth::Free, effort: Effort::Fast, seed: 0 };
    solve(matrix, inputs, &config).expect("a graph")
}

/// The core of a matrix around `graph`, and what Yosys says about it and the second printing of `other`.
fn compare(matrix: &Matrix, graph: &AdderGraph, other: &AdderGraph, yosys: &Path) -> Output {
    let files = matrix_core("fir", matrix, graph, &pipeline(graph, 2), 2).expect("a core");
    let bus = |intervals: &[Interval]| places(&Bus::new(intervals.iter().map(|i| i.width()).collect()));
    let places = Places { inputs: bus(graph.inputs()), outputs: bus(&graph.output_intervals()) };
    Printed { module: "fir".to_owned(), files: &files, places }.compare(other, yosys)
}

/// Signed, unsigned and one-sided inputs, wires, zeros, negations and shifts.
#[test]
fn matrices_of_many_kinds_in_every_yosys() {
    let from = |rows: &[&[i64]]| Matrix::from_rows(rows).expect("a matrix");
    let cases = [
        (from(&[&[1, 0, -4, 0], &[0, 0, 0, 2]]), vec![Interval::signed(8); 2]),
        (from(&[&[-3, -5, 0], &[-1, -7, 0], &[0, 0, 0]]), vec![Interval::unsigned(5); 3]),
        (from(&[&[12, 20, 7], &[20, -12, 64]]), vec![Interval::new(100, 130), Interval::new(5, 5)]),
        (from(&[&[4095, -4095, 1 << 30], &[1, 3, -5]]), vec![Interval::signed(8); 2]),
        (scattered(9, 12, 1), vec![Interval::unsigned(8); 9]),
        (scattered(7, 6, 90), vec![Interval::signed(6); 7]),
        (scattered(5, 4, 3000), vec![Interval::signed(10); 5]),
        (scattered(25, 1, 16), vec![Interval::signed(8); 25]),
    ];
    for (n, (matrix, inputs)) in cases.iter().enumerate() {
        for objective in [Objective::Luts, Objective::Adders] {
            let graph = solved(matrix, inputs, objective);
            // The current Yosys takes a second to start.
            let versions = if objective == Objective::Luts { 2 } else { 1 };
            for yosys in &yosys_versions()[..versions] {
                let output = compare(matrix, &graph, &graph, yosys);
                assert!(output.success, "case {n}, {objective:?}, {}: {}", yosys.display(), output.text);
            }
        }
    }
}

/// The proof can fail: another shift, another sign, another sum, another output.
#[test]
fn every_change_of_a_graph_is_found() {
    let matrix = scattered(6, 4, 40);
    let graph = solved(&matrix, &[Interval::signed(8); 6], Objective::Adders);
    let mut refused = 0;
    for n in (0..graph.adders().len()).step_by(3) {
        let changes: [fn(&mut Adder); 3] = [
            |adder| adder.left.shift += 1,
            |adder| adder.right.node = 0,
            |adder| std::mem::swap(&mut adder.left, &mut adder.right),
        ];
        for change in changes {
            let mut adders = graph.adders().to_vec();
            change(&mut adders[n]);
            let changed = AdderGraph::new(graph.inputs().to_vec(), adders, graph.outputs().to_vec());
            // What is no graph needs no proof, nor what computes the same.
            let Ok(changed) = changed else { continue };
            if changed.matrix() == graph.matrix() {
                continue;
            }
            let output = compare(&matrix, &graph, &changed, &yosys_versions()[0]);
            assert!(!output.success && output.text.contains("unproven"), "adder {n}: {}", output.text);
            refused += 1;
        }
    }
    assert!(refused >= 10, "only {refused} changed graphs");
}
