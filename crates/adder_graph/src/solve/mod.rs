//! The optimiser. Read in this order: [`term`] and [`program`] (sums of terms), [`pattern`], [`queue`], [`sharing`] and
//! [`ruin`] (two-term sharing and its improvement), [`field`], [`tables`], [`values`], [`growth`], [`repair`] and
//! [`blocks`] (adders by value), [`range`], [`orient`] and [`emit`] (the graph), [`plan`] (what is tried how long).

mod blocks;
mod emit;
mod field;
mod growth;
mod orient;
mod pattern;
mod plan;
mod program;
mod queue;
mod random;
mod range;
mod repair;
mod ruin;
mod sharing;
mod tables;
mod term;
mod values;

use crate::{AdderGraph, Config, Depth, Error, Interval, Matrix, analysis};
use emit::Order;
use plan::Task;
use program::Program;
use random::Random;

/// A depth limit of so many times the minimum is tried without the limit first.
const LOOSE: usize = 3;

/// Finds a graph of few adders (or cells) that multiplies by `matrix`, for inputs within the given intervals, one a row.
///
/// The result has been [verified](AdderGraph::verify). The same arguments give the same graph on every machine.
///
/// # Errors
/// [`Error::InputCount`] and [`Error::InputInterval`] if the intervals do not fit, [`Error::TooWide`] if a product passes
/// 62 bits, [`Error::TooDeep`] if the depth limit is below what the signed digits of some column need.
pub fn solve(matrix: &Matrix, inputs: &[Interval], config: &Config) -> Result<AdderGraph, Error> {
    analysis::check_sizes(matrix, inputs)?;
    let unshared = Program::new(matrix);
    let needed = unshared.outputs.iter().map(|row| row.len().next_power_of_two().ilog2() as usize);
    let (output, minimum) =
        needed.enumerate().max_by_key(|&(o, depth)| (depth, usize::MAX - o)).unwrap_or((0, 0));
    let random = Random::new(config.seed);
    let mut task = Task { matrix, inputs, objective: config.objective, effort: config.effort, random };
    let graph = match config.depth {
        Depth::Free => task.free(),
        Depth::Minimum => task.limited(minimum),
        Depth::AtMost(limit) if limit < minimum => {
            return Err(Error::TooDeep { output, needed: minimum, limit });
        }
        // Solutions of any depth are better, and seldom deeper than four times the minimum.
        Depth::AtMost(limit) if limit >= LOOSE * minimum => {
            task.free().and_then(|graph| if graph.depth() <= limit { Ok(graph) } else { task.limited(limit) })
        }
        Depth::AtMost(limit) => task.limited(limit),
    };
    let verified = |graph: AdderGraph| graph.verify(matrix).map(|()| graph);
    // A shared partial sum can be too wide where those of plain digits are not.
    let plain = || emit::graph(&unshared, inputs, Order::Shallow, false);
    graph.and_then(verified).or_else(|_| plain().and_then(verified))
}
