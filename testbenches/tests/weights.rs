//! Weights that come through a port of the core: the same results, whatever pixels, weights and the sink do.

use std::collections::BTreeMap;

use lacuna_network::Function;
use lacuna_rtl::{Build, Config, Lanes, Origin};
use lacuna_testbenches::Simulator::{Icarus, Verilator, VerilatorCurrent};
use lacuna_testbenches::{Core, Shape, Wiring, noise, random_network};

const FRAME: [usize; 2] = [12, 10];

/// A convolution with weights from outside, one from a ROM, and a dense layer from outside, whose outputs come all at once.
fn core(alter: impl Fn(&str, String) -> String) -> Core {
    let shape = Shape {
        input_maps: 1,
        rounds: vec![(3, 3, 4, Wiring::Dense, 2), (2, 2, 6, Wiring::Dense, 1), (4, 3, 3, Wiring::Dense, 1)],
        function: Function::Tanh,
        approximation: "set: k/4 |k|<=8",
        bits: [8, 12],
        dead: false,
    };
    let pin = |layer: &str, lanes| (layer.to_owned(), Build::Folded(lanes));
    let streamed = |inputs, outputs| Lanes { weights: Origin::Streamed, ..Lanes::new(inputs, outputs) };
    let layers = BTreeMap::from([
        pin("conv0", streamed(1, 2)),
        pin("conv1", Lanes::new(1, 2)),
        pin("conv2", streamed(1, 3)),
    ]);
    let config = Config { frame: FRAME, clocks_per_pixel: 8, layers, ..Config::default() };
    Core::with_faults("fed", random_network(&shape, 11), &config, alter)
}

#[test]
fn weights_from_outside_give_the_same_results() {
    let core = core(|_, text| text);
    for lint in [Verilator, VerilatorCurrent] {
        assert_eq!(core.lint(lint), "", "under {lint:?}");
    }
    let simulation = core.compile(Icarus);
    let [height, width] = FRAME;
    let frames = noise(3, 1, height, width, 7);
    for options in [
        &[][..],
        &["+idle=40", "+seed=2"],
        &["+stall=40", "+seed=3"],
        &["+idle=70", "+stall=60", "+seed=4"],
        // A reset in the midst of a pass: what is left of it is dropped.
        &["+reset_at=90"],
        &["+reset_at=131", "+idle=30"],
    ] {
        let verdict = simulation.stream(&frames, options);
        assert!(verdict.pass && !verdict.frame_error, "{options:?}: {}", verdict.text);
    }
}

#[test]
fn other_weights_and_passes_out_of_place_are_seen() {
    let [height, width] = FRAME;
    let frames = noise(2, 1, height, width, 7);
    let altered = core(|path, text| match path {
        // Two low bits of every word are part of the code of a shift.
        "model/conv0_weights.hex" => {
            text.lines().map(|line| line[..line.len() - 1].to_owned() + "3\n").collect()
        }
        _ => text,
    });
    let verdict = altered.compile(Icarus).stream(&frames, &[]);
    assert!(!verdict.pass && verdict.mismatches > 0, "{}", verdict.text);
    let shifted = core(|path, text| match path {
        // A pass that begins with its last word but one.
        "model/conv2_weights.hex" => {
            let lines: Vec<&str> = text.lines().collect();
            let marked = lines.iter().enumerate().map(|(n, line)| match n + 2 == lines.len() {
                true => format!("1{}", &line[1..]),
                false => (*line).to_owned(),
            });
            marked.collect::<Vec<_>>().join("\n") + "\n"
        }
        _ => text,
    });
    let verdict = shifted.compile(Icarus).stream(&frames, &[]);
    assert!(verdict.frame_error, "a pass within a pass is an error: {}", verdict.text);
}
