use super::blocks::Blocks;
use super::emit::{self, Order};
use super::program::Program;
use super::random::Random;
use super::ruin;
use super::sharing::Sharing;
use crate::{AdderGraph, Effort, Error, Interval, Matrix, Objective};

/// How much of what is tried. A step takes about a tenth of a microsecond, a look-up a third of that.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Steps of improvement for each signed digit of the matrix.
    steps_per_digit: u64,
    /// Further steps for matrices of a hundred digits or more.
    steps: u64,
    /// The most steps for any matrix.
    most_steps: u64,
    /// How often a solution is turned round while it is improved.
    rounds: u64,
    /// Look-ups after which no more splits into blocks are tried, for each step of improvement, and at most.
    lookups_per_step: u64,
    most_lookups: u64,
    /// Signed digits from which on a solution by blocks is the only one: sharing pairs of digits takes time with the square of a column's, and
    /// with 600,000 digits, of 640 inputs and 250 outputs, it found 0.2 % fewer adders.
    most_digits: usize,
    /// Numbers of blocks that are tried each way round.
    splits: usize,
    /// Look-ups for each step by which a small solution is improved by value as one block.
    lookups_as_one: u64,
    /// Solutions that are improved for a while before the best is chosen.
    candidates: usize,
    /// How often a matrix of few weights is solved from the start, with other random choices.
    restarts: usize,
}

impl Plan {
    fn of(effort: Effort) -> Self {
        match effort {
            Effort::Fast => Self {
                steps_per_digit: 150,
                steps: 20_000,
                most_steps: 5_000_000,
                rounds: 2,
                lookups_per_step: 0,
                most_lookups: 60_000_000,
                most_digits: 400_000,
                splits: 1,
                lookups_as_one: 0,
                candidates: 2,
                restarts: 1,
            },
            Effort::Default => Self {
                steps_per_digit: 3_300,
                steps: 3_500_000,
                most_steps: 60_000_000,
                rounds: 8,
                lookups_per_step: 2,
                most_lookups: 150_000_000,
                most_digits: usize::MAX,
                splits: 3,
                lookups_as_one: 2,
                candidates: 4,
                restarts: 1,
            },
            Effort::Max => Self {
                steps_per_digit: 45_000,
                steps: 90_000_000,
                most_steps: 1_000_000_000,
                rounds: 32,
                lookups_per_step: 1,
                most_lookups: 2_000_000_000,
                most_digits: usize::MAX,
                splits: 4,
                lookups_as_one: 2,
                candidates: 3,
                restarts: 2,
            },
        }
    }

    fn steps(&self, program: &Program) -> u64 {
        let digits = program.digits() as u64;
        (self.steps * digits.min(100) / 100 + self.steps_per_digit * digits).min(self.most_steps)
    }
}

/// Matrices with entries of this magnitude are not improved by value as one block: there would be too many multiples.
const MOST_AS_ONE: u64 = 1 << 12;

/// Matrices of at most so many weights are solved more than once: the better of two solutions of a 16 x 16 matrix takes half
/// a percent fewer adders than one alone.
const MOST_RESTARTED: usize = 256;

/// Signed digits from which on sharing too begins with the transposed matrix, if at all: it takes less time, as sums have fewer pairs of terms.
const DIGITS_TO_TURN: usize = 100_000;

/// How many neighbouring symbols are ruined at most.
const RUIN: usize = 8;

/// A matrix with everything that a solution depends on.
pub(super) struct Task<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) inputs: &'a [Interval],
    pub(super) objective: Objective,
    pub(super) effort: Effort,
    pub(super) random: Random,
}

impl Task<'_> {
    /// A graph of any depth: the best of a few solutions, if the matrix is small.
    pub(super) fn free(&mut self) -> Result<AdderGraph, Error> {
        let plan = Plan::of(self.effort);
        let is_small = self.matrix.rows() * self.matrix.columns() <= MOST_RESTARTED;
        let mut best = self.attempt(&plan);
        for _ in 1..if is_small { plan.restarts } else { 1 } {
            if let Ok(graph) = self.attempt(&plan)
                && best.as_ref().map_or(true, |best| self.rank(&graph) < self.rank(best))
            {
                best = Ok(graph);
            }
        }
        best
    }

    /// What is to be small, the most important first.
    fn rank(&self, graph: &AdderGraph) -> (u64, u64) {
        let cost = graph.cost();
        match self.objective {
            Objective::Adders => (cost.adders as u64, cost.lut_estimate),
            Objective::Luts => (cost.lut_estimate, cost.adders as u64),
        }
    }

    /// One graph of any depth: the best of two-term sharing and of solutions by blocks, improved.
    fn attempt(&mut self, plan: &Plan) -> Result<AdderGraph, Error> {
        let unshared = Program::new(self.matrix);
        let steps = plan.steps(&unshared);
        let transposed = self.matrix.transposed();
        let ways = Ways {
            matrices: [self.matrix, &transposed],
            greatest: self.greatest(),
            excess: excess(self.matrix),
        };
        let mut candidates = Vec::new();
        for (mut blocks, is_transposed) in self.splits(plan, steps) {
            blocks.improve(if self.effort == Effort::Fast { 0 } else { steps / 4 }, &mut self.random);
            candidates.push(Candidate { program: blocks.program(), is_transposed });
        }
        if candidates.is_empty() || unshared.digits() <= plan.most_digits {
            let is_transposed = self.begins_transposed() && unshared.digits() > DIGITS_TO_TURN;
            let program = if is_transposed { Program::new(&transposed) } else { unshared };
            candidates.insert(0, Candidate { program, is_transposed });
        }
        for candidate in &mut candidates {
            candidate.improve(&ways, plan, steps / 5, &mut self.random);
        }
        candidates.sort_by_key(|candidate| candidate.adders(&ways));
        let mut best = candidates.swap_remove(0);
        best.improve(&ways, plan, steps, &mut self.random);
        let program = if best.is_transposed { best.program.transposed() } else { best.program };
        self.emit(&program, None, steps)
    }

    /// A graph of at most this depth, which the unshared digits allow: two-term sharing alone.
    pub(super) fn limited(&mut self, depth: usize) -> Result<AdderGraph, Error> {
        let unshared = Program::new(self.matrix);
        let steps = Plan::of(self.effort).steps(&unshared);
        let mut sharing = Sharing::new(&unshared, Some(depth));
        sharing.share(&mut self.random);
        ruin::improve(&mut sharing, steps, RUIN, &mut self.random);
        self.emit(&sharing.program(), Some(depth), steps)
    }

    /// Whether the transposed matrix is tried first: the way round with few inputs and many columns to share is the better one.
    fn begins_transposed(&self) -> bool {
        self.effort == Effort::Fast && self.matrix.rows() > 2 * self.matrix.columns()
    }

    /// The greatest magnitude in the matrix.
    fn greatest(&self) -> u64 {
        let entries = (0..self.matrix.rows()).flat_map(|row| self.matrix.row(row));
        entries.map(|factor| factor.unsigned_abs()).max().unwrap_or(0)
    }

    /// The best solutions by blocks, and whether each is for the transposed matrix.
    fn splits(&mut self, plan: &Plan, steps: u64) -> Vec<(Blocks, bool)> {
        // Blocks work on 32-bit integers.
        if !(1..1 << 20).contains(&self.greatest()) {
            return Vec::new();
        }
        let excess = excess(self.matrix);
        let transposed = self.matrix.transposed();
        let mut best: Vec<(isize, Blocks, bool)> = Vec::new();
        let mut lookups = 0;
        let budget = (steps * plan.lookups_per_step).min(plan.most_lookups);
        for restart in 0.. {
            for (matrix, is_transposed) in [(self.matrix, false), (&transposed, true)] {
                if restart == 0 && !is_transposed && self.begins_transposed() {
                    continue;
                }
                for count in block_counts(matrix, plan.splits) {
                    if lookups > plan.most_lookups || restart > 0 && lookups >= budget {
                        return best
                            .into_iter()
                            .map(|(_, blocks, is_transposed)| (blocks, is_transposed))
                            .collect();
                    }
                    let mut order: Vec<usize> = (0..matrix.rows()).collect();
                    if restart > 0 {
                        (1..order.len()).rev().for_each(|i| order.swap(i, self.random.below(i + 1)));
                    }
                    let blocks = Blocks::new(matrix, &order, count, &mut self.random);
                    lookups += blocks.work() + 1000;
                    let adders = blocks.adders() as isize + if is_transposed { excess } else { 0 };
                    let place = best.partition_point(|&(other, _, _)| other <= adders);
                    best.insert(place, (adders, blocks, is_transposed));
                    best.truncate(plan.candidates - 1);
                }
            }
        }
        Vec::new()
    }

    /// The graph of a program, improved in cells if they are what counts.
    fn emit(&mut self, program: &Program, depth: Option<usize>, steps: u64) -> Result<AdderGraph, Error> {
        let by_value = self.greatest() < 1 << 40;
        if self.objective == Objective::Adders {
            return emit::graph(program, self.inputs, Order::Shallow, by_value);
        }
        let order = if depth.is_some() { Order::Shallow } else { Order::Narrow };
        let few_adders = emit::graph(program, self.inputs, order, by_value)?;
        let mut sharing = Sharing::new(program, depth);
        sharing.measure_cells(self.inputs);
        ruin::improve(&mut sharing, steps, RUIN, &mut self.random);
        let few_cells = emit::graph(&sharing.program(), self.inputs, order, by_value)?;
        let cells = |graph: &AdderGraph| graph.cost().lut_estimate;
        Ok(if cells(&few_cells) < cells(&few_adders) { few_cells } else { few_adders })
    }
}

/// A matrix both ways round.
struct Ways<'a> {
    matrices: [&'a Matrix; 2],
    greatest: u64,
    /// See [`excess`].
    excess: isize,
}

/// A program on the way to a solution.
#[derive(Clone)]
struct Candidate {
    program: Program,
    is_transposed: bool,
}

impl Candidate {
    /// Adders of the graph for the matrix as it was given.
    fn adders(&self, ways: &Ways) -> isize {
        self.program.adders() as isize + if self.is_transposed { ways.excess } else { 0 }
    }

    /// Improves the solution both ways round in turn: what is fixed the one way round is free the other.
    fn improve(&mut self, ways: &Ways, plan: &Plan, steps: u64, random: &mut Random) {
        let steps = steps / plan.rounds;
        let mut best: Option<Self> = None;
        for _ in 0..plan.rounds {
            let mut sharing = Sharing::new(&self.program, None);
            sharing.share(random);
            ruin::improve(&mut sharing, steps, RUIN, random);
            self.program = sharing.program();
            self.improve_as_one(ways, plan.lookups_as_one * steps, random);
            self.program = self.program.transposed();
            self.is_transposed = !self.is_transposed;
            if best.as_ref().is_none_or(|best| self.adders(ways) <= best.adders(ways)) {
                best = Some(self.clone());
            }
        }
        if let Some(best) = best {
            *self = best;
        }
    }

    /// Improves the solution by value, the way round that has fewer inputs, if making the tables for it is worth the while.
    fn improve_as_one(&mut self, ways: &Ways, lookups: u64, random: &mut Random) {
        let matrix = ways.matrices[usize::from(self.is_transposed)];
        let adders = self.program.adders() as u64;
        let making = adders * adders * u64::from(2 * ways.greatest.max(1).ilog2() + 3);
        if matrix.rows() > matrix.columns() || making > lookups || ways.greatest >= MOST_AS_ONE {
            return;
        }
        if let Some(mut blocks) = Blocks::whole(matrix, &self.program) {
            blocks.improve(lookups, random);
            self.program = blocks.program();
        }
    }
}

/// How many more adders a graph has than its transposed: by how many the inputs that matter outnumber such outputs.
fn excess(matrix: &Matrix) -> isize {
    let rows = (0..matrix.rows()).filter(|&i| matrix.row(i).iter().any(|&factor| factor != 0)).count();
    let columns = (0..matrix.columns()).filter(|&o| matrix.column(o).any(|factor| factor != 0)).count();
    rows as isize - columns as isize
}

/// Into how many blocks the inputs are split: so that a part of a column carries about as much information as makes it
/// one or two adders away from the other parts.
fn block_counts(matrix: &Matrix, most: usize) -> Vec<usize> {
    let ideal = 12.0 + (matrix.columns() as f64).log2();
    let information = matrix.rows() as f64 * entropy(matrix);
    let mut counts: Vec<usize> = Vec::new();
    for bits in [ideal, ideal * 0.75, ideal * 1.33, ideal * 1.8] {
        let count = ((information / bits).ceil() as usize).clamp(1, matrix.rows());
        if !counts.contains(&count) && counts.len() < most {
            counts.push(count);
        }
    }
    counts
}

/// Bits of information per entry.
fn entropy(matrix: &Matrix) -> f64 {
    let mut entries: Vec<i64> = (0..matrix.rows()).flat_map(|i| matrix.row(i)).copied().collect();
    entries.sort_unstable();
    let total = entries.len() as f64;
    entries.chunk_by(|a, b| a == b).map(|run| run.len() as f64 / total).map(|p| -p * p.log2()).sum()
}
