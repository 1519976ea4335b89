//! Where the elements of constants lie: shapes that meet, and orders in which to walk.

use crate::error::{Fault, refuse};
use crate::tensor::{Tensor, elements};

/// The most elements of a constant that is computed here, where its operands have not more already.
const MAX_COMPUTED: usize = 1 << 22;

/// The sides of a shape that is itself a tensor.
pub(crate) fn sides(tensor: &Tensor) -> Result<Vec<usize>, Fault> {
    let sides = tensor.to_whole().unwrap_or_default().iter().map(|&side| usize::try_from(side).ok());
    match sides.collect::<Option<Vec<usize>>>() {
        Some(sides) if sides.len() == tensor.len() => Ok(sides),
        _ => refuse("a shape must hold whole numbers, not negative"),
    }
}

/// How many elements a new constant has, if its largest operand has `largest`.
pub(crate) fn computable(shape: &[usize], largest: usize) -> Result<usize, Fault> {
    match elements(shape) {
        Some(count) if count <= MAX_COMPUTED.max(largest) => Ok(count),
        _ => refuse(format!("it would make a constant of shape {shape:?}: at most {MAX_COMPUTED} elements")),
    }
}

/// The shape in which two tensors meet.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, Fault> {
    let rank = a.len().max(b.len());
    let side = |shape: &[usize], axis: usize| {
        let missing = rank - shape.len();
        if axis < missing { 1 } else { shape[axis - missing] }
    };
    let meet = |axis| match (side(a, axis), side(b, axis)) {
        (a, b) if a == b || b == 1 => Some(a),
        (1, b) => Some(b),
        _ => None,
    };
    let shape = (0..rank).map(meet).collect::<Option<Vec<usize>>>();
    let Some(shape) = shape else {
        return refuse(format!("the shapes {a:?} and {b:?} do not fit each other"));
    };
    computable(&shape, [a, b].map(|side| elements(side).unwrap_or(0)).into_iter().max().unwrap_or(0))?;
    Ok(shape)
}

/// For every element of a tensor of `shape` the element of one of `from` that it takes its value from.
pub(crate) fn spread(from: &[usize], shape: &[usize]) -> Vec<usize> {
    let missing = shape.len() - from.len();
    let mut strides = vec![0; shape.len()];
    let mut stride = 1;
    for axis in (missing..shape.len()).rev() {
        if from[axis - missing] > 1 {
            strides[axis] = stride;
        }
        stride *= from[axis - missing];
    }
    walk(shape, &strides)
}

/// The offsets of all elements of `shape` in row-major order, for an array with these strides.
pub(crate) fn walk(shape: &[usize], strides: &[usize]) -> Vec<usize> {
    let mut offsets = vec![0];
    for (&side, &stride) in shape.iter().zip(strides) {
        offsets = offsets.iter().flat_map(|&offset| (0..side).map(move |n| offset + n * stride)).collect();
    }
    offsets
}

/// The distance of neighbours along each axis.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// The elements of an array that lie at these places of one of its axes.
pub(crate) fn along(shape: &[usize], axis: usize, at: &[usize]) -> Vec<usize> {
    let inner: usize = shape[axis + 1..].iter().product();
    let outer: usize = shape[..axis].iter().product();
    let rows = (0..outer).flat_map(|n| at.iter().map(move |&i| n * shape[axis] + i));
    rows.flat_map(|row| row * inner..(row + 1) * inner).collect()
}

/// A tensor repeated to a shape.
pub(crate) fn spread_of(tensor: &Tensor, shape: &[usize]) -> Tensor {
    tensor.picked(shape.to_vec(), &spread(&tensor.shape, shape))
}
