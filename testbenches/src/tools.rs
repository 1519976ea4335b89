//! Finding and running the tools.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a tool printed, and whether it succeeded.
#[derive(Debug)]
pub struct Output {
    /// Exit status zero.
    pub success: bool,
    /// Standard output and standard error, one after the other.
    pub text: String,
}

/// The top of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies in the repository")
}

/// Runs a tool in a folder.
///
/// # Panics
/// If it is not installed.
pub fn run(folder: &Path, tool: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(tool)
        .args(arguments)
        .current_dir(folder)
        .env_remove("MAKEFLAGS")
        .output()
        .unwrap_or_else(|e| panic!("{} cannot be started ({e}): run tools/setup.sh test", tool.display()));
    let text = [output.stdout, output.stderr].concat();
    Output { success: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() }
}

/// A tool that `tools/setup.sh test` puts under `.tools/bin`.
pub(crate) fn current(name: &str) -> PathBuf {
    repository().join(".tools/bin").join(name)
}

/// Debian's Verilator and the current one.
pub fn verilator_versions() -> [PathBuf; 2] {
    ["verilator".into(), current("verilator-current")]
}

/// Debian's Yosys and the current one.
pub fn yosys_versions() -> [PathBuf; 2] {
    ["yosys".into(), current("yosys-current")]
}
