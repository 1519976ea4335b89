use crate::Matrix;

/// A symbol of a program: first the inputs, then the shared sums.
pub(super) type Symbol = u32;

/// A symbol times plus or minus a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    pub(super) symbol: Symbol,
    pub(super) shift: u32,
    pub(super) negative: bool,
}

/// A straight-line program of sums of two terms, and outputs that are sums of any number of terms.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) inputs: usize,
    /// Symbol `inputs + k` is the sum of the two terms `sums[k]`.
    pub(super) sums: Vec<[Term; 2]>,
    pub(super) outputs: Vec<Vec<Term>>,
}

impl Program {
    /// Each column as the sum of its canonical signed digits, nothing shared.
    pub(super) fn new(matrix: &Matrix) -> Self {
        let column = |o| {
            let digits = |(symbol, value)| {
                signed_digits(value).map(move |(shift, negative)| (symbol, shift, negative))
            };
            let terms = matrix.column(o).enumerate().flat_map(digits);
            terms
                .map(|(symbol, shift, negative)| Term { symbol: symbol as Symbol, shift, negative })
                .collect()
        };
        Self { inputs: matrix.rows(), sums: Vec::new(), outputs: (0..matrix.columns()).map(column).collect() }
    }
}

/// The canonical signed digits of a value, lowest first: (power, negative). No two are neighbours.
pub(super) fn signed_digits(value: i64) -> impl Iterator<Item = (u32, bool)> {
    let mut rest = i128::from(value);
    let mut shift = 0;
    std::iter::from_fn(move || {
        if rest == 0 {
            return None;
        }
        let zeros = rest.trailing_zeros();
        shift += zeros;
        rest >>= zeros;
        let negative = rest & 3 == 3;
        rest += if negative { 1 } else { -1 };
        Some((shift, negative))
    })
}

/// The depth of a balanced tree over `weight` leaves; a leaf of depth `d` counts as `2^d` leaves.
pub(super) fn balanced_depth(weight: u64) -> usize {
    weight.max(1).next_power_of_two().trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_digits_sum_to_the_value() {
        for value in (-5000..5000).chain([i64::MIN, i64::MAX, 1 << 61]) {
            let digits: Vec<_> = signed_digits(value).collect();
            let sum: i128 = digits.iter().map(|&(s, n)| if n { -(1i128 << s) } else { 1 << s }).sum();
            assert_eq!(sum, i128::from(value));
            assert!(digits.windows(2).all(|pair| pair[1].0 > pair[0].0 + 1), "{value}: {digits:?}");
        }
    }
}
