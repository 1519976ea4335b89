//! What people and programs read: text and progress on stderr, JSON on stdout.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// After which time somebody who waits wants to be told that all is well.
const PATIENCE: Duration = Duration::from_secs(2);

/// One error with its causes, on stderr.
pub(crate) fn failure(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "error: {error:#}");
}

/// A line for people, on stderr.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// One JSON document on stdout, and nothing else there.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    stdout(&serde_json::to_string_pretty(value).context("cannot write the result as JSON")?)
}

/// One line each on stdout: names that a shell goes through.
pub(crate) fn lines(lines: &[String]) -> Result<()> {
    stdout(&lines.join("\n"))
}

fn stdout(text: &str) -> Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        // Whoever reads our output may stop reading it.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to stdout"),
    }
}

/// A bar over `length` steps on stderr; invisible where stderr is no terminal.
pub(crate) fn progress(what: &str, length: usize) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {eta}").expect("the template is constant");
    ProgressBar::new(length as u64).with_style(style.progress_chars("=> ")).with_message(what.to_owned())
}

/// A spinner for a tool that does not say how far it is.
pub(crate) fn spinner(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// A clock on stderr for work that may take a while; it shows itself after two seconds.
pub(crate) fn waiting(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg}: {elapsed}").expect("the template is constant");
    let clock = ProgressBar::new_spinner().with_style(style).with_message(what.to_owned());
    clock.set_draw_target(ProgressDrawTarget::hidden());
    let shown = clock.clone();
    std::thread::spawn(move || {
        std::thread::sleep(PATIENCE);
        if !shown.is_finished() {
            shown.set_draw_target(ProgressDrawTarget::stderr());
            shown.enable_steady_tick(Duration::from_millis(200));
        }
    });
    clock
}

/// A table with right-aligned columns but for the first.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([header[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (column, cell) in cells.enumerate() {
            let fill = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            let (before, after) = if column == 0 { ("", fill.as_str()) } else { (fill.as_str(), "") };
            text += &format!("{}{before}{cell}{after}", if column == 0 { "" } else { "  " });
        }
        text.trim_end().to_owned() + "\n"
    };
    let mut text = line(&mut header.iter().copied());
    text += &(widths.iter().map(|&w| "-".repeat(w)).collect::<Vec<_>>().join("  ") + "\n");
    for row in rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    text
}
