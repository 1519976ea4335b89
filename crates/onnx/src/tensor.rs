//! Constants: tensors of floats or of whole numbers, read from a file's many ways to store them.

use half::{bf16, f16};
use prost::bytes::Bytes;

use crate::external::{self, External};
use crate::proto;

/// The most elements of one tensor.
pub(crate) const MAX_ELEMENTS: usize = 1 << 29;

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Data,
}

/// The elements in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Floats(Vec<f32>),
    Whole(Vec<i64>),
}

impl Tensor {
    pub(crate) fn whole(values: Vec<i64>) -> Self {
        Self { shape: vec![values.len()], data: Data::Whole(values) }
    }

    pub(crate) fn floats(shape: Vec<usize>, values: Vec<f32>) -> Self {
        Self { shape, data: Data::Floats(values) }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.data {
            Data::Floats(values) => values.len(),
            Data::Whole(values) => values.len(),
        }
    }

    /// Its elements as real numbers.
    pub(crate) fn to_reals(&self) -> Vec<f64> {
        match &self.data {
            Data::Floats(values) => values.iter().map(|&v| f64::from(v)).collect(),
            Data::Whole(values) => values.iter().map(|&v| v as f64).collect(),
        }
    }

    /// Its elements as whole numbers, where they are some.
    pub(crate) fn to_whole(&self) -> Option<&[i64]> {
        match &self.data {
            Data::Floats(_) => None,
            Data::Whole(values) => Some(values),
        }
    }

    /// The only element.
    pub(crate) fn single(&self) -> Option<f64> {
        match &self.data {
            Data::Floats(values) => <[f32; 1]>::try_from(values.as_slice()).ok().map(|[v]| f64::from(v)),
            Data::Whole(values) => <[i64; 1]>::try_from(values.as_slice()).ok().map(|[v]| v as f64),
        }
    }

    /// The same with the elements at `indices` of this one.
    pub(crate) fn picked(&self, shape: Vec<usize>, indices: &[usize]) -> Self {
        let data = match &self.data {
            Data::Floats(values) => Data::Floats(indices.iter().map(|&i| values[i]).collect()),
            Data::Whole(values) => Data::Whole(indices.iter().map(|&i| values[i]).collect()),
        };
        Self { shape, data }
    }
}

/// The number of elements of a shape, if it is one that can be held.
pub(crate) fn elements(shape: &[usize]) -> Option<usize> {
    let count = shape.iter().try_fold(1_usize, |product, &side| product.checked_mul(side))?;
    (count <= MAX_ELEMENTS).then_some(count)
}

/// The stored types that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    F16,
    BF16,
    F32,
    F64,
    I8,
    U8,
    I16,
    U16,
    I32,
    I64,
    Bool,
}

impl Stored {
    fn of(data_type: i32) -> Result<Self, String> {
        Ok(match data_type {
            1 => Self::F32,
            2 => Self::U8,
            3 => Self::I8,
            4 => Self::U16,
            5 => Self::I16,
            6 => Self::I32,
            7 => Self::I64,
            9 => Self::Bool,
            10 => Self::F16,
            11 => Self::F64,
            16 => Self::BF16,
            other => {
                let name = match other {
                    0 => "undefined",
                    8 => "string",
                    12 => "uint32",
                    13 => "uint64",
                    14 => "complex64",
                    15 => "complex128",
                    17..=20 => "float8",
                    21 => "uint4",
                    22 => "int4",
                    23 => "float4",
                    _ => "unknown",
                };
                return Err(format!(
                    "its type {other} ({name}) is not supported: weights are float32, float16, bfloat16 or float64, shapes int64 or int32"
                ));
            }
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::F16 | Self::BF16 | Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }

    fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::BF16 | Self::F32 | Self::F64)
    }

    fn read_raw(self, raw: &[u8]) -> Data {
        let pairs = || raw.chunks_exact(2).map(|b| [b[0], b[1]]);
        let fours = || raw.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
        let eights = || raw.chunks_exact(8).map(|b| [b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
        match self {
            Self::F32 => Data::Floats(fours().map(f32::from_le_bytes).collect()),
            Self::F64 => Data::Floats(eights().map(|b| f64::from_le_bytes(b) as f32).collect()),
            Self::F16 => Data::Floats(pairs().map(|b| f16::from_le_bytes(b).to_f32()).collect()),
            Self::BF16 => Data::Floats(pairs().map(|b| bf16::from_le_bytes(b).to_f32()).collect()),
            Self::I64 => Data::Whole(eights().map(i64::from_le_bytes).collect()),
            Self::I32 => Data::Whole(fours().map(|b| i32::from_le_bytes(b).into()).collect()),
            Self::I16 => Data::Whole(pairs().map(|b| i16::from_le_bytes(b).into()).collect()),
            Self::U16 => Data::Whole(pairs().map(|b| u16::from_le_bytes(b).into()).collect()),
            Self::I8 => Data::Whole(raw.iter().map(|&b| (b as i8).into()).collect()),
            Self::U8 | Self::Bool => Data::Whole(raw.iter().map(|&b| b.into()).collect()),
        }
    }

    /// The elements from the field that the type has for itself.
    fn read_fields(self, tensor: &proto::Tensor) -> Data {
        let bits = || tensor.int32_data.iter().map(|&v| v as u16);
        match self {
            Self::F32 => Data::Floats(tensor.float_data.clone()),
            Self::F64 => Data::Floats(tensor.double_data.iter().map(|&v| v as f32).collect()),
            Self::F16 => Data::Floats(bits().map(|b| f16::from_bits(b).to_f32()).collect()),
            Self::BF16 => Data::Floats(bits().map(|b| bf16::from_bits(b).to_f32()).collect()),
            Self::I64 => Data::Whole(tensor.int64_data.clone()),
            Self::I32 | Self::I16 | Self::U16 | Self::I8 | Self::U8 | Self::Bool => {
                Data::Whole(tensor.int32_data.iter().map(|&v| v.into()).collect())
            }
        }
    }
}

/// The type's class behind a `Cast` to it: whether it is one of floats.
pub(crate) fn is_float(data_type: i64) -> Result<bool, String> {
    Stored::of(i32::try_from(data_type).unwrap_or(-1)).map(Stored::is_float)
}

/// Reads a tensor; what lies in another file comes through `files`.
pub(crate) fn read(tensor: &proto::Tensor, files: &mut External<'_>) -> Result<Tensor, String> {
    let stored = Stored::of(tensor.data_type)?;
    let side = |&side: &i64| {
        usize::try_from(side).map_err(|_| format!("its shape {:?} has a negative side", tensor.dims))
    };
    let shape = tensor.dims.iter().map(side).collect::<Result<Vec<usize>, String>>()?;
    let Some(count) = elements(&shape) else {
        return Err(format!("its shape {shape:?} promises more than {MAX_ELEMENTS} elements"));
    };
    let raw: Bytes = match tensor.data_location {
        0 => tensor.raw_data.clone(),
        1 => external::read(&tensor.external_data, count * stored.bytes(), files)?,
        other => return Err(format!("its data lies at {other}, which is neither inline nor external")),
    };
    let from_fields = tensor.data_location == 0 && raw.is_empty();
    let data = if from_fields { stored.read_fields(tensor) } else { stored.read_raw(&raw) };
    let got = Tensor { shape, data };
    let complete = got.len() == count && (from_fields || raw.len() == count * stored.bytes());
    if !complete {
        return Err(format!(
            "its shape {:?} needs {count} elements, but {} are stored",
            got.shape,
            got.len()
        ));
    }
    Ok(got)
}
