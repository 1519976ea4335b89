//! An approximated network as a trained one, so that it can be kept in a file and taken up again with `solver: keep`.

use lacuna_network::{Affine, Conv2d, Dyadic, Layer, Network, Node, TrainedNetwork};

use crate::network::approximate::prepared;
use crate::{ApproxNetwork, Config, Error};

/// The approximated network with its weights as floats, which is exact, and the functions that its curves stand for.
///
/// Approximating it with the same configuration but `solver: keep` gives `network` again.
///
/// # Errors
/// A weight needs more than the 24 bits of a float.
pub fn as_trained(
    trained: &TrainedNetwork,
    config: &Config,
    network: &ApproxNetwork,
) -> Result<TrainedNetwork, Error> {
    let (trained, _) = &prepared(trained, config)?;
    let mut nodes = Vec::with_capacity(network.nodes().len());
    for node in network.nodes() {
        let float = |weight: &Dyadic| {
            let value = weight.to_f64() as f32;
            let same = f64::from(value) == weight.to_f64();
            same.then_some(value)
                .ok_or_else(|| Error::NoFloat { layer: node.name.clone(), value: weight.to_string() })
        };
        let floats = |weights: &ndarray::Array1<Dyadic>| weights.iter().map(float).collect::<Result<_, _>>();
        let layer = match &node.layer {
            Layer::Conv2d(conv) => {
                let kernels: Vec<f32> = conv.kernels.iter().map(float).collect::<Result<_, _>>()?;
                Layer::Conv2d(Conv2d {
                    kernels: ndarray::Array3::from_shape_vec(conv.kernels.dim(), kernels)
                        .expect("as many floats as weights"),
                    connections: conv.connections.clone(),
                    bias: floats(&conv.bias)?,
                    sliding: conv.sliding,
                })
            }
            Layer::SumPool(pool) => Layer::SumPool(*pool),
            Layer::MaxPool(pool) => Layer::MaxPool(*pool),
            Layer::Add => Layer::Add,
            Layer::Concat => Layer::Concat,
            Layer::Affine(affine) => Layer::Affine(Affine {
                coefficient: floats(&affine.coefficient)?,
                bias: floats(&affine.bias)?,
            }),
            Layer::Activation(_) => {
                let same = trained.nodes().iter().find(|other| other.name == node.name);
                match same.map(|other| &other.layer) {
                    Some(Layer::Activation(function)) => Layer::Activation(function.clone()),
                    _ => unreachable!("activations keep their names"),
                }
            }
        };
        nodes.push(Node { name: node.name.clone(), layer, inputs: node.inputs.clone() });
    }
    Ok(Network::new(network.input_maps(), nodes)?)
}
