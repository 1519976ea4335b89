//! `lacuna adders` from end to end: its options, its JSON, its folder.

mod common;

use std::fs;

use common::{json, run, snapshot};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with four matrices of different kinds.
fn matrices() -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let rows = |rows: usize, columns: usize, entry: &dyn Fn(usize, usize) -> i64| -> Vec<Vec<i64>> {
        (0..rows).map(|i| (0..columns).map(|o| entry(i, o)).collect()).collect()
    };
    let documents = [
        json!({"name": "square", "n_in": 8, "n_out": 8, "input": {"signed": true, "bits": 8},
               "data": rows(8, 8, &|i, o| (i * i * 7 + o * o * 11 + i * o * 5) as i64 % 31 - 15)}),
        json!({"name": "filter", "inputs": (0..9).map(|i| json!({"min": -i, "max": 3 * i})).collect::<Vec<_>>(),
               "data": rows(9, 1, &|i, _| [3, -9, 0, 44, 71, 44, 0, -9, 3][i])}),
        json!({"name": "wires", "data": [[1, 0, -4, 0], [0, 0, 0, 2]]}),
        json!({"name": "negative", "data": [[-3, -5, 0], [-1, -7, 0], [0, 0, 0]]}),
    ];
    let names = documents.iter().map(|document| {
        let name = format!("{}.json", document["name"].as_str().expect("a name"));
        fs::write(folder.path().join(&name), document.to_string()).expect("a matrix can be written");
        name
    });
    let names = names.collect();
    (folder, names)
}

fn figures(folder: &TempDir, names: &[String], options: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["adders", "--json", "--effort", "fast"];
    arguments.extend(names.iter().map(String::as_str));
    arguments.extend(options);
    let document = json(folder.path(), &arguments);
    let mut rows = document.as_array().expect("an array").clone();
    for row in &mut rows {
        let seconds = row.as_object_mut().expect("an object").remove("seconds");
        assert!(seconds.is_some_and(|seconds| seconds.is_number()));
    }
    rows
}

#[test]
fn one_row_of_figures_a_matrix_in_the_order_given() {
    let (folder, names) = matrices();
    let rows = figures(&folder, &names, &[]);
    let given: Vec<&Value> = rows.iter().map(|row| &row["name"]).collect();
    assert_eq!(given, ["square", "filter", "wires", "negative"]);
    for row in &rows {
        assert_eq!(row["verified"], true);
        for key in ["n_in", "n_out", "adders", "negations", "depth", "lut_estimate", "register_bits"] {
            assert!(row[key].is_u64(), "{key} of {row}");
        }
    }
    let wires = json!({"name": "wires", "n_in": 2, "n_out": 4, "adders": 0, "negations": 1, "depth": 0,
                       "lut_estimate": rows[2]["lut_estimate"], "register_bits": 0, "verified": true});
    assert_eq!(rows[2], wires);
}

#[test]
fn any_number_of_threads_gives_the_same_figures_and_files() {
    let (folder, names) = matrices();
    let folders = ["1", "2", "5"].map(|threads| {
        let rows = figures(&folder, &names, &["--threads", threads, "-o", threads]);
        (rows, snapshot(&folder.path().join(threads)))
    });
    let contents = folders.map(|(rows, files)| {
        let base = |path: &std::path::PathBuf| path.file_name().map(std::ffi::OsStr::to_owned);
        (rows, files.iter().map(|(path, text)| (base(path), text.clone())).collect::<Vec<_>>())
    });
    assert_eq!(contents[0], contents[1]);
    assert_eq!(contents[0], contents[2]);
}

#[test]
fn depths_and_objectives_are_what_was_asked_for() {
    let (folder, names) = matrices();
    let free = figures(&folder, &names, &[]);
    let shallow = figures(&folder, &names, &["--min-depth"]);
    let cells = figures(&folder, &names, &["--objective", "luts"]);
    let number = |row: &Value, key: &str| row[key].as_u64().expect("a number");
    for ((free, shallow), cells) in free.iter().zip(&shallow).zip(&cells) {
        assert!(number(shallow, "depth") <= number(free, "depth"));
        assert!(number(shallow, "adders") >= number(free, "adders"));
        assert!(number(cells, "lut_estimate") <= number(free, "lut_estimate"));
    }
    let least = number(&shallow[0], "depth").to_string();
    let limited = figures(&folder, &names[..1], &["--max-depth", &least]);
    assert!(number(&limited[0], "depth") <= number(&shallow[0], "depth"));
    assert_eq!(figures(&folder, &names, &["--seed", "7"]), figures(&folder, &names, &["--seed", "7"]));
}

#[test]
fn people_get_a_table_and_nothing_on_stdout() {
    let (folder, names) = matrices();
    let output = run(folder.path(), &["adders", &names[0], &names[1], "--effort", "fast"]);
    assert!(output.status.success() && output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).expect("what is printed is text");
    assert!(["square", "filter", "total", "ECP5 cells"].iter().all(|word| text.contains(word)), "{text}");
}
