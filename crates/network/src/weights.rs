//! A model's structure and a safetensors file become a trained network.

use std::collections::BTreeSet;

use ndarray::{Array, Array1, Array3, Dimension};
use safetensors::{Dtype, SafeTensors};

use crate::{
    Affine, Connections, Conv2d, Error, Function, Layer, LayerKind, LayerSpec, ModelSpec, Network, Node,
    Source, TrainedNetwork,
};

/// The layer that makes what the network sees of pixels, where the input has a mean or a scale.
const NORMALISATION: &str = "input.scale";

/// Puts the weights into the structure.
///
/// A layer `L` owns the `f32` tensors `L.kernels` `[kernels, height, width]` and `L.bias` `[maps]` (conv), or
/// `L.coefficient` and `L.bias` `[maps]` (affine), or `L.slopes` `[maps]` (activation, `parametric_relu`).
///
/// # Errors
/// A tensor that is missing, left over, of the wrong shape or type, or not finite; a graph that does not hold together.
pub fn load(spec: &ModelSpec, safetensors: &[u8]) -> Result<TrainedNetwork, Error> {
    if spec.layers.is_empty() {
        return Err(Error::NoLayers);
    }
    let mut tensors = Tensors::read(safetensors)?;
    let mut nodes: Vec<Node<f32, _>> = Vec::with_capacity(spec.layers.len());
    let mut maps: Vec<usize> = Vec::with_capacity(spec.layers.len());
    spec.input.check()?;
    if let Some([coefficient, bias]) = spec.input.normalisation()? {
        let affine = Affine { coefficient: coefficient.into(), bias: bias.into() };
        let layer = Layer::Affine(affine);
        nodes.push(Node { name: NORMALISATION.to_owned(), layer, inputs: vec![Source::Input] });
        maps.push(spec.input.maps);
    }
    let input = if nodes.is_empty() { Source::Input } else { Source::Node(0) };
    for layer in &spec.layers {
        let inputs = find_sources(layer, &nodes, input)?;
        let incoming = inputs.iter().map(|source| match *source {
            Source::Input => spec.input.maps,
            Source::Node(n) => maps[n],
        });
        let incoming: Vec<usize> = incoming.collect();
        if let LayerKind::AveragePool(pool) = layer.kind {
            // A mean is a sum and a coefficient.
            nodes.push(Node { name: format!("{}.sum", layer.name), layer: Layer::SumPool(pool), inputs });
            let coefficient = Array1::from_elem(incoming[0], 1.0 / pool.area() as f32);
            let affine = Layer::Affine(Affine { coefficient, bias: Array1::zeros(incoming[0]) });
            let inputs = vec![Source::Node(nodes.len() - 1)];
            nodes.push(Node { name: layer.name.clone(), layer: affine, inputs });
            maps.extend([incoming[0]; 2]);
            continue;
        }
        let (built, outgoing) = build(layer, &incoming, &mut tensors)?;
        nodes.push(Node { name: layer.name.clone(), layer: built, inputs });
        maps.push(outgoing);
    }
    tensors.finish()?;
    let network = Network::new(spec.input.maps, nodes)?;
    let last = network.nodes().len() - 1;
    match (0..last).find(|&node| network.consumers(Source::Node(node)).is_empty()) {
        Some(unread) => Err(Error::Unread(network.nodes()[unread].name.clone())),
        None => Ok(network),
    }
}

/// The nodes a layer reads; `input` is what it means by the network's input.
fn find_sources<W, C>(layer: &LayerSpec, nodes: &[Node<W, C>], input: Source) -> Result<Vec<Source>, Error> {
    if layer.from.is_empty() {
        return Ok(vec![nodes.len().checked_sub(1).map_or(Source::Input, Source::Node)]);
    }
    let find = |name: &String| match name.as_str() {
        "input" => Ok(input),
        _ => nodes
            .iter()
            .position(|n| n.name == *name)
            .map(Source::Node)
            .ok_or_else(|| Error::UnknownSource { layer: layer.name.clone(), source_name: name.clone() }),
    };
    layer.from.iter().map(find).collect()
}

/// The layer, and how many maps it puts out for so many maps in each of its inputs.
fn build(
    layer: &LayerSpec,
    inputs: &[usize],
    tensors: &mut Tensors<'_>,
) -> Result<(Layer<f32, Function>, usize), Error> {
    let incoming = inputs[0];
    Ok(match &layer.kind {
        LayerKind::Conv { kernel: [height, width], connections, sliding } => {
            // The tensor is looked at before anything of its promised size is built.
            let (maps, count) = match connections {
                Connections::Dense { maps } => (*maps, maps.saturating_mul(incoming)),
                Connections::Groups { maps, groups } => {
                    if !maps.is_multiple_of(*groups) || !incoming.is_multiple_of(*groups) {
                        return Err(Error::Connections {
                            layer: layer.name.clone(),
                            problem: format!(
                                "`groups: {groups}` must divide its {incoming} input maps and its {maps} output maps"
                            ),
                        });
                    }
                    (*maps, maps.saturating_mul(incoming / groups))
                }
                Connections::Depthwise => (incoming, incoming),
                Connections::Table(table) => (table.len(), table.iter().map(Vec::len).sum()),
            };
            let kernels: Array3<f32> = tensors.take(&layer.name, "kernels", (count, *height, *width))?;
            let bias: Array1<f32> = tensors.take(&layer.name, "bias", maps)?;
            let connections = connections.table(incoming);
            (Layer::Conv2d(Conv2d { kernels, connections, bias, sliding: *sliding }), maps)
        }
        LayerKind::AveragePool(pool) | LayerKind::SumPool(pool) => (Layer::SumPool(*pool), incoming),
        LayerKind::MaxPool(pool) => (Layer::MaxPool(*pool), incoming),
        LayerKind::Affine => {
            let coefficient = tensors.take(&layer.name, "coefficient", incoming)?;
            let bias = tensors.take(&layer.name, "bias", incoming)?;
            (Layer::Affine(Affine { coefficient, bias }), incoming)
        }
        LayerKind::Activation(Function::ParametricRelu { .. }) => {
            let slopes: Array1<f32> = tensors.take(&layer.name, "slopes", incoming)?;
            (Layer::Activation(Function::ParametricRelu { slopes: slopes.to_vec().into() }), incoming)
        }
        LayerKind::Activation(function) => (Layer::Activation(function.clone()), incoming),
        LayerKind::Add => (Layer::Add, incoming),
        LayerKind::Concat => {
            (Layer::Concat, inputs.iter().fold(0, |sum: usize, maps| sum.saturating_add(*maps)))
        }
    })
}

/// The tensors of a file, and which of them have been used.
struct Tensors<'a> {
    file: SafeTensors<'a>,
    used: BTreeSet<String>,
}

impl<'a> Tensors<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| Error::NotSafetensors(e.to_string()))?;
        Ok(Self { file, used: BTreeSet::new() })
    }

    fn take<Sh, D>(&mut self, layer: &str, part: &str, shape: Sh) -> Result<Array<f32, D>, Error>
    where
        Sh: ndarray::IntoDimension<Dim = D>,
        D: Dimension,
    {
        let name = format!("{layer}.{part}");
        let shape = shape.into_dimension();
        let expected = shape.slice().to_vec();
        let Ok(view) = self.file.tensor(&name) else {
            return Err(Error::MissingTensor { name, layer: layer.to_owned(), expected });
        };
        if view.dtype() != Dtype::F32 {
            return Err(Error::TensorType { name, got: format!("{:?}", view.dtype()) });
        }
        if view.shape() != expected {
            let got = view.shape().to_vec();
            return Err(Error::TensorShape { name, layer: layer.to_owned(), got, expected });
        }
        let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let array = Array::from_shape_vec(shape, values.collect()).expect("the shape was compared above");
        if let Some((position, value)) = array.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            let index = unravel(position, &expected);
            return Err(Error::NotFinite { name, index, value: value.to_string() });
        }
        self.used.insert(name);
        Ok(array)
    }

    fn finish(self) -> Result<(), Error> {
        let mut names = self.file.names();
        names.sort_unstable();
        match names.into_iter().find(|name| !self.used.contains(*name)) {
            Some(left) => Err(Error::UnusedTensor(left.to_owned())),
            None => Ok(()),
        }
    }
}

fn unravel(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&n| {
            let i = position % n;
            position /= n;
            i
        })
        .collect();
    index.reverse();
    index
}
