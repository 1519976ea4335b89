//! What a core is estimated to need, against what Yosys makes of it and nextpnr packs.

use lacuna_network::Function;
use lacuna_rtl::{Config, Design, Family, board_top, design, estimate};
use lacuna_testbenches::{Core, Shape, Wiring, random_network, run};
use serde_json::Value;

/// How far an estimate may be from the fact.
const TOLERANCE: f64 = 0.1;

fn cases() -> [(&'static str, Shape, &'static str); 2] {
    use Wiring::{Dense, Depthwise};
    let shape = |rounds: &[_], function| Shape {
        input_maps: 1,
        rounds: rounds.to_vec(),
        function,
        approximation: "set: '{0, ±1/2, ±1, ±2}'\nscale: map",
        bits: [8, 12],
        dead: false,
    };
    [
        ("unrolled", shape(&[(5, 5, 4, Dense, 2), (3, 3, 8, Dense, 2)], Function::Tanh), "{frame: [40, 64]}"),
        (
            "folded",
            shape(
                &[(3, 3, 8, Dense, 2), (3, 3, 8, Dense, 1), (3, 3, 8, Depthwise, 1), (1, 1, 4, Dense, 1)],
                Function::Tanh,
            ),
            "{frame: [40, 64], clocks_per_pixel: 16, layers: {conv0: {inputs: 1, outputs: 2}, \
             conv1: {inputs: 2, outputs: 2}, conv2: {inputs: 1}, conv3: {inputs: 1, outputs: 1}}}",
        ),
    ]
}

/// The core and what stands around it, through Yosys; the netlist as JSON.
fn netlist(core: &Core, family: &str) -> Value {
    let source = std::fs::read_to_string(core.folder().join(format!("rtl/{}.v", core.top)));
    let top = board_top(&core.top, &source.expect("the core has a file")).expect("it has a core's ports");
    std::fs::write(core.folder().join("board_top.v"), top.text).expect("a file can be written");
    let sources: Vec<&str> = core.sources().collect();
    let script = format!(
        "read_verilog board_top.v {}; {family} -top lacuna_board_top; setattr -mod -unset keep_hierarchy *; flatten; \
         opt_clean; write_json netlist.json",
        sources.join(" ")
    );
    let output = run(core.folder(), "yosys".as_ref(), &["-q", "-p", &script]);
    assert!(output.success, "{}", output.text);
    let text = std::fs::read(core.folder().join("netlist.json")).expect("Yosys has written it");
    serde_json::from_slice(&text).expect("it is JSON")
}

fn assert_near(what: &str, estimated: u64, fact: u64) {
    let off = estimated as f64 / fact as f64 - 1.0;
    assert!(off.abs() <= TOLERANCE, "{what}: {estimated} estimated, {fact} in fact, {:+.1} %", off * 100.0);
}

fn made(name: &str, shape: &Shape, config: &str) -> (Core, Design) {
    let config: Config = serde_yaml::from_str(config).expect("the section is right");
    let network = random_network(shape, 11);
    let design = design(name, &network, &config).expect("the network has hardware");
    (Core::new(name, network, &config), design)
}

#[test]
fn logic_cells_of_an_ice40() {
    for (name, shape, config) in cases() {
        let (core, design) = made(name, &shape, config);
        netlist(&core, "synth_ice40 -device u -spram");
        let arguments = ["--up5k", "--package", "sg48", "--json", "netlist.json", "--pack-only"];
        let output = run(core.folder(), "nextpnr-ice40".as_ref(), &arguments);
        let used = |cell: &str| -> u64 {
            let line = output.text.lines().find(|line| line.contains(cell));
            let figure = line.and_then(|line| line.split_once(':')?.1.split_once(':')?.1.split('/').next());
            figure.and_then(|figure| figure.trim().parse().ok()).expect(&output.text)
        };
        let estimate = estimate(&design, Family::Ice40).total;
        assert_near(&format!("{name}, logic cells"), estimate.luts, used("ICESTORM_LC"));
        assert_eq!(estimate.brams, used("ICESTORM_RAM"), "{name}, block RAMs");
    }
}

#[test]
fn luts_of_an_ecp5() {
    for (name, shape, config) in cases() {
        let (core, design) = made(name, &shape, config);
        let netlist = netlist(&core, "synth_ecp5 -nodsp");
        let cells = netlist["modules"]["lacuna_board_top"]["cells"].as_object().expect("a module has cells");
        let count = |kind: &str| cells.values().filter(|cell| cell["type"] == kind).count() as u64;
        // A chain begins where the carry that comes in is a constant; nextpnr puts a carry in front of it and one behind.
        let begins = |cell: &&Value| cell["type"] == "CCU2C" && cell["connections"]["CIN"][0].is_string();
        let chains = cells.values().filter(begins).count() as u64;
        // A distributed RAM takes four LUTs, and two that write it.
        let luts = count("LUT4") + 2 * (count("CCU2C") + 2 * chains) + 6 * count("TRELLIS_DPR16X4");
        let estimate = estimate(&design, Family::Ecp5).total;
        assert_near(&format!("{name}, LUT4"), estimate.luts, luts);
        assert_eq!(estimate.brams, count("DP16KD"), "{name}, block RAMs");
    }
}
