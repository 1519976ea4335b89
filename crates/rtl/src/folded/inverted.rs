//! Values times their weights without a carry: a term is subtracted by inverting its bits, which makes it one too small, and
//! whoever adds the terms up makes good for all of them at once, by the number of subtracted terms.
//!
//! That a weight has no such term is the synchronous reset of the term's register: so a bit of a term with one or two
//! possible shifts is a function of four bits at most. The reset is a wire that the enable is part of, though the register would
//! not need that: an ECP5's reset ignores the enable, and Yosys 0.23 makes the two into one for each bit of a register anew.

use super::codes::{Alphabet, Code};
use super::sum_text::{Term, operand};
use crate::verilog::{fit, slice};

/// How much too small the sum of the terms of these weights is.
pub(crate) fn missing(codes: &[Code]) -> i64 {
    codes.iter().filter(|code| code.negative).count() as i64
}

/// Registers of `values` (name and width), each times the weight whose codes stand in the vector `codes` (of `code_bits` bits)
/// from bit `base` on, value behind value. They are taken modulo 2^width.
pub(crate) fn inverted_terms(
    prefix: &str,
    values: &[(String, u32)],
    alphabet: &Alphabet,
    (base, code_bits): (usize, usize),
    width: u32,
) -> (Vec<String>, Vec<Term>) {
    let mut lines = Vec::new();
    let mut registers = Vec::new();
    let mut terms = Vec::new();
    let mut next = base as u32;
    for (value, value_width) in values {
        for term in 0..alphabet.terms() {
            let name = format!("{prefix}_t{}", terms.len());
            let own = alphabet.term_width(term, *value_width).min(width);
            let select = alphabet.select_bits(term);
            let choice = slice("codes", code_bits as u32, next + select - 1, next);
            let shifted = alphabet.chosen(term, &format!("{name}_select"), value, *value_width, own);
            lines.push(format!("    wire {name}_minus = codes[{}];", next + select));
            lines.push(format!("    wire [{}:0] {name}_select = {choice};", select - 1));
            lines.push(format!("    wire [{}:0] {name} = {shifted};", own - 1));
            if alphabet.shifts().is_empty() {
                lines.push(format!("    wire unused_{name} = &{{1'b0, {value}}};"));
            }
            lines.push(format!("    reg  signed [{}:0] {name}_q;", own - 1));
            let absent = alphabet.absent(term, &format!("{name}_select"));
            lines.push(format!("    wire {name}_none = ce & {absent};"));
            registers.push(format!("        if ({name}_none) begin"));
            registers.push(format!("            {name}_q <= {{{own}{{1'b0}}}};"));
            registers.push("        end else if (ce) begin".to_owned());
            registers.push(format!("            {name}_q <= {name} ^ {{{own}{{{name}_minus}}}};"));
            registers.push("        end".to_owned());
            terms.push(Term { name: format!("{name}_q"), width: own });
            next += select + 1;
        }
    }
    lines.push("    always @(posedge clk) begin".to_owned());
    lines.extend(registers);
    lines.push("    end".to_owned());
    (lines, terms)
}

/// The lines of a sum.
pub(crate) struct RankedSum {
    /// Declarations, instances and registers.
    pub(crate) lines: Vec<String>,
    /// The sum, as an operand of as many bits as were asked for.
    pub(crate) sum: String,
}

/// Ranks of registers in the tree over so many terms.
pub(crate) fn ranks(terms: usize, adders_per_rank: u32) -> u32 {
    super::sum_text::tree_latency(terms).div_ceil(adders_per_rank)
}

/// Adds up terms in a tree with a rank of registers behind every `adders_per_rank` adders, and behind the last. Sums are
/// taken modulo 2^width.
pub(crate) fn ranked_sum(prefix: &str, terms: &[Term], width: u32, adders_per_rank: u32) -> RankedSum {
    let mut lines = Vec::new();
    let mut level = terms.to_vec();
    let mut depth = 0;
    while level.len() > 1 {
        let ends_rank = (depth + 1) % adders_per_rank == 0 || level.len() == 2;
        let mut registers = Vec::new();
        let mut next = Vec::new();
        for (place, pair) in level.chunks(2).enumerate() {
            let name = format!("{prefix}_s{depth}_{place}");
            let (name, bits) = match pair {
                [a, b] => {
                    let bits = (a.width.max(b.width) + 1).min(width);
                    lines.push(format!("    wire signed [{}:0] {name};", bits - 1));
                    lines.push(format!("    lacuna_add #(.WIDTH({bits})) {name}_adder ("));
                    lines.push(format!(
                        "        .a({}), .b({}), .sum({name})",
                        operand(a, bits),
                        operand(b, bits)
                    ));
                    lines.push("    );".to_owned());
                    (name, bits)
                }
                [alone] if !ends_rank => {
                    next.push(alone.clone());
                    continue;
                }
                [alone] => {
                    lines.push(format!("    wire signed [{}:0] {name} = {};", alone.width - 1, alone.name));
                    (name, alone.width)
                }
                _ => unreachable!("chunks of two"),
            };
            if !ends_rank {
                next.push(Term { name, width: bits });
                continue;
            }
            lines.push(format!("    reg  signed [{}:0] {name}_q;", bits - 1));
            registers.push(format!("            {name}_q <= {name};"));
            next.push(Term { name: format!("{name}_q"), width: bits });
        }
        if ends_rank {
            lines.extend(clocked(registers));
        }
        level = next;
        depth += 1;
    }
    let sum = level.pop().expect("there is at least one term");
    RankedSum { lines, sum: fit(&sum.name, sum.width, 0, width) }
}

fn clocked(registers: Vec<String>) -> impl Iterator<Item = String> {
    let before = ["    always @(posedge clk) begin", "        if (ce) begin"].map(str::to_owned);
    let behind = ["        end", "    end"].map(str::to_owned);
    before.into_iter().chain(registers).chain(behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_an_adder_less_than_terms_and_the_ranks_it_says() {
        for count in 1..20 {
            for per_rank in 1..4 {
                let terms: Vec<Term> = (0..count).map(|n| Term { name: format!("t{n}"), width: 8 }).collect();
                let lines = ranked_sum("x", &terms, 16, per_rank).lines;
                assert_eq!(lines.iter().filter(|line| line.contains("lacuna_add ")).count(), count - 1);
                let found = lines.iter().filter(|line| line.contains("always")).count();
                assert_eq!(found as u32, ranks(count, per_rank), "{count} terms, {per_rank} adders a rank");
            }
        }
    }
}
