//! Estimates beside what Yosys and nextpnr make of the same cores, as the table of docs/planning.md.
//!
//!     cargo run --release -p lacuna-testbenches --example estimates                # the small networks
//!     cargo run --release -p lacuna-testbenches --example estimates -- --all       # all, some of which take minutes
//!     cargo run --release -p lacuna-testbenches --example estimates -- --stages "folded k/4"
//!
//! `--stages` prints a line per stage instead, from a netlist in which stages are kept apart; `--ice40` and `--ecp5` are for one family.
//! `--no-tools` prints estimates alone.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a table is what it is for")]

use lacuna_rtl::{Design, Family, design, estimate};
use lacuna_testbenches::{Core, Estimated, found, found_in_stages};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (options, names): (Vec<String>, Vec<String>) =
        arguments.into_iter().partition(|argument| argument.starts_with("--"));
    let has = |option: &str| options.iter().any(|given| given == option);
    let wanted = |case: &Estimated| {
        if names.is_empty() {
            !case.is_large || has("--all")
        } else {
            names.iter().any(|name| name == case.name)
        }
    };
    println!("| network | iCE40: logic cells | estimate | off by | ECP5: LUT4 | estimate | off by |");
    println!("|---|---|---|---|---|---|---|");
    for case in Estimated::all().into_iter().filter(wanted) {
        let (network, config) = case.network();
        let made = design("core", &network, &config).expect("the network has hardware");
        let core = Core::new("core", network, &config);
        let mut row = format!("| {} |", case.name);
        for family in Family::ALL {
            if has("--ecp5") && family == Family::Ice40 || has("--ice40") && family == Family::Ecp5 {
                continue;
            }
            let needs = estimate(&made, family).total;
            if has("--stages") {
                stages(&made, &core, family);
                continue;
            }
            if has("--no-tools") {
                row += &format!(" {} |", needs.luts);
                continue;
            }
            let found = found(&core, family);
            row += &format!(" {} | {} | {} |", found.luts, needs.luts, off(needs.luts, found.luts));
            if needs.brams != found.brams {
                eprintln!("{}, {family:?}: {} block RAMs, {} estimated", case.name, found.brams, needs.brams);
            }
        }
        println!("{row}");
    }
}

fn stages(design: &Design, core: &Core, family: Family) {
    let modules: Vec<String> = design.stages.iter().map(|stage| format!("core_{}", stage.name)).collect();
    let found = found_in_stages(core, family, &modules);
    let needs = estimate(design, family);
    for (stage, cells) in design.stages.iter().zip(&needs.stages) {
        let found = found[&format!("core_{}", stage.name)];
        eprintln!("{family:?} {found:6} {:6} {:>8}  {}", cells.luts, off(cells.luts, found), stage.summary());
    }
    let found = found["lacuna_board_top"];
    eprintln!("{family:?} {found:6} {:6} {:>8}  around", needs.around.luts, off(needs.around.luts, found));
}

fn off(estimated: u64, found: u64) -> String {
    format!("{:+.1} %", (estimated as f64 / found.max(1) as f64 - 1.0) * 100.0)
}
