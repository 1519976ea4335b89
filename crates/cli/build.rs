//! Makes a list of the files below `constraints`, so that adding a folder there is all it takes to add a board.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let constraints = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../constraints");
    println!("cargo:rerun-if-changed={}", constraints.display());
    let mut list = String::from("[\n");
    for board in entries(&constraints).into_iter().filter(|path| path.join("board.yaml").is_file()) {
        println!("cargo:rerun-if-changed={}", board.display());
        for file in entries(&board) {
            println!("cargo:rerun-if-changed={}", file.display());
            list += &format!("    ({:?}, {:?}, include_str!({file:?})),\n", name(&board), name(&file));
        }
    }
    list += "]\n";
    let output = std::env::var_os("OUT_DIR").expect("Cargo names a folder");
    fs::write(Path::new(&output).join("boards.rs"), list).expect("the list can be written");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().expect("an entry has a name").to_string_lossy().into_owned()
}
