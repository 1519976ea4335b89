//! The SPI shell: in rust_hdl's simulator with the integer network for a core, and as Verilog with the real core, both against
//! the reference.

use std::fmt::Write;
use std::fs;

use lacuna_fixed_point::IntNetwork;
use lacuna_host_shell::{Bench, Command, FrameModel, Geometry, IDENTITY, Register, VERSION, flags};
use lacuna_network::Function;
use lacuna_rtl::{Config, Vectors, design, manifest, spi_top};
use lacuna_testbenches::{
    Core, Shape, WINDOW, Wiring, cff, hosted_cff, noise, random_network, run, verilator_versions, windows,
    yosys_versions,
};
use ndarray::Array3;

/// Pixels as the host sends them: a pixel after the other, its maps side by side.
fn bytes_of(frame: &Array3<u8>) -> Vec<u8> {
    frame.view().permuted_axes([1, 2, 0]).iter().copied().collect()
}

/// Results as the host gets them: maps side by side, each of whole bytes, the lowest first.
fn results_of(network: &IntNetwork, frame: &Array3<u8>, map_bytes: usize) -> Vec<u8> {
    let results = network.run(frame).expect("the frame is large enough");
    let values = results.view().permuted_axes([1, 2, 0]);
    values.iter().flat_map(|value| value.to_le_bytes()[..map_bytes].to_vec()).collect()
}

#[test]
fn two_windows_through_the_shell_in_rust() {
    let network = cff();
    let windows = windows(&network);
    let wanted: Vec<u8> = windows.iter().flat_map(|window| results_of(&network, window, 1)).collect();
    let geometry = Geometry {
        width: WINDOW[1] as u16,
        height: WINDOW[0] as u16,
        pixel_bytes: 1,
        results_width: 1,
        results_height: 1,
        result_bytes: 1,
    };
    let compute = move |frame: &[u8]| {
        let frame = Array3::from_shape_vec((1, WINDOW[0], WINDOW[1]), frame.to_vec()).expect("a frame");
        results_of(&network, &frame, 1)
    };
    let mut bench = Bench::new(geometry, FrameModel::new(geometry, 60, compute), 4);
    assert_eq!(bench.registers(Register::Identity), [IDENTITY, VERSION]);
    let results: Vec<u8> = windows
        .iter()
        .flat_map(|window| {
            bench.write_pixels(&bytes_of(window));
            bench.read_results(1)
        })
        .collect();
    assert_eq!(results, wanted);
    assert_eq!(bench.registers(Register::Flags), [flags::ALIVE | flags::ROOM]);
}

/// What a host does, as `spi_host.v` reads it.
#[derive(Default)]
struct Script(String);

impl Script {
    fn word(&mut self, operation: u32, wanted: u8, sent: u8) {
        writeln!(self.0, "{operation:x}{wanted:02x}{sent:02x}").expect("a string takes all");
    }

    fn transfer(&mut self, words: impl IntoIterator<Item = (u32, u8, u8)>) {
        self.word(2, 0, 0);
        for (operation, wanted, sent) in words {
            self.word(operation, wanted, sent);
        }
        self.word(3, 0, 0);
    }

    fn registers(&mut self, first: Register, wanted: &[u8]) {
        let address = [(0, 0, Command::ReadRegisters as u8), (0, 0, first as u8)];
        self.transfer(address.into_iter().chain(wanted.iter().map(|&byte| (1, byte, 0))));
    }

    fn frame(&mut self, pixels: &[u8]) {
        for part in pixels.chunks(255) {
            self.word(4, 0, flags::ROOM);
            let command = (0, 0, Command::WritePixels as u8);
            self.transfer([command].into_iter().chain(part.iter().map(|&byte| (0, 0, byte))));
        }
    }

    fn results(&mut self, wanted: &[u8]) {
        for part in wanted.chunks(200) {
            self.word(5, part.len() as u8, 0);
            let command = (0, 0, Command::ReadResults as u8);
            self.transfer([command].into_iter().chain(part.iter().map(|&byte| (1, byte, 0))));
        }
    }

    fn reset(&mut self) {
        self.transfer([Command::WriteRegister as u8, Register::Control as u8, 1].map(|byte| (0, 0, byte)));
    }
}

/// The Verilog of a core in its shell, in the core's folder.
fn write_shell(core: &Core, config: &Config) {
    let design = design(&core.top, &core.network, config).expect("the network has hardware");
    let none = Vectors { stimulus: String::new(), expected: String::new(), beats_in: 0, beats_out: 0 };
    let source = fs::read_to_string(core.folder().join(format!("rtl/{}.v", core.top))).expect("a core");
    let top = spi_top(&manifest(&design, config, &none), &source).expect("the core fits the shell");
    fs::write(core.folder().join("shell.v"), top.text).expect("a file can be written");
    let host = include_str!("../src/spi_host.v");
    fs::write(core.folder().join("host.v"), host).expect("a file can be written");
}

/// Runs a script under Debian's Verilator.
fn host(core: &Core, script: &Script) {
    fs::write(core.folder().join("script.hex"), &script.0).expect("a file can be written");
    let mut arguments =
        vec!["--binary", "--timing", "-MAKEFLAGS", "-s", "--top-module", "spi_host", "-Mdir", "host"];
    arguments.extend(["host.v", "shell.v"]);
    arguments.extend(core.sources());
    let output = run(core.folder(), "verilator".as_ref(), &arguments);
    assert!(output.success, "{}", output.text);
    let output = run(core.folder(), &core.folder().join("host/Vspi_host"), &[]);
    assert!(output.success && output.text.contains("RESULT PASS"), "{}", output.text);
}

#[test]
fn two_windows_through_the_shell_and_the_real_core() {
    through_the_shell("cff", cff(), Config::default());
}

#[test]
fn two_windows_through_the_shell_and_the_core_that_fits_beside_it() {
    let (network, config) = hosted_cff();
    through_the_shell("hosted", network, config);
}

fn through_the_shell(name: &str, network: IntNetwork, config: Config) {
    let config = Config { frame: WINDOW, ..config };
    let core = Core::new(name, network, &config);
    write_shell(&core, &config);
    let mut script = Script::default();
    script.registers(Register::Identity, &[IDENTITY, VERSION]);
    script.registers(Register::FrameWidth, &[32, 0, 36, 0, 1, 0, 1, 0, 1, 1]);
    let [face, none] = windows(&core.network);
    for window in [&face, &none] {
        script.frame(&bytes_of(window));
        script.results(&results_of(&core.network, window, 1));
    }
    // A frame that is given up; the next one is whole again.
    script.frame(&bytes_of(&none)[..500]);
    script.reset();
    script.frame(&bytes_of(&face));
    script.results(&results_of(&core.network, &face, 1));
    script.registers(Register::Flags, &[flags::ALIVE | flags::ROOM]);
    host(&core, &script);
}

/// Three maps in, two maps out of more than a byte each.
fn colourful() -> (Core, Config) {
    let shape = Shape {
        input_maps: 3,
        rounds: vec![(2, 3, 2, Wiring::Dense, 2)],
        function: Function::Tanh,
        approximation: "set: k/8 |k|<=16",
        bits: [12, 14],
        dead: false,
    };
    let config = Config { frame: [7, 8], ..Config::default() };
    (Core::new("colourful", random_network(&shape, 11), &config), config)
}

#[test]
fn wide_pixels_and_results_become_bytes() {
    let (core, config) = colourful();
    write_shell(&core, &config);
    let mut script = Script::default();
    script.registers(Register::FrameWidth, &[8, 0, 7, 0, 3, 0, 3, 0, 3, 4]);
    for frame in noise(3, 3, 7, 8, 21) {
        script.frame(&bytes_of(&frame));
        script.results(&results_of(&core.network, &frame, 2));
    }
    script.registers(Register::Flags, &[flags::ALIVE | flags::ROOM]);
    host(&core, &script);
}

#[test]
fn the_shell_is_clean_under_lint_and_has_no_loops() {
    let (core, config) = colourful();
    write_shell(&core, &config);
    for verilator in verilator_versions() {
        let mut arguments =
            vec!["--lint-only", "-Wall", "-Wno-DECLFILENAME", "--top-module", "lacuna_board_top", "shell.v"];
        arguments.extend(core.sources());
        let output = run(core.folder(), &verilator, &arguments);
        assert!(output.success && !output.text.contains("%Warning"), "{}", output.text);
    }
    for yosys in yosys_versions() {
        let sources: Vec<&str> = core.sources().collect();
        let script = format!(
            "read_verilog shell.v {}; hierarchy -check -top lacuna_board_top; proc; flatten; opt_clean; check -assert",
            sources.join(" ")
        );
        let output = run(core.folder(), &yosys, &["-q", "-p", &script]);
        assert!(output.success, "{}", output.text);
    }
}
