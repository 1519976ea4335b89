/// A symbol of a program: first the inputs, then the shared sums.
pub(super) type Symbol = u32;

/// A symbol times plus or minus a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term {
    pub(super) symbol: Symbol,
    pub(super) shift: u32,
    pub(super) negative: bool,
}

impl Term {
    /// The symbol itself.
    pub(super) fn of(symbol: Symbol) -> Self {
        Self { symbol, shift: 0, negative: false }
    }

    /// This term where its symbol is replaced by the term that the symbol stands for.
    pub(super) fn of_term(self, inner: Self) -> Self {
        Self {
            symbol: inner.symbol,
            shift: inner.shift + self.shift,
            negative: inner.negative != self.negative,
        }
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
