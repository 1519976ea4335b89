//! What comes in is not always whole: cut frames, misplaced flags, stray beats.

use lacuna_network::Function;
use lacuna_rtl::{Config, vectors};
use lacuna_testbenches::{Core, Shape, Simulator, Wiring, noise, random_network};
use ndarray::{Array3, s};

const HEIGHT: usize = 12;
const WIDTH: usize = 11;

fn core() -> Core {
    let shape = Shape {
        input_maps: 1,
        rounds: vec![(3, 3, 2, Wiring::Dense, 2), (2, 2, 2, Wiring::Dense, 1)],
        function: Function::Tanh,
        approximation: "set: k/8 |k|<=16",
        bits: [8, 12],
        dead: false,
    };
    Core::new("stream", random_network(&shape, 9), &Config { frame: [HEIGHT, WIDTH], ..Config::default() })
}

/// Stimulus and expected beats of whole frames.
fn beats(core: &Core, frames: &[Array3<u8>]) -> (Vec<String>, Vec<String>) {
    let vectors = vectors(&core.network, frames).expect("the frames fit");
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    (lines(&vectors.stimulus), lines(&vectors.expected))
}

fn joined(parts: &[&[String]]) -> String {
    parts.concat().join("\n") + "\n"
}

#[test]
fn a_frame_cut_short_harms_nothing_behind_it() {
    let core = core();
    let simulation = core.compile(Simulator::Icarus);
    let frames = noise(2, 1, HEIGHT, WIDTH, 3);
    let (stimulus, _) = beats(&core, &frames[..1]);
    let (next_stimulus, next_expected) = beats(&core, &frames[1..]);
    for (rows, columns) in [(8, 0), (9, 5), (1, 0), (0, 3), (HEIGHT - 1, WIDTH - 1)] {
        let cut = rows * WIDTH + columns;
        // The results of the rows that came whole; those of a row in progress are the frame's own, up to where it was cut.
        let all = beats(&core, &frames[..1]).1;
        let whole = match core.network.run(&frames[0].slice(s![.., ..rows.max(1), ..]).to_owned()) {
            Ok(results) => results.dim().1 * results.dim().2,
            Err(_) => 0,
        };
        let cut_stimulus = joined(&[&stimulus[..cut], &next_stimulus]);
        let mut passed = 0;
        for came in whole..=(whole + WIDTH).min(all.len()) {
            let verdict =
                simulation.beats(&cut_stimulus, &joined(&[&all[..came], &next_expected]), &["+stall=20"]);
            passed += usize::from(verdict.pass);
            assert!(verdict.frame_error || cut == 0, "a frame cut at {rows}, {columns} must set frame_error");
            if columns == 0 && came == whole {
                assert!(verdict.pass, "cut at line {rows}: {}", verdict.text);
            }
        }
        assert_eq!(passed, 1, "cut at {rows}, {columns}: exactly one number of early results is right");
    }
}

#[test]
fn beats_before_the_first_start_of_frame_are_dropped() {
    let core = core();
    let simulation = core.compile(Simulator::Icarus);
    let (stimulus, expected) = beats(&core, &noise(1, 1, HEIGHT, WIDTH, 4));
    let verdict =
        simulation.beats(&joined(&[&stimulus[30..], &stimulus]), &joined(&[&expected]), &["+idle=20"]);
    assert!(verdict.pass, "{}", verdict.text);
    assert!(!verdict.frame_error, "joining a running stream is no fault of the stream");
}

#[test]
fn a_misplaced_end_of_line_is_reported_and_changes_nothing() {
    let core = core();
    let simulation = core.compile(Simulator::Icarus);
    let (mut stimulus, expected) = beats(&core, &noise(1, 1, HEIGHT, WIDTH, 5));
    let flags = stimulus[25].remove(0);
    assert_eq!(flags, '0', "beat 25 is in mid-line");
    stimulus[25].insert(0, '1');
    let verdict = simulation.beats(&joined(&[&stimulus]), &joined(&[&expected]), &[]);
    assert!(verdict.pass && verdict.frame_error, "{}", verdict.text);
}

#[test]
fn a_reset_in_mid_frame_recovers_at_the_next_start_of_frame() {
    let core = core();
    let frames = noise(3, 1, HEIGHT, WIDTH, 6);
    for simulator in [Simulator::Icarus] {
        let simulation = core.compile(simulator);
        for at in [5, HEIGHT * WIDTH / 2, HEIGHT * WIDTH - 1, HEIGHT * WIDTH, HEIGHT * WIDTH + 40] {
            let verdict = simulation.stream(&frames, &[&format!("+reset_at={at}"), "+idle=20", "+stall=20"]);
            assert!(verdict.pass, "reset after {at} beats: {}", verdict.text);
        }
    }
}
