//! Every beat of every core equals the reference model.

use lacuna_network::Function;
use lacuna_rtl::Config;
use lacuna_testbenches::Simulator::{Icarus, Verilator, VerilatorCurrent};
use lacuna_testbenches::{Core, Shape, Simulator, Wiring, cff, noise, random_network, run};

/// The frame that the tests of the detector use (height, width): large enough for six rows of results.
const FRAME: [usize; 2] = [57, 54];

fn assert_exact(core: &Core, simulator: Simulator, frames: usize, options: &[&[&str]]) {
    let simulation = core.compile(simulator);
    let [height, width] = frame_of(core);
    for (seed, options) in options.iter().enumerate() {
        let frames = noise(frames, core.network.input_maps(), height, width, 77 + seed as u64);
        let verdict = simulation.stream(&frames, options);
        assert!(verdict.pass, "{} under {simulator:?} with {options:?}: {}", core.top, verdict.text);
        assert!(!verdict.frame_error, "{} under {simulator:?}: whole frames set frame_error", core.top);
    }
}

fn frame_of(core: &Core) -> [usize; 2] {
    let text = std::fs::read_to_string(core.folder().join("manifest.json")).expect("a core has a manifest");
    let manifest: lacuna_rtl::Manifest = serde_yaml::from_str(&text).expect("JSON is YAML");
    manifest.config.frame
}

/// Every mix of idle and back-pressure.
const PATTERNS: [&[&str]; 7] = [
    &[],
    &["+idle=30", "+seed=2"],
    &["+stall=30", "+seed=3"],
    &["+idle=30", "+stall=30", "+seed=4"],
    // The seed that would leave the testbench's generator at zero.
    &["+idle=80", "+stall=30", "+seed=2654435769"],
    &["+idle=30", "+stall=80", "+seed=6"],
    &["+idle=80", "+stall=80", "+seed=7"],
];

#[test]
fn the_detector_under_debians_verilator() {
    let core = Core::new("cff", cff(), &Config { frame: FRAME, ..Config::default() });
    assert_exact(&core, Verilator, 3, &PATTERNS);
}

#[test]
fn the_detector_under_the_current_verilator() {
    let core = Core::new("cff", cff(), &Config { frame: FRAME, adders_per_stage: 2, ..Config::default() });
    assert_exact(&core, VerilatorCurrent, 3, &PATTERNS);
}

#[test]
fn the_detector_under_icarus() {
    let core = Core::new("cff", cff(), &Config { frame: [40, 36], ..Config::default() });
    assert_exact(&core, Icarus, 1, &[&["+idle=10", "+stall=20"]]);
}

#[test]
fn one_pixel_a_clock() {
    let core = Core::new("cff", cff(), &Config { frame: FRAME, ..Config::default() });
    let simulation = core.compile(Verilator);
    let [height, width] = FRAME;
    let frames = 4;
    let verdict = simulation.stream(&noise(frames, 1, height, width, 5), &[]);
    let pixels = frames * height * width;
    assert!(verdict.pass, "{}", verdict.text);
    assert_eq!(verdict.cycles_in, pixels, "without stalls every clock takes a pixel");
    assert!(verdict.cycles <= pixels + 4 * width, "{} cycles for {pixels} pixels", verdict.cycles);
}

/// Kernel height and width, output maps, wiring, pool size.
type Round = (usize, usize, usize, Wiring, usize);

#[test]
fn small_networks_of_many_kinds() {
    use Function::{ClippedRelu, LeakyRelu, Relu, Sigmoid, Tanh};
    use Wiring::{Dense, Depthwise, Neighbours};
    let shape = |input_maps, approximation, function, bits, rounds: &[Round]| Shape {
        input_maps,
        rounds: rounds.to_vec(),
        function,
        approximation,
        bits,
        dead: false,
    };
    let eighths = "set: k/8 |k|<=16";
    let ternary = "set: ternary";
    let coarse = "{set: '{0, ±1/2, ±1, ±2}', activation: {segments: 1}}";
    let scaled = Function::ScaledTanh { amplitude: 1.7159, rate: 0.6667 };
    let one = |kernel: [usize; 2], maps, wiring, pool| vec![(kernel[0], kernel[1], maps, wiring, pool)];
    let two = |first: Vec<Round>, second: Vec<Round>| [first, second].concat();
    // Frame height and width, adders per stage, network.
    let mut cases = vec![
        (
            9,
            11,
            1,
            shape(1, eighths, Tanh, [8, 12], &two(one([3, 3], 2, Dense, 2), one([2, 2], 3, Dense, 1))),
        ),
        (
            10,
            10,
            1,
            shape(3, eighths, Relu, [8, 12], &two(one([1, 1], 4, Dense, 1), one([3, 1], 2, Neighbours, 2))),
        ),
        (
            13,
            8,
            2,
            shape(1, ternary, Sigmoid, [6, 9], &two(one([5, 1], 3, Dense, 3), one([1, 2], 3, Depthwise, 1))),
        ),
        (
            8,
            13,
            4,
            shape(
                3,
                "{set: ternary, activation: plan}",
                scaled,
                [4, 12],
                &[(1, 3, 3, Depthwise, 2), (2, 2, 2, Dense, 1), (1, 1, 1, Dense, 1)],
            ),
        ),
        (
            7,
            6,
            1,
            shape(
                1,
                eighths,
                LeakyRelu { slope: 0.1 },
                [12, 16],
                &two(one([3, 3], 1, Dense, 2), one([2, 1], 2, Dense, 1)),
            ),
        ),
        (
            12,
            4,
            2,
            shape(
                2,
                eighths,
                ClippedRelu { limit: 1.0 },
                [5, 12],
                &two(one([2, 3], 2, Neighbours, 2), one([3, 1], 2, Depthwise, 1)),
            ),
        ),
        (5, 5, 1, shape(1, "{set: k/8 |k|<=16, activation: asg}", Tanh, [8, 12], &one([5, 5], 5, Dense, 1))),
        (6, 9, 3, shape(1, coarse, ClippedRelu { limit: 6.0 }, [8, 2], &one([2, 2], 2, Dense, 3))),
        (6, 7, 1, shape(1, coarse, Tanh, [24, 24], &one([2, 2], 2, Dense, 1))),
    ];
    for bits in [[8, 12], [2, 2], [24, 2]] {
        let dead = shape(1, eighths, Tanh, bits, &two(one([2, 2], 2, Dense, 1), one([1, 1], 1, Dense, 1)));
        cases.push((5, 6, 1, Shape { dead: true, ..dead }));
    }
    for (number, (height, width, adders_per_stage, shape)) in cases.iter().enumerate() {
        let network = random_network(shape, 1000 + number as u64);
        let config =
            Config { frame: [*height, *width], adders_per_stage: *adders_per_stage, ..Config::default() };
        let core = Core::new(&format!("small{number}"), network, &config);
        assert_exact(&core, Icarus, 4, &PATTERNS[2..6]);
        for simulator in [Verilator, VerilatorCurrent] {
            assert_eq!(core.lint(simulator), "", "{shape:?} under {simulator:?}");
        }
    }
}

#[test]
fn the_detectors_lint_is_clean() {
    let core = Core::new("cff", cff(), &Config::default());
    for simulator in [Verilator, VerilatorCurrent] {
        assert_eq!(core.lint(simulator), "", "{simulator:?}");
    }
}

/// What `lacuna generate` promises: the folder stands alone.
#[test]
fn the_makefile_of_a_core_works() {
    let shape = Shape {
        input_maps: 1,
        rounds: vec![(2, 2, 2, Wiring::Dense, 2)],
        function: Function::Tanh,
        approximation: "set: ternary",
        bits: [8, 12],
        dead: false,
    };
    let core = Core::new("alone", random_network(&shape, 3), &Config { frame: [6, 7], ..Config::default() });
    let vectors = lacuna_rtl::vectors(&core.network, &noise(2, 1, 6, 7, 1)).expect("the frames fit");
    for (name, text) in [("stimulus", vectors.stimulus), ("expected", vectors.expected)] {
        std::fs::write(core.folder().join(format!("sim/{name}.hex")), text).expect("a file can be written");
    }
    for (target, sign) in [("lint", ""), ("sim", "RESULT PASS"), ("sim-icarus", "RESULT PASS")] {
        let output = run(core.folder(), "make".as_ref(), &[target]);
        assert!(output.success && output.text.contains(sign), "make {target}: {}", output.text);
    }
}
