//! The whole network: every kernel, coefficient, bias and curve.

use lacuna_network::{Affine, Conv2d, Dyadic, Layer, Network, Node, Source, SumPool, TrainedNetwork};
use ndarray::{Array1, Array3, Axis};

use crate::canonical::{Destination, destination, scale_name};
use crate::fit::{Choice, MapFit, fit_map};
use crate::report::{LayerReport, affine_report, conv_report, curve_report, pool_report, total};
use crate::settings::{self, Settings};
use crate::signed_digits::{nearest, places};
use crate::sweep::Ladders;
use crate::unit::Unit;
use crate::{
    Approximation, Calibration, Config, Error, PiecewiseLinear, Report, Scale, StopReason, piecewise_linear,
};

/// Approximates every element of a network by dyadic rationals; the result is in canonical form.
///
/// # Errors
/// The configuration speaks of layers or keys that do not exist, a weight is not finite, or a solver fails.
pub fn approximate(network: &TrainedNetwork, config: &Config) -> Result<Approximation, Error> {
    build(network, config, None)
}

/// Approximates like [`approximate`], but for what the network will see: levels, coefficients and biases are chosen for
/// the least error of each layer's output on the calibration inputs, given the approximated layers before it.
///
/// # Errors
/// As [`approximate`], and when the network cannot run on an input.
pub fn approximate_with_data(
    network: &TrainedNetwork,
    config: &Config,
    calibration: &Calibration,
) -> Result<Approximation, Error> {
    calibration.check(network)?;
    build(network, config, Some(calibration))
}

fn build(
    network: &TrainedNetwork,
    config: &Config,
    calibration: Option<&Calibration>,
) -> Result<Approximation, Error> {
    settings::check(network, config)?;
    let mut building = Building::new(network)?;
    for (index, node) in network.nodes().iter().enumerate() {
        let own = settings::of_layer(config, &node.name);
        match &node.layer {
            Layer::Conv2d(conv) => match calibration {
                None => building.conv(index, conv, &own)?,
                Some(calibration) => building.conv_with_data(index, conv, &own, calibration)?,
            },
            Layer::SumPool(pool) => building.pool(index, *pool),
            Layer::Affine(affine) => building.affine(index, affine, &own)?,
            Layer::Activation(function) => {
                let curve = piecewise_linear(*function, own.activation);
                let maps = network.maps(Source::Node(index));
                building.report(curve_report(&node.name, *function, &curve, maps));
                building.push(index, Layer::Activation(curve));
            }
        }
    }
    building.finish()
}

/// What waits for the affine layer it ends up in.
enum Pending {
    /// The scale and bias of a convolution, to be multiplied in.
    Scale { coefficient: Vec<f64>, bias: Vec<f64> },
    /// All of the affine layer, fitted together with the convolution.
    Fitted { wanted: Vec<f64>, affine: Affine<Dyadic> },
}

/// The approximated network as far as it has been built.
struct Building<'a> {
    network: &'a TrainedNetwork,
    /// Positions per output of the smallest window, node by node.
    pixels: Vec<usize>,
    nodes: Vec<Node<Dyadic, PiecewiseLinear>>,
    /// Where the value of a trained node is found among the new nodes.
    place: Vec<usize>,
    /// Scales and biases on their way, by the trained affine node that takes them up.
    pending: Vec<Option<Pending>>,
    layers: Vec<LayerReport>,
}

impl<'a> Building<'a> {
    fn new(network: &'a TrainedNetwork) -> Result<Self, Error> {
        let window = network.field_of_view().window;
        let shapes = network.shapes(window.height, window.width)?;
        Ok(Self {
            network,
            pixels: shapes.iter().map(|shape| shape.height * shape.width).collect(),
            nodes: Vec::new(),
            place: Vec::new(),
            pending: network.nodes().iter().map(|_| None).collect(),
            layers: Vec::new(),
        })
    }

    fn conv(&mut self, index: usize, conv: &Conv2d<f32>, own: &Settings<'_>) -> Result<(), Error> {
        let name = &self.network.nodes()[index].name;
        let fits = fit_layer(conv, own).map_err(|reason| Error::Program { layer: name.clone(), reason })?;
        let scale: Vec<f64> = fits.iter().map(|fit| fit.scale).collect();
        let bias: Vec<f64> = conv.bias.iter().map(|&b| f64::from(b)).collect();
        let kernels: Vec<Dyadic> =
            fits.iter().flat_map(|fit| fit.kernels.iter().flatten()).copied().collect();
        let approximated = Conv2d {
            kernels: Array3::from_shape_vec(conv.kernels.dim(), kernels).expect("one level per weight"),
            connections: conv.connections.clone(),
            bias: Array1::from_elem(bias.len(), Dyadic::ZERO),
        };
        let squared_error = fits.iter().map(|fit| fit.squared_error).sum();
        let pixels = self.pixels[index];
        let proved = fits.iter().all(|fit| fit.stop == StopReason::Optimal);
        let stop = if proved { StopReason::Optimal } else { StopReason::Converged };
        self.report(conv_report(name, conv, &approximated, squared_error, pixels, own.solver, stop));
        self.push(index, Layer::Conv2d(approximated));
        match destination(self.network, index) {
            Destination::Affine { node, area } => {
                let bias = bias.iter().map(|b| b * area).collect();
                self.pending[node] = Some(Pending::Scale { coefficient: scale, bias });
            }
            Destination::Inserted => {
                let inserted = scale_name(self.network, name);
                let affine = rounded_affine(&inserted, &scale, &bias, own)?;
                self.report(affine_report(&inserted, None, &scale, &affine, pixels));
                let inputs = vec![Source::Node(self.place[index])];
                self.place[index] = self.nodes.len();
                self.nodes.push(Node { name: inserted, layer: Layer::Affine(affine), inputs });
            }
        }
        Ok(())
    }

    fn conv_with_data(
        &mut self,
        index: usize,
        conv: &Conv2d<f32>,
        own: &Settings<'_>,
        calibration: &Calibration,
    ) -> Result<(), Error> {
        let name = &self.network.nodes()[index].name;
        let unit = Unit::of(self.network, index);
        let before = match self.network.nodes()[index].inputs[0] {
            Source::Input => None,
            Source::Node(n) => {
                Some((Network::new(self.network.input_maps(), self.nodes.clone())?, self.place[n]))
            }
        };
        let moments = unit.moments(self.network, before.as_ref(), calibration, own)?;
        let fits = unit
            .fit(self.network, conv, own, &moments)
            .map_err(|reason| Error::Program { layer: name.clone(), reason })?;
        let kernels: Vec<Dyadic> =
            fits.iter().flat_map(|fit| fit.kernels.iter().flatten()).copied().collect();
        let approximated = Conv2d {
            kernels: Array3::from_shape_vec(conv.kernels.dim(), kernels).expect("one level per weight"),
            connections: conv.connections.clone(),
            bias: Array1::from_elem(conv.bias.len(), Dyadic::ZERO),
        };
        let wanted: Vec<f64> = fits.iter().map(|fit| fit.coefficient.to_f64()).collect();
        let bias: Vec<f64> = fits.iter().map(|fit| fit.bias).collect();
        let pixels = self.pixels[index];
        self.report(conv_report(name, conv, &approximated, 0.0, pixels, own.solver, StopReason::Converged));
        self.push(index, Layer::Conv2d(approximated));
        match unit.destination {
            Destination::Affine { node, .. } => {
                let affine = rounded_affine(&self.network.nodes()[node].name, &wanted, &bias, own)?;
                self.pending[node] = Some(Pending::Fitted { wanted, affine });
            }
            Destination::Inserted => {
                let inserted = scale_name(self.network, name);
                let affine = rounded_affine(&inserted, &wanted, &bias, own)?;
                self.report(affine_report(&inserted, None, &wanted, &affine, pixels));
                let inputs = vec![Source::Node(self.place[index])];
                self.place[index] = self.nodes.len();
                self.nodes.push(Node { name: inserted, layer: Layer::Affine(affine), inputs });
            }
        }
        Ok(())
    }

    fn pool(&mut self, index: usize, pool: SumPool) {
        let maps = self.network.maps(Source::Node(index));
        self.report(pool_report(&self.network.nodes()[index].name, pool, maps));
        self.push(index, Layer::SumPool(pool));
    }

    fn affine(&mut self, index: usize, affine: &Affine<f32>, own: &Settings<'_>) -> Result<(), Error> {
        let name = &self.network.nodes()[index].name;
        let mut coefficient: Vec<f64> = affine.coefficient.iter().map(|&c| f64::from(c)).collect();
        let mut bias: Vec<f64> = affine.bias.iter().map(|&b| f64::from(b)).collect();
        let rounded = match self.pending[index].take() {
            Some(Pending::Fitted { wanted, affine }) => {
                coefficient = wanted;
                affine
            }
            Some(Pending::Scale { coefficient: scale, bias: before }) => {
                for m in 0..coefficient.len() {
                    bias[m] += coefficient[m] * before[m];
                    coefficient[m] *= scale[m];
                }
                rounded_affine(name, &coefficient, &bias, own)?
            }
            None => rounded_affine(name, &coefficient, &bias, own)?,
        };
        let pixels = self.pixels[index];
        self.report(affine_report(name, Some(affine), &coefficient, &rounded, pixels));
        self.push(index, Layer::Affine(rounded));
        Ok(())
    }

    fn report(&mut self, layer: LayerReport) {
        self.layers.push(layer);
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

    fn finish(self) -> Result<Approximation, Error> {
        let report = Report { total: total(&self.layers), layers: self.layers };
        Ok(Approximation { network: Network::new(self.network.input_maps(), self.nodes)?, report })
    }
}

/// One fit per output map.
fn fit_layer(conv: &Conv2d<f32>, own: &Settings<'_>) -> Result<Vec<MapFit>, crate::ProgramError> {
    let ladders = Ladders::new(own.set);
    let choice = Choice {
        set: own.set,
        ladders: &ladders,
        scale: own.scale,
        scale_digits: own.scale_digits,
        solver: own.solver,
    };
    let kernel =
        |k: usize| conv.kernels.index_axis(Axis(0), k).iter().map(|&w| f64::from(w)).collect::<Vec<_>>();
    let maps: Vec<Vec<Vec<f64>>> =
        conv.kernels_by_map().map(|kernels| kernels.into_iter().map(|(k, _)| kernel(k)).collect()).collect();
    if own.scale != Scale::Layer {
        return maps.iter().map(|kernels| fit_map(&choice, kernels)).collect();
    }
    let all = fit_map(&choice, &maps.concat())?;
    let mut rest = all.kernels.into_iter();
    Ok(maps
        .iter()
        .map(|kernels| {
            let own: Vec<Vec<Dyadic>> = rest.by_ref().take(kernels.len()).collect();
            let pairs = kernels.iter().flatten().zip(own.iter().flatten());
            let squared_error = pairs.map(|(w, t)| (w - all.scale * t.to_f64()).powi(2)).sum();
            MapFit { scale: all.scale, ratios: Vec::new(), kernels: own, squared_error, stop: all.stop }
        })
        .collect())
}

/// Coefficients with few signed digits, biases on their grid.
fn rounded_affine(
    name: &str,
    coefficient: &[f64],
    bias: &[f64],
    own: &Settings<'_>,
) -> Result<Affine<Dyadic>, Error> {
    let digits = own.coefficient_digits;
    let round = |&value: &f64| {
        let fraction = own.bias_fraction_bits;
        if (value * f64::from(fraction).exp2()).abs() < 2f64.powi(62) {
            return Ok(Dyadic::round(value, fraction as i32));
        }
        Err(Error::BiasTooLarge { layer: name.to_owned(), value, fraction })
    };
    Ok(Affine {
        coefficient: coefficient.iter().map(|&c| nearest(c, digits, places(digits))).collect(),
        bias: bias.iter().map(round).collect::<Result<_, _>>()?,
    })
}
