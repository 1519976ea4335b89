//! Node after node: constants are computed, everything else becomes layers.

use std::collections::BTreeMap;
use std::rc::Rc;

use lacuna_network::Source;

use crate::Error;
use crate::error::{Fault, refuse};
use crate::external::External;
use crate::fold;
use crate::graph::{Checked, Origin, is_standard, node_error, shown};
use crate::input::Layout;
use crate::layers::{Kind, Layers};
use crate::operation::{Operation, Value};
use crate::operators;
use crate::signal::Signal;
use crate::tensor::{self, Data};

/// So many weights and elements of constants may arise whatever the size of the model.
const FREE: usize = 1 << 23;

/// The layers of all nodes, and the value that the model gives.
pub(crate) fn read(
    checked: &Checked<'_>,
    opset: i64,
    input: &Layout,
    size: usize,
    files: &mut External<'_>,
) -> Result<(Layers, Signal), Error> {
    let graph = checked.graph;
    let mut layers = Layers { input: input.shape, list: Vec::new(), node: 0, weights: 0, most_weights: FREE };
    let mut computed = 0_usize;
    let mut source = Source::Input;
    if let Some([coefficient, bias]) = input.numbers.coefficient_and_bias() {
        let maps = input.shape.maps;
        let kind = Kind::Affine { coefficient: vec![coefficient; maps], bias: vec![bias; maps] };
        layers.node = checked.order.first().copied().unwrap_or(0);
        let pushed = layers.push_part("pixels", kind, vec![source]);
        (source, _) = pushed.map_err(|fault| node_error(&graph.node[layers.node], fault))?;
    }
    let signal = Signal::new(source, input.shape, input.axes.clone());
    let mut values: BTreeMap<&str, Value> = BTreeMap::from([(input.name.as_str(), Value::Signal(signal))]);
    // How often each constant is still to be read: weights go when they have been used.
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for &index in &checked.order {
        for name in &graph.node[index].input {
            *uses.entry(name).or_default() += 1;
        }
    }
    for &index in &checked.order {
        let node = &graph.node[index];
        let fault = |fault| node_error(node, fault);
        if !is_standard(&node.domain) {
            return Err(fault(operators::unknown(&node.op_type)));
        }
        let mut inputs = Vec::with_capacity(node.input.len());
        for name in &node.input {
            if name.is_empty() {
                inputs.push(None);
                continue;
            }
            if !values.contains_key(name.as_str())
                && let Some(Origin::Initializer(at)) = checked.origins.get(name.as_str())
            {
                let read = tensor::read(&graph.initializer[*at], files);
                let tensor = read.map_err(|problem| fault(Fault::Tensor { name: shown(name), problem }))?;
                values.insert(name, Value::Constant(Rc::new(tensor)));
            }
            match values.get(name.as_str()) {
                Some(value) => inputs.push(Some(value.clone())),
                None => return Err(fault(Fault::MissingInput(shown(name)))),
            }
        }
        layers.node = index;
        // No more than a few times what is in the file: constants can be read, and grow, again and again.
        layers.most_weights = FREE.saturating_add(size).saturating_add(files.used());
        let op = Operation { node, inputs, opset, batch: input.batch };
        let value = evaluate(&op, &mut layers, files).map_err(fault)?;
        drop(op);
        if let Value::Constant(tensor) = &value {
            computed = computed.saturating_add(tensor.len());
            if computed > layers.most_weights {
                return Err(fault(Fault::Refused(
                    "the constants computed up to it are too large".to_owned(),
                )));
            }
        }
        for name in &node.input {
            if let Some(left) = uses.get_mut(name.as_str()) {
                *left -= 1;
                if *left == 0 && matches!(values.get(name.as_str()), Some(Value::Constant(_))) {
                    values.remove(name.as_str());
                }
            }
        }
        // Further outputs, such as the mask of a dropout, have no value: who reads one is told.
        if let Some(name) = node.output.first().filter(|name| !name.is_empty()) {
            values.insert(name, value);
        }
    }
    Ok((layers, output(checked, &values)?))
}

fn evaluate(op: &Operation<'_>, layers: &mut Layers, files: &mut External<'_>) -> Result<Value, Fault> {
    let constant = |tensor| Ok(Value::Constant(Rc::new(tensor)));
    let operator = op.node.op_type.as_str();
    match (operator, op.input(0)) {
        ("Constant", _) => return constant(constant_of(op, files)?),
        ("ConstantOfShape", _) => {
            let value = op.tensor("value", files)?;
            return constant(fold::constant_of_shape(op, value)?);
        }
        ("Shape", Some(Value::Signal(signal))) => {
            let dims: Vec<i64> = signal.dims().into_iter().map(|side| side as i64).collect();
            return constant(fold::shape_of(&dims, op)?);
        }
        _ => {}
    }
    if !op.inputs.is_empty() && operators::is_constant(op) {
        if !fold::OPERATORS.contains(&operator) {
            return Err(match operators::is_known(operator) {
                true => Fault::Refused(
                    "all its inputs are constant, so nothing is computed from the model's input".to_owned(),
                ),
                false => operators::unknown(operator),
            });
        }
        return constant(fold::fold(op)?);
    }
    operators::read(op, layers).map(Value::Signal)
}

/// The value of a `Constant`, in whichever attribute it lies.
fn constant_of(op: &Operation<'_>, files: &mut External<'_>) -> Result<tensor::Tensor, Fault> {
    if let Some(tensor) = op.tensor("value", files)? {
        return Ok(tensor);
    }
    let single = |data| Ok(tensor::Tensor { shape: vec![], data });
    let Some(attribute) = op.node.attribute.first() else { return refuse("it has no value") };
    match attribute.name.as_str() {
        "value_float" => single(Data::Floats(vec![attribute.f])),
        "value_int" => single(Data::Whole(vec![attribute.i])),
        "value_floats" => Ok(tensor::Tensor::floats(vec![attribute.floats.len()], attribute.floats.clone())),
        "value_ints" => Ok(tensor::Tensor::whole(attribute.ints.clone())),
        other => refuse(format!("its `{}` is not supported: it must be numbers", shown(other))),
    }
}

/// The value that all outputs of the graph come from.
fn output(checked: &Checked<'_>, values: &BTreeMap<&str, Value>) -> Result<Signal, Error> {
    let mut found: Option<(&str, Signal)> = None;
    for output in &checked.graph.output {
        let name = output.name.as_str();
        let Some(Value::Signal(signal)) = values.get(name) else {
            return Err(Error::Output(format!(
                "the graph's output `{}` does not depend on its input",
                shown(name)
            )));
        };
        match &found {
            None => found = Some((name, signal.clone())),
            Some((first, other)) if other.source != signal.source => {
                return Err(Error::Output(format!(
                    "the graph has several outputs, `{}` and `{}` among them: a network has one, so export the model with one",
                    shown(first),
                    shown(name)
                )));
            }
            Some(_) => {}
        }
    }
    match found {
        Some((_, signal)) => Ok(signal),
        None => Err(Error::Output("the graph has no output".to_owned())),
    }
}
