//! Parts that several templates share: control, queues, weighted sums.

use super::tally::Tally;
use super::terms::Choice;
use crate::folded::{Alphabet, tree_plan};
use crate::verilog::bits_for;

/// `lacuna_control_delay`.
pub(crate) fn control_delay(t: &mut Tally, ranks: u32) {
    t.registers(2 * ranks as usize);
    t.luts(t.either(1.0, 0.0));
}

/// `lacuna_fifo`.
pub(crate) fn fifo(t: &mut Tally, width: usize, depth: usize) {
    let bits = bits_for(depth.max(2) - 1);
    // Two pointers, whether they differ, and the flags.
    for _ in 0..2 {
        t.add_constant(bits + 1, 1);
        t.packed(bits as usize + 1);
    }
    t.equal(2 * (bits + 1));
    t.packed(1);
    t.luts(5.0);
    t.memory(width, 1 << bits);
}

/// Where a pixel lies in the frame, up to a full window of `rows`, and the flags of the results.
pub(crate) fn place(t: &mut Tally, line: usize, rows: usize, columns: usize) {
    t.counter(line - 1);
    if rows > 1 {
        let bits = bits_for(rows - 1);
        t.packed(bits as usize);
        t.luts(t.either(2.0, 2.5) * f64::from(bits) + 1.0);
    }
    if columns > 1 {
        t.equal(bits_for(line.max(2) - 1));
    }
}

/// A shift register of flags.
pub(crate) fn flags(t: &mut Tally, count: usize, ranks: usize) {
    t.registers(count * ranks);
}

/// `weighted_sum`: `count` values of `width` bits times their weights, up to what is left to be added to an accumulator.
pub(crate) fn weighted_sum(
    t: &mut Tally,
    count: usize,
    width: u32,
    alphabet: &Alphabet,
    more: Option<u32>,
    cap: u32,
) {
    let mut widths = Vec::new();
    for _ in 0..count {
        for term in 0..alphabet.terms() {
            let own = alphabet.term_width(term, width).min(cap);
            t.luts(Choice::of(alphabet, term).luts(width, own));
            t.packed(own as usize);
            t.registers(1);
            widths.push(own);
        }
    }
    let carries = widths.len();
    widths.extend(more);
    for rank in tree_plan(&widths, carries, cap) {
        for width in rank.sums {
            t.add_carry(width);
            t.packed(width as usize);
        }
        t.registers(rank.waiting as usize);
    }
}

/// `inverted_terms` and `ranked_sum`: terms whose absence is their register's reset, and a tree without carries. `choices` has the terms
/// of each value of `width` bits, value behind value.
pub(crate) fn inverted_sum(
    t: &mut Tally,
    choices: &[Choice],
    width: u32,
    more: Option<u32>,
    cap: u32,
    adders_per_rank: u32,
) {
    let mut level = Vec::new();
    for choice in choices {
        let own = (width + choice.most).min(cap);
        t.luts(choice.inverted_luts(width, own));
        t.packed(own as usize);
        level.push(own);
    }
    level.extend(more);
    let mut depth = 0;
    while level.len() > 1 {
        let ends_rank = (depth + 1) % adders_per_rank == 0 || level.len() == 2;
        let mut next = Vec::new();
        for pair in level.chunks(2) {
            let bits = match *pair {
                [a, b] => {
                    let bits = (a.max(b) + 1).min(cap);
                    t.add(bits);
                    if ends_rank {
                        t.packed(bits as usize);
                    }
                    bits
                }
                _ => {
                    if ends_rank {
                        t.registers(pair[0] as usize);
                    }
                    pair[0]
                }
            };
            next.push(bits);
        }
        level = next;
        depth += 1;
    }
}
