//! `lacuna synth` with the real tools: a small network on two boards, one that fits nowhere, and the script that stands alone.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use lacuna_testbenches::{lacuna, repository, run, verilator_versions};
use tempfile::TempDir;

/// Two maps of 3 x 3 weights, a curve, a pool and a sum.
const PROJECT: &str = "\
name: mini
layers:
  - {name: A, op: conv, maps: 2, kernel: [3, 3]}
  - {name: A.tanh, op: activation, function: tanh}
  - {name: A.sum, op: sum_pool, size: 2}
  - {name: B, op: conv, maps: 1, kernel: [1, 1]}
hardware:
  frame: [FRAME]
";

/// A generated core in `core`, for frames of this height and width.
fn core(frame: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let write =
        |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("a file can be written");
    write("lacuna.yaml", PROJECT.replace("FRAME", frame).as_bytes());
    write("weights.safetensors", &weights());
    let output = run(folder.path(), lacuna(), &["generate", ".", "-o", "core"]);
    assert!(output.success, "{}", output.text);
    folder
}

/// The weights as safetensors: the length of a JSON header, the header, the numbers.
fn weights() -> Vec<u8> {
    let mut header = Vec::new();
    let mut numbers: Vec<u8> = Vec::new();
    for (name, shape) in
        [("A.kernels", vec![2, 3, 3]), ("A.bias", vec![2]), ("B.kernels", vec![2, 1, 1]), ("B.bias", vec![1])]
    {
        let from = numbers.len();
        for n in 0..shape.iter().product::<usize>() {
            numbers.extend((((n * 37 + 5) % 23) as f32 / 16.0 - 0.625).to_le_bytes());
        }
        header.push(format!(
            "\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{from},{}]}}",
            numbers.len()
        ));
    }
    let header = format!("{{{}}}", header.join(","));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), numbers.as_slice()].concat()
}

/// `lacuna synth core`, with the tools of `tools/setup.sh` behind Debian's.
fn synth(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(lacuna())
        .args(["synth", "core", "--json"])
        .args(arguments)
        .current_dir(folder)
        .env("PATH", path())
        .output()
        .expect("the binary can be started")
}

fn path() -> String {
    format!("{}:{}", std::env::var("PATH").unwrap_or_default(), repository().join(".tools/bin").display())
}

/// A figure of the report, which is one flat object.
fn figure(report: &serde_yaml::Value, key: &str) -> f64 {
    report[key].as_f64().unwrap_or_else(|| panic!("{key} is no number in {report:?}"))
}

fn report(output: &Output) -> serde_yaml::Value {
    // JSON is YAML.
    serde_yaml::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("no report ({e}): {}", String::from_utf8_lossy(&output.stderr)))
}

/// A report of a design that fits, with plausible figures.
fn check(output: &Output, part: &str, at_least_mhz: f64) {
    let report = report(output);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((report["part"].as_str(), report["fits"].as_bool()), (Some(part), Some(true)));
    assert_eq!(
        (figure(&report, "dsps"), report["estimate"].as_mapping().map(serde_yaml::Mapping::len)),
        (0.0, Some(5))
    );
    for (key, least, most) in
        [("luts", 100.0, 5000.0), ("carries", 20.0, 2000.0), ("ffs", 100.0, 5000.0), ("brams", 0.0, 10.0)]
    {
        assert!((least..=most).contains(&figure(&report, key)), "{key}: {report:?}");
    }
    let mhz = figure(&report, "fmax_mhz");
    assert!(mhz > at_least_mhz, "{mhz} MHz");
    let frames = figure(&report, "frames_per_second");
    assert!(
        (frames - mhz * 1e6 / (12.0 * 16.0)).abs() < 1e-3 * frames,
        "{frames} frames of 12 x 16 pixels at {mhz} MHz"
    );
}

#[test]
fn a_small_core_becomes_a_bitstream_for_two_boards() {
    let folder = core("12, 16");
    let core = folder.path().join("core");
    check(&synth(folder.path(), &["--board", "icebreaker", "--seeds", "1"]), "iCE40UP5K-SG48", 20.0);
    let bitstream = fs::read(core.join("build/synth/icebreaker/mini.bin")).expect("there is a bitstream");
    // The part begins to listen at this word.
    assert!(bitstream.windows(4).take(64).any(|word| word == [0x7e, 0xaa, 0x99, 0x7e]));
    check(&synth(folder.path(), &["--board", "ulx3s-25f", "--seeds", "1"]), "LFE5U-25F-6BG381C", 60.0);
    let bitstream = fs::read(core.join("build/synth/ulx3s-25f/mini.bit")).expect("there is a bitstream");
    assert!(bitstream.windows(4).any(|word| word == [0xff, 0xff, 0xbd, 0xb3]));
    // The folder makes the first of them without us, byte for byte: nothing depends on where it lies.
    let alone = Command::new("make")
        .args(["synth", "BOARD=icebreaker", "SEED=1"])
        .current_dir(&core)
        .env("PATH", path())
        .env_remove("MAKEFLAGS")
        .output()
        .expect("make can be started");
    assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stderr));
    let theirs = fs::read(core.join("build/boards/icebreaker/mini.bin")).expect("there is a bitstream");
    let ours = fs::read(core.join("build/synth/icebreaker/mini.bin")).expect("there is a bitstream");
    assert!(theirs == ours, "the script makes another bitstream");
}

#[test]
fn the_spi_shell_goes_onto_both_boards() {
    let folder = core("12, 16");
    for (board, part, at_least_mhz) in
        [("icebreaker", "iCE40UP5K-SG48", 12.0), ("ulx3s-25f", "LFE5U-25F-6BG381C", 25.0)]
    {
        let output = synth(folder.path(), &["--board", board, "--shell", "spi", "--seeds", "1"]);
        check(&output, part, at_least_mhz);
        // Both queues are block RAM.
        assert!(figure(&report(&output), "brams") >= 2.0, "{output:?}");
        let shell = folder.path().join(format!("core/build/synth/{board}/board_top.v"));
        let shell = fs::read_to_string(shell).expect("the shell lies beside the bitstream");
        assert!(shell.contains("lacuna_spi_shell shell (") && shell.contains("module lacuna_spi_shell("));
    }
}

#[test]
fn what_stands_around_the_core_is_clean_under_lint() {
    let folder = core("12, 16");
    let core = folder.path().join("core");
    for verilator in verilator_versions() {
        let sources = fs::read_to_string(core.join("sources.f")).expect("there is a list of sources");
        let mut arguments =
            vec!["--lint-only", "-Wall", "-Wno-DECLFILENAME", "--top-module", "lacuna_board_top"];
        arguments.extend(sources.lines().chain(["synth/board_top.v"]));
        let output = run(&core, &verilator, &arguments);
        assert!(output.success && !output.text.contains("%Warning"), "{}", output.text);
    }
}

#[test]
fn what_does_not_fit_is_said_in_a_table() {
    // Two lines of 60,000 pixels are more than the block RAM of the part.
    let folder = core("12, 60000");
    let output = synth(folder.path(), &["--board", "icebreaker"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let report = report(&output);
    assert_eq!(report["fits"].as_bool(), Some(false));
    assert!(figure(&report, "brams") > 30.0 && report["fmax_mhz"].is_null());
    assert!(
        said.contains("error: mini does not fit icebreaker (iCE40UP5K-SG48)") && said.contains("too many"),
        "{said}"
    );
    assert!(!folder.path().join("core/build").exists());
}
