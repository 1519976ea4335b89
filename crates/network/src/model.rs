//! The model section of a project file: input and layers, as a person writes them.

use serde::{Deserialize, Serialize};

use crate::written::Written;
use crate::{Function, InputSpec, Pool, Sliding};

/// The network's structure; its weights come beside it, see [`crate::load`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// What comes in.
    pub input: InputSpec,
    /// The layers in order; each reads the one before it unless it says `from`.
    pub layers: Vec<LayerSpec>,
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
