//! Factors of an activation's argument, moved into the layer before.
//!
//! A named curve stands for `tanh(x/2)`. For `tanh(2x/3)` its argument has to be `4/3·x`, and a factor that is no power of
//! two would be a multiplication. It costs nothing when the weights before it are multiplied by it *before* they are
//! approximated: those of the affine layer or convolution that feeds the activation, through sums of blocks, if
//! nothing else reads it.

use std::borrow::Cow;

use lacuna_network::{Function, Layer, Network, Source, TrainedNetwork};

use crate::choices::settings;
use crate::curves::activations::argument_of_named;
use crate::{Config, Error};

/// The same network with arguments that named curves can take: `a·tanh(b·x)` after weights `W` becomes
/// `a·tanh(b'·x)` after `W·b/b'`, with `2b'` a power of two.
pub(crate) fn with_suited_arguments<'a>(
    network: &'a TrainedNetwork,
    config: &Config,
) -> Result<Cow<'a, TrainedNetwork>, Error> {
    let mut nodes = Cow::Borrowed(network.nodes());
    for (index, node) in network.nodes().iter().enumerate() {
        let Layer::Activation(Function::ScaledTanh { amplitude, rate }) = &node.layer else { continue };
        let (amplitude, rate) = (*amplitude, *rate);
        let (power, factor) = argument_of_named(f64::from(rate));
        let named = settings::of_layer(config, &node.name).activation.is_named();
        if !named || (factor - 1.0).abs() < 1e-6 {
            continue;
        }
        let owner = weights_before(network, index)
            .ok_or_else(|| Error::Argument { layer: node.name.clone(), factor })?;
        let nodes = nodes.to_mut();
        let factor = factor as f32;
        match &mut nodes[owner].layer {
            Layer::Conv2d(conv) => {
                conv.kernels *= factor;
                conv.bias *= factor;
            }
            Layer::Affine(affine) => {
                affine.coefficient *= factor;
                affine.bias *= factor;
            }
            _ => {}
        }
        let rate = (power as f32 - 1.0).exp2();
        nodes[index].layer = Layer::Activation(Function::ScaledTanh { amplitude, rate });
    }
    Ok(match nodes {
        Cow::Borrowed(_) => Cow::Borrowed(network),
        Cow::Owned(nodes) => Cow::Owned(Network::new(network.input_maps(), nodes)?),
    })
}

/// The layer with weights whose value reaches the activation and nothing else.
fn weights_before(network: &TrainedNetwork, activation: usize) -> Option<usize> {
    let mut at = activation;
    loop {
        let Source::Node(before) = network.nodes()[at].inputs[0] else { return None };
        if network.consumers(Source::Node(before)).len() != 1 {
            return None;
        }
        match network.nodes()[before].layer {
            Layer::Conv2d(_) | Layer::Affine(_) => return Some(before),
            Layer::SumPool(_) => at = before,
            Layer::MaxPool(_) | Layer::Activation(_) | Layer::Add | Layer::Concat => return None,
        }
    }
}
