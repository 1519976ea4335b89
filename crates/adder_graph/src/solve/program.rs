use super::term::{Symbol, Term, signed_digits};
use crate::Matrix;

/// A straight-line program of sums of any number of terms.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) inputs: usize,
    /// Symbol `inputs + k` is the sum of the terms `sums[k]`, of earlier symbols.
    pub(super) sums: Vec<Vec<Term>>,
    /// An output without terms is zero.
    pub(super) outputs: Vec<Vec<Term>>,
}

impl Program {
    /// Each column as the sum of its canonical signed digits, nothing shared.
    pub(super) fn new(matrix: &Matrix) -> Self {
        let column = |o| {
            let terms = matrix.column(o).enumerate().flat_map(|(symbol, value)| {
                let symbol = symbol as Symbol;
                signed_digits(value).map(move |(shift, negative)| Term { symbol, shift, negative })
            });
            terms.collect()
        };
        Self { inputs: matrix.rows(), sums: Vec::new(), outputs: (0..matrix.columns()).map(column).collect() }
    }

    /// Two-input adders that it takes, if no two rows can share a partial sum.
    pub(super) fn adders(&self) -> usize {
        self.sums.iter().chain(&self.outputs).map(|row| row.len().saturating_sub(1)).sum()
    }

    /// Terms of all outputs: of a program that shares nothing its signed digits.
    pub(super) fn digits(&self) -> usize {
        self.outputs.iter().map(Vec::len).sum()
    }

    /// `2^depth` of each symbol, at most `2^62`.
    pub(super) fn weights(&self) -> Vec<u64> {
        let mut weights = vec![1; self.inputs];
        for row in &self.sums {
            let weight = weight(row, &weights).next_power_of_two().min(MAX_WEIGHT);
            weights.push(weight);
        }
        weights
    }

    /// The program for the transposed matrix, with inputs and outputs exchanged: every edge is turned round, sums become
    /// forks and forks become sums.
    pub(super) fn transposed(&self) -> Self {
        let symbols = self.inputs + self.sums.len();
        let mut uses: Vec<Vec<Term>> = vec![Vec::new(); symbols];
        for (o, row) in self.outputs.iter().enumerate() {
            for term in row {
                uses[term.symbol as usize].push(Term { symbol: o as Symbol, ..*term });
            }
        }
        let mut turned = Self { inputs: self.outputs.len(), sums: Vec::new(), outputs: Vec::new() };
        for k in (0..self.sums.len()).rev() {
            let own = match &merged(std::mem::take(&mut uses[self.inputs + k]))[..] {
                [] => continue,
                [term] => *term,
                terms => {
                    turned.sums.push(terms.to_vec());
                    Term::of((turned.inputs + turned.sums.len() - 1) as Symbol)
                }
            };
            for term in &self.sums[k] {
                uses[term.symbol as usize].push(term.of_term(own));
            }
        }
        turned.outputs = uses.into_iter().take(self.inputs).map(merged).collect();
        turned
    }
}

/// The greatest weight that is told from a greater one.
pub(super) const MAX_WEIGHT: u64 = 1 << 62;

/// The weight of a sum: it can be summed within `d` levels if that is at most `2^d`.
pub(super) fn weight(terms: &[Term], weights: &[u64]) -> u64 {
    terms
        .iter()
        .map(|term| weights[term.symbol as usize])
        .fold(0, |sum: u64, w| sum.saturating_add(w).min(MAX_WEIGHT))
}

/// The same sum with no two terms of one symbol and one shift: `x + x` is `2x`, `x - x` is nothing.
pub(super) fn merged(mut terms: Vec<Term>) -> Vec<Term> {
    terms.sort_unstable();
    let mut i = 1;
    while i < terms.len() {
        let (a, b) = (terms[i - 1], terms[i]);
        if (a.symbol, a.shift) != (b.symbol, b.shift) {
            i += 1;
            continue;
        }
        terms.drain(i - 1..=i);
        if a.negative == b.negative {
            let double = Term { shift: a.shift + 1, ..a };
            terms.insert(terms.partition_point(|&term| term < double), double);
        }
        i = i.saturating_sub(1).max(1);
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_terms_merge() {
        let term = |shift, negative| Term { symbol: 3, shift, negative };
        assert_eq!(merged(vec![term(0, false); 4]), [term(2, false)]);
        assert_eq!(merged(vec![term(0, false), term(1, true), term(0, false)]), []);
        assert_eq!(merged(vec![term(0, false), term(0, true), term(1, true)]), [term(1, true)]);
    }
}
