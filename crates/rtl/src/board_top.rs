//! What stands around a core on a board while it is measured: `hdl_templates/board_top.v`.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use crate::render::Printer;
use crate::verilog::{bits_for, is_identifier, unsigned};
use crate::{Error, SourceFile};

/// The name of the module around the core, whoever wrote it.
pub const BOARD_TOP: &str = "lacuna_board_top";

/// Clocks of reset after configuration.
pub(crate) const RESET_CLOCKS: usize = 16;

/// Inputs of a LUT: bits of parity found in one clock.
const LUT: usize = 4;

/// The module [`BOARD_TOP`] with the core `core`, whose Verilog, printed by this crate, is `source`.
///
/// Beside `clk` and `rst`, every input bit of the core is a bit of a shift register and every output bit is registered;
/// the parity of all outputs goes to a pin. The file is `synth/board_top.v`.
///
/// # Errors
/// The source has no such module, or ports of another form than we print.
pub fn board_top(core: &str, source: &str) -> Result<SourceFile, Error> {
    let ports = ports(core, source)?;
    let width_of =
        |direction| ports.iter().filter(|p| p.direction == direction).map(|p| p.width).sum::<usize>();
    let in_bits = width_of(Direction::Input).max(1);
    let mut lowest = 0;
    let connections = ports.iter().map(|port| {
        let value = match port.direction {
            Direction::Shared => port.name.clone(),
            Direction::Output => format!("{}_of_core", port.name),
            Direction::Input => {
                lowest += port.width;
                select("in_q", lowest - port.width, lowest - 1)
            }
        };
        Connection { name: port.name.clone(), value }
    });
    let connections: Vec<Connection> = connections.collect();
    let outputs: Vec<&Port> = ports.iter().filter(|p| p.direction == Direction::Output).collect();
    let ranks = ranks(&outputs);
    let reset_bits = bits_for(RESET_CLOCKS);
    let values = context! {
        core => core,
        in_bits => in_bits,
        shifted => if in_bits == 1 { "rx".to_owned() } else { format!("{{{}, rx}}", select("in_q", 0, in_bits - 2)) },
        reset_clocks => RESET_CLOCKS,
        reset_bits => reset_bits,
        reset_zero => unsigned(0, reset_bits),
        reset_one => unsigned(1, reset_bits),
        outputs => Serde(&outputs),
        connections => Serde(&connections),
        last => ranks.last().map(|rank| rank.name.clone()),
        ranks => Serde(&ranks),
    };
    Ok(Printer::new().print("board_top", "synth/board_top.v".to_owned(), values))
}

/// The widths of these ports of a core.
pub(crate) fn widths<const N: usize>(
    core: &str,
    source: &str,
    names: [&str; N],
) -> Result<[usize; N], Error> {
    let ports = ports(core, source)?;
    let width = |name: &str| ports.iter().find(|port| port.name == name).map(|port| port.width);
    if let Some(absent) = names.into_iter().find(|name| width(name).is_none()) {
        return Err(Error::Ports { module: core.to_owned(), problem: format!("it has no port `{absent}`") });
    }
    Ok(names.map(|name| width(name).expect("it was found above")))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Direction {
    /// Clock and reset, which the board top has too.
    Shared,
    Input,
    Output,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Port {
    name: String,
    direction: Direction,
    width: usize,
}

#[derive(Serialize)]
struct Connection {
    name: String,
    value: String,
}

/// A register behind the core, and what each part of it takes over.
#[derive(Serialize)]
struct Rank {
    name: String,
    width: usize,
    bits: Vec<Assignment>,
}

#[derive(Serialize)]
struct Assignment {
    target: String,
    value: String,
}

/// The registered outputs, then their parity by as many bits a clock as a LUT has inputs, down to one bit.
fn ranks(outputs: &[&Port]) -> Vec<Rank> {
    let wires: Vec<String> = outputs.iter().rev().map(|port| format!("{}_of_core", port.name)).collect();
    let all = Assignment { target: String::new(), value: format!("{{{}}}", wires.join(", ")) };
    let width = outputs.iter().map(|port| port.width).sum();
    let mut ranks = vec![Rank { name: "out_q".to_owned(), width, bits: vec![all] }];
    while let Some(Rank { name, width, .. }) = ranks.last().filter(|rank| rank.width > 1) {
        let next = width.div_ceil(LUT);
        let parity = |group: usize| Assignment {
            target: format!("[{group}]"),
            value: format!("^{}", select(name, LUT * group, (LUT * group + LUT).min(*width) - 1)),
        };
        let rank = Rank {
            name: format!("parity{}_q", ranks.len()),
            width: next,
            bits: (0..next).map(parity).collect(),
        };
        ranks.push(rank);
    }
    ranks
}

fn select(name: &str, lsb: usize, msb: usize) -> String {
    if lsb == msb { format!("{name}[{lsb}]") } else { format!("{name}[{msb}:{lsb}]") }
}

/// The ports of a module as we print them, a line each: direction, kind, perhaps a range, name, perhaps a comment.
fn ports(module: &str, source: &str) -> Result<Vec<Port>, Error> {
    let fault = |problem: &str| Error::Ports { module: module.to_owned(), problem: problem.to_owned() };
    let head = format!("module {module} (");
    let mut lines = source.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
    lines.find(|line| *line == head).ok_or_else(|| fault("its head is not there"))?;
    let body: Vec<&str> = lines.by_ref().take_while(|line| *line != ");").filter(|l| !l.is_empty()).collect();
    let ports: Vec<Port> = body
        .into_iter()
        .map(|line| port(line).ok_or_else(|| fault(&format!("`{line}` is no port of a core"))))
        .collect::<Result<_, _>>()?;
    let clocked = ports.iter().any(|p| p.name == "clk");
    if !clocked || ports.iter().all(|p| p.direction != Direction::Output) {
        return Err(fault("it needs the input `clk` and an output"));
    }
    Ok(ports)
}

fn port(line: &str) -> Option<Port> {
    let line = line.trim_end_matches(',').trim_end();
    let (direction, rest) = line.split_once(' ')?;
    let (kind, mut rest) = rest.trim_start().split_once(' ')?;
    let mut width = 1;
    rest = rest.trim_start();
    if let Some(range) = rest.strip_prefix('[') {
        let (range, name) = range.split_once(']')?;
        width = range.strip_suffix(":0")?.parse::<usize>().ok().filter(|msb| *msb < 1 << 20)? + 1;
        rest = name.trim_start();
    }
    let shared = ["clk", "rst"].contains(&rest) && width == 1;
    let direction = match (direction, kind) {
        ("input", "wire") if shared => Direction::Shared,
        ("input", "wire") => Direction::Input,
        ("output", "wire" | "reg") => Direction::Output,
        _ => return None,
    };
    is_identifier(rest).then(|| Port { name: rest.to_owned(), direction, width })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = "module m (\n    input  wire clk, // the clock\n    // data\n    input  wire [4:0]  a,\n    \
                        input  wire b,\n    output reg  [2:0] x,\n    output wire [2:0] y\n);\nendmodule\n";

    #[test]
    fn every_bit_of_the_core_is_connected() {
        let text = board_top("m", CORE).expect("these are ports").text;
        for line in [
            ".clk (clk),",
            ".a (in_q[4:0]),",
            ".b (in_q[5]),",
            ".y (y_of_core)",
            "in_q <= {in_q[4:0], rx};",
            "out_q <= {y_of_core, x_of_core};",
            "parity1_q[0] <= ^out_q[3:0];",
            "parity1_q[1] <= ^out_q[5:4];",
            "parity2_q[0] <= ^parity1_q[1:0];",
            "assign tx = parity2_q[0];",
        ] {
            assert!(text.lines().any(|l| l.trim() == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for (from, to) in [
            ("module m", "module n"),
            ("[4:0]", "[W-1:0]"),
            ("[4:0]", "[4:1]"),
            ("input  wire b", "inout  wire b"),
            ("wire clk", "wire clock"),
            ("b,", "b c,"),
            ("[4:0]", "[99999999999999999999:0]"),
        ] {
            let error = board_top("m", &CORE.replacen(from, to, 1)).expect_err("it is no core");
            assert!(matches!(error, Error::Ports { .. }), "{to}: {error}");
        }
    }
}
