//! The tidied layers become the model section of a project, its tensors, and the network.

use lacuna_network::{Function, InputSpec, LayerKind, LayerSpec, ModelSpec, Shape, Source};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::layers::{Kind, Layer, Layers};
use crate::signal::Ending;
use crate::{Error, Imported, Pixels, names, proto};

/// A tensor's name, shape and bytes.
type Stored = (String, Vec<usize>, Vec<u8>);

/// Names the layers, writes them down, and reads them as any project is read.
pub(crate) fn finish(
    graph: &proto::Graph,
    layers: &Layers,
    output: Source,
    ending: Option<Ending>,
    pixels: Pixels,
) -> Result<Imported, Error> {
    let Source::Node(_) = output else {
        return Err(Error::Output(
            "the graph's output is its input: nothing is computed between them".to_owned(),
        ));
    };
    let named: Vec<_> = layers.list.iter().map(|layer| (&graph.node[layer.node], layer.part)).collect();
    let names = names::choose(&named);
    let mut tensors: Vec<Stored> = Vec::new();
    let mut specs = Vec::with_capacity(names.len());
    for (index, (layer, name)) in layers.list.iter().zip(&names).enumerate() {
        let source_name = |source: &Source| match *source {
            Source::Input => "input".to_owned(),
            Source::Node(before) => names[before].clone(),
        };
        let previous = index.checked_sub(1).map_or(Source::Input, Source::Node);
        let from = match layer.inputs.as_slice() {
            [only] if *only == previous => Vec::new(),
            sources => sources.iter().map(source_name).collect(),
        };
        let kind = kind(layer, name, &mut tensors);
        specs.push(LayerSpec { name: name.clone(), from, kind });
    }
    let Shape { maps, height, width } = layers.input;
    let spec = ModelSpec {
        input: InputSpec { maps, height: Some(height), width: Some(width), ..InputSpec::default() },
        layers: specs,
    };
    let views = tensors.iter().filter_map(|(name, shape, bytes)| {
        Some((name, TensorView::new(Dtype::F32, shape.clone(), bytes).ok()?))
    });
    let weights = safetensors::serialize(views, None)
        .map_err(|error| Error::Network(lacuna_network::Error::NotSafetensors(error.to_string())))?;
    drop(tensors);
    let network = lacuna_network::load(&spec, &weights).map_err(Error::Network)?;
    network.shapes(height, width).map_err(Error::Network)?;
    let (input, ending) = (layers.input, ending.map(Ending::name));
    Ok(Imported { spec, weights, network, input, is_row: false, ending, pixels })
}

fn kind(layer: &Layer, name: &str, tensors: &mut Vec<Stored>) -> LayerKind {
    let mut store = |part: &str, shape: Vec<usize>, bytes: Vec<u8>| {
        tensors.push((format!("{name}.{part}"), shape, bytes));
    };
    let narrow = |values: &[f64]| values.iter().flat_map(|&v| (v as f32).to_le_bytes()).collect::<Vec<u8>>();
    match &layer.kind {
        Kind::Conv(conv) => {
            let [height, width] = conv.kernel;
            let count = conv.kernels.len() / (height * width);
            let kernels = conv.kernels.iter().flat_map(|weight| weight.to_le_bytes()).collect();
            store("kernels", vec![count, height, width], kernels);
            store("bias", vec![conv.bias.len()], narrow(&conv.bias));
            LayerKind::Conv {
                kernel: conv.kernel,
                connections: conv.connections.clone(),
                sliding: conv.sliding,
            }
        }
        Kind::Affine { coefficient, bias } => {
            store("coefficient", vec![coefficient.len()], narrow(coefficient));
            store("bias", vec![bias.len()], narrow(bias));
            LayerKind::Affine
        }
        Kind::SumPool(pool) => LayerKind::SumPool(*pool),
        Kind::MaxPool(pool) => LayerKind::MaxPool(*pool),
        Kind::Activation(function) => {
            if let Function::ParametricRelu { slopes } = function {
                store("slopes", vec![slopes.len()], slopes.iter().flat_map(|s| s.to_le_bytes()).collect());
            }
            LayerKind::Activation(function.clone())
        }
        Kind::Add => LayerKind::Add,
        Kind::Concat => LayerKind::Concat,
        Kind::Pad(padding) => {
            // Padding has been merged or made a pool before.
            LayerKind::SumPool(lacuna_network::Pool {
                size: [1, 1],
                sliding: lacuna_network::Sliding { padding: *padding, ..lacuna_network::Sliding::plain() },
            })
        }
    }
}
