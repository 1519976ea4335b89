//! Patterns become symbols, and symbols their definitions again.

use super::super::pattern::Pattern;
use super::super::program::{MAX_WEIGHT, weight};
use super::super::random::Random;
use super::super::range::Range;
use super::super::term::{Symbol, Term};
use super::Sharing;

impl Sharing {
    /// Shares two-term patterns, the most frequent first and ties by chance, until none occurs twice.
    pub(in super::super) fn share(&mut self, random: &mut Random) {
        while let Some((key, _)) = self.queue.pop(random) {
            self.extract(Pattern(key));
        }
    }

    /// Puts the definition of a symbol in the place of each of its uses.
    pub(in super::super) fn inline(&mut self, symbol: Symbol) {
        let own = self.row_of(symbol) as u32;
        let terms = self.rows[own as usize].clone();
        let mut thin = Vec::new();
        while let Some(&r) = self.users[symbol as usize].last() {
            let row = &self.rows[r as usize];
            let Some(&term) = row.iter().find(|term| term.symbol == symbol) else { break };
            self.remove(r, term);
            terms.iter().for_each(|part| self.insert(r, term.of_term(*part)));
            thin.push(r);
        }
        terms.iter().for_each(|&term| self.remove(own, term));
        self.forget(symbol);
        self.dissolve(thin);
    }

    /// Replaces a pattern wherever the weights allow it, if that saves an adder.
    fn extract(&mut self, pattern: Pattern) {
        let [first, second] = pattern.symbols().map(|symbol| symbol as usize);
        let heavier = (self.weights[first].max(self.weights[second]) * 2).min(MAX_WEIGHT);
        let growth = heavier.saturating_sub(self.weights[first] + self.weights[second]);
        let rarer = if self.users[first].len() <= self.users[second].len() { first } else { second };
        let mut rows = self.users[rarer].clone();
        rows.sort_unstable();
        rows.dedup();

        let mut found: Vec<(u32, Term, Term)> = Vec::new();
        let mut existing = None;
        for r in rows {
            let terms = &self.rows[r as usize];
            self.work += 1 + terms.len() as u64 / 4;
            if terms.len() == 2 && r as usize >= self.outputs {
                pattern.find(terms, |a, b| existing = Some((r, a, b)));
                continue;
            }
            let limit = self.limits[r as usize];
            let mut room = match growth {
                0 => u64::MAX,
                _ if limit == u64::MAX => u64::MAX,
                growth => limit.saturating_sub(weight(terms, &self.weights)) / growth,
            };
            pattern.find(terms, |a, b| {
                if room > 0 {
                    room -= 1;
                    found.push((r, a, b));
                }
            });
        }

        let own = match existing {
            // That symbol is the pattern, perhaps shifted to the left, perhaps negated.
            Some((r, a, b)) => {
                let own = Term {
                    symbol: (r as usize - self.outputs + self.inputs) as Symbol,
                    shift: a.shift.min(b.shift),
                    negative: a.negative,
                };
                found.retain(|(_, a, b)| a.shift.min(b.shift) >= own.shift);
                own
            }
            None if found.len() < 2 => return,
            None => {
                let symbol = self.define(heavier);
                let own = self.row_of(symbol) as u32;
                if let Some(cells) = &mut self.cells {
                    cells.ranges[symbol as usize] = Range::sum(pattern.terms(), &cells.ranges);
                }
                pattern.terms().into_iter().for_each(|term| self.insert(own, term));
                Term::of(symbol)
            }
        };
        let mut thin = Vec::new();
        for (r, a, b) in found {
            self.remove(r, a);
            self.remove(r, b);
            let shift = a.shift.min(b.shift) - own.shift;
            self.insert(r, Term { shift, negative: a.negative != own.negative, ..own });
            thin.push(r);
        }
        self.dissolve(thin);
    }

    /// Inlines the symbols of those rows that have lost all but one of their terms.
    pub(super) fn dissolve(&mut self, rows: Vec<u32>) {
        for r in rows {
            let Some(k) = (r as usize).checked_sub(self.outputs) else { continue };
            let symbol = (k + self.inputs) as Symbol;
            if self.is_live(symbol) && self.rows[r as usize].len() < 2 {
                self.inline(symbol);
            }
        }
    }
}
