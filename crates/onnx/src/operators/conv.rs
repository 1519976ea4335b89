//! Convolutions, and how any window of ONNX slides.

use lacuna_network::{Connections, MAX_SIDE, Padding, Shape, Sliding};

use crate::error::{Fault, refuse};
use crate::layers::{Conv, Kind, Layers};
use crate::operation::Operation;
use crate::signal::Signal;
use crate::tensor::{Data, Tensor};

pub(crate) fn conv(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    let weights = op.required(1, "the weights")?;
    let &[maps, per_group, height, width] = weights.shape.as_slice() else {
        return refuse(format!(
            "its weights have shape {:?}: only images with two directions, weights [maps, inputs, height, width], are supported",
            weights.shape
        ));
    };
    x.check_planes()?;
    let kernel = [height, width];
    if op.ints("kernel_shape").is_some() && op.pair("kernel_shape", 1)? != kernel {
        return refuse(format!(
            "`kernel_shape` differs from its weights of {width}x{height} (width x height)"
        ));
    }
    let incoming = x.shape.maps;
    let groups = usize::try_from(op.int("group", 1)).unwrap_or(0);
    if groups == 0 || maps == 0 || maps % groups != 0 || per_group.checked_mul(groups) != Some(incoming) {
        return refuse(format!(
            "weights of shape {:?} in {groups} groups do not fit its input of {incoming} maps",
            weights.shape
        ));
    }
    let connections = match groups {
        1 => Connections::Dense { maps },
        _ if groups == maps && groups == incoming => Connections::Depthwise,
        _ => Connections::Groups { maps, groups },
    };
    let conv = Conv {
        kernel,
        connections,
        kernels: floats(weights, "weights")?.to_vec(),
        bias: bias(op.constant(2)?, maps)?,
        sliding: sliding(op, kernel, x.shape)?,
    };
    let (source, shape) = layers.push(Kind::Conv(conv), x.source)?;
    Ok(Signal::planes(source, shape))
}

/// Finite floating-point numbers.
pub(crate) fn floats<'a>(tensor: &'a Tensor, what: &str) -> Result<&'a [f32], Fault> {
    match &tensor.data {
        Data::Floats(values) => match values.iter().find(|v| !v.is_finite()) {
            Some(value) => refuse(format!("its {what} hold {value}: every one must be finite")),
            None => Ok(values),
        },
        Data::Whole(_) => refuse(format!("its {what} are whole numbers: they must be floating-point")),
    }
}

/// A number for every map, zero where there are none.
fn bias(tensor: Option<&Tensor>, maps: usize) -> Result<Vec<f64>, Fault> {
    let Some(tensor) = tensor else { return Ok(vec![0.0; maps]) };
    let values = floats(tensor, "biases")?;
    if values.len() != maps {
        return refuse(format!("it has {} biases for {maps} maps", values.len()));
    }
    Ok(values.iter().map(|&v| f64::from(v)).collect())
}

/// Stride, dilation and padding of a window over a plane.
pub(crate) fn sliding(op: &Operation<'_>, window: [usize; 2], input: Shape) -> Result<Sliding, Fault> {
    let mut sliding = Sliding {
        stride: op.pair("strides", 1)?,
        dilation: op.pair("dilations", 1)?,
        padding: Padding::all(0),
    };
    if sliding.stride.contains(&0) || sliding.dilation.contains(&0) || window.contains(&0) {
        return refuse("its window, strides and dilations must be at least one");
    }
    let automatic = op.text("auto_pad");
    sliding.padding = match automatic.as_deref() {
        None | Some("" | "NOTSET") => {
            let pads = op.ints("pads").unwrap_or(&[0; 4]);
            let sides: Vec<usize> = pads.iter().filter_map(|&side| usize::try_from(side).ok()).collect();
            match (sides.as_slice(), pads.len()) {
                (&[top, left, bottom, right], 4) => Padding { top, left, bottom, right },
                _ => return refuse(format!("`pads: {pads:?}` must be four numbers, none of them negative")),
            }
        }
        Some("VALID") => Padding::all(0),
        Some(same @ ("SAME_UPPER" | "SAME_LOWER")) => {
            let reach = sliding.reach(window);
            let [(top, bottom), (left, right)] = [0, 1].map(|axis| {
                let side = [input.height, input.width][axis];
                let stride = sliding.stride[axis];
                let covered = (side.div_ceil(stride) - 1).saturating_mul(stride).saturating_add(reach[axis]);
                let total = covered.saturating_sub(side);
                let less = total / 2;
                if same == "SAME_UPPER" { (less, total - less) } else { (total - less, less) }
            });
            Padding { top, left, bottom, right }
        }
        Some(other) => return refuse(format!("`auto_pad: {other}` is unknown")),
    };
    let around = [sliding.padding.before(), sliding.padding.after()].concat();
    let steps = sliding.stride.iter().chain(&sliding.dilation).chain(&around).chain(&window);
    match steps.max() {
        Some(&most) if most > MAX_SIDE => refuse(format!(
            "its window, strides, dilations and padding must be at most {MAX_SIDE}, not {most}"
        )),
        _ => Ok(sliding),
    }
}
