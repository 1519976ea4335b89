//! Arrays of network inputs, as files hold them.

use anyhow::{Context, Result, bail, ensure};
use ndarray::Array3;
use safetensors::{Dtype, SafeTensors};

/// What the numbers of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Pixels `p`, which the network sees as `(p - 128) / 128`.
    Bytes,
    /// `(p - 128) / 128` itself; a mean and a scale of the input come after that.
    Floats,
    /// The same in double precision.
    Doubles,
}

impl Numbers {
    fn size(self) -> usize {
        match self {
            Self::Bytes => 1,
            Self::Floats => 4,
            Self::Doubles => 8,
        }
    }

    fn value(self, bytes: &[u8]) -> f32 {
        match self {
            Self::Bytes => (f32::from(bytes[0]) - 128.0) / 128.0,
            Self::Floats => f32::from_le_bytes(bytes.try_into().expect("four bytes")),
            Self::Doubles => f64::from_le_bytes(bytes.try_into().expect("eight bytes")) as f32,
        }
    }
}

/// An array of any number of dimensions.
#[derive(Debug)]
pub(crate) struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Tensor {
    /// The numbers in `data`, in C order and little-endian.
    pub(crate) fn new(shape: Vec<usize>, numbers: Numbers, data: &[u8]) -> Result<Self> {
        let bytes = shape.iter().try_fold(numbers.size(), |product, &side| product.checked_mul(side));
        let bytes = bytes.with_context(|| format!("its shape {shape:?} is too large"))?;
        ensure!(
            bytes == data.len(),
            "its shape {shape:?} takes {bytes} bytes, but it holds {} bytes of numbers",
            data.len()
        );
        let values = data.chunks_exact(numbers.size()).map(|bytes| numbers.value(bytes)).collect();
        Ok(Self { shape, values })
    }

    /// The only tensor of a safetensors file.
    pub(crate) fn from_safetensors(bytes: &[u8]) -> Result<Self> {
        let file = SafeTensors::deserialize(bytes).context("it is no safetensors file that can be read")?;
        let names = file.names();
        let &[name] = names.as_slice() else {
            bail!("it holds {} tensors: one with all inputs is wanted", names.len());
        };
        let tensor = file.tensor(name).with_context(|| format!("tensor `{name}`"))?;
        let numbers = match tensor.dtype() {
            Dtype::U8 => Numbers::Bytes,
            Dtype::F32 => Numbers::Floats,
            Dtype::F64 => Numbers::Doubles,
            other => bail!("the numbers of tensor `{name}` are {other:?}: write U8 (pixels), F32 or F64"),
        };
        Self::new(tensor.shape().to_vec(), numbers, tensor.data())
    }

    /// Inputs `[maps, height, width]`: of `[inputs, height, width]` for one map, else of `[inputs, maps, height, width]`.
    pub(crate) fn inputs(&self, maps: usize) -> Result<Vec<Array3<f32>>> {
        let shape = match *self.shape.as_slice() {
            [_, height, width] if maps == 1 => (1, height, width),
            [_, got, height, width] if got == maps => (maps, height, width),
            _ => bail!(
                "its shape is {:?}, but the network reads {maps} map(s): write [inputs, {}height, width]",
                self.shape,
                if maps == 1 { String::new() } else { format!("{maps}, ") }
            ),
        };
        let beyond = self.values.iter().find(|value| value.is_nan() || value.abs() > 1.0);
        if let Some(value) = beyond {
            bail!(
                "it holds the number {value}: a float stands for a pixel p as (p - 128) / 128, from -1 to 1 (a mean and a scale of \
                 `input` come after that); pixels themselves are written as uint8"
            );
        }
        let size = shape.0 * shape.1 * shape.2;
        ensure!(size > 0 && !self.values.is_empty(), "its shape {:?} holds nothing", self.shape);
        let input = |values: &[f32]| Array3::from_shape_vec(shape, values.to_vec()).expect("cut to size");
        Ok(self.values.chunks_exact(size).map(input).collect())
    }
}
