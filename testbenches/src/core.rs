//! A generated core in a folder, and the simulators that run it.

use std::fs;
use std::path::{Path, PathBuf};

use lacuna_fixed_point::IntNetwork;
use lacuna_rtl::{Config, Vectors, design, manifest, package, vectors};
use ndarray::Array3;
use tempfile::TempDir;

use crate::tools::{current, run};

/// A generated core.
#[derive(Debug)]
pub struct Core {
    folder: TempDir,
    /// The reference model.
    pub network: IntNetwork,
    /// The top module.
    pub top: String,
    sources: Vec<String>,
    testbench: String,
}

/// The simulators that every core must run under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simulator {
    /// Debian's Verilator, on the PATH.
    Verilator,
    /// The current Verilator.
    VerilatorCurrent,
    /// Icarus Verilog.
    Icarus,
    /// Icarus Verilog, with the text that synthesis reads: `SYNTHESIS` is defined.
    IcarusAsSynthesised,
}

/// A core that a simulator has compiled.
#[derive(Debug)]
pub struct Simulation<'a> {
    core: &'a Core,
    program: PathBuf,
    arguments: Vec<String>,
}

/// What the testbench said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// It printed RESULT PASS and ended without an error.
    pub pass: bool,
    /// Beats received.
    pub beats: usize,
    /// Beats that differ, are missing or are too many.
    pub mismatches: usize,
    /// Clocks from the first beat in to the last beat out.
    pub cycles: usize,
    /// Clocks from the first beat in to the last beat in.
    pub cycles_in: usize,
    /// The core's sticky flag.
    pub frame_error: bool,
    /// All it printed.
    pub text: String,
}

impl Core {
    /// Generates a core into a temporary folder.
    pub fn new(name: &str, network: IntNetwork, config: &Config) -> Self {
        Self::with_faults(name, network, config, |_, text| text)
    }

    /// Generates a core whose sources pass through `alter(path, text)`.
    pub fn with_faults(
        name: &str,
        network: IntNetwork,
        config: &Config,
        alter: impl Fn(&str, String) -> String,
    ) -> Self {
        let design = design(name, &network, config).expect("the network has hardware");
        let none = Vectors { stimulus: String::new(), expected: String::new(), beats_in: 0, beats_out: 0 };
        let manifest = manifest(&design, config, &none);
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for file in package(&design, config, &network, none) {
            let path = folder.path().join(&file.path);
            fs::create_dir_all(path.parent().expect("a file lies in a folder"))
                .expect("a folder can be made");
            fs::write(path, alter(&file.path, file.text)).expect("a file can be written");
        }
        Self { folder, network, top: manifest.top, sources: manifest.sources, testbench: manifest.testbench }
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its Verilog files without the testbench.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(String::as_str)
    }

    /// All warnings of Verilator's lint.
    pub fn lint(&self, simulator: Simulator) -> String {
        let tool = match simulator {
            Simulator::Verilator => PathBuf::from("verilator"),
            Simulator::VerilatorCurrent => current("verilator-current"),
            Simulator::Icarus | Simulator::IcarusAsSynthesised => panic!("Icarus has no lint"),
        };
        let mut arguments = vec!["--lint-only", "-Wall", "--top-module", &self.top];
        arguments.extend(self.sources());
        let output = run(self.folder(), &tool, &arguments);
        let warnings =
            output.text.lines().filter(|line| line.contains("%Warning") || line.contains("%Error"));
        let warnings: Vec<&str> = warnings.collect();
        assert!(output.success || !warnings.is_empty(), "the lint failed: {}", output.text);
        warnings.join("\n")
    }

    /// Synthesises the core for an iCE40, and compiles the netlist, gate for gate, with the core's testbench.
    pub fn compile_gates(&self) -> Simulation<'_> {
        let sources: Vec<&str> = self.sources().collect();
        let script = format!(
            "read_verilog {}; synth_ice40 -top {}; write_verilog -noattr netlist.v",
            sources.join(" "),
            self.top
        );
        let output = run(self.folder(), Path::new("yosys"), &["-q", "-p", &script]);
        assert!(output.success, "the core has no netlist: {}", output.text);
        let testbench = format!("{}_tb", self.top);
        let cells = ice40_cells();
        let arguments = [
            "-g2005",
            "-DNO_ICE40_DEFAULT_ASSIGNMENTS",
            "-s",
            &testbench,
            "-o",
            "gates.vvp",
            &self.testbench,
            "netlist.v",
            &cells,
        ];
        let output = run(self.folder(), Path::new("iverilog"), &arguments);
        assert!(output.success, "Icarus does not compile the netlist:\n{}", output.text);
        let program = self.folder().join("gates.vvp").to_string_lossy().into_owned();
        Simulation { core: self, program: "vvp".into(), arguments: vec!["-N".to_owned(), program] }
    }

    /// Compiles the core with its testbench.
    pub fn compile(&self, simulator: Simulator) -> Simulation<'_> {
        let testbench = format!("{}_tb", self.top);
        let build = self.folder().join(format!("build-{simulator:?}"));
        let build_text = build.to_string_lossy().into_owned();
        let (tool, mut arguments) = match simulator {
            Simulator::Icarus | Simulator::IcarusAsSynthesised => {
                let mut flags = vec!["-g2005", "-Wall", "-s", &testbench, "-o", &build_text];
                if simulator == Simulator::IcarusAsSynthesised {
                    flags.push("-DSYNTHESIS");
                }
                (PathBuf::from("iverilog"), flags)
            }
            Simulator::Verilator | Simulator::VerilatorCurrent => {
                let flags = vec![
                    "--binary",
                    "--timing",
                    "-MAKEFLAGS",
                    MAKE,
                    "--top-module",
                    &testbench,
                    "-Mdir",
                    &build_text,
                ];
                let current = simulator == Simulator::VerilatorCurrent;
                (if current { current_verilator() } else { PathBuf::from("verilator") }, flags)
            }
        };
        arguments.push(&self.testbench);
        arguments.extend(self.sources());
        let output = run(self.folder(), &tool, &arguments);
        assert!(output.success, "{} does not compile the core:\n{}", tool.display(), output.text);
        match simulator {
            Simulator::Icarus | Simulator::IcarusAsSynthesised => {
                Simulation { core: self, program: "vvp".into(), arguments: vec!["-N".to_owned(), build_text] }
            }
            _ => {
                Simulation { core: self, program: build.join(format!("V{testbench}")), arguments: Vec::new() }
            }
        }
    }
}

/// Yosys' own models of the cells of an iCE40.
fn ice40_cells() -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let yosys = std::env::split_paths(&path).map(|folder| folder.join("yosys")).find(|file| file.is_file());
    let yosys = yosys.expect("yosys is on the PATH: run tools/setup.sh test");
    let cells = yosys.parent().and_then(Path::parent).map(|top| top.join("share/yosys/ice40/cells_sim.v"));
    let cells =
        cells.filter(|file| file.is_file()).expect("Yosys brings share/yosys/ice40/cells_sim.v along");
    cells.to_string_lossy().into_owned()
}

/// Runs are short, so compiling is what takes time: Verilator's own parts come from a cache, and the core is not optimised.
const MAKE: &str = "-s OBJCACHE=ccache OPT_FAST=-O0";

fn current_verilator() -> PathBuf {
    current("verilator-current")
}

impl Simulation<'_> {
    /// Streams frames through the core and compares with the reference; `options` are plusargs such as `+idle=30`.
    pub fn stream(&self, frames: &[Array3<u8>], options: &[&str]) -> Verdict {
        let vectors = vectors(&self.core.network, frames).expect("the frames fit the network");
        self.beats(&vectors.stimulus, &vectors.expected, options)
    }

    /// Streams beats as the testbench reads them: a hexadecimal {tuser, tlast, tdata} a line.
    pub fn beats(&self, stimulus: &str, expected: &str, options: &[&str]) -> Verdict {
        let folder = tempfile::tempdir_in(self.core.folder()).expect("a temporary folder can be made");
        let (sent, wanted) = (folder.path().join("stimulus.hex"), folder.path().join("expected.hex"));
        fs::write(&sent, stimulus).expect("a file can be written");
        fs::write(&wanted, expected).expect("a file can be written");
        self.files(&sent, &wanted, options)
    }

    /// Runs the testbench on two files.
    pub fn files(&self, stimulus: &Path, expected: &Path, options: &[&str]) -> Verdict {
        let files =
            [format!("+stimulus={}", stimulus.display()), format!("+expected={}", expected.display())];
        let mut arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        arguments.extend(files.iter().map(String::as_str));
        arguments.extend(options);
        let output = run(self.core.folder(), &self.program, &arguments);
        let line = output.text.lines().find(|line| line.starts_with("RESULT ")).unwrap_or_default();
        let figure = |name: &str| {
            let found = line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            found.and_then(|digits| digits.parse().ok()).unwrap_or(usize::MAX)
        };
        Verdict {
            pass: line.starts_with("RESULT PASS") && output.success,
            beats: figure("beats"),
            mismatches: figure("mismatches"),
            cycles: figure("cycles"),
            cycles_in: figure("cycles_in"),
            frame_error: figure("frame_error") != 0,
            text: output.text,
        }
    }
}
