//! Operators that move nothing in the network: new shapes of the same values, and what is left out at the end.

use crate::error::{Fault, refuse};
use crate::fold::transposition;
use crate::operation::{Operation, Value};
use crate::signal::{Axis, Ending, Signal, reshape_target};

/// An input that may already stand behind the network's end.
fn any_signal<'a>(op: &'a Operation<'_>) -> Result<&'a Signal, Fault> {
    match op.input(0) {
        Some(Value::Signal(signal)) => Ok(signal),
        _ => op.signal(0),
    }
}

pub(crate) fn arrange(op: &Operation<'_>) -> Result<Signal, Fault> {
    let x = any_signal(op)?;
    // The number of a class has no axes left to move.
    if x.ending == Some(Ending::ArgMax) {
        return Ok(x.clone());
    }
    let dims = x.dims();
    match op.node.op_type.as_str() {
        "Flatten" => {
            let axis = match op.int("axis", 1) {
                end if end == x.rank() as i64 => x.rank(),
                axis => x.axis(axis)?,
            };
            let (before, behind) = dims.split_at(axis);
            x.reshaped(&[before.iter().product(), behind.iter().product()])
        }
        "Reshape" => {
            let Some(mut target) = op.numbers(1, "shape")? else { return refuse("it has no shape") };
            // A model for a fixed number of images has that number in its shapes.
            if let Some(first) = target.first_mut()
                && op.batch > 1
                && *first == op.batch as i64
            {
                *first = 1;
            }
            x.reshaped(&reshape_target(&dims, &target, op.int("allowzero", 0) != 0)?)
        }
        "Transpose" => x.transposed(&transposition(op.ints("perm"), x.rank())?),
        "Squeeze" => x.squeezed(op.numbers(1, "axes")?.as_deref()),
        _ => x.unsqueezed(&op.numbers(1, "axes")?.unwrap_or_default()),
    }
}

/// Operators that hand on what they read.
pub(crate) fn pass(op: &Operation<'_>) -> Result<Signal, Fault> {
    let x = any_signal(op)?;
    match op.node.op_type.as_str() {
        "Cast" if x.ending.is_none() && !matches!(op.int("to", 1), 1 | 10 | 11 | 16) => refuse(format!(
            "a computed value becomes type {}: only floating-point types are supported",
            op.int("to", 1)
        )),
        "Dropout" if op.constant(2)?.is_some_and(|training| training.single() != Some(0.0)) => {
            refuse("it is in training mode: export the model for inference")
        }
        _ => Ok(x.clone()),
    }
}

/// `Softmax`, `LogSoftmax` and `ArgMax` over the maps: left out, and noted.
pub(crate) fn ending(op: &Operation<'_>) -> Result<Signal, Fault> {
    let x = any_signal(op)?;
    let (ending, usual) = match op.node.op_type.as_str() {
        "Softmax" => (Ending::Softmax, if op.opset < 13 { 1 } else { -1 }),
        "LogSoftmax" => (Ending::LogSoftmax, if op.opset < 13 { 1 } else { -1 }),
        _ => (Ending::ArgMax, 0),
    };
    let axis = x.axis(op.int("axis", usual))?;
    let over_maps = x.shape.maps == 1 || x.axes[axis].contains(&Axis::Maps);
    if !over_maps || (x.axes[axis].len() > 1) {
        return refuse(format!("it runs over axis {axis} of {}: only the maps are supported", x.described()));
    }
    let mut signal = Signal { ending: Some(x.ending.unwrap_or(ending)), ..x.clone() };
    if ending == Ending::ArgMax && op.int("keepdims", 1) == 0 {
        signal.axes.remove(axis);
    }
    Ok(signal)
}
