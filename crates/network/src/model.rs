//! The model section of a project file: input and layers, as a person writes them.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

use crate::number::{height_and_width, whole_number};
use crate::{Function, MAX_POOL, MAX_SIDE};

/// The most maps of an input.
const MAX_INPUT_MAPS: usize = 1024;

/// The most maps between layers.
const MAX_MAPS: usize = 65535;

/// The network's structure; its weights come beside it, see [`crate::load`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// What comes in.
    pub input: InputSpec,
    /// The layers in order; each reads the one before it unless it says `from`.
    pub layers: Vec<LayerSpec>,
}

/// The network's input: 8-bit pixels `p`, which the network sees as `(p - 128) / 128`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "keys such as `maps: 1`")]
pub struct InputSpec {
    /// Maps (1 for grey).
    #[serde(deserialize_with = "input_maps")]
    pub maps: usize,
}

/// One entry of `layers`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "Written")]
pub struct LayerSpec {
    /// Unique name; prefixes the names of its tensors.
    pub name: String,
    /// The layer it reads; the one before it when absent.
    pub from: Option<String>,
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
    },
    /// `op: sum_pool`.
    SumPool {
        /// Block height, width and stride.
        size: usize,
    },
    /// `op: average_pool`: the mean of blocks, as a sum `L.sum` and a coefficient.
    AveragePool {
        /// Block height, width and stride.
        size: usize,
    },
    /// `op: affine`.
    Affine,
    /// `op: activation`.
    Activation(Function),
}

/// How output maps are connected to input maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connections {
    /// Each of `maps` output maps sees every input map.
    Dense {
        /// Output maps.
        maps: usize,
    },
    /// Output map `i` sees input map `i` only.
    Depthwise,
    /// A table: one list of input maps per output map.
    Table(Vec<Vec<usize>>),
}

/// The flat form in which a layer is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    op: Op,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maps")]
    maps: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "kernel")]
    kernel: Option<[usize; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connections: Option<WrittenConnections>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "size")]
    size: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    function: Option<Function>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    #[default]
    Conv,
    SumPool,
    AveragePool,
    Affine,
    Activation,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum WrittenConnections {
    Named(NamedConnections),
    Table(Vec<Vec<usize>>),
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum NamedConnections {
    Dense,
    Depthwise,
}

fn input_maps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    whole_number(deserializer, 1, MAX_INPUT_MAPS)
}

fn maps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    whole_number(deserializer, 1, MAX_MAPS).map(Some)
}

fn kernel<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[usize; 2]>, D::Error> {
    height_and_width(deserializer, MAX_SIDE, MAX_SIDE * MAX_SIDE).map(Some)
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    whole_number(deserializer, 1, MAX_POOL).map(Some)
}

impl<'de> Deserialize<'de> for WrittenConnections {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A map in a table, counted from 0.
        struct Map(usize);

        impl<'de> Deserialize<'de> for Map {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                whole_number(deserializer, 0, MAX_MAPS - 1).map(Map)
            }
        }

        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = WrittenConnections;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`dense`, `depthwise` or a list with one list of input maps per output map")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<WrittenConnections, E> {
                match text {
                    "dense" => Ok(WrittenConnections::Named(NamedConnections::Dense)),
                    "depthwise" => Ok(WrittenConnections::Named(NamedConnections::Depthwise)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<WrittenConnections, A::Error> {
                let table = Vec::<Vec<Map>>::deserialize(SeqAccessDeserializer::new(sequence))?;
                let numbers = |maps: Vec<Map>| maps.into_iter().map(|Map(map)| map).collect();
                Ok(WrittenConnections::Table(table.into_iter().map(numbers).collect()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for LayerSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;

        impl<'de> Visitor<'de> for Entry {
            type Value = LayerSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a layer such as `{name: C1, op: conv, maps: 4, kernel: [5, 5]}`")
            }

            // What is wrong with the keys together is found inside the visitor too, where the reader knows the line.
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LayerSpec, A::Error> {
                let written = Written::deserialize(MapAccessDeserializer::new(map))?;
                LayerSpec::try_from(written).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_map(Entry)
    }
}

impl TryFrom<Written> for LayerSpec {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { name, op, from, maps, kernel, connections, size, function } = written;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_') {
            return Err(format!("the name `{name}` must consist of letters, digits, `.` and `_`"));
        }
        if name == "input" {
            return Err("the name `input` means the network's input: choose another".to_owned());
        }
        let (op_name, takes): (&str, &[&str]) = match op {
            Op::Conv => ("conv", &["maps", "kernel", "connections"]),
            Op::SumPool => ("sum_pool", &["size"]),
            Op::AveragePool => ("average_pool", &["size"]),
            Op::Affine => ("affine", &[]),
            Op::Activation => ("activation", &["function"]),
        };
        let given = [
            ("maps", maps.is_some()),
            ("kernel", kernel.is_some()),
            ("connections", connections.is_some()),
            ("size", size.is_some()),
            ("function", function.is_some()),
        ];
        if let Some((key, _)) = given.iter().find(|(key, there)| *there && !takes.contains(key)) {
            let expected =
                if takes.is_empty() { "none".to_owned() } else { format!("`{}`", takes.join("`, `")) };
            return Err(format!("layer `{name}` ({op_name}) takes no `{key}`; its own keys: {expected}"));
        }
        let missing =
            |key: &str, example: &str| format!("layer `{name}` ({op_name}) needs `{key}`, such as {example}");
        let kind = match op {
            Op::Conv => {
                let kernel = kernel.ok_or_else(|| missing("kernel", "`kernel: [5, 5]` (height, width)"))?;
                let connections = match connections {
                    None | Some(WrittenConnections::Named(NamedConnections::Dense)) => {
                        Connections::Dense { maps: maps.ok_or_else(|| missing("maps", "`maps: 4`"))? }
                    }
                    Some(WrittenConnections::Named(NamedConnections::Depthwise)) => Connections::Depthwise,
                    Some(WrittenConnections::Table(table)) => Connections::Table(table),
                };
                if let (Some(maps), Connections::Table(table)) = (maps, &connections)
                    && maps != table.len()
                {
                    return Err(format!(
                        "layer `{name}`: `maps: {maps}` but {} lists of input maps",
                        table.len()
                    ));
                }
                LayerKind::Conv { kernel, connections }
            }
            Op::SumPool => LayerKind::SumPool { size: size.ok_or_else(|| missing("size", "`size: 2`"))? },
            Op::AveragePool => {
                LayerKind::AveragePool { size: size.ok_or_else(|| missing("size", "`size: 2`"))? }
            }
            Op::Affine => LayerKind::Affine,
            Op::Activation => {
                LayerKind::Activation(function.ok_or_else(|| missing("function", "`function: tanh`"))?)
            }
        };
        Ok(Self { name, from, kind })
    }
}

impl From<LayerSpec> for Written {
    fn from(spec: LayerSpec) -> Self {
        let mut written = Written { name: spec.name, from: spec.from, ..Written::default() };
        match spec.kind {
            LayerKind::Conv { kernel, connections } => {
                written.op = Op::Conv;
                written.kernel = Some(kernel);
                match connections {
                    Connections::Dense { maps } => written.maps = Some(maps),
                    Connections::Depthwise => {
                        written.connections = Some(WrittenConnections::Named(NamedConnections::Depthwise));
                    }
                    Connections::Table(table) => written.connections = Some(WrittenConnections::Table(table)),
                }
            }
            LayerKind::SumPool { size } => {
                written.op = Op::SumPool;
                written.size = Some(size);
            }
            LayerKind::AveragePool { size } => {
                written.op = Op::AveragePool;
                written.size = Some(size);
            }
            LayerKind::Affine => written.op = Op::Affine,
            LayerKind::Activation(function) => {
                written.op = Op::Activation;
                written.function = Some(function);
            }
        }
        written
    }
}
