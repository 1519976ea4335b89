//! Digit-serial layers: the same results as the reference, whatever the width of a digit and whatever the stream does.

use std::collections::BTreeMap;

use lacuna_network::Function;
use lacuna_rtl::{Build, Config, Digits, StageKind, design, vectors};
use lacuna_testbenches::Simulator::{Icarus, Verilator, VerilatorCurrent};
use lacuna_testbenches::{Core, Shape, Simulator, Wiring, noise, random_network, run, yosys_versions};

/// Kernel height and width, output maps, wiring, pool size.
type Round = (usize, usize, usize, Wiring, usize);

fn config(frame: [usize; 2], clocks_per_pixel: usize, serial: &[(&str, usize)]) -> Config {
    let pin = |&(layer, serial): &(&str, usize)| (layer.to_owned(), Build::Serial(Digits { serial }));
    let layers: BTreeMap<String, Build> = serial.iter().map(pin).collect();
    Config { frame, clocks_per_pixel, layers, ..Config::default() }
}

fn shape(input_maps: usize, approximation: &'static str, rounds: &[Round]) -> Shape {
    let function = Function::Tanh;
    Shape { input_maps, rounds: rounds.to_vec(), function, approximation, bits: [8, 12], dead: false }
}

const SEVEN: &str = "set: '{0, ±1/2, ±1, ±2}'";
const EIGHTHS: &str = "set: k/8 |k|<=16";

const STREAMS: [&[&str]; 4] =
    [&[], &["+idle=40", "+seed=2"], &["+stall=40", "+seed=3"], &["+idle=80", "+stall=60", "+seed=4"]];

fn assert_exact(name: &str, core: &Core, simulator: Simulator, frame: [usize; 2], maps: usize) {
    for lint in [Verilator, VerilatorCurrent] {
        assert_eq!(core.lint(lint), "", "{name} under {lint:?}");
    }
    let simulation = core.compile(simulator);
    for (seed, options) in STREAMS.iter().enumerate() {
        let frames = noise(3, maps, frame[0], frame[1], 31 + seed as u64);
        let verdict = simulation.stream(&frames, options);
        assert!(verdict.pass && !verdict.frame_error, "{name} with {options:?}: {}", verdict.text);
    }
}

#[test]
fn digits_of_every_width() {
    let frame = [6, 7];
    let rounds = [(3, 2, 4, Wiring::Neighbours, 1)];
    let mut widths = Vec::new();
    for (n, serial) in [2, 3, 4, 5, 6, 8, 15, 20].into_iter().enumerate() {
        let approximation = if n % 2 == 0 { EIGHTHS } else { SEVEN };
        let network = random_network(&shape(2, approximation, &rounds), 70 + n as u64);
        let config = config(frame, serial, &[("conv0", serial)]);
        let design = design("digits", &network, &config).expect("the network has hardware");
        widths.extend(design.stages.iter().filter_map(|stage| match &stage.kind {
            StageKind::SerialGraph { serial, .. } => Some(serial.digit),
            _ => None,
        }));
        let core = Core::new("digits", network, &config);
        assert_exact(&format!("{serial} clocks"), &core, Icarus, frame, 2);
    }
    assert!(widths.contains(&1) && widths.contains(&2) && widths.iter().any(|w| *w > 5), "{widths:?}");
}

#[test]
fn layers_of_many_kinds() {
    use Wiring::{Dense, Depthwise, Neighbours};
    // Height and width of the frame, clocks a pixel, network, what is serial.
    type Case = (&'static str, [usize; 2], usize, Shape, &'static [(&'static str, usize)]);
    let cases: [Case; 6] = [
        ("points", [5, 6], 4, shape(3, EIGHTHS, &[(1, 1, 5, Dense, 1)]), &[("conv0", 4)]),
        ("a column", [6, 5], 3, shape(1, EIGHTHS, &[(4, 1, 3, Dense, 1)]), &[("conv0", 3)]),
        (
            "a row, digits wider than words",
            [4, 8],
            2,
            shape(2, EIGHTHS, &[(1, 3, 3, Dense, 1)]),
            &[("conv0", 2)],
        ),
        ("lines of one beat", [7, 1], 5, shape(2, SEVEN, &[(3, 1, 2, Dense, 1)]), &[("conv0", 5)]),
        (
            "products",
            [8, 9],
            1,
            shape(1, EIGHTHS, &[(3, 3, 3, Dense, 2), (1, 2, 2, Depthwise, 1)]),
            &[("scale0", 4), ("conv1", 3), ("scale1", 3)],
        ),
        (
            "behind a pool, pixel after pixel",
            [15, 18],
            1,
            shape(1, SEVEN, &[(3, 3, 4, Dense, 2), (3, 3, 6, Neighbours, 2), (2, 2, 3, Dense, 1)]),
            &[("conv1", 4), ("conv2", 11)],
        ),
    ];
    for (n, (name, frame, clocks, shape, serial)) in cases.into_iter().enumerate() {
        let network = random_network(&shape, 90 + n as u64);
        let core = Core::new("serial", network, &config(frame, clocks, serial));
        assert_exact(name, &core, Icarus, frame, shape.input_maps);
    }
}

#[test]
fn a_layer_without_weights() {
    let frame = [6, 7];
    let mut shape = shape(1, SEVEN, &[(3, 3, 2, Wiring::Dense, 1)]);
    shape.dead = true;
    let core = Core::new("dead", random_network(&shape, 3), &config(frame, 4, &[("conv0", 4)]));
    assert_exact("no weights", &core, Icarus, frame, 1);
}

/// Two serial layers behind queues that fill.
fn busy(frame: [usize; 2]) -> (Core, usize) {
    let rounds = [(3, 3, 3, Wiring::Dense, 2), (2, 2, 4, Wiring::Dense, 1)];
    let network = random_network(&shape(1, SEVEN, &rounds), 5);
    let config = config(frame, 1, &[("conv1", 4), ("scale1", 4)]);
    let schedule = design("busy", &network, &config).expect("the network has hardware").schedule;
    (Core::new("busy", network, &config), schedule.expect("a core with queues has a schedule").frame)
}

#[test]
fn under_both_verilators_and_to_the_clock() {
    let frame = [12, 22];
    let (core, clocks) = busy(frame);
    assert_exact("Debian's", &core, Verilator, frame, 1);
    let simulation = core.compile(VerilatorCurrent);
    let verdict = simulation.stream(&noise(1, 1, frame[0], frame[1], 5), &[]);
    assert!(verdict.pass, "{}", verdict.text);
    assert_eq!(verdict.cycles, clocks, "the schedule says when the last result comes");
    let verdict = simulation.stream(&noise(3, 1, frame[0], frame[1], 5), &[]);
    assert!(verdict.pass, "{}", verdict.text);
    assert_eq!(verdict.cycles_in, 3 * frame[0] * frame[1], "a pixel a clock");
}

#[test]
fn cut_frames_and_resets_leave_nothing_behind() {
    let [height, width] = [10, 14];
    let (core, _) = busy([height, width]);
    let simulation = core.compile(Icarus);
    let frames = noise(2, 1, height, width, 3);
    let lines = |frames| {
        let vectors = vectors(&core.network, frames).expect("the frames fit");
        let all = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        (all(&vectors.stimulus), all(&vectors.expected))
    };
    let (stimulus, expected) = lines(&frames[..1]);
    let (next_stimulus, next_expected) = lines(&frames[1..]);
    for cut in [1, 57, 95, 126, height * width - 1] {
        let stream = [&stimulus[..cut], &next_stimulus].concat().join("\n") + "\n";
        // Exactly one number of results of the frame that was cut is right, and all of the next follow.
        let came = (0..=expected.len()).filter(|&came| {
            let wanted = [&expected[..came], &next_expected].concat().join("\n") + "\n";
            simulation.beats(&stream, &wanted, &["+stall=20"]).pass
        });
        assert_eq!(came.count(), 1, "cut after {cut} pixels");
    }
    for at in [3, 101, height * width - 1, height * width + 17] {
        let verdict =
            simulation.stream(&noise(3, 1, height, width, 8), &[&format!("+reset_at={at}"), "+idle=20"]);
        assert!(verdict.pass, "reset after {at} pixels: {}", verdict.text);
    }
}

#[test]
fn the_queue_is_no_deeper_than_it_must_be() {
    let frame = [12, 38];
    let rounds = [(3, 3, 3, Wiring::Dense, 2), (2, 2, 4, Wiring::Dense, 1)];
    let network = random_network(&shape(1, SEVEN, &rounds), 5);
    let core = Core::with_faults("busy", network, &config(frame, 1, &[("conv1", 4)]), |path, text| {
        if path != "rtl/busy_conv1_pace.v" {
            return text;
        }
        let old = (2..10).find(|bits| text.contains(&format!(".ADDRESS_WIDTH ({bits})")));
        let old = old.expect("the queue is long enough to be halved");
        text.replace(&format!(".ADDRESS_WIDTH ({old})"), &format!(".ADDRESS_WIDTH ({})", old - 1))
    });
    let verdict = core.compile(Icarus).stream(&noise(2, 1, frame[0], frame[1], 5), &[]);
    assert!(!verdict.pass && verdict.text.contains("overflows"), "{}", verdict.text);
}

/// The rule that a planner counts with, against Yosys: every cell but those of the window's counters and the queue.
#[test]
fn as_many_cells_as_estimated() {
    let frame = [9, 12];
    for (serial, approximation) in [(4, SEVEN), (4, EIGHTHS), (16, EIGHTHS)] {
        let network = random_network(&shape(2, approximation, &[(3, 3, 6, Wiring::Dense, 1)]), 17);
        let config = config(frame, serial, &[("conv0", serial)]);
        let design = design("cells", &network, &config).expect("the network has hardware");
        let graph = design.stages.iter().find_map(|stage| match &stage.kind {
            StageKind::SerialGraph { serial, .. } => Some(serial.cells()),
            _ => None,
        });
        let estimate = graph.expect("the layer is serial") as usize;
        let core = Core::new("cells", network, &config);
        let sources: Vec<&str> = core.sources().collect();
        let script = format!(
            "read_verilog {}; synth_ice40 -top cells_conv0; stat; \
             select -assert-max {} t:SB_LUT4; select -assert-max {estimate} t:SB_DFF*",
            sources.join(" "),
            estimate + estimate / 20
        );
        let output = run(core.folder(), &yosys_versions()[0], &["-p", &script]);
        let tail: Vec<&str> = output.text.lines().rev().take(30).collect();
        assert!(output.success, "{serial} clocks, {estimate} cells: {tail:?}");
    }
}
