//! A testbench that cannot fail proves nothing: every deliberate fault must be found.

use std::path::Path;

use lacuna_network::Function;
use lacuna_rtl::{Config, vectors};
use lacuna_testbenches::{Core, Shape, Simulator, Wiring, noise, random_network};

const FRAME: [usize; 2] = [12, 11];

fn shape() -> Shape {
    Shape {
        input_maps: 1,
        rounds: vec![(3, 3, 2, Wiring::Dense, 2), (2, 2, 2, Wiring::Dense, 1)],
        function: Function::Tanh,
        approximation: "set: k/8 |k|<=16",
        bits: [8, 12],
        dead: false,
    }
}

fn config() -> Config {
    Config { frame: FRAME, ..Config::default() }
}

/// Replaces the first occurrence of `from` in one file, and insists that there is one.
fn core_with(file: &'static str, from: &'static str, to: &'static str) -> Core {
    Core::with_faults("fault", random_network(&shape(), 9), &config(), |path, text| {
        if path != file {
            return text;
        }
        assert!(text.contains(from), "{file} has no `{from}` to be changed:\n{text}");
        text.replacen(from, to, 1)
    })
}

#[test]
fn faults_in_the_core_are_found() {
    let faults = [
        ("rtl/lacuna_add.v", "a + b", "a - b"),
        ("rtl/lacuna_sub.v", "a - b", "b - a"),
        ("rtl/fault_conv0_window.v", "LAST_COLUMN  = 4'd10", "LAST_COLUMN  = 4'd9"),
        ("rtl/fault_pool0.v", "down == LAST_PHASE", "down != LAST_PHASE"),
        ("rtl/fault_scale0.v", "sum0_q <= ", "sum0_q <= 20000 + "),
        ("rtl/fault_curve1.v", "? -piece", "? piece"),
        ("rtl/fault_stream_out.v", "in_last ? 2'd0", "in_last ? 2'd1"),
        ("rtl/fault_stream_out.v", "vacant | (ready_q & ~in_valid)", "1'b1"),
        ("rtl/fault_frame_sync.v", "8'h80", "8'h81"),
        ("rtl/lacuna_control_delay.v", "sof[STAGES-1:0]", "{STAGES{1'b0}}"),
    ];
    for (file, from, to) in faults {
        let core = core_with(file, from, to);
        let frames = noise(3, 1, FRAME[0], FRAME[1], 8);
        let verdict = core.compile(Simulator::Icarus).stream(&frames, &["+idle=20", "+stall=40"]);
        assert!(!verdict.pass, "`{from}` -> `{to}` in {file} was not found: {}", verdict.text);
        assert!(verdict.text.contains("RESULT FAIL"), "{file}: {}", verdict.text);
    }
}

#[test]
fn faults_in_the_vectors_are_found() {
    let core = Core::new("fault", random_network(&shape(), 9), &config());
    let simulation = core.compile(Simulator::Icarus);
    let right = vectors(&core.network, &noise(1, 1, FRAME[0], FRAME[1], 8)).expect("the frame fits");
    let (stimulus, expected) = (right.stimulus.as_str(), right.expected.as_str());
    assert!(simulation.beats(stimulus, expected, &[]).pass, "the vectors themselves are right");
    let lines: Vec<&str> = expected.lines().collect();
    let shorter = lines[..lines.len() - 1].join("\n") + "\n";
    let longer = expected.to_owned() + lines[0] + "\n";
    let mut other = lines.clone();
    let swapped: String = lines[3].chars().map(|c| if c == '0' { '1' } else { '0' }).collect();
    other[3] = &swapped;
    for (what, stimulus, expected) in [
        ("a missing line", stimulus, shorter.as_str()),
        ("a line too many", stimulus, longer.as_str()),
        ("another line", stimulus, &(other.join("\n") + "\n")),
        ("nothing expected", stimulus, ""),
        ("nothing sent", "", expected),
        ("nothing at all", "", ""),
    ] {
        let verdict = simulation.beats(stimulus, expected, &[]);
        assert!(!verdict.pass, "{what} was not found: {}", verdict.text);
    }
    let missing = Path::new("no-such-file.hex");
    assert!(!simulation.files(missing, missing, &[]).pass, "missing files were not found");
}

#[test]
fn faults_are_found_under_verilator() {
    let core = core_with("rtl/lacuna_add.v", "a + b", "a - b");
    let frames = noise(1, 1, FRAME[0], FRAME[1], 8);
    for simulator in [Simulator::Verilator, Simulator::VerilatorCurrent] {
        let verdict = core.compile(simulator).stream(&frames, &[]);
        assert!(!verdict.pass && verdict.text.contains("RESULT FAIL"), "{simulator:?}: {}", verdict.text);
    }
}
