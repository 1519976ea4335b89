//! The netlist of the face detector for an iCE40, gate for gate, on a real window.

use lacuna_rtl::Config;
use lacuna_testbenches::{Core, WINDOW, small_cff, windows};

#[test]
fn the_netlist_sees_the_face() {
    let (network, config) = small_cff();
    let core = Core::new("cff", network, &Config { frame: WINDOW, ..config });
    let [face, _] = windows(&core.network);
    let verdict = core.compile_gates().stream(&[face], &["+stall=10"]);
    assert!(verdict.pass && verdict.beats == 1 && !verdict.frame_error, "{}", verdict.text);
}
