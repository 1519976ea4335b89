//! A node on its way into layers: its inputs, its attributes, and what it may say about them.

use std::rc::Rc;

use crate::error::{Fault, refuse};
use crate::external::External;
use crate::proto;
use crate::signal::Signal;
use crate::tensor::{self, Tensor};

/// What a name in the graph stands for.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Constant(Rc<Tensor>),
    Signal(Signal),
}

/// A node and the values it reads.
pub(crate) struct Operation<'a> {
    pub(crate) node: &'a proto::Node,
    /// `None` where an optional input is left out.
    pub(crate) inputs: Vec<Option<Value>>,
    pub(crate) opset: i64,
    /// The images that the model takes at once; one of them is followed.
    pub(crate) batch: usize,
}

impl Operation<'_> {
    pub(crate) fn input(&self, index: usize) -> Option<&Value> {
        self.inputs.get(index).and_then(Option::as_ref)
    }

    /// The input that is computed by the network.
    pub(crate) fn signal(&self, index: usize) -> Result<&Signal, Fault> {
        match self.input(index) {
            Some(Value::Signal(signal)) => match signal.ending {
                None => Ok(signal),
                Some(ending) => refuse(format!(
                    "it reads the result of a {}, which is supported at the very end of a model only",
                    ending.name()
                )),
            },
            Some(Value::Constant(_)) => {
                refuse(format!("its input {index} must be computed, but is constant"))
            }
            None => refuse(format!("it has no input {index}")),
        }
    }

    /// An input that must be constant, if it is there.
    pub(crate) fn constant(&self, index: usize) -> Result<Option<&Tensor>, Fault> {
        match self.input(index) {
            Some(Value::Constant(tensor)) => Ok(Some(tensor)),
            Some(Value::Signal(_)) => refuse(format!(
                "its input {index}, `{}`, must be a constant, but is computed from the model's input",
                self.node.input[index]
            )),
            None => Ok(None),
        }
    }

    /// An input that must be there and constant.
    pub(crate) fn required(&self, index: usize, what: &str) -> Result<&Tensor, Fault> {
        match self.constant(index)? {
            Some(tensor) => Ok(tensor),
            None => refuse(format!("it has no input {index}, {what}")),
        }
    }

    /// Whole numbers that newer opsets take as an input and older ones as an attribute.
    pub(crate) fn numbers(&self, index: usize, attribute: &str) -> Result<Option<Vec<i64>>, Fault> {
        match self.constant(index)? {
            Some(tensor) => match tensor.to_whole() {
                Some(numbers) => Ok(Some(numbers.to_vec())),
                None => refuse(format!("its input {index}, `{attribute}`, must hold whole numbers")),
            },
            None => Ok(self.attribute(attribute).map(|a| a.ints.clone())),
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&proto::Attribute> {
        self.node.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub(crate) fn int(&self, name: &str, usual: i64) -> i64 {
        self.attribute(name).map_or(usual, |attribute| attribute.i)
    }

    pub(crate) fn float(&self, name: &str, usual: f32) -> f64 {
        f64::from(self.attribute(name).map_or(usual, |attribute| attribute.f))
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.attribute(name).map(|attribute| String::from_utf8_lossy(&attribute.s).into_owned())
    }

    pub(crate) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    /// Two numbers for rows and columns, such as strides.
    pub(crate) fn pair(&self, name: &str, usual: usize) -> Result<[usize; 2], Fault> {
        let Some(ints) = self.ints(name) else { return Ok([usual; 2]) };
        let numbers: Vec<usize> = ints.iter().filter_map(|&n| usize::try_from(n).ok()).collect();
        match (<[usize; 2]>::try_from(numbers), ints.len()) {
            (Ok(pair), 2) => Ok(pair),
            _ => {
                refuse(format!("`{name}: {ints:?}` must be two numbers, not negative, for height and width"))
            }
        }
    }

    /// The tensor in an attribute.
    pub(crate) fn tensor(&self, name: &str, files: &mut External<'_>) -> Result<Option<Tensor>, Fault> {
        let Some(tensor) = self.attribute(name).and_then(|attribute| attribute.t.as_ref()) else {
            return Ok(None);
        };
        let read = tensor::read(tensor, files);
        read.map(Some).map_err(|problem| Fault::Tensor { name: name.to_owned(), problem })
    }
}
