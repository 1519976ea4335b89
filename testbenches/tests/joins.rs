//! Branches that meet: the same results as the reference, and nothing of a frame that was cut short in the next.

use std::collections::BTreeMap;

use lacuna_rtl::{Build, Config, Lanes, vectors};
use lacuna_testbenches::Simulator::{Icarus, Verilator, VerilatorCurrent};
use lacuna_testbenches::{Branches, Core, noise, random_branches};

const SEVEN: &str = "set: '{0, ±1/2, ±1, ±2}'";
const EIGHTHS: &str = "set: k/8 |k|<=16";

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
    Branches { input_maps: if has_stem { 1 } else { maps }, maps, has_stem, kernels, is_sum, approximation }
}

const STREAMS: [&[&str]; 5] = [
    &[],
    &["+idle=40", "+seed=2"],
    &["+stall=40", "+seed=3"],
    &["+idle=80", "+stall=60", "+seed=4"],
    &["+idle=95", "+seed=5"],
];

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
fn branches_of_many_kinds() {
    // Height and width of the frame, clocks a pixel, network, how it is folded.
    type Case = (&'static str, [usize; 2], usize, Branches, &'static [Pin]);
    let point: &[[usize; 2]] = &[[1, 1]];
    let cases: [Case; 9] = [
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
    ];
    for (n, (name, frame, clocks, shape, pins)) in cases.into_iter().enumerate() {
        let core = Core::new("joins", random_branches(&shape, 60 + n as u64), &config(frame, clocks, pins));
        assert_exact(name, &core, frame, shape.input_maps);
    }
}

/// A branch with a backlog, and the pixels themselves.
fn uneven() -> (Core, [usize; 2]) {
    let frame = [6, 7];
    let shape = branches(false, 2, true, &[&[], &[[1, 1]]]);
    (Core::new("uneven", random_branches(&shape, 7), &config(frame, 4, &[("b1c0", 1, 1)])), frame)
}

#[test]
fn cut_frames_and_resets_leave_nothing_behind() {
    let (core, [height, width]) = uneven();
    let simulation = core.compile(Icarus);
    let frames = noise(3, 2, height, width, 3);
    let lines = |frames| {
        let vectors = vectors(&core.network, frames).expect("the frames fit");
        let all = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        (all(&vectors.stimulus), all(&vectors.expected))
    };
    let (stimulus, expected) = lines(&frames[..1]);
    let (next_stimulus, next_expected) = lines(&frames[1..]);
    for cut in [1, 2, 9, 17, height * width - 1] {
        // Cut once, and once more after a single pixel.
        for again in [0, 1] {
            let stream = [&stimulus[..cut], &stimulus[..again], &next_stimulus].concat().join("\n") + "\n";
            // Exactly one number of results of the frame that was cut is right, and all of the next follow.
            let came = (0..=expected.len()).filter(|&came| {
                let wanted = [&expected[..came], &next_expected].concat().join("\n") + "\n";
                simulation.beats(&stream, &wanted, &["+stall=20"]).pass
            });
            assert_eq!(came.count(), 1, "cut after {cut} pixels, and after {again}");
        }
    }
    for at in [3, 20, height * width - 1, height * width + 9] {
        let verdict =
            simulation.stream(&noise(3, 2, height, width, 8), &[&format!("+reset_at={at}"), "+idle=20"]);
        assert!(verdict.pass, "reset after {at} pixels: {}", verdict.text);
    }
}

#[test]
fn queues_are_no_shorter_than_they_must_be() {
    // With one address bit less the queue of the pixels overflows, and the simulation says so.
    let shape = branches(false, 2, true, &[&[], &[[1, 1]]]);
    let network = random_branches(&shape, 7);
    let core = Core::with_faults("uneven", network, &config([6, 7], 4, &[("b1c0", 1, 1)]), |path, text| {
        let old = (1..10).rev().find(|bits| text.contains(&format!(".ADDRESS_WIDTH ({bits})\n    ) queue0")));
        match (path, old) {
            ("rtl/uneven_join_join.v", Some(old)) => {
                assert!(old > 1, "the queue is long enough to be halved");
                text.replace(
                    &format!(".ADDRESS_WIDTH ({old})\n    ) queue0"),
                    &format!(".ADDRESS_WIDTH ({})\n    ) queue0", old - 1),
                )
            }
            _ => text,
        }
    });
    let verdict = core.compile(Icarus).stream(&noise(2, 2, 6, 7, 5), &[]);
    assert!(!verdict.pass && verdict.text.contains("overflows"), "{}", verdict.text);
}
