use std::collections::BTreeMap;

use super::term::{Program, Symbol, Term};

/// Two terms up to a common shift and sign.
type Pattern = (Symbol, Symbol, i32, bool);

/// Shares two-term patterns, the most frequent first, until none occurs twice.
pub(super) fn share(program: &mut Program, limit: Option<usize>) {
    let mut depths = vec![0u32; program.inputs];
    loop {
        let mut counts: BTreeMap<Pattern, u32> = BTreeMap::new();
        for row in &program.outputs {
            for (i, &a) in row.iter().enumerate() {
                for &b in &row[i + 1..] {
                    *counts.entry(pattern(a, b)).or_default() += 1;
                }
            }
        }
        let mut by_count: Vec<_> = counts.into_iter().filter(|&(_, count)| count > 1).collect();
        by_count.sort_by_key(|&(pattern, count)| (std::cmp::Reverse(count), pattern));
        by_count.truncate(1 + by_count.len() / 50);
        let before = program.sums.len();
        for (pattern, _) in by_count {
            extract(program, &mut depths, pattern, limit);
        }
        if program.sums.len() == before {
            return;
        }
    }
}

fn pattern(a: Term, b: Term) -> Pattern {
    let (a, b) = if (a.symbol, a.shift) <= (b.symbol, b.shift) { (a, b) } else { (b, a) };
    (a.symbol, b.symbol, b.shift as i32 - a.shift as i32, a.negative != b.negative)
}

/// Replaces a pattern wherever the depth limit allows it, if that is at least twice.
fn extract(program: &mut Program, depths: &mut Vec<u32>, pattern: Pattern, limit: Option<usize>) {
    let (first, second, shift, differ) = pattern;
    let own_depth = 1 + depths[first as usize].max(depths[second as usize]);
    let mut found = Vec::new();
    for (r, row) in program.outputs.iter().enumerate() {
        let mut used = vec![false; row.len()];
        let mut weight: u64 = row.iter().map(|term| 1 << depths[term.symbol as usize]).sum();
        let growth = (1u64 << own_depth) - (1 << depths[first as usize]) - (1 << depths[second as usize]);
        for i in 0..row.len() {
            if row[i].symbol != first || used[i] {
                continue;
            }
            let partner = (0..row.len()).find(|&j| {
                j != i
                    && !used[j]
                    && row[j].symbol == second
                    && row[j].shift as i32 - row[i].shift as i32 == shift
                    && (row[j].negative != row[i].negative) == differ
            });
            let Some(j) = partner else { continue };
            if limit.is_some_and(|limit| weight + growth > 1 << limit) {
                continue;
            }
            weight += growth;
            used[i] = true;
            used[j] = true;
            found.push((r, row[i], row[j]));
        }
    }
    if found.len() < 2 {
        return;
    }
    let symbol = (program.inputs + program.sums.len()) as Symbol;
    let base = shift.min(0).unsigned_abs();
    program.sums.push([
        Term { symbol: first, shift: base, negative: false },
        Term { symbol: second, shift: (shift + base as i32) as u32, negative: differ },
    ]);
    depths.push(own_depth);
    for (r, a, b) in found {
        let row = &mut program.outputs[r];
        row.retain(|&term| term != a && term != b);
        row.push(Term { symbol, shift: a.shift.min(b.shift), negative: a.negative });
    }
}
