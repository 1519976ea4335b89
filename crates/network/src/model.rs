//! The model section of a project file: input and layers, as a person writes them.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::number::whole_number;
use crate::written::Written;
use crate::{Error, Function, MAX_SIDE, Pool, Sliding};

/// The most maps of an input.
const MAX_INPUT_MAPS: usize = 1024;

/// The network's structure; its weights come beside it, see [`crate::load`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// What comes in.
    pub input: InputSpec,
    /// The layers in order; each reads the one before it unless it says `from`.
    pub layers: Vec<LayerSpec>,
}

/// The network's input: 8-bit pixels `p`. The network sees `(p - mean) * scale`, or `(p - 128) / 128` where neither is
/// given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "keys such as `maps: 1`")]
pub struct InputSpec {
    /// Maps (1 for grey).
    #[serde(deserialize_with = "input_maps")]
    pub maps: usize,
    /// Rows of the images it was trained on, where it takes no others.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "side")]
    pub height: Option<usize>,
    /// Columns of them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "side")]
    pub width: Option<usize>,
    /// What is subtracted from a pixel, one number or one per map.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "numbers")]
    pub mean: Vec<f32>,
    /// What the difference is multiplied by, one number or one per map.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "numbers")]
    pub scale: Vec<f32>,
}

impl InputSpec {
    /// Coefficient and bias of each map that make `(p - mean) * scale` of `(p - 128) / 128`; `None` where that is
    /// what the network sees.
    pub(crate) fn normalisation(&self) -> Result<Option<[Vec<f32>; 2]>, Error> {
        if self.mean.is_empty() && self.scale.is_empty() {
            return Ok(None);
        }
        let of_maps = |key: &'static str, given: &[f32], usual: f32| match given {
            [] => Ok(vec![usual; self.maps]),
            [one] => Ok(vec![*one; self.maps]),
            all if all.len() == self.maps => Ok(all.to_vec()),
            all => Err(Error::Normalisation { key, got: all.len(), maps: self.maps }),
        };
        let (mean, scale) = (of_maps("mean", &self.mean, 0.0)?, of_maps("scale", &self.scale, 1.0)?);
        let bias = mean.iter().zip(&scale).map(|(mean, scale)| (128.0 - mean) * scale).collect();
        Ok(Some([scale.iter().map(|scale| 128.0 * scale).collect(), bias]))
    }
}

/// One finite number or a list of them.
fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    struct Numbers;

    impl<'de> Visitor<'de> for Numbers {
        type Value = Vec<f32>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, or a list with one for each map")
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<Vec<f32>, E> {
            let number = value as f32;
            if number.is_finite() && number.abs() <= 1e6 {
                return Ok(vec![number]);
            }
            Err(E::custom(format_args!("{value} is out of range: it must lie within a million of zero")))
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<Vec<f32>, E> {
            self.visit_f64(value as f64)
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<Vec<f32>, E> {
            self.visit_f64(value as f64)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<f32>, A::Error> {
            let mut numbers = Vec::new();
            while let Some(number) = sequence.next_element::<f64>()? {
                numbers.extend(Numbers.visit_f64(number)?);
            }
            Ok(numbers)
        }
    }

    deserializer.deserialize_any(Numbers)
}

/// One entry of `layers`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "Written")]
pub struct LayerSpec {
    /// Unique name; prefixes the names of its tensors.
    pub name: String,
    /// The layers it reads; the one before it when empty.
    pub from: Vec<String>,
    /// What it is.
    pub kind: LayerKind,
}

/// What a layer is, without its weights.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerKind {
    /// `op: conv`.
    Conv {
        /// Kernel height and width.
        kernel: [usize; 2],
        /// Which input maps each output map sees.
        connections: Connections,
        /// How the kernels move.
        sliding: Sliding,
    },
    /// `op: sum_pool`.
    SumPool(Pool),
    /// `op: max_pool`.
    MaxPool(Pool),
    /// `op: average_pool`: the mean over windows (zeros outside the plane count), as a sum `L.sum` and a coefficient.
    AveragePool(Pool),
    /// `op: affine`.
    Affine,
    /// `op: activation`.
    Activation(Function),
    /// `op: add`.
    Add,
    /// `op: concat`.
    Concat,
}

/// How output maps are connected to input maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connections {
    /// Each of `maps` output maps sees every input map.
    Dense {
        /// Output maps.
        maps: usize,
    },
    /// Input and output maps are divided into as many runs of equal length, and a run sees a run.
    Groups {
        /// Output maps.
        maps: usize,
        /// Runs; divides the input maps and the output maps.
        groups: usize,
    },
    /// Output map `i` sees input map `i` only.
    Depthwise,
    /// A table: one list of input maps per output map.
    Table(Vec<Vec<usize>>),
}

fn input_maps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    whole_number(deserializer, 1, MAX_INPUT_MAPS)
}

fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    whole_number(deserializer, 1, MAX_SIDE).map(Some)
}

impl Connections {
    /// The input maps of every output map, for `incoming` input maps that the groups divide.
    pub fn table(&self, incoming: usize) -> Vec<Vec<usize>> {
        match self {
            Self::Dense { maps } => vec![(0..incoming).collect(); *maps],
            Self::Groups { maps, groups } => {
                let (inputs, outputs) = (incoming / groups, maps / groups);
                let seen = |map: usize| (map / outputs * inputs..(map / outputs + 1) * inputs).collect();
                (0..*maps).map(seen).collect()
            }
            Self::Depthwise => (0..incoming).map(|map| vec![map]).collect(),
            Self::Table(table) => table.clone(),
        }
    }
}
