//! Signed digits written another way.

use super::super::random::Random;
use super::super::term::{Symbol, Term};
use super::Sharing;

impl Sharing {
    /// Writes two digits of the symbol, in one of the rows that use it, the other way: `4x - x` as `2x + x`, or back.
    ///
    /// That takes as many terms as before, so it costs nothing; but other pairs of terms can now be shared. Canonical digits
    /// are only one of the shortest forms of a factor.
    pub(in super::super) fn recode(&mut self, symbol: Symbol, random: &mut Random) {
        let users = &self.users[symbol as usize];
        if users.len() < 2 {
            return;
        }
        let r = random.pick(users);
        let row = &self.rows[r as usize];
        self.work += row.len() as u64 / 4;
        let start = random.below(row.len());
        let terms = row[start..].iter().chain(&row[..start]).filter(|term| term.symbol == symbol);
        let Some((old, new)) = terms.into_iter().find_map(|&low| other_form(row, low)) else { return };
        old.into_iter().for_each(|term| self.remove(r, term));
        new.into_iter().for_each(|term| self.insert(r, term));
        // Digits that meet others merge, and may leave one or none.
        self.dissolve(vec![r]);
    }
}

/// The term and the next higher one of its symbol, if they are digits 1 0 -1 or 1 1, and what they are the same as.
fn other_form(row: &[Term], low: Term) -> Option<([Term; 2], [Term; 2])> {
    let up = |by: u32, negative: bool| Term { shift: low.shift + by, negative, ..low };
    let (apart, together) = (up(2, !low.negative), up(1, low.negative));
    let turned = up(0, !low.negative);
    if row.contains(&apart) {
        Some(([low, apart], [turned, up(1, !low.negative)]))
    } else if row.contains(&together) {
        Some(([low, together], [turned, up(2, low.negative)]))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_have_one_value_and_turn_into_each_other() {
        let term = |shift, negative| Term { symbol: 1, shift, negative };
        let value = |terms: [Term; 2]| -> i64 {
            terms.iter().map(|term| if term.negative { -(1 << term.shift) } else { 1 << term.shift }).sum()
        };
        for negative in [false, true] {
            let apart = [term(3, negative), term(5, !negative)];
            let (old, new) = other_form(&apart, apart[0]).unwrap();
            assert_eq!((old, value(new)), (apart, value(apart)));
            assert_eq!(other_form(&new, new[0]), Some((new, apart)));
        }
        assert_eq!(other_form(&[term(0, false), term(1, true)], term(0, false)), None);
        assert_eq!(other_form(&[term(0, false), term(2, false)], term(0, false)), None);
    }
}
