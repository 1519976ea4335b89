//! Coefficient vectors: the one thing that a linear graph is, from which its matrix and its intervals follow.

use crate::error::Place;
use crate::{Adder, Error, Interval, Matrix, Operand, Operation, Output};

/// The widest wire allowed. It leaves `i64` two bits of room.
const MAX_WIDTH: u32 = 62;

/// The non-zero coefficients of a node by input, in ascending order of the inputs.
type Coefficients = Vec<(usize, i64)>;

/// The intervals of all nodes and of all outputs.
pub(crate) fn intervals(
    inputs: &[Interval],
    adders: &[Adder],
    outputs: &[Output],
) -> Result<(Vec<Interval>, Vec<Interval>), Error> {
    for (i, &Interval { lo, hi }) in inputs.iter().enumerate() {
        if lo > hi {
            return Err(Error::InputInterval { input: i, lo, hi });
        }
        if inputs[i].width() > MAX_WIDTH {
            return Err(Error::TooWide { place: Place::Input(i) });
        }
    }
    let mut nodes = inputs.to_vec();
    let mut ends = vec![Interval::new(0, 0); outputs.len()];
    propagate(inputs.len(), adders, outputs, |place, coefficients, drop| {
        let interval = range(inputs, coefficients).filter(|range| range.width() + drop <= MAX_WIDTH);
        let interval = interval.ok_or(Error::TooWide { place })?;
        match place {
            Place::Input(_) => {}
            Place::Adder(_) => nodes.push(interval),
            Place::Output(o) => ends[o] = interval,
        }
        Ok(())
    })?;
    Ok((nodes, ends))
}

/// The matrix of a graph that [`intervals`] has found well formed.
pub(crate) fn matrix(inputs: &[Interval], adders: &[Adder], outputs: &[Output]) -> Matrix {
    assert!(!inputs.is_empty() && !outputs.is_empty(), "a matrix has at least one row and one column");
    let mut matrix = Matrix::zeros(inputs.len(), outputs.len());
    let filled = propagate(inputs.len(), adders, outputs, |place, coefficients, _| {
        if let Place::Output(o) = place {
            coefficients.iter().for_each(|&(i, value)| matrix.set(i, o, value));
        }
        Ok(())
    });
    assert!(filled.is_ok(), "the graph was checked when it was made");
    matrix
}

/// Visits the coefficients of every adder and output, with the bits that the adder drops. A vector lives only from its
/// adder to its last use, so that wide matrices stay in memory.
fn propagate(
    inputs: usize,
    adders: &[Adder],
    outputs: &[Output],
    mut visit: impl FnMut(Place, &Coefficients, u32) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut uses = vec![0usize; inputs + adders.len()];
    let mut count = |operand: Operand, place: Place, limit: usize| {
        if operand.node >= limit {
            return Err(Error::Malformed { place, reason: "it reads a node that does not come before it" });
        }
        if operand.shift > MAX_WIDTH {
            return Err(Error::Malformed { place, reason: "it shifts by more than 62 bits" });
        }
        uses[operand.node] += 1;
        Ok(())
    };
    for (i, adder) in adders.iter().enumerate() {
        count(adder.left, Place::Adder(i), inputs + i)?;
        count(adder.right, Place::Adder(i), inputs + i)?;
        if adder.drop > MAX_WIDTH {
            return Err(Error::Malformed { place: Place::Adder(i), reason: "it drops more than 62 bits" });
        }
    }
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); inputs + adders.len()];
    for (o, output) in outputs.iter().enumerate() {
        match *output {
            Output::Zero => visit(Place::Output(o), &Vec::new(), 0)?,
            Output::Node { operand, .. } => {
                count(operand, Place::Output(o), inputs + adders.len())?;
                readers[operand.node].push(o);
            }
        }
    }

    let mut live: Vec<Coefficients> = Vec::with_capacity(inputs + adders.len());
    for node in 0..inputs + adders.len() {
        let own = match node.checked_sub(inputs) {
            None => vec![(node, 1)],
            Some(i) => {
                let place = Place::Adder(i);
                let own = combine(&live, &adders[i], place)?;
                visit(place, &own, adders[i].drop)?;
                for operand in [adders[i].left, adders[i].right] {
                    uses[operand.node] -= 1;
                    if uses[operand.node] == 0 {
                        live[operand.node] = Vec::new();
                    }
                }
                own
            }
        };
        for &o in &readers[node] {
            if let Output::Node { operand, negate } = outputs[o] {
                visit(Place::Output(o), &scaled(&own, operand.shift, negate, Place::Output(o))?, 0)?;
                uses[node] -= 1;
            }
        }
        live.push(if uses[node] == 0 { Vec::new() } else { own });
    }
    Ok(())
}

/// The coefficients of an adder from those of its operands.
fn combine(live: &[Coefficients], adder: &Adder, place: Place) -> Result<Coefficients, Error> {
    let (left, right) = (&live[adder.left.node], &live[adder.right.node]);
    let sign = match adder.operation {
        Operation::Add => 1,
        Operation::Subtract => -1,
    };
    let mut sum = Vec::with_capacity(left.len().max(right.len()));
    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        let input =
            left.get(l).map_or(usize::MAX, |&(i, _)| i).min(right.get(r).map_or(usize::MAX, |&(i, _)| i));
        let mut value = 0i128;
        if let Some(&(i, v)) = left.get(l).filter(|&&(i, _)| i == input) {
            debug_assert_eq!(i, input);
            value += i128::from(v) << adder.left.shift;
            l += 1;
        }
        if let Some(&(_, v)) = right.get(r).filter(|&&(i, _)| i == input) {
            value += sign * (i128::from(v) << adder.right.shift);
            r += 1;
        }
        if value & ((1 << adder.drop) - 1) != 0 {
            return Err(Error::Malformed { place, reason: "a bit that it drops can be one" });
        }
        if value != 0 {
            sum.push((input, i64::try_from(value >> adder.drop).map_err(|_| Error::TooWide { place })?));
        }
    }
    Ok(sum)
}

/// The coefficients of an output from those of the node it reads.
fn scaled(
    coefficients: &Coefficients,
    shift: u32,
    negate: bool,
    place: Place,
) -> Result<Coefficients, Error> {
    let scale = |&(input, value): &(usize, i64)| {
        let value = i128::from(value) << shift;
        let value = i64::try_from(if negate { -value } else { value });
        value.map(|value| (input, value)).map_err(|_| Error::TooWide { place })
    };
    coefficients.iter().map(scale).collect()
}

/// The exact range of a linear form, if it fits in 64 bits.
fn range(inputs: &[Interval], coefficients: &Coefficients) -> Option<Interval> {
    let (mut lo, mut hi) = (0i128, 0i128);
    for &(input, value) in coefficients {
        let ends = [inputs[input].lo, inputs[input].hi].map(|end| i128::from(end) * i128::from(value));
        lo = lo.checked_add(ends[0].min(ends[1]))?;
        hi = hi.checked_add(ends[0].max(ends[1]))?;
    }
    Some(Interval::new(i64::try_from(lo).ok()?, i64::try_from(hi).ok()?))
}

/// Refuses inputs and products that do not fit, before any work is done.
pub(crate) fn check_sizes(matrix: &Matrix, inputs: &[Interval]) -> Result<(), Error> {
    if inputs.len() != matrix.rows() {
        return Err(Error::InputCount { rows: matrix.rows(), inputs: inputs.len() });
    }
    for (input, &Interval { lo, hi }) in inputs.iter().enumerate() {
        if lo > hi {
            return Err(Error::InputInterval { input, lo, hi });
        }
        if inputs[input].width() > MAX_WIDTH {
            return Err(Error::TooWide { place: Place::Input(input) });
        }
    }
    for column in 0..matrix.columns() {
        let coefficients = matrix.column(column).enumerate().filter(|&(_, value)| value != 0).collect();
        if range(inputs, &coefficients).is_none_or(|range| range.width() > MAX_WIDTH) {
            return Err(Error::TooWide { place: Place::Output(column) });
        }
    }
    Ok(())
}
