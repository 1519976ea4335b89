//! Bad input and wrong usage: every message word for word, and nothing written.
//!
//! A case is a folder in `tests/errors`. Its files are laid over a copy of `tests/fixtures/tiny`, a project in which all is
//! well; a text file `weights` there becomes `weights.safetensors` (see `common::make_weights`). Then the lines of
//! `command` are done one after the other:
//!
//! ```text
//! lacuna ARGUMENTS          runs the binary; the last line of all is such a line
//! remove PATH               removes a file
//! copy FROM TO              copies a file
//! cut PATH BYTES            shortens a file
//! image PATH WIDTH HEIGHT   draws an image
//! folder PATH               makes a folder
//! ```
//!
//! The last line must fail with the exit code and the text in `expected`, print nothing on stdout, and leave
//! everything as it was. No tool is on the search path. `UPDATE_EXPECT=1` writes `expected`.

mod common;

use std::fs;
use std::path::Path;

use common::{copy_folder, entries, lacuna, make_weights, picture, project, snapshot, tests};
use rayon::prelude::*;

#[test]
fn every_message_is_as_it_should_be() {
    let cases = entries(&tests("errors"));
    assert!(cases.len() > 50, "the cases have not been found");
    let failures: Vec<String> = cases.par_iter().filter_map(|case| fault_of(case)).collect();
    assert!(failures.is_empty(), "{} of {} cases\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// Runs a case; what is wrong with its outcome.
fn fault_of(case: &Path) -> Option<String> {
    let name = case.file_name().expect("a case has a name").to_string_lossy();
    let (got, side_effect) = outcome(case);
    let file = case.join("expected");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&file, &got).expect("the expected text can be written");
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    let difference = (got != expected).then(|| format!("== {name}\n-- expected\n{expected}-- got\n{got}"));
    difference.or_else(|| side_effect.map(|what| format!("== {name}: {what}")))
}

/// Exit code and text of the last command, and what it did besides failing.
fn outcome(case: &Path) -> (String, Option<&'static str>) {
    let project = project("tiny");
    let temporary = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = project.path();
    copy_folder(case, folder);
    make_weights(folder);
    let script = fs::read_to_string(case.join("command")).expect("the case has a command");
    let lines: Vec<Vec<String>> = script.lines().map(words).collect();
    let (last, before) = lines.split_last().expect("the case has a command");
    for line in before {
        prepare(folder, temporary.path(), line);
    }
    let untouched = snapshot(folder);
    let output = lacuna(folder, temporary.path()).args(&last[1..]).output();
    let output = output.expect("the binary can be started");
    let code = output.status.code().map_or("none".to_owned(), |code| code.to_string());
    let text = format!("exit {code}\n{}", String::from_utf8_lossy(&output.stderr));
    let side_effect = if output.status.success() {
        Some("it did not fail")
    } else if !output.stdout.is_empty() {
        Some("it printed something on stdout")
    } else if snapshot(folder) != untouched {
        Some("it changed files")
    } else if !entries(temporary.path()).is_empty() {
        Some("it left temporary files")
    } else {
        None
    };
    (text, side_effect)
}

/// Does one line of a `command` but the last.
fn prepare(folder: &Path, temporary: &Path, line: &[String]) {
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u32>().expect("a number");
    match words.as_slice() {
        ["lacuna", arguments @ ..] => {
            let status = lacuna(folder, temporary).args(arguments).output().map(|output| output.status);
            assert!(status.is_ok_and(|status| status.success()), "{line:?} failed");
        }
        ["remove", path] => fs::remove_file(folder.join(path)).expect("the file can be removed"),
        ["copy", from, to] => {
            fs::copy(folder.join(from), folder.join(to)).expect("the file can be copied");
        }
        ["cut", path, bytes] => {
            let mut text = fs::read(folder.join(path)).expect("the file can be read");
            text.truncate(number(bytes) as usize);
            fs::write(folder.join(path), text).expect("the file can be written");
        }
        ["image", path, width, height] => {
            picture(number(width), number(height)).save(folder.join(path)).expect("the image can be written");
        }
        ["folder", path] => fs::create_dir_all(folder.join(path)).expect("the folder can be made"),
        _ => panic!("a command cannot be {line:?}"),
    }
}

/// The words of a line; what stands in double quotes is one word.
fn words(line: &str) -> Vec<String> {
    let quoted = line.split('"').enumerate();
    quoted
        .flat_map(|(n, part)| match n % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}
