//! Terms of folded layers: a value shifted as its code says, or nothing, perhaps inverted.

use crate::folded::Alphabet;

/// Among what a term is chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// How many shifts there are.
    shifts: usize,
    /// Bits of the distance of a barrel shifter that differ from code to code, where there is one.
    ranks: Option<u32>,
    /// The least shift: so many bits below are nothing.
    least: u32,
    /// The largest shift.
    pub(crate) most: u32,
    /// Whether there may be no term.
    is_optional: bool,
}

impl Choice {
    /// A term whose codes may be any of the alphabet's.
    pub(crate) fn of(alphabet: &Alphabet, term: usize) -> Self {
        let shifts = alphabet.choices(term);
        Self {
            shifts,
            ranks: alphabet.is_shifted(term).then(|| alphabet.select_bits(term) - 1),
            least: alphabet.least_shift(term),
            most: alphabet.term_width(term, 0),
            is_optional: true,
        }
    }

    /// Terms of `count` values whose codes may be any of the alphabet's.
    pub(crate) fn all(alphabet: &Alphabet, count: usize) -> Vec<Self> {
        let value = (0..alphabet.terms()).map(|term| Self::of(alphabet, term));
        std::iter::repeat_n(value, count).flatten().collect()
    }

    /// The terms of a value whose codes are these, a word a step, from bit `base` of the words on: what is the same in all words is
    /// known in synthesis.
    pub(crate) fn among(alphabet: &Alphabet, words: &[Vec<bool>], base: usize) -> Vec<Self> {
        let mut next = base;
        let mut all = Vec::new();
        for term in 0..alphabet.terms() {
            let bits = alphabet.select_bits(term) as usize;
            let codes: Vec<&[bool]> = words.iter().map(|word| &word[next..next + bits]).collect();
            next += bits + 1;
            let is_shifted = alphabet.is_shifted(term);
            let is_there = |code: &&&[bool]| if is_shifted { code[bits - 1] } else { code.contains(&true) };
            let mut there: Vec<&[bool]> = codes.iter().filter(is_there).copied().collect();
            let is_optional = there.len() < codes.len();
            there.sort_unstable();
            there.dedup();
            let varies = |bit: &usize| there.iter().any(|code| code[*bit] != there[0][*bit]);
            let ranks = is_shifted.then(|| (0..bits - 1).filter(varies).count() as u32);
            all.push(Self { shifts: there.len(), ranks, is_optional, ..Self::of(alphabet, term) });
        }
        all
    }

    /// LUTs of `own` bits of a term of a value of `width` bits, where a choice of nothing is one more.
    ///
    /// One shift is a function of three bits for each bit of the value. Two are two LUTs where both meet, and one at either end. A
    /// choice of three or nothing takes two LUTs, all over. More shifts are a barrel shifter: a rank for each bit of the distance, as
    /// wide as the value has become, the first of which says too whether there is a term, and the last inverts.
    pub(crate) fn luts(&self, width: u32, own: u32) -> f64 {
        let meant = own.saturating_sub(self.least);
        f64::from(match (self.shifts, self.ranks) {
            (0, _) => 0,
            (_, Some(ranks)) => barrel(ranks, width, meant) + u32::from(ranks > 2),
            (1, None) => width.min(own),
            (2, None) => 2 * width.min(own),
            _ => 2 * meant,
        })
    }

    /// The same where a term that is not there is the reset of its register, which takes a LUT.
    pub(crate) fn inverted_luts(&self, width: u32, own: u32) -> f64 {
        let meant = own.saturating_sub(self.least);
        let reset = u32::from(self.is_optional);
        // Of the bits below nothing is known, so the ranks of a large shifter share less.
        let ranks =
            self.ranks.map(|ranks| barrel(ranks, width, meant) + if ranks > 2 { 4 } else { 1 } + reset);
        let few = match self.shifts {
            0 => 0,
            1 | 2 => meant + reset,
            3 => (2 * meant + reset).saturating_sub(2),
            _ => u32::MAX,
        };
        f64::from(ranks.map_or(few, |ranks| ranks.min(few)))
    }
}

fn barrel(ranks: u32, width: u32, meant: u32) -> u32 {
    match ranks {
        0 => width.min(meant),
        _ => (1..=ranks).map(|rank| (width + (1 << rank) - 1).min(meant)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_take_what_yosys_makes_of_them() {
        // A value of 8 bits; LUT4 of Yosys 0.23 for each term alone.
        for (weights, luts, inverted) in [
            (&[1][..], 8.0, 9.0),
            (&[1, 2], 16.0, 10.0),
            (&[2, 4], 16.0, 10.0),
            (&[1, 2, 4], 20.0, 19.0),
            (&[1, 2, 4, 8], 20.0, 22.0),
            (&[1, 2, 4, 8, 16], 33.0, 37.0),
            (&[1, 2, 4, 8, 16, 32], 34.0, 38.0),
        ] {
            let choice = Choice::of(&Alphabet::of(weights.iter().copied()), 0);
            let own = 8 + choice.most;
            assert_eq!(choice.luts(8, own), luts, "{weights:?}");
            assert_eq!(choice.inverted_luts(8, own), inverted, "{weights:?}");
        }
    }

    #[test]
    fn a_few_words_leave_little_to_choose() {
        let alphabet = Alphabet::of([1, 2, 4, 8, 16, 32]);
        let words: Vec<Vec<bool>> = [4, 32].map(|weight| alphabet.bits(&alphabet.encode(weight))).to_vec();
        let [choice] = Choice::among(&alphabet, &words, 0)[..] else { panic!("a weight has one term") };
        assert_eq!((choice.shifts, choice.is_optional), (2, false));
        assert!(choice.inverted_luts(8, 13) <= 13.0);
    }
}
