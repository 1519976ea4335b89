//! Finding and running the tools.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

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

/// The binary `lacuna`, built as the test that calls this was.
///
/// # Panics
/// If it does not build.
pub fn lacuna() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "lacuna"]).current_dir(repository());
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo can be started").success(), "lacuna does not build");
        // Tests lie in target/PROFILE/deps.
        let test = std::env::current_exe().expect("a test knows its file");
        test.ancestors().nth(2).expect("a test lies in the target folder").join("lacuna")
    })
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
