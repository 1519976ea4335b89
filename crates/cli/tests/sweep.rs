//! `lacuna sweep`: the same bytes whichever way the points were done, and nothing done twice. No tool is on the search path.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use common::{copy_folder, entries, json, lacuna, picture, project, repository, run, snapshot};
use serde_json::Value;

/// With a second budget of 9 these are eight points; the set without zero cannot do with 9 digits for 20 weights.
const SWEEP: [&str; 10] =
    ["sweep", ".", "--sets", "ternary", "D3", "{±1}", "--configurations", "A_2,1", "--budgets", "none"];

/// Runs a sweep of the tiny project with more arguments; what people read.
fn sweep(folder: &Path, more: &[&str]) -> String {
    let output = run(folder, &[&SWEEP[..], &["9"], more].concat());
    let text = String::from_utf8(output.stderr).expect("what is printed is text");
    assert!(output.status.success(), "{more:?}: {text}");
    text
}

/// The files of a sweep by their names, with their contents.
fn files(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let name = |path: PathBuf| path.strip_prefix(folder).expect("it lies there").to_owned();
    snapshot(folder).into_iter().map(|(path, bytes)| (name(path), bytes)).collect()
}

/// The keys of the sweep's points.
fn keys(folder: &Path) -> Vec<String> {
    let output = run(folder, &[&SWEEP[..], &["9", "--list"]].concat());
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("keys are text").lines().map(str::to_owned).collect()
}

#[test]
fn whole_sharded_or_point_by_point_the_bytes_are_the_same() {
    let project = project("tiny");
    let folder = project.path();
    sweep(folder, &["-o", "whole", "--threads", "2"]);
    let whole = files(&folder.join("whole"));
    let names: Vec<&Path> =
        whole.iter().map(|(name, _)| name.as_path()).filter(|n| n.components().count() == 1).collect();
    assert_eq!(names, ["pareto.csv", "points", "sweep.csv", "sweep.json", "sweep.svg"].map(Path::new));

    sweep(folder, &["-o", "one-thread", "--threads", "1"]);
    assert!(files(&folder.join("one-thread")) == whole, "one thread");

    for shard in ["3/3", "1/3"] {
        sweep(folder, &["-o", "shards", "--shard", shard]);
        assert!(!folder.join("shards/sweep.csv").exists(), "points are missing yet");
    }
    sweep(folder, &["-o", "shards", "--shard", "2/3"]);
    assert!(files(&folder.join("shards")) == whole, "the last shard puts the tables together");

    let keys = keys(folder);
    assert_eq!(keys.len(), 8);
    for key in &keys {
        let text = sweep(folder, &["-o", "points", "--point", key]);
        assert!(text.contains("1 points done, 0 were there"), "{text}");
    }
    assert!(!folder.join("points/sweep.csv").exists(), "a single point leaves the tables to others");
    let text = sweep(folder, &["-o", "points"]);
    assert!(text.contains("0 points done, 8 were there"), "{text}");
    assert!(files(&folder.join("points")) == whole, "single points");
}

#[test]
fn what_is_there_is_not_done_again() {
    let project = project("tiny");
    let folder = project.path();
    sweep(folder, &["-o", "whole"]);
    copy_folder(&folder.join("whole"), &folder.join("part"));
    for file in ["sweep.csv", "pareto.csv", "points/D3.9.nearest.json"] {
        fs::remove_file(folder.join("part").join(file)).expect("the file can be removed");
    }
    let damaged = folder.join("part/points/ternary.none.nearest.json");
    let half = fs::read(&damaged).expect("the point can be read");
    fs::write(&damaged, &half[..half.len() / 2]).expect("the point can be written");
    // A figure that would draw a plot of infinite height.
    let impossible = folder.join("part/points/ternary.9.nearest.json");
    let text = fs::read_to_string(&impossible).expect("the point can be read");
    fs::write(&impossible, text.replace("\"relative_error\": ", "\"relative_error\": -"))
        .expect("it can be written");
    // A file that claims to be another point than its name says.
    fs::copy(
        folder.join("part/points/A_2-1.9.nearest.json"),
        folder.join("part/points/A_2-1.none.nearest.json"),
    )
    .expect("the point can be copied");
    let text = sweep(folder, &["-o", "part"]);
    assert!(text.contains("4 points done, 4 were there"), "{text}");
    assert!(
        text.contains("ternary.9.nearest.json holds figures that no point can have: it is done again"),
        "{text}"
    );
    assert!(text.contains("ternary.none.nearest.json is no whole point"), "{text}");
    assert!(
        text.contains("A_2-1.none.nearest.json is the point A_2-1.9.nearest: it is done again"),
        "{text}"
    );
    assert!(files(&folder.join("part")) == files(&folder.join("whole")));
}

#[test]
fn a_killed_sweep_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let detector = repository().join("models/cff");
    let detector = detector.to_str().expect("the path is text");
    let arguments = [
        "sweep",
        detector,
        "--sets",
        "ternary",
        "D2",
        "D3",
        "D4",
        "--budgets",
        "none",
        "800",
        "--threads",
        "1",
        "-o",
    ];
    let whole = run(folder.path(), &[&arguments[..], &["whole"]].concat());
    assert!(whole.status.success());

    let mut command = lacuna(folder.path(), folder.path());
    command.args(arguments).arg("killed").stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary can be started");
    let points = folder.path().join("killed/points");
    let begun = Instant::now();
    let written = || -> usize {
        if !points.is_dir() {
            return 0;
        }
        entries(&points).iter().filter(|path| path.extension().is_some_and(|e| e == "json")).count()
    };
    while written() == 0 && begun.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("the sweep can be killed");
    child.wait().expect("the sweep has ended");
    let there = written();
    assert!((1..8).contains(&there), "{there} points were written before the end");
    let resumed = run(folder.path(), &[&arguments[..], &["killed"]].concat());
    let text = String::from_utf8_lossy(&resumed.stderr);
    assert!(text.contains(&format!("{} points done, {there} were there", 8 - there)), "{text}");
    let kept = |name: &str| -> Vec<_> {
        let is_temporary = |path: &Path| path.to_string_lossy().contains(".lacuna-");
        files(&folder.path().join(name)).into_iter().filter(|(path, _)| !is_temporary(path)).collect()
    };
    assert!(kept("killed") == kept("whole"));
}

#[test]
fn a_budget_that_cannot_be_met_is_recorded_and_the_sweep_goes_on() {
    let project = project("tiny");
    let text = sweep(project.path(), &["-o", "out"]);
    assert!(
        text.contains(".9.nearest cannot be had: `network_digits`: a budget of 9 signed digits"),
        "{text}"
    );
    let sweep = fs::read(project.path().join("out/sweep.json")).expect("there is a summary");
    let sweep: Value = serde_json::from_slice(&sweep).expect("it is JSON");
    let points = sweep["points"].as_array().expect("a list");
    let infeasible: Vec<&Value> =
        points.iter().filter(|point| !point["outcome"]["infeasible"].is_null()).collect();
    assert_eq!(infeasible.len(), 1, "only the set without zero needs more: {sweep}");
    assert_eq!((&infeasible[0]["set"], &infeasible[0]["budget"]), (&Value::from("{±1}"), &Value::from(9)));
    assert!(!sweep["pareto"].as_array().expect("a list").contains(&infeasible[0]["key"]));
}

#[test]
fn stdout_is_the_summary() {
    let project = project("tiny");
    let folder = project.path();
    let printed = json(folder, &["sweep", ".", "--sets", "ternary", "D2", "-o", "out", "--json"]);
    let written = fs::read(folder.join("out/sweep.json")).expect("there is a summary");
    assert_eq!(printed, serde_json::from_slice::<Value>(&written).expect("it is JSON"));
    assert_eq!(printed["quality"], "relative_error");
    let part =
        json(folder, &["sweep", ".", "--sets", "ternary", "D2", "-o", "part", "--json", "--shard", "2/2"]);
    assert_eq!(part["points"].as_array().map(Vec::len), Some(1));
    assert!(part["pareto"].is_null());
    let keys = json(folder, &["sweep", ".", "--sets", "ternary", "D2", "--list", "--json"]);
    assert_eq!(keys, serde_json::json!(["ternary.none.nearest", "D2.none.nearest"]));
}

/// The float score and that of `ternary`, and what `lacuna evaluate` says of the same.
fn scores(folder: &Path, metric: &str) -> [[f64; 2]; 2] {
    let swept = json(folder, &["sweep", ".", "--sets", "ternary", "--data", "data", "-o", metric, "--json"]);
    assert_eq!(swept["quality"], serde_json::json!({ "score": metric }));
    let score = |value: &Value| value.as_f64().expect("a score");
    let [float, dyadic] = swept["points"].as_array().expect("a list").as_slice() else { panic!("{swept}") };
    assert_eq!(
        swept["pareto"],
        serde_json::json!(["ternary.none.nearest"]),
        "the float network has no adders"
    );
    let evaluated = json(folder, &["evaluate", ".", "--set", "ternary", "--data", "data", "--json"]);
    let level = |name: &str| score(&evaluated["levels"][name][metric]);
    [
        [score(&float["outcome"]["float"]["score"]["value"]), level("float")],
        [score(&dyadic["outcome"]["built"]["score"]["value"]), level("int")],
    ]
}

#[test]
fn points_are_scored_as_evaluate_scores() {
    let project = project("tiny");
    let folder = project.path();
    for (class, first) in [("a", 4), ("b", 5)] {
        fs::create_dir_all(folder.join("data").join(class)).expect("the folder can be made");
        for n in 0..6 {
            let window = image::imageops::crop_imm(&picture(40, 40), 3 * n + first, 5 * n, 4, 4).to_image();
            window.save(folder.join(format!("data/{class}/{n}.png"))).expect("the image can be written");
        }
    }
    for [swept, evaluated] in scores(folder, "auc") {
        assert_eq!(swept, evaluated);
    }
    picture(40, 30).save(folder.join("data/photo.png")).expect("the image can be written");
    fs::write(folder.join("data/boxes.txt"), "photo.png 4 4 20 20\n").expect("the boxes can be written");
    for [swept, evaluated] in scores(folder, "ap") {
        assert_eq!(swept, evaluated);
    }
    // Other data is another sweep.
    fs::write(folder.join("data/boxes.txt"), "photo.png 4 4 21 20\n").expect("the boxes can be written");
    let output = run(folder, &["sweep", ".", "--sets", "ternary", "--data", "data", "-o", "ap"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("ap holds another sweep"));
}
