//! The graph as a graph: which nodes matter, in which order, and that every name is made once.

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::error::Fault;
use crate::proto;

/// How many nodes of a cycle are named.
const NAMED: usize = 4;

/// Where a value of the graph comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    Input,
    Initializer(usize),
    Node(usize),
}

/// A graph whose names are unique and whose nodes can be computed one after another.
pub(crate) struct Checked<'a> {
    pub(crate) graph: &'a proto::Graph,
    pub(crate) origins: BTreeMap<&'a str, Origin>,
    /// The nodes that the outputs depend on, each behind those it reads.
    pub(crate) order: Vec<usize>,
}

/// A node's name, or its output's where it has none.
pub(crate) fn name_of(node: &proto::Node) -> &str {
    let output = || node.output.iter().find(|name| !name.is_empty()).map_or("", String::as_str);
    if node.name.is_empty() { output() } else { &node.name }
}

pub(crate) fn node_error(node: &proto::Node, fault: Fault) -> Error {
    let domain = if is_standard(&node.domain) { String::new() } else { format!("{}.", node.domain) };
    let operator = format!("{domain}{}", node.op_type);
    Error::Node { node: shown(name_of(node)), operator: shown(&operator), fault }
}

/// Whether a node's operator is one of ONNX itself.
pub(crate) fn is_standard(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

/// A name from a file on one line and of bearable length.
pub(crate) fn shown(name: &str) -> String {
    let text = name.escape_debug().to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// Checks names, finds what the outputs depend on, and puts it in order.
pub(crate) fn check(graph: &proto::Graph) -> Result<Checked<'_>, Error> {
    let mut origins = BTreeMap::new();
    for (index, tensor) in graph.initializer.iter().enumerate() {
        if origins.insert(tensor.name.as_str(), Origin::Initializer(index)).is_some() {
            return Err(Error::DuplicateValue(shown(&tensor.name)));
        }
    }
    let mut inputs = BTreeSet::new();
    for input in &graph.input {
        if !inputs.insert(input.name.as_str()) {
            return Err(Error::DuplicateValue(shown(&input.name)));
        }
        // Up to opset 8 initialisers are listed among the inputs.
        origins.entry(input.name.as_str()).or_insert(Origin::Input);
    }
    for (index, node) in graph.node.iter().enumerate() {
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            if origins.insert(output, Origin::Node(index)).is_some() {
                return Err(Error::DuplicateValue(shown(output)));
            }
        }
    }
    let order = order(graph, &origins)?;
    Ok(Checked { graph, origins, order })
}

/// The nodes that the outputs depend on, in the order of the file as far as it can be kept.
fn order(graph: &proto::Graph, origins: &BTreeMap<&str, Origin>) -> Result<Vec<usize>, Error> {
    let mut needed = BTreeSet::new();
    let mut waiting: Vec<usize> = Vec::new();
    for output in &graph.output {
        match origins.get(output.name.as_str()) {
            Some(Origin::Node(node)) => waiting.push(*node),
            Some(_) => {}
            None => {
                let name = shown(&output.name);
                return Err(Error::Output(format!("the graph's output `{name}` is made by no node")));
            }
        }
    }
    let mut readers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut open: BTreeMap<usize, usize> = BTreeMap::new();
    while let Some(index) = waiting.pop() {
        if !needed.insert(index) {
            continue;
        }
        let mut sources = BTreeSet::new();
        for name in graph.node[index].input.iter().filter(|name| !name.is_empty()) {
            match origins.get(name.as_str()) {
                Some(Origin::Node(source)) => drop(sources.insert(*source)),
                Some(_) => {}
                None => return Err(node_error(&graph.node[index], Fault::MissingInput(shown(name)))),
            }
        }
        open.insert(index, sources.len());
        for &source in &sources {
            readers.entry(source).or_default().push(index);
            waiting.push(source);
        }
    }
    let mut ready: BTreeSet<usize> =
        open.iter().filter(|&(_, &count)| count == 0).map(|(&node, _)| node).collect();
    let mut order = Vec::with_capacity(needed.len());
    while let Some(index) = ready.pop_first() {
        order.push(index);
        needed.remove(&index);
        for &reader in readers.get(&index).map_or(&[][..], Vec::as_slice) {
            if let Some(count) = open.get_mut(&reader) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(reader);
                }
            }
        }
    }
    match needed.first() {
        None => Ok(order),
        Some(_) => Err(Error::Cycle { through: cycle(graph, origins, &needed) }),
    }
}

/// Names of nodes that wait for each other: from any of them backwards until one comes again.
fn cycle(graph: &proto::Graph, origins: &BTreeMap<&str, Origin>, stuck: &BTreeSet<usize>) -> Vec<String> {
    let before = |node: usize| {
        graph.node[node].input.iter().find_map(|name| match origins.get(name.as_str()) {
            Some(Origin::Node(source)) if stuck.contains(source) => Some(*source),
            _ => None,
        })
    };
    let mut path = Vec::new();
    let mut places = BTreeMap::new();
    let mut at = stuck.first().copied();
    while let Some(node) = at {
        if let Some(first) = places.insert(node, path.len()) {
            path.drain(..first);
            break;
        }
        path.push(node);
        at = before(node);
    }
    path.reverse();
    let name = |&node: &usize| format!("node `{}`", shown(name_of(&graph.node[node])));
    path.iter().take(NAMED).map(name).collect()
}
