use super::term::{Symbol, Term};

/// Two terms up to a common shift and a common sign, packed into a word.
///
/// From the highest bit: the first symbol (27 bits), the second (27), the shift of the second relative to the first plus
/// 128 (8), whether the signs differ (1). The first term is the lesser by (symbol, shift).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pattern(pub(super) u64);

impl Pattern {
    pub(super) fn of(a: Term, b: Term) -> Self {
        let (a, b) = if (a.symbol, a.shift) <= (b.symbol, b.shift) { (a, b) } else { (b, a) };
        let shift = u64::from(b.shift + 128 - a.shift);
        let differ = u64::from(a.negative != b.negative);
        Self(u64::from(a.symbol) << 36 | u64::from(b.symbol) << 9 | shift << 1 | differ)
    }

    pub(super) fn symbols(self) -> [Symbol; 2] {
        [(self.0 >> 36) as Symbol, (self.0 >> 9) as Symbol & ((1 << 27) - 1)]
    }

    /// The two terms with the least shifts, the first positive.
    pub(super) fn terms(self) -> [Term; 2] {
        let [first, second] = self.symbols();
        let shift = (self.0 >> 1 & 255) as i32 - 128;
        [
            Term { symbol: first, shift: (-shift).max(0) as u32, negative: false },
            Term { symbol: second, shift: shift.max(0) as u32, negative: self.0 & 1 == 1 },
        ]
    }

    /// Visits disjoint pairs of terms of a row that match the pattern, the first symbol's term first.
    pub(super) fn find(self, row: &[Term], mut visit: impl FnMut(Term, Term)) {
        let [first, second] = self.symbols();
        let up = (self.0 >> 1 & 255) as i32 - 128;
        let differ = self.0 & 1 == 1;
        let mut taken: Vec<Term> = Vec::new();
        for &a in row.iter().filter(|a| a.symbol == first) {
            let shift = a.shift.wrapping_add_signed(up);
            let b = Term { symbol: second, shift, negative: a.negative != differ };
            if !row.contains(&b) {
                continue;
            }
            // Only a symbol paired with itself can overlap.
            if first == second {
                if taken.contains(&a) || taken.contains(&b) {
                    continue;
                }
                taken.extend([a, b]);
            }
            visit(a, b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_does_not_depend_on_order_shift_or_sign() {
        let term = |symbol, shift, negative| Term { symbol, shift, negative };
        let pattern = Pattern::of(term(7, 3, true), term(2, 5, false));
        assert_eq!(pattern, Pattern::of(term(2, 7, true), term(7, 5, false)));
        assert_ne!(pattern, Pattern::of(term(2, 7, true), term(7, 5, true)));
        assert_eq!(pattern.terms(), [term(2, 2, false), term(7, 0, true)]);
    }

    #[test]
    fn overlapping_pairs_are_found_once() {
        let row: Vec<Term> = (0..5).map(|k| Term { symbol: 0, shift: 2 * k, negative: false }).collect();
        let mut found = 0;
        Pattern::of(row[0], row[1]).find(&row, |_, _| found += 1);
        assert_eq!(found, 2);
    }
}
