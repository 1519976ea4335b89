//! Values times their weights, and the sum of it, as the lines of a Verilog module.

use serde::Serialize;

use super::codes::Alphabet;
use super::sum_text::{Term, tree};
use crate::verilog::{fit, slice};

/// One value of the column of a window that is read.
#[derive(Serialize)]
pub(crate) struct ColumnValue {
    pub(crate) name: String,
    msb: u32,
    lsb: u32,
    comment: String,
}

/// The values of a column of `rows` in `lanes` maps: row by row from the top, in it lane by lane.
pub(crate) fn column(rows: usize, lanes: usize, width: u32) -> Vec<ColumnValue> {
    let value = |place: usize| {
        let (row, lane) = (place / lanes, place % lanes);
        let lsb = place as u32 * width;
        let comment = format!("row {row}, lane {lane}");
        ColumnValue { name: format!("x{row}_{lane}"), msb: lsb + width - 1, lsb, comment }
    };
    (0..rows * lanes).map(value).collect()
}

/// The lines of a weighted sum.
pub(crate) struct WeightedSum {
    /// Declarations, instances and registers.
    pub(crate) lines: Vec<String>,
    /// The sum, as an operand of as many bits as were asked for.
    pub(crate) sum: String,
    /// The carry that has still to be added to it.
    pub(crate) carry: String,
}

/// Adds up `values` (name and width), each times the weight whose codes stand in the vector `codes` from bit `base` on, value
/// behind value, and what `more` there is to add. Sums are taken modulo 2^width.
///
/// A term is registered with all its bits inverted if it is subtracted; the one that is missing then is its carry.
pub(crate) fn weighted_sum(
    prefix: &str,
    values: &[(String, u32)],
    alphabet: &Alphabet,
    base: usize,
    more: Option<Term>,
    width: u32,
) -> WeightedSum {
    let bits = (base + values.len() * alphabet.weight_bits()) as u32;
    let mut lines = Vec::new();
    let mut registers = Vec::new();
    let (mut terms, mut carries) = (Vec::new(), Vec::new());
    let mut next = base as u32;
    for (value, value_width) in values {
        for term in 0..alphabet.terms() {
            let name = format!("{prefix}_t{}", terms.len());
            let own = alphabet.term_width(term, *value_width).min(width);
            let select = alphabet.select_bits(term);
            let choice = slice("codes", bits, next + select - 1, next);
            let shifted = alphabet.shifted(term, &format!("{name}_select"), value, *value_width, own);
            lines.push(format!("    wire {name}_n = codes[{}];", next + select));
            lines.push(format!("    wire [{}:0] {name}_select = {choice};", select - 1));
            lines.push(format!("    wire [{}:0] {name} = {shifted};", own - 1));
            if alphabet.shifts().is_empty() {
                lines.push(format!("    wire unused_{name} = &{{1'b0, {name}_select, {value}}};"));
            }
            lines.push(format!("    reg  signed [{}:0] {name}_q;", own - 1));
            lines.push(format!("    reg  {name}_n_q;"));
            registers.push(format!("            {name}_q <= {name} ^ {{{own}{{{name}_n}}}};"));
            registers.push(format!("            {name}_n_q <= {name}_n;"));
            terms.push(Term { name: format!("{name}_q"), width: own });
            carries.push(format!("{name}_n_q"));
            next += select + 1;
        }
    }
    lines.push("    always @(posedge clk) begin".to_owned());
    lines.push("        if (ce) begin".to_owned());
    lines.append(&mut registers);
    lines.push("        end".to_owned());
    lines.push("    end".to_owned());
    terms.extend(more);
    let tree = tree(prefix, &terms, &carries, width);
    lines.extend(tree.lines);
    let sum = fit(&tree.sum.name, tree.sum.width, 0, width);
    WeightedSum { lines, sum, carry: tree.carry.unwrap_or_else(|| "1'b0".to_owned()) }
}
