//! The cells that Yosys makes of a core and nextpnr packs, with the options of `lacuna synth`, to set an estimate beside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use lacuna_rtl::{Family, board_top};
use serde_json::Value;

use crate::{Core, run};

/// What a core takes together with `board_top.v`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// iCE40: logic cells after packing; ECP5: LUT4, two for each carry included.
    pub luts: u64,
    /// Block RAMs.
    pub brams: u64,
}

const TOP: &str = "lacuna_board_top";

/// What `lacuna synth` counts for a core. On an ECP5 this takes Yosys alone: what nextpnr adds to it is known.
///
/// # Panics
/// A tool is missing or fails.
pub fn found(core: &Core, family: Family) -> Found {
    let netlist = netlist(core, family, &[]);
    let cells = &netlist["modules"][TOP]["cells"];
    match family {
        Family::Ice40 => {
            let arguments = ["--up5k", "--package", "sg48", "--json", "netlist.json", "--pack-only"];
            let text = run(core.folder(), "nextpnr-ice40".as_ref(), &arguments).text;
            let used = |cell: &str| -> u64 {
                let line = text.lines().find(|line| line.contains(cell));
                let figure =
                    line.and_then(|line| line.split_once(':')?.1.split_once(':')?.1.split('/').next());
                figure.and_then(|figure| figure.trim().parse().ok()).expect(&text)
            };
            Found { luts: used("ICESTORM_LC"), brams: used("ICESTORM_RAM") }
        }
        Family::Ecp5 => Found { luts: ecp5_luts(cells), brams: count(cells, "DP16KD") },
    }
}

/// LUTs of each of these modules, one for each stage, in a netlist whose stages have been kept apart, and of what is around them.
/// Optimisation does not cross their borders there, so a sum of these is not the figure of [`found`]; on an iCE40 packing is
/// approximated.
///
/// # Panics
/// A tool is missing or fails.
pub fn found_in_stages(core: &Core, family: Family, modules: &[String]) -> BTreeMap<String, u64> {
    let netlist = netlist(core, family, modules);
    let names = modules.iter().map(String::as_str).chain([TOP]);
    let luts = |name: &str| {
        let cells = &netlist["modules"][name]["cells"];
        let each = match family {
            Family::Ice40 => packed(cells),
            Family::Ecp5 => ecp5_luts(cells),
        };
        // An activation has an instance a map.
        let instances =
            all(&netlist["modules"][TOP]["cells"], name).filter(|cell| cell["type"] == name).count() as u64;
        each * instances.max(1)
    };
    names.map(|name| (name.to_owned(), luts(name))).collect()
}

/// The core and what stands around it, through Yosys; these modules stay modules.
fn netlist(core: &Core, family: Family, apart: &[String]) -> Value {
    let source = fs::read_to_string(core.folder().join(format!("rtl/{}.v", core.top)));
    let top = board_top(&core.top, &source.expect("the core has a file")).expect("it has a core's ports");
    fs::write(core.folder().join("board_top.v"), top.text).expect("a file can be written");
    let (defines, command) = match family {
        Family::Ice40 => ("-DLACUNA_LARGE_RAM", "synth_ice40 -device u -spram"),
        Family::Ecp5 => ("", "synth_ecp5 -nodsp -nowidelut"),
    };
    let sources: Vec<&str> = core.sources().collect();
    let keep = |apart: &[String]| match apart {
        [] => String::new(),
        apart => format!("setattr -mod -set keep_hierarchy 1 {};", apart.join(" ")),
    };
    let script = format!(
        "read_verilog {defines} board_top.v {}; hierarchy -top {TOP}; {keep} {command} -top {TOP}; \
         setattr -mod -unset keep_hierarchy *; {keep} flatten; opt_clean; write_json netlist.json",
        sources.join(" "),
        keep = keep(apart)
    );
    let output = run(core.folder(), "yosys".as_ref(), &["-q", "-p", &script]);
    assert!(output.success, "{}", output.text);
    let text = fs::read(core.folder().join("netlist.json")).expect("Yosys has written it");
    serde_json::from_slice(&text).expect("it is JSON")
}

fn all<'a>(cells: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let cells = cells.as_object().expect("a module has cells");
    cells.values().filter(move |cell| cell["type"].as_str().is_some_and(|name| name.starts_with(kind)))
}

fn count(cells: &Value, kind: &str) -> u64 {
    all(cells, kind).count() as u64
}

/// A chain begins where the carry that comes in is a constant; nextpnr puts a carry in front of it and one behind.
/// A distributed RAM takes four LUTs, and two that write it.
fn ecp5_luts(cells: &Value) -> u64 {
    let begins = |cell: &&Value| cell["connections"]["CIN"][0].is_string();
    let chains = all(cells, "CCU2C").filter(begins).count() as u64;
    count(cells, "LUT4") + 2 * (count(cells, "CCU2C") + 2 * chains) + 6 * count(cells, "TRELLIS_DPR16X4")
}

/// Logic cells as nextpnr packs them: a flip-flop joins the LUT that feeds it alone, a carry the LUT with its operands.
fn packed(cells: &Value) -> u64 {
    let mut readers: BTreeMap<u64, u64> = BTreeMap::new();
    for cell in cells.as_object().expect("a module has cells").values() {
        let outputs = |port: &str| cell["port_directions"][port] == "output";
        for (port, bits) in cell["connections"].as_object().expect("a cell has ports") {
            if !outputs(port) {
                for bit in bits.as_array().expect("a port has bits").iter().filter_map(Value::as_u64) {
                    *readers.entry(bit).or_default() += 1;
                }
            }
        }
    }
    let pin = |cell: &Value, port: &str| cell["connections"][port][0].as_u64();
    let alone: BTreeSet<u64> = all(cells, "SB_LUT4")
        .filter_map(|lut| pin(lut, "O"))
        .filter(|bit| readers.get(bit) == Some(&1))
        .collect();
    let operands: BTreeSet<_> = all(cells, "SB_LUT4").map(|lut| (pin(lut, "I1"), pin(lut, "I2"))).collect();
    let free = |cell: &&Value| !pin(cell, "D").is_some_and(|bit| alone.contains(&bit));
    let lonely = |cell: &&Value| !operands.contains(&(pin(cell, "I0"), pin(cell, "I1")));
    count(cells, "SB_LUT4")
        + all(cells, "SB_DFF").filter(free).count() as u64
        + all(cells, "SB_CARRY").filter(lonely).count() as u64
}
