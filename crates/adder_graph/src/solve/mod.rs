mod emit;
mod greedy;
mod term;

use crate::{AdderGraph, Config, Depth, Error, Interval, Matrix, analysis};
use term::{Program, balanced_depth};

/// Finds a graph of few adders that multiplies by `matrix`, for inputs within the given intervals, one a row.
///
/// # Errors
/// If the number of intervals differs from the rows, a product passes 62 bits, or the depth limit is too low.
pub fn solve(matrix: &Matrix, inputs: &[Interval], config: &Config) -> Result<AdderGraph, Error> {
    analysis::check_sizes(matrix, inputs)?;
    let mut program = Program::new(matrix);
    let needed: Vec<usize> = program.outputs.iter().map(|row| balanced_depth(row.len() as u64)).collect();
    let limit = match config.depth {
        Depth::Free => None,
        Depth::Minimum => Some(needed.iter().copied().max().unwrap_or(0)),
        Depth::AtMost(limit) => {
            if let Some(output) = needed.iter().position(|&needed| needed > limit) {
                return Err(Error::TooDeep { output, needed: needed[output], limit });
            }
            Some(limit)
        }
    };
    greedy::share(&mut program, limit);
    emit::graph(&program, inputs)
}
