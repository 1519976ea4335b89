use std::collections::HashMap;

use super::field;
use super::orient;
use super::program::Program;
use super::range::{self, Range};
use super::term::{Symbol, Term};
use crate::{Adder, AdderGraph, Error, Interval, Operand, Output};

/// The sum of two terms.
pub(super) type Sum = [Term; 2];

/// In which order the terms of a row are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The shallowest first: the least depth.
    Shallow,
    /// The pair with the shortest carry chain first.
    Narrow,
}

/// The graph of a program. Each row is summed in pairs. If `by_value`, a value that is there already, shifted or negated,
/// is not made again; factors must be below 2^40 then, since values are compared by [fingerprint](field).
pub(super) fn graph(
    program: &Program,
    inputs: &[Interval],
    order: Order,
    by_value: bool,
) -> Result<AdderGraph, Error> {
    let mut pairs = Pairs::new(inputs, order, by_value);
    let mut symbols: Vec<Option<Term>> = (0..program.inputs as Symbol).map(|s| Some(Term::of(s))).collect();
    let resolved = |terms: &[Term], symbols: &[Option<Term>]| -> Vec<Term> {
        terms
            .iter()
            .filter_map(|term| symbols[term.symbol as usize].map(|inner| term.of_term(inner)))
            .collect()
    };
    for row in &program.sums {
        let own = pairs.sum(&resolved(row, &symbols));
        symbols.push(own);
    }
    let roots: Vec<Option<Term>> =
        program.outputs.iter().map(|row| pairs.sum(&resolved(row, &symbols))).collect();
    let (sums, roots) = used(program.inputs, &pairs.sums, &roots);

    let turned = orient::turned(program.inputs, &sums, &roots);
    let operand = |term: Term| Operand { node: term.symbol as usize, shift: term.shift };
    let adder = |(k, sum): (usize, &Sum)| {
        let (left, right, operation) = orient::adder(sum, &turned, program.inputs + k);
        Adder { left: operand(left), right: operand(right), operation, drop: 0 }
    };
    let output = |root: &Option<Term>| match root {
        None => Output::Zero,
        Some(term) => {
            Output::Node { operand: operand(*term), negate: term.negative != turned[term.symbol as usize] }
        }
    };
    let adders = sums.iter().enumerate().map(adder).collect();
    AdderGraph::new(inputs.to_vec(), adders, roots.iter().map(output).collect())
}

/// Two-term sums by value.
struct Pairs {
    inputs: usize,
    sums: Vec<Sum>,
    order: Order,
    by_value: bool,
    depths: Vec<u32>,
    ranges: Vec<Range>,
    fingerprints: Vec<u64>,
    /// The symbol of each value, by unsigned fingerprint.
    known: HashMap<u64, Symbol>,
}

impl Pairs {
    fn new(intervals: &[Interval], order: Order, by_value: bool) -> Self {
        let inputs = intervals.len();
        let fingerprints: Vec<u64> = (0..inputs).map(field::unit).collect();
        let known =
            fingerprints.iter().enumerate().map(|(s, &f)| (field::unsigned(f), s as Symbol)).collect();
        let ranges = intervals.iter().map(|&interval| Range::of(interval)).collect();
        Self {
            inputs,
            order,
            by_value,
            sums: Vec::new(),
            depths: vec![0; inputs],
            ranges,
            fingerprints,
            known,
        }
    }

    /// The sum of some terms, none if it is zero.
    fn sum(&mut self, terms: &[Term]) -> Option<Term> {
        let mut terms = terms.to_vec();
        while terms.len() > 1 {
            let (i, j) = self.first_pair(&terms);
            let (b, a) = (terms.swap_remove(j), terms.swap_remove(i));
            terms.extend(self.pair(a, b));
        }
        terms.pop()
    }

    /// Which two terms to sum next, the lower index first.
    fn first_pair(&self, terms: &[Term]) -> (usize, usize) {
        match self.order {
            Order::Shallow => {
                let key = |i: &usize| {
                    (self.depth(terms[*i]), self.ranges[terms[*i].symbol as usize].bits(), terms[*i])
                };
                let mut order: Vec<usize> = (0..terms.len()).collect();
                order.select_nth_unstable_by_key(1, key);
                (order[0].min(order[1]), order[0].max(order[1]))
            }
            Order::Narrow => range::shortest_pair(terms, &self.ranges),
        }
    }

    fn pair(&mut self, a: Term, b: Term) -> Option<Term> {
        let shift = a.shift.min(b.shift);
        let lowered =
            |term: Term| Term { shift: term.shift - shift, negative: term.negative != a.negative, ..term };
        let terms = [a, b].map(lowered);
        let [first, second] = terms.map(|term| self.fingerprint(term));
        let value = field::add(first, second);
        if self.by_value && value == 0 {
            return None;
        }
        let outer = Term { symbol: 0, shift, negative: a.negative };
        for up in 0..if self.by_value { 8 } else { 0 } {
            let fingerprint = field::shift_right(value, up);
            if let Some(&symbol) = self.known.get(&field::unsigned(fingerprint)) {
                let negative = self.fingerprints[symbol as usize] != fingerprint;
                return Some(outer.of_term(Term { symbol, shift: up, negative }));
            }
        }
        let symbol = (self.inputs + self.sums.len()) as Symbol;
        self.depths.push(1 + self.depth(a).max(self.depth(b)));
        self.ranges.push(Range::sum(terms, &self.ranges));
        self.sums.push(terms);
        self.fingerprints.push(value);
        self.known.insert(field::unsigned(value), symbol);
        Some(outer.of_term(Term::of(symbol)))
    }

    fn depth(&self, term: Term) -> u32 {
        self.depths[term.symbol as usize]
    }

    fn fingerprint(&self, term: Term) -> u64 {
        let value = field::shift_left(self.fingerprints[term.symbol as usize], term.shift % 61);
        if term.negative { field::negate(value) } else { value }
    }
}

/// The sums that the outputs need, renumbered.
fn used(inputs: usize, sums: &[Sum], roots: &[Option<Term>]) -> (Vec<Sum>, Vec<Option<Term>>) {
    let mut needed = vec![false; inputs + sums.len()];
    roots.iter().flatten().for_each(|root| needed[root.symbol as usize] = true);
    for (k, sum) in sums.iter().enumerate().rev() {
        if needed[inputs + k] {
            sum.iter().for_each(|term| needed[term.symbol as usize] = true);
        }
    }
    needed[..inputs].fill(true);
    let mut next = 0;
    let numbers: Vec<Symbol> = needed.iter().map(|&needed| (next, next += Symbol::from(needed)).0).collect();
    let renamed = |term: Term| Term { symbol: numbers[term.symbol as usize], ..term };
    let kept = sums.iter().zip(&needed[inputs..]).filter(|(_, needed)| **needed);
    let kept = kept.map(|(sum, _)| sum.map(renamed)).collect();
    (kept, roots.iter().map(|root| root.map(renamed)).collect())
}
