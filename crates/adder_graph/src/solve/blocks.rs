use super::growth;
use super::program::Program;
use super::random::Random;
use super::repair;
use super::term::{Symbol, Term};
use super::values::Values;
use crate::Matrix;

/// More columns than this are made in several groups, since the work grows with the square and more of their number.
const MOST_COLUMNS: usize = 160;

/// A solution by blocks of inputs: in each block all columns are made by value, and an output is the sum of its parts.
pub(super) struct Blocks {
    inputs: usize,
    blocks: Vec<Block>,
    /// For each output the number of its parts that are not zero.
    parts: Vec<usize>,
}

struct Block {
    inputs: Vec<usize>,
    /// The first column, and the part of each column that belongs to the block.
    start: usize,
    columns: Vec<Vec<i32>>,
    values: Values,
}

impl Blocks {
    /// Splits the inputs, in the given order, into `count` blocks and makes each from scratch. Entries are below 2^20.
    pub(super) fn new(matrix: &Matrix, order: &[usize], count: usize, random: &mut Random) -> Self {
        let groups = matrix.columns().div_ceil(MOST_COLUMNS);
        let cut = |all: usize, parts: usize, part: usize| part * all / parts..(part + 1) * all / parts;
        let mut blocks = Vec::with_capacity(count * groups);
        let mut parts = vec![0; matrix.columns()];
        for b in 0..count {
            let inputs = &order[cut(order.len(), count, b)];
            for g in 0..groups {
                let group = cut(matrix.columns(), groups, g);
                let start = group.start;
                let column = |o| inputs.iter().map(|&i| matrix.get(i, o) as i32).collect();
                let columns: Vec<Vec<i32>> = group.map(column).collect();
                columns
                    .iter()
                    .zip(&mut parts[start..])
                    .for_each(|(column, parts)| *parts += usize::from(!is_zero(column)));
                let mut values = Values::new(inputs.len(), &columns);
                growth::grow(&mut values, random);
                blocks.push(Block { inputs: inputs.to_vec(), start, columns, values });
            }
        }
        Self { inputs: matrix.rows(), blocks, parts }
    }

    /// One block that makes the columns as a program for the matrix does. None if the program turns out to be another's.
    /// Entries are below 2^20.
    pub(super) fn whole(matrix: &Matrix, program: &Program) -> Option<Self> {
        let column = |o| matrix.column(o).map(|factor| factor as i32).collect();
        let columns: Vec<Vec<i32>> = (0..matrix.columns()).map(column).collect();
        let parts = columns.iter().map(|column| usize::from(!is_zero(column))).collect();
        let mut values = Values::new(matrix.rows(), &columns);
        let mut symbols: Vec<Option<Term>> =
            (0..program.inputs as Symbol).map(|s| Some(Term::of(s))).collect();
        for row in program.sums.iter().chain(&program.outputs) {
            let terms = row.iter().filter_map(|term| Some(term.of_term(symbols[term.symbol as usize]?)));
            let sum = terms.reduce(|a, b| values.add(a, b));
            symbols.push(sum);
        }
        for target in 0..values.targets().len() {
            let node = values.find(values.targets()[target].fingerprint)?.symbol;
            values.set_target(node, target as u32);
        }
        values.sweep();
        let block = Block { inputs: (0..matrix.rows()).collect(), start: 0, columns, values };
        Some(Self { inputs: matrix.rows(), blocks: vec![block], parts })
    }

    /// Adders in all.
    pub(super) fn adders(&self) -> usize {
        let own: usize = self.blocks.iter().map(|block| block.values.adders()).sum();
        own + self.parts.iter().map(|parts| parts.saturating_sub(1)).sum::<usize>()
    }

    /// Look-ups made so far.
    pub(super) fn work(&self) -> u64 {
        self.blocks.iter().map(|block| block.values.work()).sum()
    }

    /// Improves each block by its share of `work` look-ups.
    pub(super) fn improve(&mut self, work: u64, random: &mut Random) {
        let share = work / self.blocks.len() as u64;
        self.blocks.iter_mut().for_each(|block| repair::improve(&mut block.values, share, random));
    }

    pub(super) fn program(&self) -> Program {
        let mut program =
            Program { inputs: self.inputs, sums: Vec::new(), outputs: vec![Vec::new(); self.parts.len()] };
        for Block { inputs, start, columns, values } in &self.blocks {
            let mut numbers: Vec<Symbol> = inputs.iter().map(|&input| input as Symbol).collect();
            numbers.resize(values.capacity(), 0);
            for node in values.in_order() {
                let terms =
                    values.terms(node).map(|term| Term { symbol: numbers[term.symbol as usize], ..term });
                numbers[node as usize] = (self.inputs + program.sums.len()) as Symbol;
                program.sums.push(terms.to_vec());
            }
            for (output, column) in program.outputs[*start..].iter_mut().zip(columns) {
                let part = values.find_vector(column).filter(|_| !is_zero(column));
                output.extend(part.map(|term| Term { symbol: numbers[term.symbol as usize], ..term }));
            }
        }
        program
    }
}

fn is_zero(column: &[i32]) -> bool {
    column.iter().all(|&factor| factor == 0)
}
