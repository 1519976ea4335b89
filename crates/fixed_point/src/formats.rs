//! The format of every wire, derived from those before it: the proof that nothing overflows.

use lacuna_network::{Padding, Pool, Use};

use crate::{Error, Format, IntConv2d, IntCurve, IntLayer, IntNode, Interval, Rescale};

/// Widest value that any wire, product or partial sum may take: all stay inside `i64` with room to add two.
const MAX_BITS: u32 = 62;

pub(crate) fn form(layer: &str, problem: &str) -> Error {
    Error::Form { layer: layer.to_owned(), problem: problem.to_owned() }
}

/// The formats of a node's outputs, derived from those of its inputs.
pub(crate) fn outgoing(node: &IntNode, inputs: &[Vec<Format>]) -> Result<Vec<Format>, Error> {
    let name = &node.name;
    match &node.layer {
        IntLayer::Add { shifts } | IntLayer::Concat { shifts } => {
            let aligned = aligned_formats(name, shifts, inputs)?;
            if let IntLayer::Concat { .. } = node.layer {
                return Ok(aligned.concat());
            }
            added_formats(name, &aligned)
        }
        layer => {
            let [incoming] = inputs else {
                return Err(form(name, &format!("it has {} inputs, but takes exactly one", inputs.len())));
            };
            if let Some((window, sliding)) = layer.window() {
                let usage = match layer {
                    IntLayer::SumPool(_) => Use::Sum,
                    IntLayer::MaxPool(_) => Use::Maximum,
                    _ => Use::Products,
                };
                sliding.check(window, usage).map_err(|problem| form(name, &problem))?;
            }
            match layer {
                IntLayer::Conv2d(conv) => conv_formats(name, conv, incoming),
                IntLayer::SumPool(pool) => sum_formats(name, pool, incoming),
                IntLayer::Rescale(rescale) => rescale_formats(name, rescale, incoming),
                IntLayer::Curve(curve) => curve_formats(name, curve, incoming),
                IntLayer::MaxPool(_) | IntLayer::Add { .. } | IntLayer::Concat { .. } => Ok(incoming.clone()),
            }
        }
    }
}

fn sum_formats(name: &str, pool: &Pool, incoming: &[Format]) -> Result<Vec<Format>, Error> {
    let area = pool.area() as i128;
    let is_padded = pool.sliding.padding != Padding::all(0);
    let sum = |f: &Format| {
        let (mut lo, mut hi) = (area * i128::from(f.interval.lo), area * i128::from(f.interval.hi));
        if is_padded {
            (lo, hi) = (lo.min(0), hi.max(0));
        }
        Ok(Format { interval: checked(name, lo, hi)?, ..*f })
    };
    incoming.iter().map(sum).collect()
}

fn curve_formats(name: &str, curve: &IntCurve, incoming: &[Format]) -> Result<Vec<Format>, Error> {
    let ascending = curve.segments.is_sorted_by(|a, b| a.start < b.start);
    let starts = [curve.segments.first(), curve.segments.last()];
    for start in starts.into_iter().flatten().map(|segment| i128::from(segment.start)) {
        checked(name, start, start)?;
    }
    if curve.segments.is_empty() || !ascending || curve.clamp.lo > curve.clamp.hi || curve.shift >= MAX_BITS {
        return Err(form(name, "a curve needs segments in ascending order, a shift below 62 and a clamp"));
    }
    let of_map = |f: &Format| {
        let widest = curve.widest(f.interval);
        checked(name, -widest, widest)?;
        Ok(Format { fraction: curve.fraction, interval: curve.range(f.interval) })
    };
    incoming.iter().map(of_map).collect()
}

/// The formats of all inputs after their shifts, which must leave all with the same fraction bits.
fn aligned_formats(name: &str, shifts: &[u32], inputs: &[Vec<Format>]) -> Result<Vec<Vec<Format>>, Error> {
    if shifts.len() != inputs.len() || inputs.len() < 2 || shifts.iter().any(|&shift| shift >= MAX_BITS) {
        return Err(form(name, "it needs two or more inputs, and a shift below 62 for each"));
    }
    let shifted = |(formats, &shift): (&Vec<Format>, &u32)| {
        let ends = |f: &Format| [f.interval.lo, f.interval.hi].map(|v| i128::from(v) << shift);
        let of_map = |f: &Format| {
            let [lo, hi] = ends(f);
            Ok(Format { fraction: f.fraction + shift as i32, interval: checked(name, lo, hi)? })
        };
        formats.iter().map(of_map).collect::<Result<Vec<Format>, Error>>()
    };
    let aligned = inputs.iter().zip(shifts).map(shifted).collect::<Result<Vec<_>, Error>>()?;
    let mut fractions = aligned.iter().flatten().map(|f| f.fraction);
    let first = fractions.next();
    if fractions.any(|fraction| Some(fraction) != first) {
        return Err(form(name, "its inputs have different fraction bits after their shifts"));
    }
    Ok(aligned)
}

fn added_formats(name: &str, inputs: &[Vec<Format>]) -> Result<Vec<Format>, Error> {
    let (first, others) = inputs.split_first().ok_or_else(|| form(name, "it has no inputs"))?;
    if others.iter().any(|other| other.len() != first.len()) {
        return Err(form(name, "its inputs have different numbers of maps"));
    }
    let of_map = |m: usize| {
        // Zero is kept inside, so that the interval also bounds every partial sum.
        let lo = inputs.iter().map(|formats| i128::from(formats[m].interval.lo));
        let hi = inputs.iter().map(|formats| i128::from(formats[m].interval.hi));
        checked(name, lo.clone().map(|v| v.min(0)).sum(), hi.clone().map(|v| v.max(0)).sum())?;
        Ok(Format { fraction: first[m].fraction, interval: checked(name, lo.sum(), hi.sum())? })
    };
    (0..first.len()).map(of_map).collect()
}

fn conv_formats(name: &str, conv: &IntConv2d, incoming: &[Format]) -> Result<Vec<Format>, Error> {
    let connected: usize = conv.connections.iter().map(Vec::len).sum();
    if conv.kernels.dim().0 != connected
        || conv.fraction.len() != conv.connections.len()
        || conv.kernels.is_empty()
    {
        return Err(form(name, "kernels, connections and fractions do not fit each other"));
    }
    if conv.connections.iter().any(|inputs| inputs.is_empty() || !inputs.is_sorted_by(|a, b| a < b)) {
        return Err(form(name, "the input maps of an output map must be one or more, in ascending order"));
    }
    let mut kernel = 0;
    let mut formats = Vec::with_capacity(conv.connections.len());
    for (inputs, &fraction) in conv.connections.iter().zip(&conv.fraction) {
        let (mut lo, mut hi) = (0_i128, 0_i128);
        let mut of_inputs = None;
        for &input in inputs {
            let from = incoming.get(input).ok_or_else(|| form(name, "it reads a map that does not exist"))?;
            if *of_inputs.get_or_insert(from.fraction) != from.fraction {
                return Err(form(name, "its input maps have different fraction bits"));
            }
            for &weight in conv.kernels.index_axis(ndarray::Axis(0), kernel) {
                let ends = [from.interval.lo, from.interval.hi].map(|v| i128::from(weight) * i128::from(v));
                // Zero is kept inside, so that the interval also bounds every partial sum, in any order.
                lo += ends[0].min(ends[1]).min(0);
                hi += ends[0].max(ends[1]).max(0);
                checked(name, lo, hi)?;
            }
            kernel += 1;
        }
        let fraction = of_inputs.unwrap_or(0).saturating_add(fraction);
        formats.push(Format { fraction, interval: checked(name, lo, hi)? });
    }
    Ok(formats)
}

fn rescale_formats(name: &str, rescale: &Rescale, incoming: &[Format]) -> Result<Vec<Format>, Error> {
    let maps = incoming.len();
    if [rescale.multiplier.len(), rescale.bias.len(), rescale.shift.len()] != [maps; 3] {
        return Err(form(name, "a rescaling needs one multiplier, bias and shift per map"));
    }
    if rescale.clamp.lo > rescale.clamp.hi {
        return Err(form(name, "a rescaling's clamp must not be empty"));
    }
    checked(name, rescale.clamp.lo.into(), rescale.clamp.hi.into())?;
    let mut formats = Vec::with_capacity(maps);
    for (m, f) in incoming.iter().enumerate() {
        let (multiplier, bias, shift) = (rescale.multiplier[m], rescale.bias[m], rescale.shift[m]);
        if shift >= MAX_BITS {
            return Err(form(
                name,
                "a rescaling's shift must be below 62: scale the weights of the network up",
            ));
        }
        let half = if shift == 0 { 0 } else { 1_i128 << (shift - 1) };
        let ends = [f.interval.lo, f.interval.hi].map(|v| i128::from(multiplier) * i128::from(v));
        let (lo, hi) = (ends[0].min(ends[1]).min(0), ends[0].max(ends[1]).max(0));
        let added = i128::from(bias).abs() + half;
        checked(name, lo - added, hi + added)?;
        let shifted =
            f.interval.map(|v| rescale.clamp.clamp(crate::round_shift(multiplier * v + bias, shift)));
        formats.push(Format { fraction: rescale.fraction, interval: shifted });
    }
    Ok(formats)
}

fn checked(name: &str, lo: i128, hi: i128) -> Result<Interval, Error> {
    let bits = 129 - lo.unsigned_abs().max(hi.unsigned_abs()).leading_zeros();
    if bits > MAX_BITS {
        return Err(Error::TooWide { layer: name.to_owned(), bits });
    }
    Ok(Interval { lo: lo as i64, hi: hi as i64 })
}
