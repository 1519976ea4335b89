//! What makes a generated folder stand alone: for every board the commands as a shell script, and a FuseSoC core file.

use anyhow::Result;
use lacuna_rtl::{BOARD_TOP, SourceFile};

use super::board::{Board, Family};
use super::core::Core;
use super::flow::{Paths, pack_arguments, place_arguments, synthesis_script};
use super::tool::Tool;

/// The files, for a core `name` that consists of `files`.
///
/// `synth/board_top.v` stands around the core; `synth/BOARD/` has the pins, a script for Yosys and one for the shell, `run.sh`,
/// which runs what `lacuna synth` runs; `NAME.core` is for FuseSoC.
pub(crate) fn standalone(name: &str, files: &[SourceFile]) -> Result<Vec<SourceFile>> {
    let core = Core::new(name, files)?;
    let mut all = vec![core.board_top.clone()];
    let boards = Board::all();
    for board in &boards {
        let paths = Paths::new(board, name);
        let script = format!("synth/{}/run.sh", board.name);
        all.push(SourceFile { path: script, text: shell_script(board, name) });
        all.push(SourceFile { path: paths.script, text: synthesis_script(board, &core) });
        all.push(SourceFile { path: paths.pins, text: board.pins.clone() });
    }
    all.push(SourceFile { path: format!("{name}.core"), text: core_file(&core, &boards) });
    Ok(all)
}

fn shell_script(board: &Board, core: &str) -> String {
    let paths = Paths::new(board, core);
    let family = board.description.family;
    let first = |tool: Tool| format!("$(first {})", tool.names.join(" "));
    format!(
        "\
#!/bin/sh
# {core} on the board {title}: {bitstream}
#
# YOSYS, NEXTPNR and PACK name other programs, SEED another placement.
set -eu
cd -- \"$(dirname -- \"$0\")/../..\"

first() {{
    for tool; do
        if command -v \"$tool\"; then
            return
        fi
    done
    echo \"not on the PATH: $*\" >&2
    return 1
}}

YOSYS=${{YOSYS:-$(first yosys)}}
NEXTPNR=${{NEXTPNR:-{nextpnr}}}
PACK=${{PACK:-{packer}}}

mkdir -p {build}
\"$YOSYS\" -q -s {script}
\"$NEXTPNR\" {place}
\"$PACK\" {pack}
",
        title = board.description.title,
        bitstream = paths.bitstream,
        nextpnr = first(family.place_tool()),
        packer = first(family.pack_tool()),
        build = paths.build,
        script = paths.script,
        place = place_arguments(board, core, "\"${SEED:-1}\"").join(" "),
        pack = pack_arguments(board, core).join(" "),
    )
}

/// CAPI2: the core to be instantiated by others, its simulation and lint, and a bitstream for every board.
fn core_file(core: &Core, boards: &[Board]) -> String {
    let name = &core.name;
    let sources: String = core.sources.iter().map(|file| format!("      - {}\n", file.path)).collect();
    let pins = |board: &Board| {
        let paths = Paths::new(board, name);
        let kind = board.description.family.pins_ending().to_uppercase();
        format!("  {}:\n    files:\n      - {}: {{file_type: {kind}}}\n", board.name, paths.pins)
    };
    let pins: String = boards.iter().map(pins).collect();
    let targets: String = boards.iter().map(|board| board_target(board, name)).collect();
    format!(
        "\
CAPI=2:
# For FuseSoC, with this folder as a library: fusesoc --cores-root . run --target sim {vendor}:{name}
name: {vendor}:{name}:0
description: A convolutional network without multipliers, made by lacuna

filesets:
  rtl:
    file_type: verilogSource
    files:
{sources}  testbench:
    file_type: verilogSource
    files:
      - sim/{name}_tb.v
      - sim/stimulus.hex: {{file_type: user, copyto: sim/stimulus.hex}}
      - sim/expected.hex: {{file_type: user, copyto: sim/expected.hex}}
  board_top:
    file_type: verilogSource
    files:
      - synth/board_top.v
{pins}
targets:
  default:
    filesets: [rtl]
  sim:
    flow: sim
    flow_options:
      tool: icarus
      iverilog_options: [-g2005]
    filesets: [rtl, testbench]
    toplevel: {name}_tb
  lint:
    flow: lint
    flow_options:
      tool: verilator
      verilator_options: [-Wall]
    filesets: [rtl]
    toplevel: {name}
{targets}",
        vendor = "lacuna:cores",
    )
}

fn board_target(board: &Board, core: &str) -> String {
    let mut synthesis = board.description.synth_options.clone();
    let (flow, mine) = match board.description.family {
        Family::Ice40 => ("icestorm", None),
        Family::Ecp5 => ("trellis", Some("-nodsp".to_owned())),
    };
    synthesis.extend(mine);
    // The flow itself says where the netlist and the pins are.
    let words = place_arguments(board, core, "1");
    let files = ["--json", "--pcf", "--lpf", "--asc", "--textcfg", "--report"];
    let mut placement: Vec<&str> = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if files.contains(&word) {
            words.next();
        } else {
            placement.push(word);
        }
    }
    let quoted = |words: &[&str]| words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    let synthesis: Vec<&str> = synthesis.iter().map(String::as_str).collect();
    format!(
        "  {name}:
    flow: {flow}
    flow_options:
      yosys_synth_options: [{synthesis}]
      nextpnr_options: [{placement}]
    filesets: [rtl, board_top, {name}]
    toplevel: {BOARD_TOP}
",
        name = board.name,
        synthesis = quoted(&synthesis),
        placement = quoted(&placement),
    )
}
