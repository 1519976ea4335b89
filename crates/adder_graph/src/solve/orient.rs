//! Which way round each sum is computed.
//!
//! A sum of a positive and a negative term can be computed as itself or as its negative, `a - b` or `b - a`; a sum of
//! like signs only the one way. Turning a sum changes the signs that its users see. The turns are chosen so that few
//! outputs are left that are the negative of their node.

use super::emit::Sum;
use super::term::{Symbol, Term};
use crate::Operation;

/// How many sums one attempt to save a negation may visit.
const VISITS: usize = 400;

/// For each symbol whether its node holds the negative of the sum.
pub(super) fn turned(inputs: usize, sums: &[Sum], roots: &[Option<Term>]) -> Vec<bool> {
    let symbols = inputs + sums.len();
    let mut wishes = vec![0i32; symbols];
    for root in roots.iter().flatten() {
        wishes[root.symbol as usize] += if root.negative { 1 } else { -1 };
    }
    let mut users = vec![Vec::new(); symbols];
    for (k, sum) in sums.iter().enumerate() {
        sum.iter().for_each(|term| users[term.symbol as usize].push((inputs + k) as Symbol));
    }
    let mut turning =
        Turning { inputs, sums, wishes, users, turned: vec![false; symbols], log: Vec::new(), visits: 0 };
    for (k, sum) in sums.iter().enumerate() {
        let symbol = inputs + k;
        turning.turned[symbol] = match turning.signs(symbol) {
            (a, b) if a == b => a,
            _ if turning.wishes[symbol] != 0 => turning.wishes[symbol] > 0,
            // The operand that is not shifted should not be the one subtracted: its low bits then pass through.
            (a, b) => {
                if sum[0].shift < sum[1].shift {
                    a
                } else {
                    b
                }
            }
        };
    }
    for root in roots.iter().flatten() {
        turning.try_to_please(root.symbol as usize);
    }
    turning.turned
}

/// The adder of a sum: its left operand, its right, and what it does with them.
pub(super) fn adder(sum: &Sum, turned: &[bool], symbol: usize) -> (Term, Term, Operation) {
    let [a, b] = *sum;
    let negative = |term: Term| (term.negative != turned[term.symbol as usize]) != turned[symbol];
    match (negative(a), negative(b)) {
        (false, true) => (a, b, Operation::Subtract),
        (true, false) => (b, a, Operation::Subtract),
        _ => (a, b, Operation::Add),
    }
}

struct Turning<'a> {
    inputs: usize,
    sums: &'a [Sum],
    /// How many more outputs want the negative of each symbol than the symbol itself.
    wishes: Vec<i32>,
    users: Vec<Vec<Symbol>>,
    turned: Vec<bool>,
    log: Vec<usize>,
    visits: usize,
}

impl Turning<'_> {
    /// The signs of the operands of a sum as its adder sees them.
    fn signs(&self, symbol: usize) -> (bool, bool) {
        let [a, b] = self.sums[symbol - self.inputs];
        let sign = |term: Term| term.negative != self.turned[term.symbol as usize];
        (sign(a), sign(b))
    }

    /// Turns a symbol if more outputs want it the other way, with whatever must be turned along, if that helps overall.
    fn try_to_please(&mut self, symbol: usize) {
        if self.gain(symbol) <= 0 || symbol < self.inputs {
            return;
        }
        self.log.clear();
        self.visits = VISITS;
        let done = self.turn(symbol, None);
        let gain: i32 = self.log.iter().map(|&turned| -self.gain(turned)).sum();
        if !done || gain <= 0 || !self.log.iter().all(|&turned| self.is_sound_around(turned)) {
            while let Some(symbol) = self.log.pop() {
                self.turned[symbol] = !self.turned[symbol];
            }
        }
    }

    /// Whether a sum and its users can be computed the way round they are.
    fn is_sound_around(&self, symbol: usize) -> bool {
        let users = self.users[symbol].iter().map(|&user| user as usize);
        users.chain([symbol]).all(|symbol| {
            let (a, b) = self.signs(symbol);
            a != b || self.turned[symbol] == a
        })
    }

    /// How many negations fewer there are when the symbol is turned.
    fn gain(&self, symbol: usize) -> i32 {
        if self.turned[symbol] { -self.wishes[symbol] } else { self.wishes[symbol] }
    }

    /// Turns a symbol, after an operand where both have the same sign, and then those users that cannot stay as they are.
    fn turn(&mut self, symbol: usize, cause: Option<usize>) -> bool {
        if symbol < self.inputs || self.visits == 0 || self.log.contains(&symbol) {
            return false;
        }
        self.visits -= 1;
        let (a, b) = self.signs(symbol);
        if a == b && cause.is_none_or(|cause| !self.reads(symbol, cause)) {
            let operands = self.sums[symbol - self.inputs].map(|term| term.symbol as usize);
            let start = self.log.len();
            let freed = operands.into_iter().any(|operand| {
                let done = self.turn(operand, Some(symbol));
                if !done {
                    self.back_to(start);
                }
                done
            });
            if !freed || self.signs(symbol).0 == self.signs(symbol).1 {
                return false;
            }
        }
        self.turned[symbol] = !self.turned[symbol];
        self.log.push(symbol);
        for i in 0..self.users[symbol].len() {
            let user = self.users[symbol][i] as usize;
            let (a, b) = self.signs(user);
            if Some(user) != cause && a == b && self.turned[user] != a && !self.turn(user, Some(symbol)) {
                return false;
            }
        }
        true
    }

    fn reads(&self, symbol: usize, other: usize) -> bool {
        self.sums[symbol - self.inputs].iter().any(|term| term.symbol as usize == other)
    }

    fn back_to(&mut self, start: usize) {
        for symbol in self.log.drain(start..) {
            self.turned[symbol] = !self.turned[symbol];
        }
    }
}
