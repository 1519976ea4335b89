//! What a core is estimated to need, against what Yosys makes of it and nextpnr packs. `examples/estimates.rs` does it for more networks.

use lacuna_rtl::{Family, design, estimate};
use lacuna_testbenches::{Core, Estimated, found};

/// How far an estimate may be from the fact.
const TOLERANCE: f64 = 0.1;

/// Networks that take a quarter of a minute or so each, and have most kinds of stages between them.
const NETWORKS: [&str; 4] = ["unrolled", "folded seven", "serial", "branches added"];

fn assert_near(name: &str, family: Family) {
    let (network, config) = Estimated::named(name).network();
    let needs = estimate(&design("core", &network, &config).expect("the network has hardware"), family).total;
    let fact = found(&Core::new("core", network, &config), family);
    let off = needs.luts as f64 / fact.luts as f64 - 1.0;
    assert!(
        off.abs() <= TOLERANCE,
        "{name}, LUTs on {family:?}: {} estimated, {} in fact, {:+.1} %",
        needs.luts,
        fact.luts,
        off * 100.0
    );
    assert_eq!(needs.brams, fact.brams, "{name}, block RAMs on {family:?}");
}

#[test]
fn logic_cells_of_an_ice40() {
    NETWORKS.iter().for_each(|name| assert_near(name, Family::Ice40));
}

#[test]
fn luts_of_an_ecp5() {
    NETWORKS.iter().for_each(|name| assert_near(name, Family::Ecp5));
}
