//! Adder graphs on their own, as `lacuna adders -o` writes them: clean under lint, exact in simulation, and in Yosys as
//! large as the estimate says, each adder on its carry chain.

use std::fs;
use std::path::Path;

use lacuna_adder_graph::{AdderGraph, Config, Depth, Effort, Interval, Matrix, Objective, pipeline, solve};
use lacuna_testbenches::{run, verilator_versions, yosys_versions};
use tempfile::TempDir;

/// A core in a folder of its own.
fn written(name: &str, matrix: &Matrix, graph: &AdderGraph, adders_per_stage: u32) -> TempDir {
    let pipeline = pipeline(graph, adders_per_stage);
    let files = lacuna_rtl::matrix_core(name, matrix, graph, &pipeline, adders_per_stage).expect("a core");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for file in files {
        let path = folder.path().join(&file.path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder can be made");
        fs::write(path, file.text).expect("the file can be written");
    }
    folder
}

fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("rtl")).expect("a core has sources");
    let name = |entry: fs::DirEntry| format!("rtl/{}", entry.file_name().to_string_lossy());
    let mut names: Vec<String> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    names
}

/// A matrix with entries of some spread, as random as multiplication makes them.
fn scattered(rows: usize, columns: usize, reach: i64) -> Matrix {
    let entry = |i: usize, o: usize| {
        let mixed = ((i * 131 + o + 1) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        mixed as i64 % (2 * reach + 1) - reach
    };
    let entries: Vec<Vec<i64>> = (0..rows).map(|i| (0..columns).map(|o| entry(i, o)).collect()).collect();
    Matrix::from_rows(&entries).expect("a matrix")
}

/// Matrices that are hard to write down: zero rows and columns, wires, negations, unsigned and one-sided inputs, shifts.
fn odd_ones() -> Vec<(&'static str, Matrix, Vec<Interval>)> {
    let from = |rows: &[&[i64]]| Matrix::from_rows(rows).expect("a matrix");
    let signed = Interval::signed(8);
    vec![
        ("wires", from(&[&[1, 0, -4, 0], &[0, 0, 0, 2]]), vec![signed; 2]),
        ("one", from(&[&[1]]), vec![signed]),
        ("nothing", from(&[&[0, 0]]), vec![signed]),
        ("negative", from(&[&[-3, -5, 0], &[-1, -7, 0], &[0, 0, 0]]), vec![Interval::unsigned(5); 3]),
        ("narrow", from(&[&[3, 1], &[5, 0]]), vec![Interval::new(0, 1), Interval::new(-1, 0)]),
        ("high", from(&[&[12, 20, 7], &[20, -12, 64]]), vec![Interval::new(100, 130), Interval::new(5, 5)]),
        ("wide", from(&[&[4095, -4095, 1 << 30], &[1, 3, -5]]), vec![signed; 2]),
    ]
}

#[test]
fn clean_and_exact() {
    let mut cases = odd_ones();
    cases.push(("scattered", scattered(7, 6, 90), vec![Interval::signed(6); 7]));
    let inputs = vec![Interval::unsigned(8); 9];
    cases.push(("ternary", scattered(9, 12, 1), inputs));
    for (name, matrix, inputs) in cases {
        for (objective, depth, adders_per_stage) in
            [(Objective::Luts, Depth::Free, 1), (Objective::Adders, Depth::Minimum, 3)]
        {
            let config = Config { objective, depth, effort: Effort::Fast, seed: 0 };
            let graph = solve(&matrix, &inputs, &config).expect("a graph");
            let folder = written(name, &matrix, &graph, adders_per_stage);
            let sources = sources(folder.path());
            for verilator in verilator_versions() {
                let mut arguments = vec!["--lint-only", "-Wall", "--top-module", name];
                arguments.extend(sources.iter().map(String::as_str));
                let output = run(folder.path(), &verilator, &arguments);
                assert!(output.success, "{name}: {}", output.text);
            }
            let bench = format!("sim/{name}_tb.v");
            let mut arguments = vec!["-g2005", "-o", "core.vvp", &bench];
            arguments.extend(sources.iter().map(String::as_str));
            let output = run(folder.path(), Path::new("iverilog"), &arguments);
            assert!(output.success, "{name}: {}", output.text);
            let stalls = ["-N", "core.vvp", "+idle=30", "+stall=30"];
            let output = run(folder.path(), Path::new("vvp"), &stalls);
            assert!(output.success && output.text.contains("RESULT PASS"), "{name}: {}", output.text);
        }
    }
}

#[test]
fn as_many_cells_as_estimated_in_every_yosys() {
    for (name, matrix, objective) in [
        ("few_bits", scattered(10, 6, 2), Objective::Luts),
        ("many_bits", scattered(6, 5, 100), Objective::Adders),
    ] {
        let config = Config { objective, effort: Effort::Fast, ..Config::adders() };
        let graph = solve(&matrix, &vec![Interval::signed(8); matrix.rows()], &config).expect("a graph");
        // Three adders between two registers: nothing but the modules keeps them apart.
        let folder = written(name, &matrix, &graph, 3);
        let estimate = graph.cost().lut_estimate;
        let script = format!(
            "read_verilog {}; synth_ecp5 -nodsp -nobram -noflatten -top {name}; \
             setattr -mod -unset keep_hierarchy *; flatten; \
             select -assert-count {} {name}/t:CCU2C; select -assert-max {} {name}/t:LUT4",
            sources(folder.path()).join(" "),
            estimate / 2,
            estimate / 50
        );
        for yosys in yosys_versions() {
            let output = run(folder.path(), &yosys, &["-q", "-p", &script]);
            assert!(output.success, "{name}, estimate {estimate}, {}: {}", yosys.display(), output.text);
        }
    }
}
