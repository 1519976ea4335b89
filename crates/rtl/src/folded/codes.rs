//! Weights as short codes: a sign and the number of a shift, which a unit of shifters and one addition understands.

use lacuna_network::Dyadic;

use crate::verilog::bits_for;

/// One term `±x · 2^shift` of a weight, as a unit sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Code {
    /// Whether the term is subtracted.
    pub(crate) negative: bool,
    /// 0 for no term at all, else one more than the shift's place among [`Alphabet::shifts`].
    pub(crate) select: usize,
}

/// The shifts that occur among some weights, and how many terms the longest of them has.
///
/// Terms are canonical signed digits: the shortest sum of powers of two there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alphabet {
    /// Ascending, without repetition.
    pub shifts: Vec<u32>,
    /// Terms of a weight, at least one.
    pub terms: usize,
}

impl Alphabet {
    /// The alphabet of these weights.
    pub(crate) fn of(weights: impl IntoIterator<Item = i64>) -> Self {
        let mut shifts = Vec::new();
        let mut terms = 1;
        for weight in weights {
            let digits = Dyadic::new(weight, 0).signed_digits();
            terms = terms.max(digits.len());
            shifts.extend(digits.iter().map(|&(_, shift)| shift as u32));
        }
        shifts.sort_unstable();
        shifts.dedup();
        Self { shifts, terms }
    }

    /// The codes of a weight, as many as the longest weight has terms.
    ///
    /// # Panics
    /// The weight is none of those that the alphabet was made of.
    pub(crate) fn encode(&self, weight: i64) -> Vec<Code> {
        let digits = Dyadic::new(weight, 0).signed_digits();
        let code = |&(negative, shift): &(bool, i32)| {
            let place = self.shifts.binary_search(&(shift as u32)).expect("the alphabet has all shifts");
            Code { negative, select: place + 1 }
        };
        let mut codes: Vec<Code> = digits.iter().map(code).collect();
        assert!(codes.len() <= self.terms, "the alphabet knows its longest weight");
        codes.resize(self.terms, Code::default());
        codes
    }

    /// Bits of a code's `select`.
    pub(crate) fn select_bits(&self) -> u32 {
        bits_for(self.shifts.len())
    }

    /// Bits of a code: the sign on top of `select`.
    pub fn code_bits(&self) -> u32 {
        1 + self.select_bits()
    }

    /// The largest shift.
    pub(crate) fn reach(&self) -> u32 {
        self.shifts.last().copied().unwrap_or(0)
    }

    /// The value that a code stands for.
    #[cfg(test)]
    pub(crate) fn value(&self, code: Code) -> i64 {
        let power = if code.select == 0 { 0 } else { 1 << self.shifts[code.select - 1] };
        if code.negative { -power } else { power }
    }
}

/// The words of a ROM, each a constant of so many bits.
pub(crate) struct Rom {
    pub(crate) words: Vec<String>,
    pub(crate) bits: usize,
}

impl Rom {
    /// A word for each list of codes.
    pub(crate) fn of_codes(codes: &[Vec<Code>], select_bits: u32, bits: usize) -> Self {
        Self { words: codes.iter().map(|codes| word(codes, select_bits)).collect(), bits }
    }
}

/// Codes side by side as a word of a ROM, the first lowest, in hexadecimal with its width: `12'h8a3`.
fn word(codes: &[Code], select_bits: u32) -> String {
    let bits = codes.iter().flat_map(|code| {
        (0..select_bits)
            .map(move |bit| code.select >> bit & 1 == 1)
            .chain(std::iter::once(code.negative))
    });
    binary_word(&bits.collect::<Vec<bool>>())
}

/// Bits as a sized hexadecimal constant, the first lowest.
pub(crate) fn binary_word(bits: &[bool]) -> String {
    let digit = |four: &[bool]| {
        let value = four.iter().rev().fold(0, |value, &bit| value * 2 + u32::from(bit));
        char::from_digit(value, 16).expect("four bits are a hexadecimal digit")
    };
    let digits: String = bits.chunks(4).rev().map(digit).collect();
    format!("{}'h{digits}", bits.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_add_up_to_their_weight() {
        let weights: Vec<i64> = (-200..=200).collect();
        let alphabet = Alphabet::of(weights.iter().copied());
        assert_eq!(alphabet.shifts, (0..=8).collect::<Vec<u32>>());
        assert_eq!(alphabet.terms, 4);
        for weight in weights {
            let codes = alphabet.encode(weight);
            assert_eq!(codes.iter().map(|&code| alphabet.value(code)).sum::<i64>(), weight);
        }
    }

    #[test]
    fn zeros_alone_need_no_shift() {
        let alphabet = Alphabet::of([0, 0]);
        assert_eq!((alphabet.shifts.len(), alphabet.terms, alphabet.code_bits()), (0, 1, 2));
        assert_eq!(word(&alphabet.encode(0), alphabet.select_bits()), "2'h0");
    }

    #[test]
    fn words_begin_with_the_first_code() {
        let codes = [Code { negative: true, select: 2 }, Code { negative: false, select: 1 }];
        // Two bits of select and a sign each: 110 below, 001 above.
        assert_eq!(word(&codes, 2), "6'h0e");
    }
}
