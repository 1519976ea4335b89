use super::term::Term;
use crate::Interval;

/// About what a symbol can be: an interval that holds its values, sums of intervals being taken as if nothing cancelled.
/// Good enough to compare carry chains.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    lo: i128,
    hi: i128,
}

/// Ranges stop growing here.
const MOST: i128 = 1 << 90;

impl Range {
    pub(super) fn of(interval: Interval) -> Self {
        Self { lo: interval.lo.into(), hi: interval.hi.into() }
    }

    /// The range of a sum of terms.
    pub(super) fn sum<const N: usize>(terms: [Term; N], ranges: &[Self]) -> Self {
        terms
            .into_iter()
            .fold(Self { lo: 0, hi: 0 }, |sum, term| sum.plus(ranges[term.symbol as usize].times(term)))
    }

    /// The range of a term of a symbol that has this range.
    pub(super) fn times(self, term: Term) -> Self {
        let shift = term.shift.min(63);
        let (lo, hi) = ((self.lo << shift).max(-MOST), (self.hi << shift).min(MOST));
        if term.negative { Self { lo: -hi, hi: -lo } } else { Self { lo, hi } }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { lo: (self.lo + other.lo).max(-MOST), hi: (self.hi + other.hi).min(MOST) }
    }

    /// Bits of a two's complement wire that holds the range.
    pub(super) fn bits(self) -> u32 {
        let bits = |value: i128| 129 - (value ^ (value >> 127)).leading_zeros();
        bits(self.lo).max(bits(self.hi))
    }
}

/// Length of the carry chain that sums two terms, if it can be computed the better way round: bits of the sum above those
/// of the lower operand that pass through.
pub(super) fn chain(a: Range, b: Range, a_shift: u32, b_shift: u32) -> u32 {
    a.plus(b).bits().saturating_sub(a_shift.max(b_shift))
}

/// The two of some terms with the shortest carry chain, the lower index first.
pub(super) fn shortest_pair(terms: &[Term], ranges: &[Range]) -> (usize, usize) {
    let spans: Vec<Range> = terms.iter().map(|&term| ranges[term.symbol as usize].times(term)).collect();
    let mut best = (u32::MAX, u32::MAX, 0, 1);
    for i in 0..terms.len() {
        for j in i + 1..terms.len() {
            let chain = chain(spans[i], spans[j], terms[i].shift, terms[j].shift);
            let top = spans[i].plus(spans[j]).bits();
            best = best.min((chain.div_ceil(2), top, i, j));
        }
    }
    (best.2, best.3)
}

/// The cells of a row of terms, summed narrow terms first.
pub(super) fn row_cells(terms: &[Term], ranges: &[Range]) -> u64 {
    let mut spans: Vec<(u32, u32, Range)> = terms
        .iter()
        .map(|&term| {
            let span = ranges[term.symbol as usize].times(term);
            (span.bits(), term.shift, span)
        })
        .collect();
    spans.sort_unstable_by_key(|&(bits, shift, _)| std::cmp::Reverse((bits, shift)));
    let mut cells = 0;
    while let (Some(a), Some(b)) = (spans.pop(), spans.pop()) {
        let sum = a.2.plus(b.2);
        let bits = sum.bits();
        cells += 2 * u64::from(bits.saturating_sub(a.1.max(b.1)).div_ceil(2));
        let place = spans.partition_point(|&(other, _, _)| other > bits);
        spans.insert(place, (bits, a.1.min(b.1), sum));
    }
    cells
}
