//! Strides, edges, dilation, maxima and pools of any size: random networks, equal to the reference in every beat.

#[path = "../../crates/fixed_point/tests/common/mod.rs"]
mod common;

use common::Case;
use lacuna_rtl::{Config, Error, design};
use lacuna_testbenches::Simulator::{Icarus, Verilator, VerilatorCurrent};
use lacuna_testbenches::{Core, noise};

const PATTERNS: [&[&str]; 4] =
    [&[], &["+idle=40", "+seed=2"], &["+stall=40", "+seed=3"], &["+idle=70", "+stall=60", "+seed=4"]];

/// A random network's core, where it has stages.
fn core(case: Case, clocks_per_pixel: usize) -> Option<(Core, [usize; 3], String)> {
    let Case { network, pixels, .. } = case;
    let (maps, height, width) = pixels.dim();
    let config = Config { frame: [height, width], clocks_per_pixel, ..Config::default() };
    match design("planes", &network, &config) {
        Ok(design) => {
            let stages: Vec<String> = design.stages.iter().map(lacuna_rtl::Stage::summary).collect();
            Some((Core::new("planes", network, &config), [maps, height, width], stages.join("\n")))
        }
        Err(Error::NothingToDo | Error::Branches { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn random_networks_equal_the_reference() {
    let cases = (0..10).map(Case::padded).chain((100..106).map(Case::seeded));
    let cores: Vec<_> = cases.filter_map(|case| core(case, 1)).collect();
    assert!(cores.len() > 8, "{} networks", cores.len());
    assert_exact(&cores);
}

/// Where pixels come several clocks apart, an edge leaves while the next frame begins, and not in a pause behind its own.
#[test]
fn edges_leave_while_the_next_frame_begins() {
    let cores: Vec<_> = (0..10).filter_map(|seed| core(Case::padded(seed), 2 + seed as usize % 2)).collect();
    assert!(cores.len() > 4, "{} networks", cores.len());
    assert_exact(&cores);
}

fn assert_exact(cores: &[(Core, [usize; 3], String)]) {
    for (n, (core, [maps, height, width], stages)) in cores.iter().enumerate() {
        let simulation = core.compile(Icarus);
        for (seed, options) in PATTERNS.iter().enumerate() {
            let frames = noise(3, *maps, *height, *width, 31 + seed as u64);
            let verdict = simulation.stream(&frames, options);
            assert!(
                verdict.pass && !verdict.frame_error,
                "{n}, {width} x {height}, {options:?}:\n{stages}\n{}",
                verdict.text
            );
        }
    }
    for (core, ..) in cores.iter().step_by(2) {
        for lint in [Verilator, VerilatorCurrent] {
            assert_eq!(core.lint(lint), "", "{lint:?}");
        }
    }
}
