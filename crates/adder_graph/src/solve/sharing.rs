mod cells;
mod extract;
mod recode;

use super::pattern::Pattern;
use super::program::Program;
use super::queue::FrequencyQueue;
use super::random::Random;
use super::range::Range;
use super::term::{Symbol, Term};
use cells::Cells;

/// Sums of terms under two-term sharing: outputs and shared symbols alike are rows, and any row may use any symbol.
///
/// A pattern of two terms that occurs in `n` places is worth `n - 1` adders once it is a symbol of its own. [`share`]
/// takes the most frequent pattern until none occurs twice. All changes are logged, so that a search can take them back.
///
/// [`share`]: Self::share
pub(super) struct Sharing {
    inputs: usize,
    outputs: usize,
    /// The outputs, then the symbols after the inputs.
    rows: Vec<Vec<Term>>,
    /// The rows that contain each symbol, once for each term.
    users: Vec<Vec<u32>>,
    /// `2^depth` of each symbol, or more.
    weights: Vec<u64>,
    /// The greatest weight of each row.
    limits: Vec<u64>,
    /// The symbols in use, and where each stands among them.
    live: Vec<Symbol>,
    positions: Vec<u32>,
    free: Vec<Symbol>,
    /// Whether depths are limited.
    limited: bool,
    queue: FrequencyQueue,
    log: Vec<Change>,
    adders: usize,
    cells: Option<Cells>,
    work: u64,
}

/// One change, kept so that it can be taken back.
#[derive(Clone, Copy, Debug)]
enum Change {
    Inserted(u32, Term),
    Removed(u32, Term),
    Defined(Symbol),
    Forgotten(Symbol, u64, Option<Range>),
}

impl Sharing {
    /// The program, and the most adders that may stand in a row.
    pub(super) fn new(program: &Program, depth: Option<usize>) -> Self {
        let (outputs, sums) = (program.outputs.len(), program.sums.len());
        let symbols = program.inputs + sums;
        let limit = depth.map_or(u64::MAX, |depth| 1 << depth.min(62));
        let weights = program.weights();
        let mut limits = vec![limit; outputs];
        match depth {
            None => limits.resize(outputs + sums, u64::MAX),
            Some(_) => limits.extend_from_slice(&weights[program.inputs..]),
        }
        let mut sharing = Self {
            inputs: program.inputs,
            outputs,
            rows: vec![Vec::new(); outputs + sums],
            users: vec![Vec::new(); symbols],
            weights,
            limits,
            live: (program.inputs as Symbol..symbols as Symbol).collect(),
            positions: (0..symbols as u32).map(|s| s.saturating_sub(program.inputs as u32)).collect(),
            free: Vec::new(),
            limited: depth.is_some(),
            queue: FrequencyQueue::new(2),
            log: Vec::new(),
            adders: 0,
            cells: None,
            work: 0,
        };
        for (r, terms) in program.outputs.iter().chain(&program.sums).enumerate() {
            terms.iter().for_each(|&term| sharing.insert(r as u32, term));
        }
        sharing.queue.end_bulk();
        sharing.log.clear();
        sharing
    }

    /// Steps made so far: terms compared.
    pub(super) fn work(&self) -> u64 {
        self.work
    }

    /// Counts steps made elsewhere.
    pub(super) fn count_work(&mut self, steps: u64) {
        self.work += steps;
    }

    /// Whether a symbol that was in use at the last mark still is.
    pub(super) fn is_live(&self, symbol: Symbol) -> bool {
        self.live.get(self.positions[symbol as usize] as usize) == Some(&symbol)
    }

    /// The symbols in use.
    pub(super) fn live(&self) -> &[Symbol] {
        &self.live
    }

    /// The present definition of a symbol that is not an input.
    pub(super) fn definition(&self, symbol: Symbol) -> &[Term] {
        &self.rows[self.row_of(symbol)]
    }

    /// The terms of some row that uses the symbol, and the symbol that the row defines, if it is not an output.
    pub(super) fn some_user(&self, symbol: Symbol, random: &mut Random) -> Option<(&[Term], Option<Symbol>)> {
        let users = &self.users[symbol as usize];
        let row = *users.get(random.below(users.len().max(1)))? as usize;
        let own = row.checked_sub(self.outputs).map(|k| (self.inputs + k) as Symbol);
        Some((&self.rows[row], own))
    }

    /// Whether the symbol is an input.
    pub(super) fn is_input(&self, symbol: Symbol) -> bool {
        (symbol as usize) < self.inputs
    }

    /// Makes the present state the one that [`Self::take_back`] returns to.
    pub(super) fn mark(&mut self) {
        self.log.clear();
    }

    /// Undoes all changes since the last mark.
    pub(super) fn take_back(&mut self) {
        for change in std::mem::take(&mut self.log).into_iter().rev() {
            match change {
                Change::Inserted(r, term) => self.take_out(r, term),
                Change::Removed(r, term) => self.put_in(r, term),
                Change::Defined(symbol) => self.unlist(symbol),
                Change::Forgotten(symbol, weight, range) => {
                    self.free.retain(|&free| free != symbol);
                    self.enlist(symbol, weight);
                    if let (Some(cells), Some(range)) = (&mut self.cells, range) {
                        cells.ranges[symbol as usize] = range;
                    }
                }
            }
        }
        self.log.clear();
    }

    /// Adds a term to a row; equal terms merge.
    fn insert(&mut self, r: u32, mut term: Term) {
        let twin = |row: &[Term], term: Term| {
            row.iter().copied().find(|other| (other.symbol, other.shift) == (term.symbol, term.shift))
        };
        while let Some(other) = twin(&self.rows[r as usize], term) {
            self.remove(r, other);
            if other.negative != term.negative {
                return;
            }
            term.shift += 1;
        }
        self.put_in(r, term);
        self.log.push(Change::Inserted(r, term));
    }

    fn remove(&mut self, r: u32, term: Term) {
        self.take_out(r, term);
        self.log.push(Change::Removed(r, term));
    }

    fn put_in(&mut self, r: u32, term: Term) {
        let row = &mut self.rows[r as usize];
        row.iter().for_each(|&other| self.queue.increment(Pattern::of(term, other).0));
        self.adders += usize::from(!row.is_empty());
        row.push(term);
        self.users[term.symbol as usize].push(r);
        self.work += row.len() as u64;
        self.cells.iter_mut().for_each(|cells| cells.changed.push(r));
    }

    fn take_out(&mut self, r: u32, term: Term) {
        let row = &mut self.rows[r as usize];
        row.retain(|&other| other != term);
        row.iter().for_each(|&other| self.queue.decrement(Pattern::of(term, other).0));
        self.adders -= usize::from(!row.is_empty());
        let users = &mut self.users[term.symbol as usize];
        if let Some(i) = users.iter().rposition(|&user| user == r) {
            users.swap_remove(i);
        }
        self.work += row.len() as u64;
        self.cells.iter_mut().for_each(|cells| cells.changed.push(r));
    }

    /// A new symbol without terms.
    fn define(&mut self, weight: u64) -> Symbol {
        let symbol = self.free.last().copied().unwrap_or(self.users.len() as Symbol);
        if self.free.is_empty() {
            self.users.push(Vec::new());
            self.rows.push(Vec::new());
            self.weights.push(0);
            self.limits.push(0);
            self.positions.push(0);
            if let Some(cells) = &mut self.cells {
                cells.ranges.push(Range::sum([], &[]));
                cells.rows.push(0);
            }
        } else {
            self.free.pop();
        }
        self.enlist(symbol, weight);
        self.log.push(Change::Defined(symbol));
        symbol
    }

    fn forget(&mut self, symbol: Symbol) {
        self.unlist(symbol);
        let range = self.cells.as_ref().map(|cells| cells.ranges[symbol as usize]);
        self.log.push(Change::Forgotten(symbol, self.weights[symbol as usize], range));
    }

    fn enlist(&mut self, symbol: Symbol, weight: u64) {
        let row = self.row_of(symbol);
        self.weights[symbol as usize] = weight;
        self.limits[row] = if self.limited { weight } else { u64::MAX };
        self.positions[symbol as usize] = self.live.len() as u32;
        self.live.push(symbol);
    }

    fn unlist(&mut self, symbol: Symbol) {
        let position = self.positions[symbol as usize] as usize;
        self.live.swap_remove(position);
        if let Some(&moved) = self.live.get(position) {
            self.positions[moved as usize] = position as u32;
        }
        self.free.push(symbol);
    }

    fn row_of(&self, symbol: Symbol) -> usize {
        self.outputs + symbol as usize - self.inputs
    }

    /// The present rows as a program.
    pub(super) fn program(&self) -> Program {
        let mut program = Program { inputs: self.inputs, sums: Vec::new(), outputs: Vec::new() };
        let mut numbers: Vec<Option<Symbol>> = vec![None; self.users.len()];
        (0..self.inputs).for_each(|input| numbers[input] = Some(input as Symbol));
        let renamed = |terms: &[Term], numbers: &[Option<Symbol>]| {
            let rename = |term: &Term| numbers[term.symbol as usize].map(|symbol| Term { symbol, ..*term });
            terms.iter().map(rename).collect::<Option<Vec<Term>>>()
        };
        // Depth first, so that each symbol is numbered after those it uses.
        let mut stack: Vec<Symbol> = self.live.clone();
        while let Some(&symbol) = stack.last() {
            if numbers[symbol as usize].is_some() {
                stack.pop();
                continue;
            }
            let terms = &self.rows[self.row_of(symbol)];
            if let Some(terms) = renamed(terms, &numbers) {
                numbers[symbol as usize] = Some((program.inputs + program.sums.len()) as Symbol);
                program.sums.push(terms);
                stack.pop();
            } else {
                stack.extend(terms.iter().map(|term| term.symbol).filter(|&s| numbers[s as usize].is_none()));
            }
        }
        let outputs = self.rows[..self.outputs].iter().filter_map(|row| renamed(row, &numbers));
        program.outputs = outputs.collect();
        program
    }
}
