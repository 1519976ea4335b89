//! Element by element: constants per map, and activation functions.

use lacuna_network::Function;

use super::join;
use crate::error::{Fault, refuse};
use crate::layers::{Kind, Layers};
use crate::operation::{Operation, Value};
use crate::signal::{Axis, Signal};
use crate::tensor::Tensor;

/// A bound this large bounds nothing.
const ENDLESS: f64 = 1e30;

pub(crate) fn batch_normalization(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    if op.int("training_mode", 0) != 0 {
        return refuse("it is in training mode: export the model for inference");
    }
    if op.int("spatial", 1) == 0 {
        return refuse("`spatial: 0` is not supported: it must normalise map by map");
    }
    let mut numbers = Vec::with_capacity(4);
    for (index, what) in [(1, "scale"), (2, "bias"), (3, "mean"), (4, "variance")] {
        let tensor = op.required(index, what)?;
        if tensor.len() != x.shape.maps {
            return Err(Fault::Layout(format!(
                "its {what} has {} numbers, but its input has {} maps ({})",
                tensor.len(),
                x.shape.maps,
                x.described()
            )));
        }
        numbers.push(tensor.to_reals());
    }
    let by_map = x.axes.get(1).is_some_and(|axis| axis.iter().all(|&direction| direction == Axis::Maps));
    if !by_map || (x.shape.maps > 1 && x.axes[1].is_empty()) {
        return Err(Fault::Layout(format!(
            "it normalises axis 1 of {}, which must run over the maps alone",
            x.described()
        )));
    }
    let epsilon = op.float("epsilon", 1e-5);
    let coefficient: Vec<f64> = numbers[0]
        .iter()
        .zip(&numbers[3])
        .map(|(scale, variance)| scale / (variance + epsilon).sqrt())
        .collect();
    let moved = numbers[1].iter().zip(&numbers[2]).zip(&coefficient);
    let bias = moved.map(|((bias, mean), coefficient)| bias - mean * coefficient).collect();
    affine("", x, coefficient, bias, layers)
}

/// `coefficient · x + bias`, map by map.
fn affine(
    part: &'static str,
    x: &Signal,
    coefficient: Vec<f64>,
    bias: Vec<f64>,
    layers: &mut Layers,
) -> Result<Signal, Fault> {
    let large = |value: &&f64| value.is_nan() || value.abs() > f64::from(f32::MAX);
    if let Some(value) = coefficient.iter().chain(&bias).find(large) {
        return refuse(format!("it multiplies by or adds {value}: every constant must be finite"));
    }
    let (source, shape) = layers.push_part(part, Kind::Affine { coefficient, bias }, vec![x.source])?;
    Ok(Signal::new(source, shape, x.axes.clone()))
}

/// The same numbers for all maps.
fn uniform(
    part: &'static str,
    x: &Signal,
    coefficient: f64,
    bias: f64,
    layers: &mut Layers,
) -> Result<Signal, Fault> {
    let maps = x.shape.maps;
    affine(part, x, vec![coefficient; maps], vec![bias; maps], layers)
}

pub(crate) fn add_constant(x: &Signal, tensor: &Tensor, layers: &mut Layers) -> Result<Signal, Fault> {
    let (x, bias) = per_map(x, tensor)?;
    affine("", &x, vec![1.0; bias.len()], bias, layers)
}

/// `Add`, `Sub`, `Mul`, `Div` of a value and a constant; sums and differences of two values.
pub(crate) fn arithmetic(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let kind = op.node.op_type.as_str();
    let (x, tensor, swapped) = match (op.input(0), op.input(1)) {
        (Some(Value::Signal(_)), Some(Value::Signal(_))) => {
            let (a, b) = (op.signal(0)?, op.signal(1)?);
            return match kind {
                "Add" => join::added(a, b, layers),
                "Sub" => {
                    let negative = uniform("negative", b, -1.0, 0.0, layers)?;
                    join::added(a, &negative, layers)
                }
                _ => refuse(
                    "both its operands are computed from the model's input: only sums and differences of two \
                     values are supported, and products with constants (SiLU, GELU, Mish and gates of attention are such \
                     products: Relu or Clip come nearest)",
                ),
            };
        }
        (Some(Value::Signal(_)), Some(Value::Constant(tensor))) => (op.signal(0)?, tensor, false),
        (Some(Value::Constant(tensor)), Some(Value::Signal(_))) => (op.signal(1)?, tensor, true),
        _ => return refuse("it needs two operands"),
    };
    let (x, numbers) = per_map(x, tensor)?;
    let ones = || vec![1.0; numbers.len()];
    let negative = |numbers: &[f64]| numbers.iter().map(|v| -v).collect::<Vec<_>>();
    match (kind, swapped) {
        ("Add", _) => affine("", &x, ones(), numbers, layers),
        ("Sub", false) => affine("", &x, ones(), negative(&numbers), layers),
        ("Sub", true) => affine("", &x, negative(&ones()), numbers, layers),
        ("Mul", _) => {
            let zeros = vec![0.0; numbers.len()];
            affine("", &x, numbers, zeros, layers)
        }
        ("Div", false) => {
            affine("", &x, numbers.iter().map(|v| 1.0 / v).collect(), vec![0.0; numbers.len()], layers)
        }
        _ => refuse("a constant divided by a computed value is not supported"),
    }
}

pub(crate) fn negative(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    uniform("", op.signal(0)?, -1.0, 0.0, layers)
}

/// The constant's number for every map, and the value with as many axes as the two have together.
fn per_map(x: &Signal, tensor: &Tensor) -> Result<(Signal, Vec<f64>), Fault> {
    let mut x = x.clone();
    while x.rank() < tensor.shape.len() {
        x.axes.insert(0, Vec::new());
    }
    let missing = x.rank() - tensor.shape.len();
    let dims = x.dims();
    let misfit = || {
        format!(
            "its constant of shape {:?} does not fit its input of shape {dims:?}: a constant is one number, or one a map ({})",
            tensor.shape,
            x.described()
        )
    };
    let values = tensor.to_reals();
    let maps = x.shape.maps;
    if values.is_empty() {
        return refuse(misfit());
    }
    if values.iter().all(|v| *v == values[0])
        && tensor.shape.iter().zip(&dims[missing..]).all(|(&c, &d)| c == d || c == 1)
    {
        return Ok((x, vec![values[0]; maps]));
    }
    // The number of a map is where its index leads; along all other directions nothing may change.
    let mut numbers: Vec<Option<f64>> = vec![None; maps];
    let mut index = vec![0_usize; tensor.shape.len()];
    for value in values {
        let mut map = None;
        for (axis, (&side, &at)) in tensor.shape.iter().zip(&index).enumerate() {
            let directions = &x.axes[missing + axis];
            if side == 1 {
                continue;
            }
            if side != dims[missing + axis] {
                return Err(Fault::Layout(misfit()));
            }
            let mut rest = at;
            for &direction in directions.iter().rev() {
                let size = x.size(direction);
                if direction == Axis::Maps {
                    map = Some(rest % size);
                }
                rest /= size;
            }
        }
        let number = map.and_then(|map| numbers.get_mut(map));
        match number {
            Some(number) if number.is_none_or(|known| known == value) => *number = Some(value),
            _ => {
                return Err(Fault::Layout(format!(
                    "its constant of shape {:?} differs within a map: a constant is one number, or one a map ({})",
                    tensor.shape,
                    x.described()
                )));
            }
        }
        for (at, &side) in index.iter_mut().zip(&tensor.shape).rev() {
            *at += 1;
            if *at < side {
                break;
            }
            *at = 0;
        }
    }
    match numbers.into_iter().collect::<Option<Vec<f64>>>() {
        Some(numbers) => Ok((x, numbers)),
        None => Err(Fault::Layout(misfit())),
    }
}

/// An activation function with nothing but attributes.
pub(crate) fn function(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    match op.node.op_type.as_str() {
        "Relu" => activation("", x, Function::Relu, layers),
        "Tanh" => activation("", x, Function::Tanh, layers),
        "Sigmoid" => activation("", x, Function::Sigmoid, layers),
        "LeakyRelu" => leaky(x, op.float("alpha", 0.01), layers),
        "HardSigmoid" => {
            let (alpha, beta) = (op.float("alpha", 0.2), op.float("beta", 0.5));
            let argument = uniform("argument", x, alpha, beta, layers)?;
            activation("", &argument, Function::ClippedRelu { limit: 1.0 }, layers)
        }
        _ => {
            let slopes = op.required(1, "the slopes")?.to_reals();
            match slopes.split_first() {
                Some((&slope, rest)) if rest.iter().all(|&other| other == slope) => leaky(x, slope, layers),
                _ => {
                    let (x, slopes) = per_map(x, op.required(1, "the slopes")?)?;
                    let slopes = slopes.into_iter().map(|slope| slope as f32).collect();
                    activation("", &x, Function::ParametricRelu { slopes }, layers)
                }
            }
        }
    }
}

fn activation(
    part: &'static str,
    x: &Signal,
    function: Function,
    layers: &mut Layers,
) -> Result<Signal, Fault> {
    let (source, shape) = layers.push_part(part, Kind::Activation(function), vec![x.source])?;
    Ok(Signal::new(source, shape, x.axes.clone()))
}

fn leaky(x: &Signal, slope: f64, layers: &mut Layers) -> Result<Signal, Fault> {
    match slope {
        0.0 => activation("", x, Function::Relu, layers),
        1.0 => Ok(x.clone()),
        _ if slope > 0.0 && slope < 1.0 => {
            activation("", x, Function::LeakyRelu { slope: slope as f32 }, layers)
        }
        _ => refuse(format!("its slope is {slope}, but must lie between 0 and 1")),
    }
}

/// `Clip`, and `Min` and `Max` with a constant.
pub(crate) fn clip(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let kind = op.node.op_type.as_str();
    let at = usize::from(kind != "Clip" && matches!(op.input(0), Some(Value::Constant(_))));
    let x = op.signal(at)?;
    let bound = |index: usize, name: &str, endless: f64| match op.constant(index)? {
        Some(tensor) => match tensor.single() {
            Some(bound) => Ok(bound),
            None => refuse(format!("its bound has shape {:?}, but must be one number", tensor.shape)),
        },
        None => Ok(op.attribute(name).map_or(endless, |attribute| f64::from(attribute.f))),
    };
    let (least, most) = match kind {
        "Clip" => (bound(1, "min", -ENDLESS)?, bound(2, "max", ENDLESS)?),
        _ if op.inputs.len() != 2 => return refuse("it must compare one value with one constant"),
        "Max" => (bound(1 - at, "", -ENDLESS)?, ENDLESS),
        _ => (-ENDLESS, bound(1 - at, "", ENDLESS)?),
    };
    if least.is_nan() || most.is_nan() || least >= most {
        return refuse(format!("its bounds {least} and {most} leave nothing between them"));
    }
    match (least > -ENDLESS, most < ENDLESS) {
        (false, false) => Ok(x.clone()),
        // From below: x if x > least, which is a relu of what lies above it.
        (true, false) => shifted(x, least, 1.0, Function::Relu, layers),
        (false, true) => shifted(x, most, -1.0, Function::Relu, layers),
        (true, true) => {
            let limit = (most - least) as f32;
            shifted(x, least, 1.0, Function::ClippedRelu { limit }, layers)
        }
    }
}

/// `sign · function(sign · (x - origin)) + origin`.
fn shifted(
    x: &Signal,
    origin: f64,
    sign: f64,
    function: Function,
    layers: &mut Layers,
) -> Result<Signal, Fault> {
    if origin == 0.0 && sign == 1.0 {
        return activation("", x, function, layers);
    }
    let argument = uniform("argument", x, sign, -sign * origin, layers)?;
    let curve = activation("", &argument, function, layers)?;
    uniform("result", &curve, sign, origin, layers)
}
