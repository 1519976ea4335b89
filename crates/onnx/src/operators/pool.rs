//! Pools, means over the plane, and zeros around it.

use lacuna_network::{Padding, Pool, Sliding};

use super::conv::sliding;
use crate::error::{Fault, refuse};
use crate::layers::{Kind, Layers};
use crate::operation::Operation;
use crate::signal::{Axis, Signal};

/// The window of a pool over planes, and the padding that `ceil_mode` adds below and to the right.
fn window(op: &Operation<'_>, x: &Signal) -> Result<(Pool, [usize; 2]), Fault> {
    x.check_planes()?;
    if op.ints("kernel_shape").is_none() {
        return refuse("it has no `kernel_shape`");
    }
    let size = op.pair("kernel_shape", 1)?;
    let sliding = sliding(op, size, x.shape)?;
    let reach = sliding.reach(size);
    let (before, after) = (sliding.padding.before(), sliding.padding.after());
    if (0..2).any(|axis| before[axis] >= reach[axis] || after[axis] >= reach[axis]) {
        return refuse("its padding must be less than its window");
    }
    let mut extra = [0; 2];
    if op.int("ceil_mode", 0) != 0 {
        for axis in 0..2 {
            let side = [x.shape.height, x.shape.width][axis];
            let stride = sliding.stride[axis];
            let padded = side + before[axis] + after[axis];
            let Some(room) = padded.checked_sub(reach[axis]) else { continue };
            let mut last = room.div_ceil(stride).saturating_mul(stride);
            // A window that begins behind the plane does not count.
            if last >= side + before[axis] {
                last -= stride;
            }
            extra[axis] = (last + reach[axis]).saturating_sub(padded);
        }
    }
    Ok((Pool { size, sliding }, extra))
}

pub(crate) fn max_pool(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    if op.node.output.get(1).is_some_and(|indices| !indices.is_empty()) {
        return refuse("its second output, the indices, is not supported");
    }
    let (mut pool, [down, across]) = window(op, x)?;
    pool.sliding.padding.bottom += down;
    pool.sliding.padding.right += across;
    let (source, shape) = layers.push(Kind::MaxPool(pool), x.source)?;
    Ok(Signal::planes(source, shape))
}

pub(crate) fn average_pool(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    let (pool, extra) = window(op, x)?;
    if extra != [0, 0] {
        return refuse(
            "its last windows reach beyond the plane (`ceil_mode`), where their means have other divisors: use `ceil_mode: 0`",
        );
    }
    if pool.sliding.padding != Padding::all(0) && op.int("count_include_pad", 0) == 0 {
        return refuse(
            "with padding and `count_include_pad: 0` the means at the border have other divisors: \
             export it with `count_include_pad: 1` or without padding",
        );
    }
    mean(x, pool, Signal::planes, layers)
}

/// A sum, and what makes a mean of it.
fn mean(
    x: &Signal,
    pool: Pool,
    signal: impl Fn(lacuna_network::Source, lacuna_network::Shape) -> Signal,
    layers: &mut Layers,
) -> Result<Signal, Fault> {
    let area = (pool.size[0] as f64) * (pool.size[1] as f64);
    let (sum, _) = layers.push_part("sum", Kind::SumPool(pool), vec![x.source])?;
    let maps = x.shape.maps;
    let divided = Kind::Affine { coefficient: vec![1.0 / area; maps], bias: vec![0.0; maps] };
    let (source, shape) = layers.push(divided, sum)?;
    Ok(signal(source, shape))
}

pub(crate) fn global(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    x.check_planes()?;
    let size = [x.shape.height, x.shape.width];
    let pool = Pool { size, sliding: Sliding::strided(size) };
    if op.node.op_type == "GlobalAveragePool" {
        return mean(x, pool, Signal::planes, layers);
    }
    let (source, shape) = layers.push(Kind::MaxPool(pool), x.source)?;
    Ok(Signal::planes(source, shape))
}

/// `ReduceMean`, `ReduceMax` and `ReduceSum` over height, width or both.
pub(crate) fn reduce(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    let axes = match op.numbers(1, "axes")? {
        Some(axes) if !axes.is_empty() => {
            axes.iter().map(|&axis| x.axis(axis)).collect::<Result<Vec<_>, _>>()?
        }
        _ if op.int("noop_with_empty_axes", 0) != 0 => return Ok(x.clone()),
        _ => (0..x.rank()).collect(),
    };
    let gone: Vec<Axis> = axes.iter().flat_map(|&axis| x.axes[axis].iter().copied()).collect();
    if gone.contains(&Axis::Maps) {
        return Err(Fault::Layout(format!(
            "it reduces axes {axes:?} of {}: only height and width are supported",
            x.described()
        )));
    }
    let side = |direction: Axis| if gone.contains(&direction) { x.size(direction) } else { 1 };
    let size = [side(Axis::Rows), side(Axis::Columns)];
    let pool = Pool { size, sliding: Sliding::strided(size) };
    let keep = op.int("keepdims", 1) != 0;
    let signal = |source, shape| {
        let kept = x.axes.iter().enumerate().filter(|(axis, _)| keep || !axes.contains(axis));
        Signal::new(source, shape, kept.map(|(_, axis)| axis.clone()).collect())
    };
    let kind = match op.node.op_type.as_str() {
        "ReduceMean" => return mean(x, pool, signal, layers),
        "ReduceMax" => Kind::MaxPool(pool),
        _ => Kind::SumPool(pool),
    };
    let (source, shape) = layers.push(kind, x.source)?;
    Ok(signal(source, shape))
}

pub(crate) fn pad(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    match op.text("mode").as_deref() {
        None | Some("constant" | "") => {}
        Some(mode) => {
            return refuse(format!("`mode: {mode}` is not supported: only zeros can surround a plane"));
        }
    }
    let value = match op.constant(2)? {
        Some(tensor) => tensor.single().unwrap_or(f64::NAN),
        None => op.float("value", 0.0),
    };
    if value != 0.0 {
        return refuse(format!("it pads with {value}: only zeros can surround a plane"));
    }
    let Some(pads) = op.numbers(1, "pads")? else { return refuse("it has no `pads`") };
    let axes: Vec<usize> = match op.constant(3)?.map(|tensor| tensor.to_whole().unwrap_or_default()) {
        Some(axes) => axes.iter().map(|&axis| x.axis(axis)).collect::<Result<_, _>>()?,
        None => (0..x.rank()).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return refuse(format!("`pads: {pads:?}` must be two numbers for each of {} axes", axes.len()));
    }
    let mut padding = Padding::all(0);
    for (n, &axis) in axes.iter().enumerate() {
        let (before, behind) = (pads[n], pads[axes.len() + n]);
        if (before, behind) == (0, 0) {
            continue;
        }
        let (Ok(before), Ok(behind)) = (usize::try_from(before), usize::try_from(behind)) else {
            return refuse(format!(
                "`pads: {pads:?}` cuts something off: only zeros around a plane are supported"
            ));
        };
        match x.axes[axis].as_slice() {
            [Axis::Rows] => (padding.top, padding.bottom) = (before, behind),
            [Axis::Columns] => (padding.left, padding.right) = (before, behind),
            _ => {
                return Err(Fault::Layout(format!(
                    "it pads axis {axis} of {}: only height and width are supported",
                    x.described()
                )));
            }
        }
    }
    if padding == Padding::all(0) {
        return Ok(x.clone());
    }
    let (source, shape) = layers.push(Kind::Pad(padding), x.source)?;
    Ok(Signal::new(source, shape, x.axes.clone()))
}
