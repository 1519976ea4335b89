//! What the operators become: one file for each family.

mod arrange;
mod conv;
mod dense;
mod join;
mod pointwise;
mod pool;

use crate::error::Fault;
use crate::fold;
use crate::layers::Layers;
use crate::operation::{Operation, Value};
use crate::signal::Signal;

/// The operators that read what the network computes.
const OPERATORS: [&str; 42] = [
    "Add",
    "ArgMax",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Clip",
    "Concat",
    "Conv",
    "Div",
    "Dropout",
    "Flatten",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "HardSigmoid",
    "Identity",
    "LeakyRelu",
    "LogSoftmax",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mul",
    "Neg",
    "PRelu",
    "Pad",
    "ReduceMax",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Shape",
    "Sigmoid",
    "Softmax",
    "Squeeze",
    "Sub",
    "Sum",
    "Tanh",
    "Transpose",
    "Unsqueeze",
    "Constant",
    "ConstantOfShape",
];

/// Turns a node that reads the network's values into layers.
pub(crate) fn read(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    match op.node.op_type.as_str() {
        "Conv" => conv::conv(op, layers),
        "Gemm" => dense::gemm(op, layers),
        "MatMul" => dense::matmul(op, layers),
        "BatchNormalization" => pointwise::batch_normalization(op, layers),
        "Add" | "Sub" | "Mul" | "Div" => pointwise::arithmetic(op, layers),
        "Neg" => pointwise::negative(op, layers),
        "Sum" => join::add(op, layers),
        "Concat" => join::concat(op, layers),
        "Relu" | "Tanh" | "Sigmoid" | "LeakyRelu" | "PRelu" | "HardSigmoid" => {
            pointwise::function(op, layers)
        }
        "Clip" | "Min" | "Max" => pointwise::clip(op, layers),
        "MaxPool" => pool::max_pool(op, layers),
        "AveragePool" => pool::average_pool(op, layers),
        "GlobalAveragePool" | "GlobalMaxPool" => pool::global(op, layers),
        "ReduceMean" | "ReduceMax" | "ReduceSum" => pool::reduce(op, layers),
        "Pad" => pool::pad(op, layers),
        "Flatten" | "Reshape" | "Transpose" | "Squeeze" | "Unsqueeze" => arrange::arrange(op),
        "Identity" | "Dropout" | "Cast" => arrange::pass(op),
        "Softmax" | "LogSoftmax" | "ArgMax" => arrange::ending(op),
        other => Err(unknown(other)),
    }
}

/// Whether a node with only constant inputs can be computed at once.
pub(crate) fn is_constant(op: &Operation<'_>) -> bool {
    op.inputs.iter().flatten().all(|value| matches!(value, Value::Constant(_)))
}

/// The refusal of an operator, with what comes nearest to it.
pub(crate) fn unknown(operator: &str) -> Fault {
    let instead = match operator {
        "FusedConv" | "FusedMatMul" | "FusedGemm" | "FusedGelu" | "SkipLayerNormalization" | "BiasGelu" => {
            "a runtime's optimiser fuses operators to this: export the model without such optimisations"
        }
        "ConvTranspose" | "ConvInteger" | "QLinearConv" | "DeformConv" => {
            "the nearest is Conv, with floating-point weights"
        }
        "QLinearMatMul" | "MatMulInteger" => "the nearest is Gemm, with floating-point weights",
        "QuantizeLinear" | "DequantizeLinear" | "DynamicQuantizeLinear" => {
            "export the model before its quantisation, with float weights: Lacuna chooses its own"
        }
        "InstanceNormalization" => {
            "GroupNorm and InstanceNorm are exported as this; the nearest is BatchNormalization, whose statistics do not depend on \
             the image"
        }
        "LRN"
        | "LayerNormalization"
        | "GroupNormalization"
        | "MeanVarianceNormalization"
        | "LpNormalization"
        | "RMSNormalization" => {
            "the nearest is BatchNormalization, whose statistics do not depend on the image"
        }
        "Elu" | "Selu" | "Celu" | "Gelu" | "Softplus" | "Softsign" | "Mish" | "HardSwish" | "Swish"
        | "Erf" | "Exp" | "Log" | "Abs" | "Sin" | "Cos" | "ThresholdedRelu" | "Hardmax" | "Shrink" => {
            "the nearest are Relu, LeakyRelu, Clip, HardSigmoid, Tanh and Sigmoid"
        }
        "Resize" | "Upsample" | "DepthToSpace" | "SpaceToDepth" | "GridSample" => {
            "the nearest is a Conv or a pool with a stride"
        }
        "LpPool" | "GlobalLpPool" | "MaxRoiPool" | "MaxUnpool" => "the nearest are AveragePool and MaxPool",
        "ReduceMin" | "ReduceL1" | "ReduceL2" | "ReduceSumSquare" | "ReduceLogSumExp" => {
            "the nearest are ReduceMean and ReduceMax over height and width"
        }
        "LSTM" | "GRU" | "RNN" | "Attention" | "Loop" | "Scan" | "If" => {
            "a network is a graph of convolutions, pools and activations without branches of control"
        }
        "Split" | "Slice" | "Gather" | "GatherND" | "ScatterND" | "Tile" | "Expand" => {
            "of a computed value only the whole is read: the nearest are Concat and Conv with groups"
        }
        "Einsum" => "the nearest are MatMul and Gemm with constant weights",
        "TopK" | "NonMaxSuppression" => "the nearest are Softmax and ArgMax at the very end",
        _ => return Fault::Unknown(nearest(operator)),
    };
    Fault::Unknown(instead.to_owned())
}

/// The operator of the most similar name, or all of them.
fn nearest(operator: &str) -> String {
    let distance = |name: &&&str| edits(&operator.to_lowercase(), &name.to_lowercase());
    let all = OPERATORS.iter().chain(&fold::OPERATORS);
    match all.min_by_key(distance) {
        Some(name) if operator.len() < 40 && distance(&name) <= 3 => format!("did you mean {name}?"),
        _ => format!("supported are {}", OPERATORS.join(", ")),
    }
}

/// How many letters must be added, removed or changed to make one word of the other.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (n, letter) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = n + 1;
        for (m, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[m + 1];
            row[m + 1] = changed.min(row[m] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Whether the operator is one that becomes layers.
pub(crate) fn is_known(operator: &str) -> bool {
    OPERATORS.contains(&operator)
}
