use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::term::{Program, Term};
use crate::{Adder, AdderGraph, Error, Interval, Operand, Operation, Output};

/// The graph of a program: rows are summed shallow terms first, and each sum is turned so that few outputs have to be
/// negated.
pub(super) fn graph(program: &Program, inputs: &[Interval]) -> Result<AdderGraph, Error> {
    let mut sums = program.sums.clone();
    let mut depths = vec![0usize; program.inputs];
    for [a, b] in &sums {
        depths.push(1 + depths[a.symbol as usize].max(depths[b.symbol as usize]));
    }
    let mut roots = Vec::with_capacity(program.outputs.len());
    for row in &program.outputs {
        let mut heap: BinaryHeap<_> =
            row.iter().map(|&term| Reverse((depths[term.symbol as usize], term))).collect();
        while let Some(Reverse((_, a))) = heap.pop() {
            let Some(Reverse((_, b))) = heap.pop() else {
                roots.push(Some(a));
                break;
            };
            let shift = a.shift.min(b.shift);
            let negative = a.negative;
            let lowered =
                |term: Term| Term { shift: term.shift - shift, negative: term.negative != negative, ..term };
            let symbol = depths.len() as u32;
            sums.push([lowered(a), lowered(b)]);
            depths.push(1 + depths[a.symbol as usize].max(depths[b.symbol as usize]));
            heap.push(Reverse((depths[symbol as usize], Term { symbol, shift, negative })));
        }
        if row.is_empty() {
            roots.push(None);
        }
    }

    // A sum of unlike signs can be computed either way round; one of like signs cannot.
    let mut wanted = vec![false; depths.len()];
    for root in roots.iter().flatten() {
        wanted[root.symbol as usize] = root.negative;
    }
    let mut turned = vec![false; program.inputs];
    let mut adders = Vec::with_capacity(sums.len());
    for (k, [a, b]) in sums.iter().enumerate() {
        let operand = |term: &Term| Operand { node: term.symbol as usize, shift: term.shift };
        let negative = |term: &Term| term.negative != turned[term.symbol as usize];
        let (left, right, operation, own) = match (negative(a), negative(b)) {
            (false, false) => (a, b, Operation::Add, false),
            (true, true) => (a, b, Operation::Add, true),
            (first, _) if first == wanted[program.inputs + k] => (a, b, Operation::Subtract, first),
            (first, _) => (b, a, Operation::Subtract, !first),
        };
        adders.push(Adder { left: operand(left), right: operand(right), operation, drop: 0 });
        turned.push(own);
    }
    let output = |root: &Option<Term>| match root {
        None => Output::Zero,
        Some(term) => Output::Node {
            operand: Operand { node: term.symbol as usize, shift: term.shift },
            negate: term.negative != turned[term.symbol as usize],
        },
    };
    AdderGraph::new(inputs.to_vec(), adders, roots.iter().map(output).collect())
}
