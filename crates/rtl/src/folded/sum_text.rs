//! Sums of many terms as the lines of a Verilog module: a tree with a register behind every adder.
//!
//! A term is subtracted by inverting it and adding one; the ones come in as carries, one an adder, so a sum of n terms that
//! ends in an accumulator has a carry for each.

use std::collections::VecDeque;

use crate::verilog::{bits_for, fit};

/// A signed value in the text: its name and width.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) name: String,
    pub(crate) width: u32,
}

/// The lines of a tree.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Declarations, instances and registers.
    pub(crate) lines: Vec<String>,
    /// The sum.
    pub(crate) sum: Term,
    /// The carry that no adder of the tree took, of the same clock as the sum.
    pub(crate) carry: Option<String>,
}

/// Ranks of the tree over so many terms.
pub(crate) fn tree_latency(terms: usize) -> u32 {
    if terms > 1 { bits_for(terms - 1) } else { 0 }
}

/// Adds up terms, and for as many of them a carry, of which one is left where all terms have one; sums need no more than `cap` bits, as they are taken modulo 2^cap.
pub(crate) fn tree(prefix: &str, terms: &[Term], carries: &[String], cap: u32) -> Tree {
    assert!(carries.len() <= terms.len(), "a term has at most one carry");
    let mut lines = Vec::new();
    let mut level: Vec<Term> = terms.to_vec();
    let mut pending: VecDeque<String> = carries.iter().cloned().collect();
    let mut latency = 0;
    while level.len() > 1 {
        let mut registers = Vec::new();
        let mut next = Vec::new();
        for (place, pair) in level.chunks(2).enumerate() {
            let name = format!("{prefix}_s{latency}_{place}");
            let [a, b] = pair else {
                let Term { name: from, width } = &pair[0];
                lines.push(format!("    reg  signed [{}:0] {name}_q;", width - 1));
                registers.push(format!("            {name}_q <= {from};"));
                next.push(Term { name: format!("{name}_q"), width: *width });
                continue;
            };
            let width = (a.width.max(b.width) + 1).min(cap);
            let carry = pending.pop_front().unwrap_or_else(|| "1'b0".to_owned());
            lines.push(format!("    wire signed [{}:0] {name};", width - 1));
            lines.push(format!("    lacuna_add_carry #(.WIDTH({width})) {name}_adder ("));
            lines.push(format!("        .a({}), .b({}),", operand(a, width), operand(b, width)));
            lines.push(format!("        .carry({carry}), .sum({name})"));
            lines.push("    );".to_owned());
            lines.push(format!("    reg  signed [{}:0] {name}_q;", width - 1));
            registers.push(format!("            {name}_q <= {name};"));
            next.push(Term { name: format!("{name}_q"), width });
        }
        for (place, carry) in pending.iter_mut().enumerate() {
            let name = format!("{prefix}_c{latency}_{place}_q");
            lines.push(format!("    reg  {name};"));
            registers.push(format!("            {name} <= {carry};"));
            *carry = name;
        }
        lines.push("    always @(posedge clk) begin".to_owned());
        lines.push("        if (ce) begin".to_owned());
        lines.extend(registers);
        lines.push("        end".to_owned());
        lines.push("    end".to_owned());
        level = next;
        latency += 1;
    }
    let sum = level.pop().expect("there is at least one term");
    Tree { lines, sum, carry: pending.pop_front() }
}

/// What a rank of the tree of [`tree`] has: the widths of its sums, and the bits that only wait in it.
pub(crate) struct Rank {
    pub(crate) sums: Vec<u32>,
    pub(crate) waiting: u32,
}

/// The ranks of [`tree`] over terms of these widths.
pub(crate) fn tree_plan(widths: &[u32], carries: usize, cap: u32) -> Vec<Rank> {
    let (mut level, mut pending) = (widths.to_vec(), carries);
    let mut ranks = Vec::new();
    while level.len() > 1 {
        let pairs = level.chunks_exact(2);
        let alone = pairs.remainder().to_vec();
        let sums: Vec<u32> = pairs.map(|pair| (pair[0].max(pair[1]) + 1).min(cap)).collect();
        pending = pending.saturating_sub(sums.len());
        ranks.push(Rank { sums: sums.clone(), waiting: alone.iter().sum::<u32>() + pending as u32 });
        level = [sums, alone].concat();
    }
    ranks
}

/// A term as an operand of exactly `width` bits.
pub(crate) fn operand(term: &Term, width: u32) -> String {
    fit(&term.name, term.width, 0, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_n_terms_leaves_one_carry() {
        for count in 1..20 {
            let terms: Vec<Term> = (0..count).map(|n| Term { name: format!("t{n}"), width: 8 }).collect();
            let carries: Vec<String> = (0..count).map(|n| format!("n{n}")).collect();
            let tree = tree("x", &terms, &carries, 16);
            let adders = tree.lines.iter().filter(|line| line.contains("lacuna_add_carry")).count();
            assert_eq!(adders, count - 1);
            let plan = tree_plan(&vec![8; count], count, 16);
            assert_eq!(plan.iter().map(|rank| rank.sums.len()).sum::<usize>(), adders);
            let ranks = tree.lines.iter().filter(|line| line.contains("always")).count();
            assert_eq!(ranks, plan.len());
            // Every bit that is registered is a sum's or waits.
            let registers = tree.lines.iter().filter_map(|line| line.trim_start().strip_prefix("reg "));
            let bits = registers.map(|line| match line.split_once('[') {
                Some((_, range)) => {
                    range.split_once(':').expect("a range").0.parse::<u32>().expect("a bit") + 1
                }
                None => 1,
            });
            let planned: u32 = plan.iter().map(|rank| rank.sums.iter().sum::<u32>() + rank.waiting).sum();
            assert_eq!(bits.sum::<u32>(), planned);
            assert_eq!(ranks as u32, tree_latency(count));
        }
    }
}
