use super::field;
use super::pattern::Pattern;
use super::queue::FrequencyQueue;
use super::random::Random;
use super::repair;
use super::term::{Symbol, Term, signed_digits};
use super::values::{Values, parity};

/// Of how many equally good values the one of fewest signed digits is taken.
const TIES: usize = 16;

/// How often a target three adders away is looked for before a pair of terms that occurs no more than twice is summed.
const FAR_TRIES: usize = 20;

/// Makes all targets, starting from the inputs.
///
/// A target one adder away is made at once. Otherwise a value is made that brings the most targets within one adder.
/// If there is none, the most frequent pair of terms is summed, over the targets written as sums of nodes; unless it is
/// rare and a target can be made in three adders.
pub(super) fn grow(values: &mut Values, random: &mut Random) {
    let digits = |(lane, &factor): (usize, &i32)| {
        let term = move |(shift, negative)| Term { symbol: lane as Symbol, shift, negative };
        signed_digits(i64::from(factor)).map(term)
    };
    let rows: Vec<Vec<Term>> = values
        .targets()
        .iter()
        .map(|target| target.vector.iter().enumerate().flat_map(digits).collect())
        .collect();
    let mut growth = Growth {
        open: (0..rows.len()).collect(),
        candidates: vec![Vec::new(); rows.len()],
        rows,
        patterns: FrequencyQueue::new(2),
        votes: FrequencyQueue::new(1),
        values,
        random,
    };
    for row in &growth.rows {
        for (i, &a) in row.iter().enumerate() {
            row[i + 1..].iter().for_each(|&b| growth.patterns.increment(Pattern::of(a, b).0));
        }
    }
    growth.patterns.end_bulk();
    growth.votes.end_bulk();
    for lane in 0..growth.values.lanes() {
        growth.welcome(lane as u32);
    }
    while !growth.open.is_empty() {
        if let Some(value) = growth.elected() {
            if let Some(node) = growth.values.reach(value, growth.random) {
                growth.settle(node);
            }
        } else {
            growth.step_far();
        }
    }
    growth.values.sweep();
}

struct Growth<'a> {
    values: &'a mut Values,
    random: &'a mut Random,
    /// The targets not made yet, and each as a sum of nodes.
    open: Vec<usize>,
    rows: Vec<Vec<Term>>,
    /// The pairs of terms of all rows.
    patterns: FrequencyQueue,
    /// Values one adder away, by the number of open targets that would then be one adder away.
    votes: FrequencyQueue,
    /// The values that each target votes for, in ascending order.
    candidates: Vec<Vec<u64>>,
}

impl Growth<'_> {
    /// The value with the most votes; among some of those the one of fewest digits.
    fn elected(&mut self) -> Option<u64> {
        let (mut best, votes) = self.votes.pop(self.random)?;
        let mut digits = self.digits(best);
        for _ in 1..TIES {
            let Some((other, others_votes)) = self.votes.pop(self.random) else { break };
            let fewer = if others_votes == votes { self.digits(other) } else { u32::MAX };
            if fewer < digits {
                self.votes.enqueue(best);
                (best, digits) = (other, fewer);
            } else {
                self.votes.enqueue(other);
                if others_votes < votes {
                    break;
                }
            }
        }
        Some(best)
    }

    /// How many signed digits a value one adder away has.
    fn digits(&mut self, value: u64) -> u32 {
        self.values.digits_of_sum(value, self.random)
    }

    /// Makes a sum when no target is within two adders.
    fn step_far(&mut self) {
        let popped = self.patterns.pop(self.random);
        if popped.is_none_or(|(_, count)| count < 3)
            && let Some(nodes) = self.reached_far()
        {
            popped.into_iter().for_each(|(key, _)| self.patterns.enqueue(key));
            nodes.into_iter().for_each(|node| self.settle(node));
            return;
        }
        match popped {
            Some((key, _)) if self.occurrences(Pattern(key)).len() > 1 => self.sum(Pattern(key)),
            Some(_) => {}
            None => self.shorten(),
        }
    }

    /// The first two of three adders that make a target, if one is found whose row is longer.
    fn reached_far(&mut self) -> Option<Vec<u32>> {
        if self.values.adders() < 2 * self.values.lanes() {
            return None;
        }
        (0..FAR_TRIES).find_map(|_| {
            let target = self.random.pick(&self.open);
            let longer = self.rows[target].len() > 4;
            let target = self.values.targets()[target].clone();
            if longer { repair::reach_far(self.values, &target, self.random) } else { None }
        })
    }

    /// Makes the first sum of the shortest row.
    fn shorten(&mut self) {
        let Some(&target) = self.open.iter().min_by_key(|&&target| self.rows[target].len()) else { return };
        match self.rows[target][..] {
            [a, b, ..] => self.sum(Pattern::of(a, b)),
            [term] => self.close(target, term.symbol),
            [] => self.open.retain(|&open| open != target),
        }
    }

    /// Makes the sum of a pattern, and puts it in the place of the pattern.
    fn sum(&mut self, pattern: Pattern) {
        let node = self.values.make(pattern.terms(), false);
        match node {
            Some(node) => self.settle(node),
            None => {
                // The sum is there already, under another pattern.
                if let Some(term) = self.values.find_sum(pattern.terms()) {
                    self.replace(pattern, term);
                } else {
                    self.remove_pattern(pattern);
                }
            }
        }
    }

    /// Uses a node that was just made.
    fn settle(&mut self, node: u32) {
        let [a, b] = self.values.terms(node);
        let first = if (a.symbol, a.shift) <= (b.symbol, b.shift) { a } else { b };
        let own = Term { symbol: node, shift: 0, negative: first.negative };
        self.replace(Pattern::of(a, b), own);
        self.welcome(node);
    }

    fn occurrences(&self, pattern: Pattern) -> Vec<(usize, Term, Term)> {
        let mut found = Vec::new();
        for &target in &self.open {
            pattern.find(&self.rows[target], |a, b| found.push((target, a, b)));
        }
        found
    }

    /// Puts a term in the place of the pattern with least shifts and positive first term.
    fn replace(&mut self, pattern: Pattern, own: Term) {
        for (target, a, b) in self.occurrences(pattern) {
            self.take_out(target, a);
            self.take_out(target, b);
            let first = if (a.symbol, a.shift) <= (b.symbol, b.shift) { a } else { b };
            let outer = Term { symbol: 0, shift: a.shift.min(b.shift), negative: first.negative };
            self.put_in(target, outer.of_term(own));
        }
    }

    /// Takes out two terms that cancel.
    fn remove_pattern(&mut self, pattern: Pattern) {
        for (target, a, b) in self.occurrences(pattern) {
            self.take_out(target, a);
            self.take_out(target, b);
        }
    }

    fn put_in(&mut self, target: usize, mut term: Term) {
        let same = |row: &[Term], term: Term| {
            row.iter().copied().find(|other| (other.symbol, other.shift) == (term.symbol, term.shift))
        };
        while let Some(other) = same(&self.rows[target], term) {
            self.take_out(target, other);
            if other.negative != term.negative {
                return;
            }
            term.shift += 1;
        }
        self.rows[target].iter().for_each(|&other| self.patterns.increment(Pattern::of(term, other).0));
        self.rows[target].push(term);
    }

    fn take_out(&mut self, target: usize, term: Term) {
        self.rows[target].retain(|&other| other != term);
        self.rows[target].iter().for_each(|&other| self.patterns.decrement(Pattern::of(term, other).0));
    }

    /// The target is made, as this node.
    fn close(&mut self, target: usize, node: u32) {
        self.values.set_target(node, target as u32);
        self.open.retain(|&open| open != target);
        while let Some(&term) = self.rows[target].last() {
            self.take_out(target, term);
        }
        for value in std::mem::take(&mut self.candidates[target]) {
            self.votes.decrement(value);
        }
    }

    /// Finds what a new node makes possible: targets that are there or one adder away, which are made, and votes.
    fn welcome(&mut self, node: u32) {
        let mut ready = Vec::new();
        for i in 0..self.open.len() {
            let index = self.open[i];
            let target = self.values.targets()[index].clone();
            let mut near = Vec::new();
            let mut reached = self.values.find(target.fingerprint).is_some();
            self.values.rests(&target, parity(&target.vector), node, |rest| {
                if self.values.find(rest).is_some() {
                    reached = true;
                } else if self.values.is_near(rest) {
                    near.push(rest);
                }
            });
            self.values.count_work(8);
            if reached {
                ready.push(index);
                continue;
            }
            for rest in near {
                self.vote(index, rest);
            }
        }
        for index in ready {
            let value = self.values.targets()[index].fingerprint;
            if let Some(term) = self.values.find(value) {
                self.close(index, term.symbol);
            } else if let Some(made) = self.values.reach(value, self.random) {
                self.close(index, made);
                self.settle(made);
            }
        }
    }

    /// The target is the sum of a multiple of the node and of a rest that is probably one adder away: votes for the rest,
    /// and for what is left of the target besides either part of the rest.
    fn vote(&mut self, target: usize, rest: u64) {
        let goal = self.values.targets()[target].fingerprint;
        let mut found = Vec::new();
        self.values.splits(rest, |part| {
            found.push(field::unsigned(rest));
            let other = field::subtract(goal, part);
            if self.values.is_near(other) {
                found.push(field::unsigned(other));
            }
        });
        self.values.count_work(4 * self.values.live().len() as u64);
        for value in found {
            if self.values.find(value).is_some() {
                continue;
            }
            if let Err(place) = self.candidates[target].binary_search(&value) {
                self.candidates[target].insert(place, value);
                self.votes.increment(value);
            }
        }
    }
}
