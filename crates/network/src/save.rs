//! A trained network as what [`crate::load`] reads: a structure and a safetensors file.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};

use crate::{
    Connections, Conv2d, Function, InputSpec, Layer, LayerKind, LayerSpec, ModelSpec, Source, TrainedNetwork,
};

/// The structure and the weights of a network.
///
/// # Errors
/// The weights are too many for the format.
pub fn save(network: &TrainedNetwork) -> Result<(ModelSpec, Vec<u8>), SafeTensorError> {
    let mut layers = Vec::with_capacity(network.nodes().len());
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (index, node) in network.nodes().iter().enumerate() {
        let before = index.checked_sub(1).map_or(Source::Input, Source::Node);
        let name = |source: &Source| match *source {
            Source::Input => "input".to_owned(),
            Source::Node(n) => network.nodes()[n].name.clone(),
        };
        let from = if node.inputs == [before] { Vec::new() } else { node.inputs.iter().map(name).collect() };
        let mut keep = |part: &str, shape: &[usize], values: &mut dyn Iterator<Item = f32>| {
            let bytes = values.flat_map(f32::to_le_bytes).collect();
            tensors.push((format!("{}.{part}", node.name), shape.to_vec(), bytes));
        };
        let kind = match &node.layer {
            Layer::Conv2d(conv) => {
                keep("kernels", conv.kernels.shape(), &mut conv.kernels.iter().copied());
                keep("bias", conv.bias.shape(), &mut conv.bias.iter().copied());
                let (height, width) = conv.kernel_size();
                LayerKind::Conv {
                    kernel: [height, width],
                    connections: connections(conv, network.maps(node.inputs[0])),
                    sliding: conv.sliding,
                }
            }
            Layer::SumPool(pool) => LayerKind::SumPool(*pool),
            Layer::MaxPool(pool) => LayerKind::MaxPool(*pool),
            Layer::Add => LayerKind::Add,
            Layer::Concat => LayerKind::Concat,
            Layer::Affine(affine) => {
                keep("coefficient", affine.coefficient.shape(), &mut affine.coefficient.iter().copied());
                keep("bias", affine.bias.shape(), &mut affine.bias.iter().copied());
                LayerKind::Affine
            }
            Layer::Activation(function) => {
                if let Function::ParametricRelu { slopes } = function {
                    keep("slopes", &[slopes.len()], &mut slopes.iter().copied());
                }
                LayerKind::Activation(function.clone())
            }
        };
        layers.push(LayerSpec { name: node.name.clone(), from, kind });
    }
    let views: Result<Vec<(&str, TensorView<'_>)>, SafeTensorError> = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect();
    let bytes = safetensors::serialize(views?, None)?;
    Ok((ModelSpec { input: InputSpec { maps: network.input_maps(), ..InputSpec::default() }, layers }, bytes))
}

/// The shortest way to say which maps are connected.
fn connections(conv: &Conv2d<f32>, incoming: usize) -> Connections {
    let maps = conv.connections.len();
    if conv.connections.iter().all(|inputs| inputs.iter().copied().eq(0..incoming)) {
        return Connections::Dense { maps };
    }
    if maps == incoming && conv.connections.iter().enumerate().all(|(o, inputs)| *inputs == [o]) {
        return Connections::Depthwise;
    }
    Connections::Table(conv.connections.clone())
}
