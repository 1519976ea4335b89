//! What the documents name exists: paths, links, commands of `lacuna` with their options, targets of `make`.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{entries, repository, run};

/// Folders that come from building and from setting up; no document can count on what lies in them.
const BUILT: [&str; 3] = ["target", "build", ".tools"];

/// A document, and the pieces of it that people copy.
struct Document {
    path: PathBuf,
    text: String,
    /// Code spans and lines of code blocks, without prompts and comments.
    code: Vec<String>,
}

impl Document {
    fn new(path: PathBuf, text: String) -> Self {
        let mut code = Vec::new();
        let mut fenced = false;
        for line in text.lines() {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            if fenced || line.starts_with("    ") {
                code.push(line.to_owned());
            } else {
                code.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
            }
        }
        let plain = |line: &String| {
            let line = line.trim().trim_start_matches("$ ");
            line.split(" #").next().unwrap_or_default().trim().to_owned()
        };
        Self { path, code: code.iter().map(plain).collect(), text }
    }

    /// The words behind `command`, wherever it stands at the beginning of a piece of code.
    fn calls(&self, command: &str) -> impl Iterator<Item = Vec<&str>> {
        self.code.iter().filter_map(move |line| {
            let mut words = line.split_whitespace();
            let first = words.next()?;
            (first == command || first.ends_with(&format!("/{command}"))).then(|| words.collect())
        })
    }

    /// Whether a path exists, seen from the repository or from the document.
    fn finds(&self, root: &Path, path: &str) -> bool {
        let path = path.split('*').next().unwrap_or_default();
        let folder = self.path.parent().expect("a document lies in a folder");
        root.join(path).exists() || folder.join(path).exists()
    }
}

/// All documents of the repository.
fn documents() -> Vec<Document> {
    let mut found = Vec::new();
    let mut folders = vec![repository()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && !BUILT.contains(&name.as_str()) {
                folders.push(path);
            } else if name.ends_with(".md") {
                let text = fs::read_to_string(&path).expect("the document is text");
                found.push(Document::new(path, text));
            }
        }
    }
    assert!(found.iter().any(|d| d.path.ends_with("README.md")), "the documents have not been found");
    found
}

/// Fails with all faults of all documents at once.
fn check(faults: fn(&Document) -> Vec<String>) {
    let of_document = |document: &Document| {
        let path = document.path.display().to_string();
        faults(document).into_iter().map(move |fault| format!("{path}: {fault}"))
    };
    let all: Vec<String> = documents().iter().flat_map(of_document).collect();
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

/// Words of a text that are paths into the repository: their first part is one of its folders.
fn repository_paths<'a>(root: &Path, text: &'a str) -> Vec<&'a str> {
    let words = text.split(|c: char| c.is_whitespace() || "()[]{}<>\"'|,;".contains(c));
    words
        .map(|word| word.trim_start_matches("./").trim_end_matches(['.', ':', '/']))
        .filter(|word| {
            word.split_once('/').is_some_and(|(first, rest)| {
                !first.is_empty() && !rest.is_empty() && !BUILT.contains(&first) && root.join(first).is_dir()
            })
        })
        .collect()
}

fn missing_paths(document: &Document) -> Vec<String> {
    let root = repository();
    let paths = document.code.iter().flat_map(|code| repository_paths(&root, code));
    let missing = paths.filter(|path| !document.finds(&root, path));
    missing.map(|path| format!("`{path}` does not exist")).collect()
}

fn broken_links(document: &Document) -> Vec<String> {
    let root = repository();
    let targets = ["](", "src=\"", "href=\""].into_iter().flat_map(|opening| {
        let behind = document.text.split(opening).skip(1);
        behind.filter_map(|text| text.split([')', '"', '#']).next())
    });
    let inside = targets.filter(|target| !target.is_empty() && !target.contains("://"));
    let missing = inside.filter(|target| !document.finds(&root, target));
    missing.map(|target| format!("the link to {target} leads nowhere")).collect()
}

/// What `lacuna` prints when it is asked for help.
fn help(arguments: &[&str]) -> String {
    let output = run(&repository(), arguments);
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("help is text")
}

fn unknown_commands(document: &Document) -> Vec<String> {
    let overview = help(&["help"]);
    let commands: BTreeSet<&str> =
        overview.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let mut faults = Vec::new();
    for call in document.calls("lacuna") {
        let Some((&command, arguments)) = call.split_first() else { continue };
        if !command.starts_with(|c: char| c.is_ascii_lowercase()) {
            continue;
        }
        if !commands.contains(command) {
            faults.push(format!("`lacuna {command}` is no command"));
            continue;
        }
        let details = help(&[command, "--help"]);
        let known: BTreeSet<&str> = details.split([' ', ',', '\n']).collect();
        let options = arguments.iter().map(|argument| argument.trim_matches(['[', ']']));
        let options = options.filter(|a| a.starts_with('-')).filter_map(|a| a.split('=').next());
        let unknown = options.filter(|option| !known.contains(option));
        faults.extend(unknown.map(|option| format!("`lacuna {command}` has no option `{option}`")));
    }
    faults
}

fn unknown_targets(document: &Document) -> Vec<String> {
    // The folder that `lacuna generate` writes has a Makefile of its own.
    let makefiles = ["Makefile", "hdl_templates/Makefile.generated"].map(|file| {
        fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    });
    let rules =
        makefiles.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with(['\t', '#', '.']));
    let targets: BTreeSet<&str> =
        rules.filter_map(|line| line.split_once(':')).map(|(target, _)| target).collect();
    let words = document.calls("make").flatten();
    let named = words.filter(|word| !word.contains('=') && !word.starts_with('-'));
    let unknown = named.filter(|word| !targets.contains(word));
    unknown.map(|word| format!("`make {word}` is no target")).collect()
}

#[test]
fn paths_exist() {
    check(missing_paths);
}

#[test]
fn links_lead_somewhere() {
    check(broken_links);
}

#[test]
fn commands_and_options_are_known() {
    check(unknown_commands);
}

#[test]
fn make_targets_exist() {
    check(unknown_targets);
}

#[test]
fn what_is_wrong_is_found() {
    let text = "See `crates/nowhere/src` and [more](docs/nothing.md), not `crates/cli` or [this](https://example.org).

    $ lacuna check PROJECT --set SET   # fine
    target/release/lacuna detekt PROJECT
    lacuna run PROJECT --input FILE --verbose
    make test
    make tea MILK=1
";
    let document = Document::new(repository().join("README.md"), text.to_owned());
    assert_eq!(missing_paths(&document), ["`crates/nowhere/src` does not exist"]);
    assert_eq!(broken_links(&document), ["the link to docs/nothing.md leads nowhere"]);
    let commands = ["`lacuna detekt` is no command", "`lacuna run` has no option `--verbose`"];
    assert_eq!(unknown_commands(&document), commands);
    assert_eq!(unknown_targets(&document), ["`make tea` is no target"]);
}

/// The sets that `tools/sets.sh` goes through are sets, and those of the table that it makes.
#[test]
fn the_sets_of_the_table_are_sets() {
    let root = repository();
    let script = fs::read_to_string(root.join("tools/sets.sh")).expect("the script is there");
    let table = fs::read_to_string(root.join("docs/sets.md")).expect("the table is there");
    let from = script.find("for set in").expect("the script goes through sets");
    let list = &script[from..from + script[from..].find("; do").expect("the list ends")];
    let sets: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    assert!(sets.len() >= 5, "{sets:?}");
    let project = common::project("tiny");
    for set in sets {
        // A bar would end the cell, which may hold the name of the set's configuration as well.
        let cell = format!("`{}` |", set.replace('|', r"\|"));
        let has_row = table.lines().any(|line| line.starts_with("| `") && line.contains(&cell));
        assert!(has_row, "docs/sets.md has no row for {set}");
        let output = run(project.path(), &["check", ".", "--set", set]);
        assert!(output.status.success(), "{set}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
