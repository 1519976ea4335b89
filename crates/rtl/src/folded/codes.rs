//! Weights as short codes: a sign and the number of a shift, which a unit of shifters and one addition understands.

use lacuna_network::Dyadic;

use crate::verilog::{bits_for, choose, fit};

/// Shifts among which a term is chosen by a tree of choices; of more, by a barrel shifter.
const FEW: usize = 3;

/// One term `±x · 2^shift` of a weight, as a unit sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Code {
    /// Whether the term is subtracted.
    pub(crate) negative: bool,
    /// 0 for no term at all, else one more than the shift's place.
    pub(crate) place: usize,
}

/// The shifts that occur among some weights.
///
/// A weight is written in canonical signed digits: the shortest sum of powers of two there is, the highest first. So every
/// term of a weight has shifts of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alphabet {
    /// For each term of a weight, the shifts it can have, ascending.
    terms: Vec<Vec<u32>>,
}

impl Alphabet {
    /// The alphabet of these weights.
    pub(crate) fn of(weights: impl IntoIterator<Item = i64>) -> Self {
        let mut terms: Vec<Vec<u32>> = vec![Vec::new()];
        for weight in weights {
            for (place, (_, shift)) in Dyadic::new(weight, 0).signed_digits().into_iter().enumerate() {
                if place == terms.len() {
                    terms.push(Vec::new());
                }
                let shift = shift as u32;
                if let Err(at) = terms[place].binary_search(&shift) {
                    terms[place].insert(at, shift);
                }
            }
        }
        Self { terms }
    }

    /// Terms of the longest weight, at least one.
    pub fn terms(&self) -> usize {
        self.terms.len()
    }

    /// All shifts, ascending.
    pub fn shifts(&self) -> Vec<u32> {
        let mut all: Vec<u32> = self.terms.concat();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The codes of a weight, as many as the longest weight has terms.
    ///
    /// # Panics
    /// The weight is none of those that the alphabet was made of.
    pub(crate) fn encode(&self, weight: i64) -> Vec<Code> {
        let digits = Dyadic::new(weight, 0).signed_digits();
        let code = |((negative, shift), shifts): (&(bool, i32), &Vec<u32>)| {
            let place = shifts.binary_search(&(*shift as u32)).expect("the alphabet has all shifts");
            Code { negative: *negative, place: place + 1 }
        };
        assert!(digits.len() <= self.terms(), "the alphabet knows its longest weight");
        let mut codes: Vec<Code> = digits.iter().zip(&self.terms).map(code).collect();
        codes.resize(self.terms(), Code::default());
        codes
    }

    /// Shifts among which a term is chosen.
    pub(crate) fn choices(&self, term: usize) -> usize {
        self.terms[term].len()
    }

    /// Whether a term's shift is that of a barrel shifter, by a distance, and no choice among few.
    pub(crate) fn is_shifted(&self, term: usize) -> bool {
        self.terms[term].len() > FEW
    }

    /// The least shift of a term: so many bits below are nothing.
    pub(crate) fn least_shift(&self, term: usize) -> u32 {
        self.terms[term].first().copied().unwrap_or(0)
    }

    /// Bits by which a term's shift is chosen.
    pub(crate) fn select_bits(&self, term: usize) -> u32 {
        let shifts = &self.terms[term];
        match shifts.as_slice() {
            // The distance from the least shift, below a bit that says whether there is a term.
            [least, .., most] if shifts.len() > FEW => bits_for((most - least) as usize) + 1,
            _ => bits_for(shifts.len()),
        }
    }

    /// Bits of a weight's codes: of each its sign on top of its choice.
    pub fn weight_bits(&self) -> usize {
        (0..self.terms()).map(|term| self.select_bits(term) as usize + 1).sum()
    }

    /// Codes of one or more weights as bits, the first lowest.
    pub(crate) fn bits(&self, codes: &[Code]) -> Vec<bool> {
        let mut bits = Vec::new();
        for (n, code) in codes.iter().enumerate() {
            let term = n % self.terms();
            let width = self.select_bits(term);
            let shifts = &self.terms[term];
            let select = match code.place {
                0 => 0,
                place if shifts.len() > FEW => (shifts[place - 1] - shifts[0]) as usize | 1 << (width - 1),
                place => place,
            };
            bits.extend((0..width).map(|bit| select >> bit & 1 == 1));
            bits.push(code.negative);
        }
        bits
    }

    /// The text of a term, of `target` bits: `value` (of `width` bits) shifted as `select` says.
    pub(crate) fn shifted(&self, term: usize, select: &str, value: &str, width: u32, target: u32) -> String {
        let shifts = &self.terms[term];
        let zero = format!("{{{target}{{1'b0}}}}");
        let bits = self.select_bits(term);
        match shifts.as_slice() {
            [] => zero,
            [least, ..] if shifts.len() > FEW => {
                let there = bits - 1;
                let distance = format!("{select}[{}:0]", there - 1);
                let value = fit(value, width, *least as i32, target);
                format!("({{{target}{{{select}[{there}]}}}} & {value}) << {distance}")
            }
            _ => {
                let choices = shifts.iter().map(|&shift| fit(value, width, shift as i32, target));
                choose(select, bits, &std::iter::once(zero).chain(choices).collect::<Vec<_>>())
            }
        }
    }

    /// The text of a term that is there, as in [`Alphabet::shifted`].
    pub(crate) fn chosen(&self, term: usize, select: &str, value: &str, width: u32, target: u32) -> String {
        let shifts = &self.terms[term];
        let bits = self.select_bits(term);
        match shifts.as_slice() {
            [] => format!("{{{target}{{1'b0}}}}"),
            [least, ..] if shifts.len() > FEW => {
                format!("{} << {select}[{}:0]", fit(value, width, *least as i32, target), bits - 2)
            }
            _ => {
                let choices: Vec<String> =
                    shifts.iter().map(|&shift| fit(value, width, shift as i32, target)).collect();
                // Numbers 1 to 3: 0 stands for no term.
                match choices.as_slice() {
                    [a, b, c] => format!("({select}[1] ? ({select}[0] ? {c} : {b}) : {a})"),
                    [a, b] => format!("({select}[1] ? {b} : {a})"),
                    _ => choices[0].clone(),
                }
            }
        }
    }

    /// The text that says whether there is no term.
    pub(crate) fn absent(&self, term: usize, select: &str) -> String {
        let bits = self.select_bits(term);
        if self.terms[term].len() > FEW { format!("~{select}[{}]", bits - 1) } else { format!("~|{select}") }
    }

    /// Bits of a term of a value of `width` bits.
    pub(crate) fn term_width(&self, term: usize, width: u32) -> u32 {
        width + self.terms[term].last().copied().unwrap_or(0)
    }

    /// The value that a weight's codes stand for.
    #[cfg(test)]
    fn value(&self, codes: &[Code]) -> i64 {
        let term = |(code, shifts): (&Code, &Vec<u32>)| {
            let power = if code.place == 0 { 0 } else { 1_i64 << shifts[code.place - 1] };
            if code.negative { -power } else { power }
        };
        codes.iter().zip(&self.terms).map(term).sum()
    }
}

/// The words of a ROM, each a constant of so many bits.
pub(crate) struct Rom {
    pub(crate) words: Vec<String>,
    pub(crate) bits: usize,
}

/// Bits as a sized hexadecimal constant, the first lowest.
pub(crate) fn binary_word(bits: &[bool]) -> String {
    format!("{}'h{}", bits.len(), hexadecimal(bits))
}

/// Bits as hexadecimal digits, the first lowest.
pub(crate) fn hexadecimal(bits: &[bool]) -> String {
    let digit = |four: &[bool]| {
        let value = four.iter().rev().fold(0, |value, &bit| value * 2 + u32::from(bit));
        char::from_digit(value, 16).expect("four bits are a hexadecimal digit")
    };
    bits.chunks(4).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_add_up_to_their_weight() {
        let weights: Vec<i64> = (-200..=200).collect();
        let alphabet = Alphabet::of(weights.iter().copied());
        assert_eq!(alphabet.shifts(), (0..=8).collect::<Vec<u32>>());
        // 171 = 256 - 64 - 16 - 4 - 1.
        assert_eq!(alphabet.terms(), 5);
        for weight in weights {
            assert_eq!(alphabet.value(&alphabet.encode(weight)), weight);
        }
    }

    #[test]
    fn zeros_alone_need_no_shift() {
        let alphabet = Alphabet::of([0, 0]);
        assert_eq!((alphabet.shifts().len(), alphabet.terms(), alphabet.weight_bits()), (0, 1, 2));
        assert_eq!(alphabet.bits(&alphabet.encode(0)), [false, false]);
        assert_eq!(alphabet.shifted(0, "s", "x", 8, 9), "{9{1'b0}}");
    }

    #[test]
    fn few_shifts_are_chosen_and_many_are_shifted() {
        let few = Alphabet::of([1, -2, 4]);
        assert_eq!(few.bits(&few.encode(-2)), [false, true, true]);
        assert_eq!(
            few.shifted(0, "s", "x", 2, 4),
            "(s[1] ? (s[0] ? {x, 2'b0} : {x[1], x, 1'b0}) : (s[0] ? {{2{x[1]}}, x} : {4{1'b0}}))"
        );
        let many = Alphabet::of([2, 4, 8, 64]);
        // 64 is 2 shifted by 5: 101, then the bit of a term that is there, then the sign.
        assert_eq!(many.bits(&many.encode(64)), [true, false, true, true, false]);
        assert_eq!(many.shifted(0, "s", "x", 2, 8), "({8{s[3]}} & {{5{x[1]}}, x, 1'b0}) << s[2:0]");
    }

    #[test]
    fn words_begin_with_the_first_code() {
        let alphabet = Alphabet::of([1, 2]);
        let codes = [alphabet.encode(-2), alphabet.encode(1)].concat();
        // Two bits of choice and a sign each: 110 below, 001 above.
        assert_eq!(binary_word(&alphabet.bits(&codes)), "6'h0e");
    }
}
