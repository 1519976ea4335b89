//! The model section of a project file: input and layers, as a person writes them.

use serde::{Deserialize, Serialize};

use crate::Function;

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
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// Maps (1 for grey).
    pub maps: usize,
}

/// One entry of `layers`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maps: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kernel: Option<[usize; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connections: Option<WrittenConnections>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    Affine,
    Activation,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected `dense`, `depthwise` or a list with one list of input maps per output map"
)]
enum WrittenConnections {
    Named(NamedConnections),
    Table(Vec<Vec<usize>>),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NamedConnections {
    Dense,
    Depthwise,
}

impl TryFrom<Written> for LayerSpec {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { name, op, from, maps, kernel, connections, size, function } = written;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_') {
            return Err(format!("layer name `{name}`: use letters, digits, `.` and `_`"));
        }
        let (op_name, takes): (&str, &[&str]) = match op {
            Op::Conv => ("conv", &["maps", "kernel", "connections"]),
            Op::SumPool => ("sum_pool", &["size"]),
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
                if kernel.contains(&0) {
                    return Err(format!("layer `{name}`: a kernel's height and width must be at least 1"));
                }
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
            Op::SumPool => {
                let size = size.ok_or_else(|| missing("size", "`size: 2`"))?;
                if size == 0 {
                    return Err(format!("layer `{name}`: the pool's size must be at least 1"));
                }
                LayerKind::SumPool { size }
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
            LayerKind::Affine => written.op = Op::Affine,
            LayerKind::Activation(function) => {
                written.op = Op::Activation;
                written.function = Some(function);
            }
        }
        written
    }
}
