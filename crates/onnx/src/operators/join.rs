//! Where branches meet: sums, and maps one after another.

use super::pointwise;
use crate::error::{Fault, refuse};
use crate::layers::{Kind, Layers};
use crate::operation::{Operation, Value};
use crate::signal::{Axis, Signal, axis_of};

/// `Sum`: of computed values, and of constants.
pub(crate) fn add(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let mut sum: Option<Signal> = None;
    for index in 0..op.inputs.len() {
        if let Some(Value::Signal(_)) = op.input(index) {
            let next = op.signal(index)?.clone();
            sum = Some(match sum {
                None => next,
                Some(sum) => added(&sum, &next, layers)?,
            });
        }
    }
    let Some(mut sum) = sum else { return refuse("it has no computed input") };
    for value in op.inputs.iter().flatten() {
        if let Value::Constant(tensor) = value {
            sum = pointwise::add_constant(&sum, tensor, layers)?;
        }
    }
    Ok(sum)
}

/// The sum of two values that lie alike.
pub(crate) fn added(a: &Signal, b: &Signal, layers: &mut Layers) -> Result<Signal, Fault> {
    if a.shape != b.shape {
        return refuse(format!(
            "it joins a value of shape {:?} and one of {:?}: they must be equal",
            a.dims(),
            b.dims()
        ));
    }
    if a.axes != b.axes {
        return Err(Fault::Layout(format!(
            "it joins a value whose axes are {} and one whose axes are {}",
            a.described(),
            b.described()
        )));
    }
    if a.source == b.source {
        let maps = a.shape.maps;
        let twice = Kind::Affine { coefficient: vec![2.0; maps], bias: vec![0.0; maps] };
        let (source, shape) = layers.push(twice, a.source)?;
        return Ok(Signal::new(source, shape, a.axes.clone()));
    }
    let (source, shape) = layers.push_part("", Kind::Add, vec![a.source, b.source])?;
    Ok(Signal::new(source, shape, a.axes.clone()))
}

pub(crate) fn concat(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let signals = (0..op.inputs.len()).map(|index| op.signal(index)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = signals.first() else { return refuse("it has no inputs") };
    let axis = axis_of(op.int("axis", 1), first.rank())?;
    if let [only] = signals.as_slice() {
        return Ok((*only).clone());
    }
    // The axis must count the maps slowest, so that values one after another are maps one after another.
    let wanted = |signal: &Signal| {
        let one_map = signal.shape.maps == 1;
        let leads = signal.axes[axis].first() == Some(&Axis::Maps);
        let rest = if one_map { &signal.axes[axis][..] } else { signal.axes[axis].get(1..).unwrap_or(&[]) };
        (one_map || leads).then(|| rest.to_vec())
    };
    let mut axes = first.axes.clone();
    let rest = match wanted(first) {
        Some(rest) if axis > 0 || first.rank() == 3 => rest,
        _ => {
            return Err(Fault::Layout(format!(
                "it joins along axis {axis} of {}: only maps can be joined",
                first.described()
            )));
        }
    };
    for signal in &signals {
        let plane = |signal: &Signal| [signal.shape.height, signal.shape.width];
        if plane(signal) != plane(first) {
            return refuse(format!(
                "it joins a value of {} and one of {}: they must be equal",
                first.shape.plane(),
                signal.shape.plane()
            ));
        }
        let others = |signal: &Signal| {
            let others = signal.axes.iter().enumerate().filter(|&(n, _)| n != axis);
            others.map(|(_, axis)| axis.clone()).collect::<Vec<_>>()
        };
        if signal.rank() != first.rank()
            || others(signal) != others(first)
            || wanted(signal).as_ref() != Some(&rest)
        {
            return Err(Fault::Layout(format!(
                "it joins a value whose axes are {} and one whose axes are {}",
                first.described(),
                signal.described()
            )));
        }
    }
    axes[axis] = [vec![Axis::Maps], rest].concat();
    let sources = signals.iter().map(|signal| signal.source).collect();
    let (source, shape) = layers.push_part("", Kind::Concat, sources)?;
    Ok(Signal::new(source, shape, axes))
}
