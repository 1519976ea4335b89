//! Branches that meet: the same results as the reference, and nothing of a frame that was cut short in the next.

use std::collections::BTreeMap;

use lacuna_rtl::{Build, Config, Lanes, vectors};
use lacuna_testbenches::Simulator::{Icarus, Verilator, VerilatorCurrent};
use lacuna_testbenches::{Branches, Core, noise, random_branches};

const SEVEN: &str = "{set: '{0, ±1/2, ±1, ±2}', activation: {segments: 1}}";
const EIGHTHS: &str = "{set: k/8 |k|<=16, activation: {segments: 1}}";

/// Layer, maps that come at a time, maps that leave.
type Pin = (&'static str, usize, usize);

fn config(frame: [usize; 2], clocks_per_pixel: usize, pins: &[Pin]) -> Config {
    let pin =
        |&(layer, inputs, outputs): &Pin| (layer.to_owned(), Build::Folded(Lanes::new(inputs, outputs)));
    let layers: BTreeMap<String, Build> = pins.iter().map(pin).collect();
    Config { frame, clocks_per_pixel, layers, ..Config::default() }
}

fn branches(has_stem: bool, maps: usize, is_sum: bool, kernels: &[&[[usize; 2]]]) -> Branches {
    let kernels = kernels.iter().map(|branch| branch.to_vec()).collect();
    let approximation = if is_sum { SEVEN } else { EIGHTHS };
    Branches {
        input_maps: if has_stem { 1 } else { maps },
        maps,
        has_stem,
        kernels,
        is_sum,
        is_padded: false,
        approximation,
    }
}

fn padded(branches: Branches) -> Branches {
    Branches { is_padded: true, ..branches }
}

const STREAMS: [&[&str]; 4] =
    [&[], &["+idle=40", "+seed=2"], &["+stall=40", "+seed=3"], &["+idle=95", "+stall=60", "+seed=4"]];

fn assert_exact(name: &str, core: &Core, frame: [usize; 2], maps: usize) {
    for lint in [Verilator, VerilatorCurrent] {
        assert_eq!(core.lint(lint), "", "{name} under {lint:?}");
    }
    let simulation = core.compile(Icarus);
    for (seed, options) in STREAMS.iter().enumerate() {
        let frames = noise(2, maps, frame[0], frame[1], 31 + seed as u64);
        let verdict = simulation.stream(&frames, options);
        assert!(verdict.pass && !verdict.frame_error, "{name} with {options:?}: {}", verdict.text);
    }
}

#[test]
fn branches_of_many_kinds() {
    // Height and width of the frame, clocks a pixel, network, how it is folded.
    type Case = (&'static str, [usize; 2], usize, Branches, &'static [Pin]);
    let point: &[[usize; 2]] = &[[1, 1]];
    let cases: [Case; 11] = [
        ("a residual block", [7, 9], 1, branches(true, 3, true, &[&[], point]), &[]),
        ("pixels themselves", [6, 7], 1, branches(false, 2, true, &[&[], &[[1, 1], [1, 1]]]), &[]),
        ("pixels side by side", [6, 7], 1, branches(false, 2, false, &[&[], point, &[]]), &[]),
        (
            "windows of several shapes",
            [8, 9],
            1,
            branches(true, 3, true, &[&[[3, 3]], &[[2, 1], [2, 3]], &[[1, 2], [3, 2]]]),
            &[],
        ),
        ("maps side by side", [8, 9], 1, branches(true, 2, false, &[&[[3, 3]], &[[3, 1], [1, 3]]]), &[]),
        (
            "one branch folded",
            [7, 8],
            40,
            branches(true, 4, true, &[&[[3, 2]], &[[3, 2]]]),
            &[("b0c0", 1, 2)],
        ),
        (
            "both folded, each in its own way",
            [7, 8],
            40,
            branches(true, 4, true, &[&[[3, 2]], &[[2, 1], [2, 2]]]),
            &[("b0c0", 2, 2), ("b1c0", 1, 4), ("b1c1", 4, 1)],
        ),
        (
            "a sum and what follows folded",
            [7, 8],
            40,
            branches(true, 5, true, &[&[], &[[1, 1]]]),
            &[("b1c0", 2, 2), ("join", 2, 1), ("tail", 2, 1)],
        ),
        (
            "folded side by side",
            [7, 8],
            60,
            branches(true, 3, false, &[&[[2, 2]], &[[1, 2], [2, 1]]]),
            &[("b0c0", 1, 1), ("b1c1", 1, 3), ("join", 2, 1), ("tail", 2, 2)],
        ),
        (
            "zeros around planes",
            [6, 8],
            1,
            padded(branches(true, 3, true, &[&[], &[[3, 3], [3, 3]], &[[1, 1]]])),
            &[],
        ),
        (
            "zeros around planes of folded layers",
            [6, 7],
            24,
            padded(branches(true, 4, true, &[&[], &[[3, 3], [3, 2]]])),
            &[("b1c0", 2, 2), ("b1c1", 2, 2), ("join", 2, 1), ("tail", 2, 2)],
        ),
    ];
    for (n, (name, frame, clocks, shape, pins)) in cases.into_iter().enumerate() {
        let core = Core::new("joins", random_branches(&shape, 60 + n as u64), &config(frame, clocks, pins));
        assert_exact(name, &core, frame, shape.input_maps);
    }
}

const FRAME: [usize; 2] = [5, 11];

/// The pixels themselves, and a branch that is behind by a line: with faults, if any.
fn residual(clocks_per_pixel: usize, alter: impl Fn(String) -> String) -> Core {
    let shape = padded(branches(false, 2, true, &[&[], &[[3, 3]]]));
    let config = config(FRAME, clocks_per_pixel, &[]);
    Core::with_faults("residual", random_branches(&shape, 7), &config, |path, text| {
        if path == "rtl/residual_join_join.v" { alter(text) } else { text }
    })
}

#[test]
fn cut_frames_and_resets_leave_nothing_behind() {
    [1, 3].into_iter().for_each(assert_nothing_is_left);
}

fn assert_nothing_is_left(clocks_per_pixel: usize) {
    let core = residual(clocks_per_pixel, |text| text);
    let simulation = core.compile(Icarus);
    let [height, width] = FRAME;
    let frames = noise(3, 2, height, width, 3);
    let lines = |frames| {
        let vectors = vectors(&core.network, frames).expect("the frames fit");
        let all = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        (all(&vectors.stimulus), all(&vectors.expected))
    };
    let (stimulus, expected) = lines(&frames[..1]);
    let (next_stimulus, next_expected) = lines(&frames[1..]);
    // Cut after so many pixels, and the frame behind that again.
    for (cut, again) in [(1, 0), (9, 1), (26, 14), (height * width - 1, 0)] {
        let stream = [&stimulus[..cut], &stimulus[..again], &next_stimulus].concat().join("\n") + "\n";
        let run = |came: usize| {
            let wanted = [&expected[..came], &next_expected].concat().join("\n") + "\n";
            simulation.beats(&stream, &wanted, &["+stall=20"])
        };
        // So many results of the first frame come, then all of the next; the second is too short for any.
        let came = run(0).beats.saturating_sub(next_expected.len());
        let verdict = run(came.min(expected.len()));
        assert!(verdict.pass, "cut after {cut} pixels, and after {again}: {}", verdict.text);
    }
    for at in [3, 20, height * width - 1, height * width + 9] {
        let verdict =
            simulation.stream(&noise(3, 2, height, width, 8), &[&format!("+reset_at={at}"), "+idle=20"]);
        assert!(verdict.pass, "reset after {at} pixels: {}", verdict.text);
    }
}

#[test]
fn without_the_restart_a_cut_frame_is_noticed() {
    let core = residual(1, |text| {
        assert!(text.contains("wire clear = rst | restart;"), "the join has a restart");
        text.replace("wire clear = rst | restart;", "wire clear = rst;")
    });
    let frames = noise(2, 2, FRAME[0], FRAME[1], 3);
    let whole = vectors(&core.network, &frames[1..]).expect("the frames fit");
    let cut = vectors(&core.network, &frames[..1]).expect("the frames fit");
    let stream: String = cut.stimulus.lines().take(9).map(|line| format!("{line}\n")).collect();
    let verdict = core.compile(Icarus).beats(&(stream + &whole.stimulus), &whole.expected, &[]);
    assert!(!verdict.pass && verdict.text.contains("joins beats of different places"), "{}", verdict.text);
}

#[test]
fn queues_are_no_shorter_than_they_must_be() {
    // With one address bit less the queue of the pixels overflows, and the simulation says so.
    let core = residual(1, |text| {
        let queue = |bits: u32| format!(".ADDRESS_WIDTH ({bits})\n    ) queue0");
        let old = (2..10).find(|&bits| text.contains(&queue(bits))).expect("the queue can be halved");
        text.replace(&queue(old), &queue(old - 1))
    });
    let verdict = core.compile(Icarus).stream(&noise(2, 2, FRAME[0], FRAME[1], 5), &[]);
    assert!(!verdict.pass && verdict.text.contains("overflows"), "{}", verdict.text);
}
