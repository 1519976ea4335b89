/// What [`crate::solve()`] should aim for. There is deliberately no `Default`: see [`Config::adders`] and
/// [`Config::luts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// What is counted.
    pub objective: Objective,
    /// How much work is spent.
    pub effort: Effort,
    /// How many adders may stand in a row.
    pub depth: Depth,
    /// Start of the pseudo-random choices; the same seed gives the same graph on every machine.
    pub seed: u64,
}

impl Config {
    /// Fewest adders at the default effort, any depth, seed 0.
    pub fn adders() -> Self {
        Self { objective: Objective::Adders, effort: Effort::Default, depth: Depth::Free, seed: 0 }
    }

    /// Fewest FPGA cells at the default effort, any depth, seed 0.
    pub fn luts() -> Self {
        Self { objective: Objective::Luts, ..Self::adders() }
    }
}

/// What a solution is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Objective {
    /// The number of two-input adders and subtractors.
    Adders,
    /// The cells of an ECP5, as [`crate::Cost::lut_estimate`] counts them: fewest adders first, then shorter carry chains.
    Luts,
}

/// How much work a solution may take. All limits are counted steps, never seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effort {
    /// One solution of each kind, hardly improved.
    Fast,
    /// Several solutions, the best of them improved.
    Default,
    /// The same with ten to twenty times the work, and of matrices of at most 256 weights the better of two solutions.
    Max,
}

/// How many adders may stand in a row between an input and an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Any number.
    Free,
    /// No more than this; [`crate::Error::TooDeep`] if it is less than [`Self::Minimum`]. Limits near the minimum cost
    /// adders; from three times the minimum the best solution of any depth is taken if it happens to fit.
    AtMost(usize),
    /// No more than the fullest column needs when its canonical signed digits are summed in a balanced tree.
    Minimum,
}
