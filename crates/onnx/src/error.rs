//! What can be wrong with an ONNX file, said with the node's name and operator.

/// Why a model cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no ONNX model.
    #[error(
        "not an ONNX model: {0} (PyTorch writes one with `torch.onnx.export`, Keras with `model.export(format=\"onnx\")`)"
    )]
    NotOnnx(String),
    /// The file holds no graph.
    #[error("not an ONNX model: it holds no graph")]
    NoGraph,
    /// The operators' version is not known.
    #[error(
        "opset {0} is not supported: export the model again with an opset between {least} and {most}",
        least = crate::OPSETS.start(),
        most = crate::OPSETS.end()
    )]
    Opset(i64),
    /// Two values, or two nodes' outputs, share a name.
    #[error("the value `{0}` is made twice: every name must be unique")]
    DuplicateValue(String),
    /// Nodes wait for each other.
    #[error("the graph has a cycle through {}", through.join(", "))]
    Cycle {
        /// The first few nodes of it.
        through: Vec<String>,
    },
    /// The graph's input cannot be a network's input.
    #[error("input `{name}`: {problem}")]
    Input {
        /// The input.
        name: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A graph without an output, or with several.
    #[error("{0}")]
    Output(String),
    /// A tensor's data cannot be read.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A node cannot be read.
    #[error("node `{node}` ({operator}): {fault}")]
    Node {
        /// Its name, or that of its output where it has none.
        node: String,
        /// Its operator.
        operator: String,
        /// What is wrong.
        fault: Fault,
    },
    /// What came out does not hold together as a network.
    #[error("the network that results does not hold together: {0}")]
    Network(lacuna_network::Error),
}

/// What is wrong with a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The operator is not known here.
    #[error("this operator is not supported; {0}")]
    Unknown(String),
    /// A value that the node reads is made by no node, initialiser or input.
    #[error("it reads `{0}`, which no node, initialiser or input gives")]
    MissingInput(String),
    /// The axes of its input do not lie as it needs them: another layout of the graph's input may mend this.
    #[error("{0}")]
    Layout(String),
    /// A tensor it reads cannot be read.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A use of the operator that has no counterpart here.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// Whether another reading of the input's axes may help.
    pub(crate) fn concerns_layout(&self) -> bool {
        matches!(self, Self::Node { fault: Fault::Layout(_), .. })
    }
}

/// A refusal.
pub(crate) fn refuse<T>(problem: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Refused(problem.into()))
}
