//! Names of layers: short, readable, and different in Verilog too.

use std::collections::BTreeSet;

use crate::graph::name_of;
use crate::proto;

/// The longest name that is kept as it is.
const LONGEST: usize = 40;

/// Names that mean something else in a project or in a core.
const TAKEN: [&str; 5] = ["input", "pixels", "tb", "frame_sync", "stream_out"];

/// Endings that Lacuna gives to parts of a layer.
const PARTS: [&str; 3] = ["window", "scale", "graph"];

/// Names for the layers, from their nodes' names and what each does within its node.
pub(crate) fn choose(layers: &[(&proto::Node, &'static str)]) -> Vec<String> {
    let paths: Vec<Vec<String>> = layers.iter().map(|(node, _)| path(node)).collect();
    let common = common_start(&paths);
    let mut used: BTreeSet<String> = TAKEN.iter().map(|&name| name.to_owned()).collect();
    let mut names = Vec::with_capacity(layers.len());
    for ((node, part), path) in layers.iter().zip(&paths) {
        let path = &path[common.min(path.len().saturating_sub(1))..];
        let whole = path.join(".");
        // The operator at the end of a path says nothing where nobody else has the path.
        let operator = node.op_type.to_lowercase();
        let short = match path.split_last() {
            Some((last, rest)) if !rest.is_empty() && last.to_lowercase().starts_with(&operator) => {
                rest.join(".")
            }
            _ => whole.clone(),
        };
        let with_part = |name: &str| if part.is_empty() { name.to_owned() } else { format!("{name}.{part}") };
        let candidates = [with_part(&plain(&short, &operator)), with_part(&plain(&whole, &operator))];
        let name = candidates.iter().find(|name| !used.contains(&key(name))).cloned();
        let name = name.unwrap_or_else(|| {
            let numbered = (2..).map(|n| format!("{}_{n}", candidates[0]));
            numbered.into_iter().find(|name| !used.contains(&key(name))).unwrap_or_default()
        });
        used.insert(key(&name));
        names.push(name);
    }
    names
}

/// What Verilog makes of a name.
fn key(name: &str) -> String {
    name.to_lowercase().replace('.', "_")
}

/// The parts of a node's name; a part that repeats the one before it and goes on replaces that.
fn path(node: &proto::Node) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    for part in name_of(node).split(['/', ':', ';']).filter(|part| !part.is_empty()) {
        if path
            .last()
            .is_some_and(|last| part.strip_prefix(last.as_str()).is_some_and(|rest| rest.starts_with('.')))
        {
            path.pop();
        }
        path.push(part.to_owned());
    }
    path
}

/// How many parts all paths begin with.
fn common_start(paths: &[Vec<String>]) -> usize {
    let Some((first, others)) = paths.split_first() else { return 0 };
    if others.is_empty() {
        return 0;
    }
    let shared = |path: &Vec<String>| path.iter().zip(first).take_while(|(a, b)| a == b).count();
    others.iter().map(shared).min().unwrap_or(0)
}

/// A name of letters, digits, `.` and `_` that begins with a letter.
fn plain(text: &str, operator: &str) -> String {
    let kept: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect();
    let mut name: String = kept.trim_matches(['_', '.']).to_owned();
    if name.len() > LONGEST {
        name = name[name.len() - LONGEST..].trim_start_matches(['_', '.']).to_owned();
    }
    let operator: String = operator.chars().filter(char::is_ascii_alphanumeric).take(LONGEST).collect();
    let ends = |part: &&str| key(&name).ends_with(&format!("_{part}"));
    if PARTS.iter().any(ends) {
        name.push('_');
        name.push_str(&operator);
    }
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return name;
    }
    if name.is_empty() { operator } else { format!("{operator}{name}") }
}
