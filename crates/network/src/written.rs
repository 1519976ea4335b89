//! The flat form in which a project file writes a layer: one mapping with the keys of its kind.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::number::{Sides, height_and_width, whole_number};
use crate::{Connections, Function, LayerKind, LayerSpec, MAX_POOL, MAX_SIDE, Padding, Pool, Sliding};

/// The most maps between layers.
const MAX_MAPS: usize = 65535;

/// Every key that some kind of layer takes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    name: String,
    op: Op,
    #[serde(default, skip_serializing_if = "ReadFrom::is_empty")]
    from: ReadFrom,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maps")]
    maps: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "kernel")]
    kernel: Option<[usize; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connections: Option<WrittenConnections>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maps")]
    groups: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<Sides<2, 1, MAX_POOL>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stride: Option<Sides<2, 1, MAX_POOL>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dilation: Option<Sides<2, 1, MAX_POOL>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    padding: Option<Sides<4, 0, MAX_POOL>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    function: Option<Function>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    #[default]
    Conv,
    SumPool,
    MaxPool,
    AveragePool,
    Affine,
    Activation,
    Add,
    Concat,
}

impl Op {
    /// How it is written, and the keys it takes beside `name`, `op` and `from`.
    fn takes(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Conv => {
                ("conv", &["maps", "kernel", "connections", "groups", "stride", "dilation", "padding"])
            }
            Self::SumPool => ("sum_pool", &["size", "stride", "dilation", "padding"]),
            Self::MaxPool => ("max_pool", &["size", "stride", "dilation", "padding"]),
            Self::AveragePool => ("average_pool", &["size", "stride", "dilation", "padding"]),
            Self::Affine => ("affine", &[]),
            Self::Activation => ("activation", &["function"]),
            Self::Add => ("add", &[]),
            Self::Concat => ("concat", &[]),
        }
    }
}

/// The layers that are read: none said, one name, or a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ReadFrom(Vec<String>);

impl ReadFrom {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for ReadFrom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [name] => serializer.serialize_str(name),
            names => serializer.collect_seq(names),
        }
    }
}

impl<'de> Deserialize<'de> for ReadFrom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = ReadFrom;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a layer, or a list of names")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<ReadFrom, E> {
                Ok(ReadFrom(vec![name.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<ReadFrom, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(sequence)).map(ReadFrom)
            }
        }

        deserializer.deserialize_any(Names)
    }
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

fn maps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    whole_number(deserializer, 1, MAX_MAPS).map(Some)
}

fn kernel<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[usize; 2]>, D::Error> {
    height_and_width(deserializer, MAX_SIDE, MAX_SIDE * MAX_SIDE).map(Some)
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

impl Written {
    /// The keys that were given.
    fn given(&self) -> Vec<&'static str> {
        let Self {
            name: _,
            op: _,
            from: _,
            maps,
            kernel,
            connections,
            groups,
            size,
            stride,
            dilation,
            padding,
            function,
        } = self;
        let given = [
            ("maps", maps.is_some()),
            ("kernel", kernel.is_some()),
            ("connections", connections.is_some()),
            ("groups", groups.is_some()),
            ("size", size.is_some()),
            ("stride", stride.is_some()),
            ("dilation", dilation.is_some()),
            ("padding", padding.is_some()),
            ("function", function.is_some()),
        ];
        given.into_iter().filter_map(|(key, there)| there.then_some(key)).collect()
    }

    fn sliding(&self, stride: [usize; 2]) -> Sliding {
        let Sides([top, left, bottom, right]) = self.padding.unwrap_or(Sides([0; 4]));
        Sliding {
            stride: self.stride.map_or(stride, |Sides(stride)| stride),
            dilation: self.dilation.map_or([1; 2], |Sides(dilation)| dilation),
            padding: Padding { top, left, bottom, right },
        }
    }

    fn set_sliding(&mut self, sliding: Sliding, usual_stride: [usize; 2]) {
        let Padding { top, left, bottom, right } = sliding.padding;
        self.stride = (sliding.stride != usual_stride).then_some(Sides(sliding.stride));
        self.dilation = (sliding.dilation != [1; 2]).then_some(Sides(sliding.dilation));
        self.padding = (sliding.padding != Padding::all(0)).then_some(Sides([top, left, bottom, right]));
    }

    fn connections(&self) -> Result<Connections, String> {
        let name = &self.name;
        let maps =
            || self.maps.ok_or_else(|| format!("layer `{name}` (conv) needs `maps`, such as `maps: 4`"));
        match (&self.connections, self.groups) {
            (Some(_), Some(_)) => {
                Err(format!("layer `{name}`: `connections` and `groups` exclude each other: keep one"))
            }
            (None, Some(groups)) => Ok(Connections::Groups { maps: maps()?, groups }),
            (None | Some(WrittenConnections::Named(NamedConnections::Dense)), None) => {
                Ok(Connections::Dense { maps: maps()? })
            }
            (Some(WrittenConnections::Named(NamedConnections::Depthwise)), None) if self.maps.is_some() => {
                Err(format!("layer `{name}`: depthwise, it has as many maps as its input: leave `maps` out"))
            }
            (Some(WrittenConnections::Named(NamedConnections::Depthwise)), None) => {
                Ok(Connections::Depthwise)
            }
            (Some(WrittenConnections::Table(table)), None) => match self.maps {
                Some(maps) if maps != table.len() => {
                    Err(format!("layer `{name}`: `maps: {maps}` but {} lists of input maps", table.len()))
                }
                _ => Ok(Connections::Table(table.clone())),
            },
        }
    }
}

impl TryFrom<Written> for LayerSpec {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let name = written.name.clone();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_') {
            return Err(format!("the name `{name}` must consist of letters, digits, `.` and `_`"));
        }
        if name == "input" {
            return Err("the name `input` means the network's input: choose another".to_owned());
        }
        let (op, takes) = written.op.takes();
        if let Some(key) = written.given().into_iter().find(|key| !takes.contains(key)) {
            let expected =
                if takes.is_empty() { "none".to_owned() } else { format!("`{}`", takes.join("`, `")) };
            return Err(format!("layer `{name}` ({op}) takes no `{key}`; its own keys: {expected}"));
        }
        let missing =
            |key: &str, example: &str| format!("layer `{name}` ({op}) needs `{key}`, such as {example}");
        let pool = || {
            let Sides(size) = written.size.ok_or_else(|| missing("size", "`size: 2`"))?;
            Ok::<Pool, String>(Pool { size, sliding: written.sliding(size) })
        };
        let kind = match written.op {
            Op::Conv => LayerKind::Conv {
                kernel: written
                    .kernel
                    .ok_or_else(|| missing("kernel", "`kernel: [5, 5]` (height, width)"))?,
                connections: written.connections()?,
                sliding: written.sliding([1; 2]),
            },
            Op::SumPool => LayerKind::SumPool(pool()?),
            Op::MaxPool => LayerKind::MaxPool(pool()?),
            Op::AveragePool => LayerKind::AveragePool(pool()?),
            Op::Affine => LayerKind::Affine,
            Op::Activation => LayerKind::Activation(
                written.function.ok_or_else(|| missing("function", "`function: tanh`"))?,
            ),
            Op::Add => LayerKind::Add,
            Op::Concat => LayerKind::Concat,
        };
        Ok(Self { name, from: written.from.0, kind })
    }
}

impl From<LayerSpec> for Written {
    fn from(spec: LayerSpec) -> Self {
        let mut written = Self { name: spec.name, from: ReadFrom(spec.from), ..Self::default() };
        written.op = match spec.kind {
            LayerKind::Conv { kernel, connections, sliding } => {
                written.kernel = Some(kernel);
                written.set_sliding(sliding, [1; 2]);
                match connections {
                    Connections::Dense { maps } => written.maps = Some(maps),
                    Connections::Groups { maps, groups } => {
                        (written.maps, written.groups) = (Some(maps), Some(groups));
                    }
                    Connections::Depthwise => {
                        written.connections = Some(WrittenConnections::Named(NamedConnections::Depthwise));
                    }
                    Connections::Table(table) => written.connections = Some(WrittenConnections::Table(table)),
                }
                Op::Conv
            }
            LayerKind::SumPool(pool) | LayerKind::MaxPool(pool) | LayerKind::AveragePool(pool) => {
                written.size = Some(Sides(pool.size));
                written.set_sliding(pool.sliding, pool.size);
                match spec.kind {
                    LayerKind::MaxPool(_) => Op::MaxPool,
                    LayerKind::AveragePool(_) => Op::AveragePool,
                    _ => Op::SumPool,
                }
            }
            LayerKind::Affine => Op::Affine,
            LayerKind::Activation(function) => {
                written.function = Some(function);
                Op::Activation
            }
            LayerKind::Add => Op::Add,
            LayerKind::Concat => Op::Concat,
        };
        written
    }
}
