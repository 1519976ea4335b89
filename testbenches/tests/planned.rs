//! Cores whose layers the planner chose: bit-exact with stalls, no queue overflows, and no larger than was said.

use lacuna_network::Function;
use lacuna_rtl::{Build, Cells, Family, Part, Plan, Request, Style, plan};
use lacuna_testbenches::Simulator::{Icarus, Verilator};
use lacuna_testbenches::{Core, Shape, Wiring, noise, random_network};

fn shape() -> Shape {
    use Wiring::{Dense, Depthwise};
    Shape {
        input_maps: 1,
        rounds: vec![(3, 3, 4, Dense, 2), (2, 2, 6, Dense, 1), (2, 2, 6, Depthwise, 1), (1, 1, 3, Dense, 1)],
        function: Function::ClippedRelu { limit: 2.0 },
        approximation: "set: '{0, ±1/2, ±1, ±2}'",
        bits: [8, 12],
        dead: false,
    }
}

fn part(family: Family, luts: u64, brams: u64) -> Part {
    Part { family, cells: Cells { luts, carries: luts, ffs: luts, brams, ..Cells::default() } }
}

const FRAME: [usize; 2] = [13, 12];

fn planned(clocks_per_pixel: Option<usize>, part: &Part) -> Plan {
    let request = Request { frame: FRAME, clocks_per_pixel, ..Request::default() };
    plan("planned", &random_network(&shape(), 7), &request, part, true).expect("the network can be planned")
}

#[test]
fn planned_cores_are_exact() {
    let large = part(Family::Ecp5, 24_288, 56);
    for (n, clocks) in [1, 5, 24].into_iter().enumerate() {
        let plan = planned(Some(clocks), &large);
        assert_eq!(plan.config.clocks_per_pixel, clocks);
        let core = Core::new("planned", random_network(&shape(), 7), &plan.config);
        assert_eq!(core.lint(Verilator), "", "{clocks} clocks");
        let simulation = core.compile(if n == 1 { Verilator } else { Icarus });
        for options in [&[][..], &["+idle=30", "+stall=40", "+seed=9"]] {
            let verdict = simulation.stream(&noise(3, 1, FRAME[0], FRAME[1], 3), options);
            assert!(verdict.pass && !verdict.frame_error, "{clocks} clocks, {options:?}: {}", verdict.text);
        }
    }
}

#[test]
fn a_slower_pace_takes_fewer_cells() {
    let large = part(Family::Ice40, 100_000, 100);
    let luts: Vec<u64> =
        [1, 4, 16].map(|clocks| planned(Some(clocks), &large).estimate.total.luts).into_iter().collect();
    assert!(luts.windows(2).all(|pair| pair[1] < pair[0]), "{luts:?}");
}

#[test]
fn the_pace_is_the_fastest_that_fits() {
    let needs = |clocks| planned(Some(clocks), &part(Family::Ice40, 100_000, 100)).estimate.total;
    let (fast, slow) = (needs(1), needs(16));
    let roomy = planned(None, &part(Family::Ice40, fast.luts * 2, 100));
    assert_eq!(roomy.config.clocks_per_pixel, 1);
    let between = part(Family::Ice40, (fast.luts + slow.luts) / 2, 100);
    let tight = planned(None, &between);
    assert!(tight.config.clocks_per_pixel > 1, "{} LUTs of {}", tight.estimate.total.luts, fast.luts);
    assert!(tight.estimate.total.over(&between.cells).is_empty());
    let tiny = part(Family::Ice40, 100, 100);
    let smallest = planned(None, &tiny);
    assert!(!smallest.estimate.total.over(&tiny.cells).is_empty());
}

#[test]
fn pins_stay() {
    let pin: Build = serde_yaml::from_str("{inputs: 1, outputs: 3}").expect("that is how a layer is folded");
    let mut request = Request { frame: FRAME, clocks_per_pixel: Some(12), ..Request::default() };
    request.layers.insert("conv1".to_owned(), pin);
    let network = random_network(&shape(), 7);
    let plan = plan("pinned", &network, &request, &part(Family::Ecp5, 24_288, 56), true).expect("it fits");
    assert_eq!(plan.config.layers["conv1"], pin);
    // What the planner has chosen can be pinned, and is the same core.
    let again = Request { layers: plan.config.layers.clone(), ..request };
    let same = lacuna_rtl::plan("pinned", &network, &again, &part(Family::Ecp5, 1, 0), false);
    assert_eq!(same.expect("it can be built").estimate, plan.estimate);
}

/// A network whose first layer has few maps to sum before it and many behind it, and the plan for a part with room for ROMs.
fn pooled(brams: u64) -> (Plan, Request, Shape) {
    use Wiring::{Dense, Neighbours};
    let shape = Shape {
        input_maps: 1,
        rounds: vec![(3, 3, 4, Dense, 2), (2, 2, 6, Neighbours, 2)],
        function: Function::Tanh,
        bits: [6, 8],
        ..shape()
    };
    let request = Request { frame: [18, 24], clocks_per_pixel: Some(1), ..Request::default() };
    let network = random_network(&shape, 5);
    let part = part(Family::Ice40, 100_000, brams);
    (plan("pooled", &network, &request, &part, true).expect("the network can be planned"), request, shape)
}

fn has(plan: &Plan, wanted: impl Fn(&Build) -> bool) -> bool {
    plan.config.layers.values().any(wanted)
}

#[test]
fn pools_go_in_front_and_activations_into_tables_where_that_is_cheaper() {
    let (plan, request, shape) = pooled(100);
    let is_pooled = |build: &Build| matches!(build, Build::Style(Style::PoolFirst | Style::PoolFirstFolded));
    let is_table = |build: &Build| *build == Build::Style(Style::Table);
    assert!(has(&plan, is_pooled) && has(&plan, is_table), "{:?}", plan.config.layers);
    // Fewer cells than as it was built before there was a choice, and the same results.
    let network = random_network(&shape, 5);
    let plain = lacuna_rtl::plan("plain", &network, &request, &part(Family::Ice40, 1, 0), false);
    assert!(plan.estimate.total.luts < plain.expect("it can be built").estimate.total.luts);
    let core = Core::new("pooled", network, &plan.config);
    assert_eq!(core.lint(Verilator), "");
    let simulation = core.compile(Icarus);
    for options in [&[][..], &["+idle=30", "+stall=40", "+seed=9"]] {
        let verdict = simulation.stream(&noise(3, 1, 18, 24, 3), options);
        assert!(verdict.pass && !verdict.frame_error, "{options:?}: {}", verdict.text);
    }
    // Without block RAMs for them there are no tables.
    assert!(!has(&pooled(3).0, is_table));
}

#[test]
fn lines_go_into_large_rams_where_block_rams_are_few() {
    let shape =
        Shape { rounds: vec![(3, 3, 4, Wiring::Dense, 2), (3, 2, 4, Wiring::Depthwise, 1)], ..shape() };
    let request = Request { frame: [18, 26], clocks_per_pixel: Some(8), ..Request::default() };
    let planned = |brams, large_brams| {
        let part = part(Family::Ice40, 100_000, brams);
        let part = Part { cells: Cells { large_brams, ..part.cells }, ..part };
        plan("banked", &random_network(&shape, 3), &request, &part, true).expect("the network can be planned")
    };
    let is_large = |build: &Build| matches!(build, Build::Folded(lanes) if lanes.large_bits > 0);
    let without = planned(1, 0);
    let with = planned(1, 4);
    assert!(!has(&without, is_large) && has(&with, is_large), "{:?}", with.config.layers);
    assert!(with.estimate.total.brams < without.estimate.total.brams);
    assert!((1..=4).contains(&with.estimate.total.large_brams));
    let core = Core::new("banked", random_network(&shape, 3), &with.config);
    assert_eq!(core.lint(Verilator), "");
    let verdict = core.compile(Icarus).stream(&noise(2, 1, 18, 26, 3), &["+idle=30", "+stall=40"]);
    assert!(verdict.pass && !verdict.frame_error, "{}", verdict.text);
}

#[test]
fn registers_are_saved_where_the_part_is_too_small_for_them() {
    let planned = |luts, adders_per_stage| {
        let part = part(Family::Ice40, luts, 100);
        let request =
            Request { frame: FRAME, clocks_per_pixel: Some(1), adders_per_stage, ..Request::default() };
        plan("registers", &random_network(&shape(), 7), &request, &part, true)
            .expect("the network can be planned")
    };
    let roomy = planned(100_000, None);
    let tight = planned(roomy.estimate.total.luts - 1, None);
    assert_eq!((roomy.config.adders_per_stage, tight.config.adders_per_stage), (1, 2));
    assert!(tight.estimate.total.luts < roomy.estimate.total.luts);
    // Who asks for a register behind every adder gets it.
    assert_eq!(planned(roomy.estimate.total.luts - 1, Some(1)).config.adders_per_stage, 1);
}

#[test]
fn layers_are_digit_serial_where_pixels_leave_the_time() {
    let shape = Shape { rounds: vec![(3, 3, 8, Wiring::Dense, 1)], ..shape() };
    let network = || random_network(&shape, 9);
    let large = part(Family::Ice40, 100_000, 100);
    let planned = |clocks| {
        let request = Request { frame: FRAME, clocks_per_pixel: Some(clocks), ..Request::default() };
        plan("serial", &network(), &request, &large, true).expect("the network can be planned")
    };
    let is_serial = |plan: &Plan| matches!(plan.config.layers.get("conv0"), Some(Build::Serial(_)));
    let (fast, slow) = (planned(1), planned(4));
    assert!(!is_serial(&fast) && is_serial(&slow), "{:?}", slow.config.layers);
    assert!(slow.estimate.total.luts < fast.estimate.total.luts);
    let core = Core::new("serial", network(), &slow.config);
    let verdict =
        core.compile(Icarus).stream(&noise(2, 1, FRAME[0], FRAME[1], 3), &["+idle=30", "+stall=40"]);
    assert!(verdict.pass && !verdict.frame_error, "{}", verdict.text);
}
