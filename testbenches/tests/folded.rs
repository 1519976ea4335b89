//! Folded layers: the same results as the reference, at the rate that was asked for, whatever the stream does.

use std::collections::BTreeMap;

use lacuna_network::Function;
use lacuna_rtl::{Build, Config, Lanes, Style, design, vectors};
use lacuna_testbenches::Simulator::{Icarus, IcarusAsSynthesised, Verilator, VerilatorCurrent};
use lacuna_testbenches::{Core, Shape, Wiring, noise, random_network, small_cff};

/// Kernel height and width, output maps, wiring, pool size.
type Round = (usize, usize, usize, Wiring, usize);

/// Layer, maps that come at a time, maps that leave.
type Pin = (&'static str, usize, usize);

fn config(frame: [usize; 2], clocks_per_pixel: usize, pins: &[Pin]) -> Config {
    let pin =
        |&(layer, inputs, outputs): &Pin| (layer.to_owned(), Build::Folded(Lanes::new(inputs, outputs)));
    let layers: BTreeMap<String, Build> = pins.iter().map(pin).collect();
    Config { frame, clocks_per_pixel, layers, ..Config::default() }
}

fn shape(input_maps: usize, approximation: &'static str, function: Function, rounds: &[Round]) -> Shape {
    Shape { input_maps, rounds: rounds.to_vec(), function, approximation, bits: [8, 12], dead: false }
}

const STREAMS: [&[&str]; 4] =
    [&[], &["+idle=40", "+seed=2"], &["+stall=40", "+seed=3"], &["+idle=80", "+stall=60", "+seed=4"]];

fn assert_exact(name: &str, core: &Core, frame: [usize; 2], maps: usize) {
    for lint in [Verilator, VerilatorCurrent] {
        assert_eq!(core.lint(lint), "", "{name} under {lint:?}");
    }
    let simulation = core.compile(Icarus);
    for (seed, options) in STREAMS.iter().enumerate() {
        let frames = noise(3, maps, frame[0], frame[1], 31 + seed as u64);
        let verdict = simulation.stream(&frames, options);
        assert!(verdict.pass && !verdict.frame_error, "{name} with {options:?}: {}", verdict.text);
    }
}

#[test]
fn convolutions_of_many_kinds() {
    use Function::{ClippedRelu, Relu, Tanh};
    use Wiring::{Dense, Depthwise, Neighbours};
    let seven = "set: '{0, ±1/2, ±1, ±2}'";
    let eighths = "set: k/8 |k|<=16";
    // Height and width of the frame, clocks a pixel, network, how it is folded.
    type Case = (&'static str, [usize; 2], usize, Shape, &'static [Pin]);
    let cases: [Case; 8] = [
        ("one input map", [7, 9], 12, shape(1, seven, Tanh, &[(3, 3, 4, Dense, 1)]), &[("conv0", 1, 1)]),
        (
            "groups that do not fill",
            [6, 7],
            12,
            shape(3, eighths, Relu, &[(2, 3, 5, Dense, 1)]),
            &[("conv0", 3, 2)],
        ),
        (
            "narrower inputs",
            [6, 8],
            60,
            shape(3, seven, Tanh, &[(3, 2, 4, Neighbours, 1)]),
            &[("conv0", 2, 2)],
        ),
        ("points", [5, 6], 12, shape(4, eighths, Tanh, &[(1, 1, 3, Dense, 1)]), &[("conv0", 2, 1)]),
        (
            "points in one group",
            [5, 6],
            4,
            shape(4, eighths, Tanh, &[(1, 1, 2, Dense, 1)]),
            &[("conv0", 1, 2)],
        ),
        (
            "pools between",
            [14, 15],
            20,
            shape(1, seven, ClippedRelu { limit: 2.0 }, &[(3, 3, 6, Dense, 2), (2, 2, 4, Dense, 2)]),
            &[("conv0", 1, 2), ("conv1", 2, 2)],
        ),
        (
            "behind unrolled layers",
            [14, 12],
            1,
            shape(1, eighths, Tanh, &[(3, 3, 4, Dense, 2), (3, 2, 4, Depthwise, 1), (1, 1, 1, Dense, 1)]),
            &[("scale0", 1, 1), ("conv1", 1, 1), ("conv2", 1, 1)],
        ),
        (
            "dense layers at the end",
            [8, 8],
            40,
            shape(
                1,
                seven,
                ClippedRelu { limit: 2.0 },
                &[(3, 3, 4, Dense, 2), (3, 3, 10, Dense, 1), (1, 1, 3, Dense, 1)],
            ),
            &[("conv0", 1, 2), ("conv1", 2, 5), ("conv2", 5, 1)],
        ),
    ];
    for (n, (name, frame, clocks, shape, pins)) in cases.into_iter().enumerate() {
        let network = random_network(&shape, 40 + n as u64);
        let core = Core::new("folded", network, &config(frame, clocks, pins));
        assert_exact(name, &core, frame, shape.input_maps);
    }
}

/// What `hardware` says of the layers.
fn built(frame: [usize; 2], clocks_per_pixel: usize, builds: &[(&str, Build)]) -> Config {
    let layers = builds.iter().map(|&(layer, build)| (layer.to_owned(), build)).collect();
    Config { frame, clocks_per_pixel, layers, adders_per_stage: 2 }
}

#[test]
fn pools_before_their_convolutions() {
    use Function::{Relu, Tanh};
    use Wiring::{Dense, Depthwise, Neighbours};
    let five = "set: '{0, ±1, ±2}'";
    let eighths = "set: k/8 |k|<=16";
    let [first, shared, table] = [Style::PoolFirst, Style::PoolFirstFolded, Style::Table].map(Build::Style);
    let banks = Build::Folded(Lanes { large_bits: 8, ..Lanes::new(1, 1) });
    // Height and width of the frame, clocks a pixel, network, how it is built.
    type Case = (&'static str, [usize; 2], usize, Shape, Vec<(&'static str, Build)>);
    let cases: [Case; 5] = [
        (
            "each weight in its place, and a table",
            [11, 14],
            1,
            Shape { bits: [6, 8], ..shape(1, eighths, Tanh, &[(3, 3, 4, Dense, 2)]) },
            vec![("conv0", first), ("curve0", table)],
        ),
        (
            "two maps of three for an output",
            [12, 13],
            6,
            shape(3, eighths, Relu, &[(3, 2, 5, Neighbours, 2)]),
            vec![("conv0", shared), ("scale0", Build::Folded(Lanes::new(1, 1)))],
        ),
        (
            "one map, wide kernels",
            [9, 15],
            4,
            shape(1, five, Tanh, &[(2, 4, 3, Dense, 2)]),
            vec![("conv0", shared)],
        ),
        (
            "all maps for an output",
            [10, 9],
            8,
            shape(2, five, Tanh, &[(1, 3, 6, Dense, 2), (2, 2, 2, Dense, 1)]),
            vec![("conv0", shared), ("conv1", Build::Folded(Lanes::new(1, 1)))],
        ),
        (
            "the face detector in small",
            [26, 24],
            1,
            Shape {
                bits: [6, 8],
                ..shape(
                    1,
                    five,
                    Tanh,
                    &[
                        (3, 3, 2, Dense, 2),
                        (2, 2, 4, Neighbours, 2),
                        (3, 3, 4, Depthwise, 1),
                        (1, 1, 1, Dense, 1),
                    ],
                )
            },
            vec![
                ("conv0", first),
                ("curve0", table),
                ("conv1", shared),
                ("curve1", table),
                ("conv2", banks),
                ("conv3", Build::Folded(Lanes::new(1, 1))),
            ],
        ),
    ];
    for (n, (name, frame, clocks, shape, builds)) in cases.into_iter().enumerate() {
        let network = random_network(&shape, 70 + n as u64);
        let core = Core::new("pooled", network, &built(frame, clocks, &builds));
        assert_exact(name, &core, frame, shape.input_maps);
    }
}

#[test]
fn the_face_detector_for_a_small_device() {
    let (network, mut config) = small_cff();
    config.frame = [41, 50];
    assert_exact("up5k", &Core::new("cff", network, &config), config.frame, 1);
}

/// Where the large RAMs of an iCE40 are not asked for, synthesis gets a RAM of another text than a simulation.
#[test]
fn the_rams_that_synthesis_makes() {
    let (network, mut config) = small_cff();
    config.frame = [41, 50];
    let detector = Core::new("cff", network, &config);
    let (banked, frame) = pooled();
    for (core, [height, width]) in [(&detector, config.frame), (&banked, frame)] {
        let frames = noise(2, core.network.input_maps(), height, width, 12);
        let verdict = core.compile(IcarusAsSynthesised).stream(&frames, &["+idle=30", "+stall=30"]);
        assert!(verdict.pass && !verdict.frame_error, "{}: {}", core.top, verdict.text);
    }
}

#[test]
fn a_layer_without_weights() {
    let frame = [6, 7];
    let mut shape = shape(1, "set: '{0, ±1/2, ±1, ±2}'", Function::Tanh, &[(3, 3, 2, Wiring::Dense, 1)]);
    shape.dead = true;
    let core = Core::new("dead", random_network(&shape, 3), &config(frame, 8, &[("conv0", 1, 1)]));
    assert_exact("no weights", &core, frame, 1);
}

/// Two folded layers, the second with a queue that fills.
fn busy() -> (Core, [usize; 2]) {
    let frame = [12, 10];
    let rounds = [(3, 3, 4, Wiring::Dense, 2), (2, 2, 6, Wiring::Dense, 1)];
    let network = random_network(&shape(1, "set: '{0, ±1/2, ±1, ±2}'", Function::Tanh, &rounds), 5);
    (Core::new("busy", network, &config(frame, 6, &[("conv0", 1, 2), ("conv1", 1, 2)])), frame)
}

#[test]
fn a_pixel_in_as_many_clocks_as_were_asked_for() {
    let (core, [height, width]) = busy();
    let verdict = core.compile(Icarus).stream(&noise(4, 1, height, width, 5), &[]);
    assert!(verdict.pass, "{}", verdict.text);
    assert_eq!(verdict.cycles_in, 6 * (4 * height * width - 1) + 1, "six clocks a pixel, and no stall");
}

#[test]
fn the_schedule_is_kept_to_the_clock() {
    for (frame, clocks, pins) in [
        ([12, 10], 6, vec![("conv0", 1, 2), ("conv1", 1, 2)]),
        ([13, 11], 40, vec![("conv0", 1, 1), ("conv1", 1, 3)]),
        ([9, 16], 1, vec![("scale0", 1, 1), ("conv1", 1, 6)]),
    ] {
        let rounds = [(3, 3, 4, Wiring::Dense, 2), (2, 2, 6, Wiring::Dense, 1)];
        let network = random_network(&shape(1, "set: '{0, ±1/2, ±1, ±2}'", Function::Tanh, &rounds), 5);
        let config = config(frame, clocks, &pins);
        let design = design("clock", &network, &config).expect("the network has hardware");
        let schedule = design.schedule.expect("a core with queues has a schedule");
        let verdict = Core::new("clock", network, &config)
            .compile(Icarus)
            .stream(&noise(1, 1, frame[0], frame[1], 5), &[]);
        assert!(verdict.pass, "{}", verdict.text);
        assert_eq!(verdict.cycles, schedule.frame, "{frame:?}, {pins:?}");
    }
}

/// A convolution behind its pool with a queue that fills, and a RAM of two banks.
fn pooled() -> (Core, [usize; 2]) {
    let frame = [12, 10];
    let rounds = [(2, 2, 4, Wiring::Dense, 2), (2, 2, 4, Wiring::Depthwise, 1)];
    let network = random_network(&shape(2, "set: '{0, ±1, ±2}'", Function::Tanh, &rounds), 5);
    let banks = Build::Folded(Lanes { large_bits: 8, ..Lanes::new(1, 1) });
    let builds = [("conv0", Build::Style(Style::PoolFirstFolded)), ("conv1", banks)];
    (Core::new("pooled", network, &built(frame, 3, &builds)), frame)
}

#[test]
fn cut_frames_and_resets_leave_nothing_behind() {
    for (core, frame) in [busy(), pooled()] {
        assert_recovers(&core, frame);
    }
}

fn assert_recovers(core: &Core, [height, width]: [usize; 2]) {
    let maps = core.network.input_maps();
    let simulation = core.compile(Icarus);
    let frames = noise(2, maps, height, width, 3);
    let lines = |frames| {
        let vectors = vectors(&core.network, frames).expect("the frames fit");
        let all = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        (all(&vectors.stimulus), all(&vectors.expected))
    };
    let (stimulus, expected) = lines(&frames[..1]);
    let (next_stimulus, next_expected) = lines(&frames[1..]);
    for cut in [1, 38, 60, 97, height * width - 1] {
        let stream = [&stimulus[..cut], &next_stimulus].concat().join("\n") + "\n";
        // Exactly one number of results of the frame that was cut is right, and all of the next follow.
        let came = (0..=expected.len()).filter(|&came| {
            let wanted = [&expected[..came], &next_expected].concat().join("\n") + "\n";
            simulation.beats(&stream, &wanted, &["+stall=20"]).pass
        });
        assert_eq!(came.count(), 1, "cut after {cut} pixels");
    }
    for at in [3, 61, height * width - 1, height * width + 17] {
        let verdict =
            simulation.stream(&noise(3, maps, height, width, 8), &[&format!("+reset_at={at}"), "+idle=20"]);
        assert!(verdict.pass, "reset after {at} pixels: {}", verdict.text);
    }
}

#[test]
fn queues_are_no_deeper_than_they_must_be() {
    // With one address bit less the second layer's queue overflows, and the simulation says so.
    let frame = [12, 10];
    let rounds = [(3, 3, 4, Wiring::Dense, 2), (2, 2, 6, Wiring::Dense, 1)];
    let network = random_network(&shape(1, "set: '{0, ±1/2, ±1, ±2}'", Function::Tanh, &rounds), 5);
    let config = config(frame, 6, &[("conv0", 1, 2), ("conv1", 1, 2)]);
    let core = Core::with_faults("busy", network, &config, |path, text| {
        if path != "rtl/busy_conv1.v" {
            return text;
        }
        let old = (1..10).find(|bits| text.contains(&format!(".ADDRESS_WIDTH ({bits})\n    ) queue")));
        let old = old.expect("the layer has a queue");
        assert!(old > 1, "the queue is long enough to be halved");
        text.replace(
            &format!(".ADDRESS_WIDTH ({old})\n    ) queue"),
            &format!(".ADDRESS_WIDTH ({})\n    ) queue", old - 1),
        )
    });
    let verdict = core.compile(Icarus).stream(&noise(2, 1, frame[0], frame[1], 5), &[]);
    assert!(!verdict.pass && verdict.text.contains("overflows"), "{}", verdict.text);
}
