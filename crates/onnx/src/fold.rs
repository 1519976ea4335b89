//! Nodes whose inputs are all constant: the arithmetic of shapes, and what exporters leave of weights.

use crate::error::{Fault, refuse};
use crate::indexing::{along, broadcast, computable, sides, spread, spread_of, strides, walk};
use crate::operation::Operation;
use crate::signal::{axis_of, reshape_target};
use crate::slice;
use crate::tensor::{Data, Tensor, is_float};

/// The operators that are computed when their inputs are constant.
pub(crate) const OPERATORS: [&str; 26] = [
    "Add",
    "Cast",
    "Concat",
    "ConstantOfShape",
    "Div",
    "Equal",
    "Expand",
    "Flatten",
    "Floor",
    "Gather",
    "Identity",
    "Mul",
    "Neg",
    "Pow",
    "Range",
    "Reciprocal",
    "ReduceProd",
    "Reshape",
    "Shape",
    "Slice",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Transpose",
    "Unsqueeze",
    "Where",
];

/// The value of a node whose inputs are all constant.
pub(crate) fn fold(op: &Operation<'_>) -> Result<Tensor, Fault> {
    let first = || op.required(0, "its operand");
    match op.node.op_type.as_str() {
        "Add" => binary(op, |a, b| a + b, |a, b| Some(a.wrapping_add(b))),
        "Sub" => binary(op, |a, b| a - b, |a, b| Some(a.wrapping_sub(b))),
        "Mul" => binary(op, |a, b| a * b, |a, b| Some(a.wrapping_mul(b))),
        "Div" => binary(op, |a, b| a / b, i64::checked_div),
        "Pow" => binary(op, f32::powf, |a, b| a.checked_pow(u32::try_from(b).ok()?)),
        "Equal" => {
            let equal = binary(op, |a, b| f32::from(a == b), |a, b| Some((a == b).into()))?;
            let whole = equal.to_reals().into_iter().map(|v| v as i64).collect();
            Ok(Tensor { shape: equal.shape, data: Data::Whole(whole) })
        }
        "Neg" => unary(first()?, |v| -v, Some(i64::wrapping_neg)),
        "Floor" => unary(first()?, f32::floor, None),
        "Sqrt" => unary(first()?, f32::sqrt, None),
        "Reciprocal" => unary(first()?, f32::recip, None),
        "Identity" => first().cloned(),
        "Cast" => cast(first()?, op.int("to", 1)),
        "Shape" => {
            let dims: Vec<i64> = first()?.shape.iter().map(|&side| side as i64).collect();
            shape_of(&dims, op)
        }
        "Concat" => concat(op),
        "Gather" => gather(first()?, op.required(1, "the indices")?, op.int("axis", 0)),
        "Slice" => slice::slice(op),
        "ConstantOfShape" => refuse("its `value` cannot be read"),
        "Expand" => {
            let x = first()?;
            let target = sides(op.required(1, "the shape")?)?;
            let shape = broadcast(&x.shape, &target)?;
            Ok(x.picked(shape.clone(), &spread(&x.shape, &shape)))
        }
        "Range" => range(op),
        "ReduceProd" => match first()?.to_whole() {
            Some(values) => {
                let product = values.iter().fold(1_i64, |product, &v| product.wrapping_mul(v));
                let shape = if op.int("keepdims", 1) == 0 { vec![] } else { vec![1; first()?.shape.len()] };
                Ok(Tensor { shape, data: Data::Whole(vec![product]) })
            }
            None => refuse("products of constants are computed for whole numbers only"),
        },
        "Reshape" => {
            let target = op.numbers(1, "shape")?.unwrap_or_default();
            let shape = reshape_target(&first()?.shape, &target, op.int("allowzero", 0) != 0)?;
            Ok(Tensor { shape, data: first()?.data.clone() })
        }
        "Flatten" => {
            let x = first()?;
            let axis = match op.int("axis", 1) {
                end if end == x.shape.len() as i64 => x.shape.len(),
                axis => axis_of(axis, x.shape.len())?,
            };
            let (before, behind) = x.shape.split_at(axis);
            let shape = vec![before.iter().product(), behind.iter().product()];
            Ok(Tensor { shape, data: x.data.clone() })
        }
        "Squeeze" => {
            let x = first()?;
            let axes = op.numbers(1, "axes")?;
            let gone = |axis: usize| match &axes {
                Some(axes) => axes.iter().any(|&a| axis_of(a, x.shape.len()) == Ok(axis)),
                None => true,
            };
            let kept = x.shape.iter().enumerate().filter(|&(axis, &side)| side != 1 || !gone(axis));
            Ok(Tensor { shape: kept.map(|(_, &side)| side).collect(), data: x.data.clone() })
        }
        "Unsqueeze" => {
            let x = first()?;
            let axes = op.numbers(1, "axes")?.unwrap_or_default();
            let rank = x.shape.len() + axes.len();
            let mut at = axes.iter().map(|&a| axis_of(a, rank)).collect::<Result<Vec<_>, _>>()?;
            at.sort_unstable();
            let mut shape = x.shape.clone();
            for axis in at {
                if axis > shape.len() {
                    return refuse(format!("the axes {axes:?} do not fit"));
                }
                shape.insert(axis, 1);
            }
            Ok(Tensor { shape, data: x.data.clone() })
        }
        "Transpose" => transpose(first()?, op.ints("perm")),
        "Where" => {
            let (condition, a, b) = (first()?, op.required(1, "a value")?, op.required(2, "a value")?);
            let shape = broadcast(&broadcast(&condition.shape, &a.shape)?, &b.shape)?;
            let (c, a, b) = (spread_of(condition, &shape), spread_of(a, &shape), spread_of(b, &shape));
            let chosen = c.to_reals().into_iter().map(|v| v != 0.0);
            match (&a.data, &b.data) {
                (Data::Whole(a), Data::Whole(b)) => {
                    let pick = chosen.zip(a.iter().zip(b)).map(|(c, (&a, &b))| if c { a } else { b });
                    Ok(Tensor { shape, data: Data::Whole(pick.collect()) })
                }
                (Data::Floats(a), Data::Floats(b)) => {
                    let pick = chosen.zip(a.iter().zip(b)).map(|(c, (&a, &b))| if c { a } else { b });
                    Ok(Tensor { shape, data: Data::Floats(pick.collect()) })
                }
                _ => refuse("it chooses between numbers of different types"),
            }
        }
        _ => {
            refuse("all its inputs are constant, and it is not among what is computed while a model is read")
        }
    }
}

/// The part of `dims` that a `Shape` gives.
pub(crate) fn shape_of(dims: &[i64], op: &Operation<'_>) -> Result<Tensor, Fault> {
    let rank = dims.len() as i64;
    let place = |at: i64| (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize;
    let (start, end) = (place(op.int("start", 0)), place(op.int("end", rank)));
    Ok(Tensor::whole(dims[start.min(end)..end].to_vec()))
}

/// A tensor of one value, zero unless it is given.
pub(crate) fn constant_of_shape(op: &Operation<'_>, value: Option<Tensor>) -> Result<Tensor, Fault> {
    let shape = sides(op.required(0, "the shape")?)?;
    let count = computable(&shape, 0)?;
    let value = value.unwrap_or_else(|| Tensor::floats(vec![1], vec![0.0]));
    if value.len() != 1 {
        return refuse("its `value` must be a single number");
    }
    Ok(value.picked(shape, &vec![0; count]))
}

fn binary(
    op: &Operation<'_>,
    floats: impl Fn(f32, f32) -> f32,
    whole: impl Fn(i64, i64) -> Option<i64>,
) -> Result<Tensor, Fault> {
    let (a, b) = (op.required(0, "its first operand")?, op.required(1, "its second operand")?);
    let shape = broadcast(&a.shape, &b.shape)?;
    let (a, b) = (spread_of(a, &shape), spread_of(b, &shape));
    let data = match (&a.data, &b.data) {
        (Data::Whole(a), Data::Whole(b)) => match a.iter().zip(b).map(|(&a, &b)| whole(a, b)).collect() {
            Some(values) => Data::Whole(values),
            None => return refuse("its result is no whole number"),
        },
        (Data::Floats(a), Data::Floats(b)) => {
            Data::Floats(a.iter().zip(b).map(|(&a, &b)| floats(a, b)).collect())
        }
        _ => return refuse("its operands have different types"),
    };
    Ok(Tensor { shape, data })
}

fn unary(x: &Tensor, floats: fn(f32) -> f32, whole: Option<fn(i64) -> i64>) -> Result<Tensor, Fault> {
    let data = match (&x.data, whole) {
        (Data::Floats(values), _) => Data::Floats(values.iter().map(|&v| floats(v)).collect()),
        (Data::Whole(values), Some(whole)) => Data::Whole(values.iter().map(|&v| whole(v)).collect()),
        (Data::Whole(_), None) => return refuse("its operand must hold floating-point numbers"),
    };
    Ok(Tensor { shape: x.shape.clone(), data })
}

fn cast(x: &Tensor, to: i64) -> Result<Tensor, Fault> {
    let data = match (is_float(to).map_err(Fault::Refused)?, &x.data) {
        (true, _) => Data::Floats(x.to_reals().into_iter().map(|v| v as f32).collect()),
        (false, Data::Floats(values)) => Data::Whole(values.iter().map(|&v| v as i64).collect()),
        (false, Data::Whole(values)) => Data::Whole(values.clone()),
    };
    Ok(Tensor { shape: x.shape.clone(), data })
}

fn concat(op: &Operation<'_>) -> Result<Tensor, Fault> {
    let parts = (0..op.inputs.len()).map(|n| op.required(n, "a part")).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = parts.first() else { return refuse("it has no inputs") };
    let axis = axis_of(op.int("axis", 0), first.shape.len())?;
    let others = |shape: &[usize]| {
        let mut shape = shape.to_vec();
        if axis < shape.len() {
            shape[axis] = 0;
        }
        shape
    };
    if parts.iter().any(|part| others(&part.shape) != others(&first.shape)) {
        return refuse("its parts have shapes that do not fit each other");
    }
    let mut shape = first.shape.clone();
    shape[axis] = parts.iter().map(|part| part.shape[axis]).sum();
    computable(&shape, parts.iter().map(|part| part.len()).max().unwrap_or(0))?;
    let outer: usize = shape[..axis].iter().product();
    let runs = |part: &Tensor| part.shape[axis..].iter().product::<usize>();
    let data = if parts.iter().all(|part| part.to_whole().is_some()) {
        let pieces = parts.iter().map(|part| (part.to_whole().unwrap_or_default(), runs(part)));
        let pieces: Vec<_> = pieces.collect();
        let all = (0..outer).flat_map(|n| pieces.iter().flat_map(move |(v, run)| &v[n * run..(n + 1) * run]));
        Data::Whole(all.copied().collect())
    } else {
        let pieces: Vec<_> = parts.iter().map(|part| (part.to_reals(), runs(part))).collect();
        let all = (0..outer).flat_map(|n| pieces.iter().flat_map(move |(v, run)| &v[n * run..(n + 1) * run]));
        Data::Floats(all.map(|&v| v as f32).collect())
    };
    Ok(Tensor { shape, data })
}

fn gather(x: &Tensor, indices: &Tensor, axis: i64) -> Result<Tensor, Fault> {
    let axis = axis_of(axis, x.shape.len())?;
    let side = x.shape[axis];
    let index = |&index: &i64| axis_of(index, side);
    let at = indices.to_whole().unwrap_or_default().iter().map(index).collect::<Result<Vec<_>, _>>()?;
    if at.len() != indices.len() {
        return refuse("its indices must be whole numbers");
    }
    let shape = [&x.shape[..axis], &indices.shape, &x.shape[axis + 1..]].concat();
    computable(&shape, x.len())?;
    Ok(x.picked(shape, &along(&x.shape, axis, &at)))
}

fn range(op: &Operation<'_>) -> Result<Tensor, Fault> {
    let number = |index| op.required(index, "a number").map(|tensor| tensor.to_whole().unwrap_or_default());
    let ([start], [limit], [step]) = (number(0)?, number(1)?, number(2)?) else {
        return refuse("ranges are computed for whole numbers only");
    };
    let mut values = Vec::new();
    let mut at = *start;
    while (*step > 0 && at < *limit) || (*step < 0 && at > *limit) {
        values.push(at);
        at = at.saturating_add(*step);
        computable(&[values.len()], 0)?;
    }
    Ok(Tensor::whole(values))
}

fn transpose(x: &Tensor, perm: Option<&[i64]>) -> Result<Tensor, Fault> {
    let rank = x.shape.len();
    let order = transposition(perm, rank)?;
    let from = strides(&x.shape);
    let shape: Vec<usize> = order.iter().map(|&axis| x.shape[axis]).collect();
    let along: Vec<usize> = order.iter().map(|&axis| from[axis]).collect();
    Ok(x.picked(shape.clone(), &walk(&shape, &along)))
}

/// The order of axes that a `Transpose` asks for, reversed unless it says.
pub(crate) fn transposition(perm: Option<&[i64]>, rank: usize) -> Result<Vec<usize>, Fault> {
    let order: Vec<usize> = match perm {
        None => (0..rank).rev().collect(),
        Some(perm) => perm.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_, _>>()?,
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().ne(0..rank) {
        return refuse(format!("`perm: {order:?}` is no order of {rank} axes"));
    }
    Ok(order)
}
