//! `Slice` of constants: lists, as in the arithmetic of shapes, and tables of pads, which PyTorch turns round.

use std::collections::BTreeSet;

use crate::error::{Fault, refuse};
use crate::indexing::along;
use crate::operation::Operation;
use crate::signal::axis_of;
use crate::tensor::Tensor;

pub(crate) fn slice(op: &Operation<'_>) -> Result<Tensor, Fault> {
    let mut x = op.required(0, "its operand")?.clone();
    let (Some(starts), Some(ends)) = (op.numbers(1, "starts")?, op.numbers(2, "ends")?) else {
        return refuse("its `starts` and `ends` must be constant");
    };
    let axes = op.numbers(3, "axes")?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = op.numbers(4, "steps")?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return refuse("its `starts`, `ends`, `axes` and `steps` must be equally many");
    }
    let mut cut = BTreeSet::new();
    for (((start, end), axis), step) in starts.into_iter().zip(ends).zip(axes).zip(steps) {
        if step == 0 {
            return refuse("its `steps` must not be zero");
        }
        let axis = axis_of(axis, x.shape.len())?;
        if !cut.insert(axis) {
            return refuse(format!("its `axes` name axis {axis} twice"));
        }
        let at = places(x.shape[axis], start, end, step);
        if at.iter().copied().eq(0..x.shape[axis]) {
            continue;
        }
        let mut shape = x.shape.clone();
        shape[axis] = at.len();
        x = x.picked(shape, &along(&x.shape, axis, &at));
    }
    Ok(x)
}

/// The places from `start` on before `end`; negative ones count from the end of the axis.
fn places(side: usize, start: i64, end: i64, step: i64) -> Vec<usize> {
    let length = side as i64;
    let place = |at: i64, low: i64, high: i64| {
        (if at < 0 { at.saturating_add(length) } else { at }).clamp(low, high.max(low))
    };
    // Backwards, the end may lie in front of the first place.
    let (mut at, end) = match step > 0 {
        true => (place(start, 0, length), place(end, 0, length)),
        false => (place(start, 0, length - 1), place(end, -1, length - 1)),
    };
    let mut places = Vec::new();
    while (step > 0 && at < end) || (step < 0 && at > end && at < length) {
        places.extend(usize::try_from(at));
        at = at.saturating_add(step);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn places_are_those_of_python() {
        assert_eq!(places(5, 1, 4, 1), [1, 2, 3]);
        assert_eq!(places(5, -4, i64::MAX, 2), [1, 3]);
        assert_eq!(places(4, -1, -i64::MAX, -1), [3, 2, 1, 0]);
        assert_eq!(places(5, 3, 0, -2), [3, 1]);
        assert_eq!(places(5, 9, -2, -1), [4]);
        assert!(places(5, 2, 2, 1).is_empty());
        assert!(places(0, -1, i64::MIN, -1).is_empty());
        assert!(places(0, 0, i64::MAX, 1).is_empty());
        assert_eq!(places(3, i64::MIN, i64::MAX, i64::MAX), [0]);
    }
}
