//! The approximated network in the making: nodes are copied in order, and what a convolution leaves behind finds its
//! affine layer.

use lacuna_network::{Affine, Conv2d, Dyadic, Layer, Network, Node, Source, TrainedNetwork};
use ndarray::{Array1, Array3};

use crate::choices::settings::{self, Settings};
use crate::kernels::fit::MapFit;
use crate::kernels::signed_digits::{exact, nearest, places};
use crate::network::canonical::{Destination, destination, scale_name};
use crate::{ApproxNetwork, Config, Error, PiecewiseLinear, Solver, piecewise_linear};

/// What waits for the affine layer it ends up in.
enum Pending {
    /// The scale and bias of a convolution, to be multiplied in.
    Scale { coefficient: Vec<f64>, bias: Vec<f64> },
    /// All of the affine layer, fitted together with the convolution.
    Fitted(Affine<Dyadic>),
}

/// The approximated network as far as it has been built.
pub(crate) struct Building<'a> {
    network: &'a TrainedNetwork,
    config: &'a Config,
    nodes: Vec<Node<Dyadic, PiecewiseLinear>>,
    /// Where the value of a trained node is found among the new nodes.
    place: Vec<usize>,
    /// By trained affine node.
    pending: Vec<Option<Pending>>,
}

impl<'a> Building<'a> {
    pub(crate) fn new(network: &'a TrainedNetwork, config: &'a Config) -> Self {
        let pending = network.nodes().iter().map(|_| None).collect();
        Self { network, config, nodes: Vec::new(), place: Vec::new(), pending }
    }

    /// A convolution fitted from its weights.
    pub(crate) fn conv(&mut self, index: usize, conv: &Conv2d<f32>, fits: &[MapFit]) -> Result<(), Error> {
        self.kernels(index, conv, fits.iter().flat_map(|fit| fit.kernels.iter().flatten()));
        let scale: Vec<f64> = fits.iter().map(|fit| fit.scale).collect();
        let bias: Vec<f64> = conv.bias.iter().map(|&b| f64::from(b)).collect();
        match destination(self.network, index) {
            Destination::Affine { node, area } => {
                let bias = bias.iter().map(|b| b * area).collect();
                self.pending[node] = Some(Pending::Scale { coefficient: scale, bias });
            }
            Destination::Inserted => {
                let affine = self.rounded(index, &scale, &bias)?;
                self.insert(index, affine);
            }
        }
        Ok(())
    }

    /// A convolution fitted together with its affine layer.
    pub(crate) fn unit<'d>(
        &mut self,
        index: usize,
        conv: &Conv2d<f32>,
        kernels: impl Iterator<Item = &'d Dyadic>,
        coefficient: Vec<Dyadic>,
        bias: &[f64],
    ) -> Result<(), Error> {
        self.kernels(index, conv, kernels);
        let to = destination(self.network, index);
        let owner = if let Destination::Affine { node, .. } = to { node } else { index };
        let grid = self.rounded(owner, &vec![0.0; bias.len()], bias)?;
        let affine = Affine { coefficient: coefficient.into(), bias: grid.bias };
        match to {
            Destination::Affine { node, .. } => self.pending[node] = Some(Pending::Fitted(affine)),
            Destination::Inserted => self.insert(index, affine),
        }
        Ok(())
    }

    fn affine(&mut self, index: usize, affine: &Affine<f32>) -> Result<(), Error> {
        let mut coefficient: Vec<f64> = affine.coefficient.iter().map(|&c| f64::from(c)).collect();
        let mut bias: Vec<f64> = affine.bias.iter().map(|&b| f64::from(b)).collect();
        let rounded = match self.pending[index].take() {
            Some(Pending::Fitted(affine)) => affine,
            Some(Pending::Scale { coefficient: scale, bias: before }) => {
                for m in 0..coefficient.len() {
                    bias[m] += coefficient[m] * before[m];
                    coefficient[m] *= scale[m];
                }
                self.rounded(index, &coefficient, &bias)?
            }
            None => self.rounded(index, &coefficient, &bias)?,
        };
        self.push(index, Layer::Affine(rounded));
        Ok(())
    }

    /// A layer that is no convolution.
    pub(crate) fn other(&mut self, index: usize) -> Result<(), Error> {
        let node = &self.network.nodes()[index];
        let layer = match &node.layer {
            Layer::Conv2d(_) => unreachable!("convolutions are fitted"),
            Layer::Affine(affine) => return self.affine(index, affine),
            Layer::SumPool(pool) => Layer::SumPool(*pool),
            Layer::MaxPool(pool) => Layer::MaxPool(*pool),
            Layer::Add => Layer::Add,
            Layer::Concat => Layer::Concat,
            Layer::Activation(function) => {
                let curve = settings::of_layer(self.config, &node.name).activation;
                Layer::Activation(piecewise_linear(function.clone(), curve))
            }
        };
        self.push(index, layer);
        Ok(())
    }

    /// The layers from the new node `first` on.
    pub(crate) fn layers_from(&self, first: usize) -> Vec<&Layer<Dyadic, PiecewiseLinear>> {
        self.nodes[first..].iter().map(|node| &node.layer).collect()
    }

    /// How many new nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The new node that stands for the trained node `index`.
    fn push(&mut self, index: usize, layer: Layer<Dyadic, PiecewiseLinear>) {
        let node = &self.network.nodes()[index];
        let moved = |source: &Source| match source {
            Source::Input => Source::Input,
            Source::Node(n) => Source::Node(self.place[*n]),
        };
        let inputs = node.inputs.iter().map(moved).collect();
        self.place.push(self.nodes.len());
        self.nodes.push(Node { name: node.name.clone(), layer, inputs });
    }

    /// The network up to here, and the node in it that stands for the trained node `index`.
    pub(crate) fn before(&self, source: Source) -> Result<Option<(ApproxNetwork, usize)>, Error> {
        match source {
            Source::Input => Ok(None),
            Source::Node(n) => {
                let network = Network::new(self.network.input_maps(), self.nodes.clone())?;
                Ok(Some((network, self.place[n])))
            }
        }
    }

    pub(crate) fn finish(self) -> Result<ApproxNetwork, Error> {
        Ok(Network::new(self.network.input_maps(), self.nodes)?)
    }

    fn kernels<'d>(&mut self, index: usize, conv: &Conv2d<f32>, kernels: impl Iterator<Item = &'d Dyadic>) {
        let kernels: Vec<Dyadic> = kernels.copied().collect();
        let approximated = Conv2d {
            kernels: Array3::from_shape_vec(conv.kernels.dim(), kernels).expect("one level per weight"),
            connections: conv.connections.clone(),
            bias: Array1::from_elem(conv.bias.len(), Dyadic::ZERO),
            sliding: conv.sliding,
        };
        self.push(index, Layer::Conv2d(approximated));
    }

    fn insert(&mut self, conv: usize, affine: Affine<Dyadic>) {
        let name = scale_name(self.network, &self.network.nodes()[conv].name);
        let inputs = vec![Source::Node(self.place[conv])];
        self.place[conv] = self.nodes.len();
        self.nodes.push(Node { name, layer: Layer::Affine(affine), inputs });
    }

    /// Coefficients with few signed digits, biases on their grid, as the layer `owner` is configured.
    fn rounded(&self, owner: usize, coefficient: &[f64], bias: &[f64]) -> Result<Affine<Dyadic>, Error> {
        let name = &self.network.nodes()[owner].name;
        let Settings { coefficient_digits: digits, bias_fraction_bits: fraction, solver, .. } =
            settings::of_layer(self.config, name);
        let round = |&value: &f64| {
            if (value * f64::from(fraction).exp2()).abs() < 2f64.powi(62) {
                return Ok(Dyadic::round(value, fraction as i32));
            }
            Err(Error::BiasTooLarge { layer: name.clone(), value, fraction })
        };
        if solver == Solver::Keep {
            let kept = |values: &[f64]| values.iter().map(|&v| exact(v)).collect();
            return Ok(Affine { coefficient: kept(coefficient), bias: kept(bias) });
        }
        Ok(Affine {
            coefficient: coefficient.iter().map(|&c| nearest(c, digits, places(digits))).collect(),
            bias: bias.iter().map(round).collect::<Result<_, _>>()?,
        })
    }
}
