//! The certificates of all layers of a network that was fitted to data.
//!
//! A layer's objective is what its levels were chosen by: the squared error of its output on the calibration inputs, weighted
//! by how much it shows at the network's output, at the best biases, plus the little that holds weights of which the data says
//! nothing ([`crate::data::data_fit::Held`]). Inputs are those that the finished network delivers, layers before and moves at the
//! end included. Over all levels within the limits, all scales and the given ratios, [`crate::data::certificate`] bounds that from
//! below, map by map; the gap is what lies between, as a part of the error. A budget is bounded by its dual at the
//! price that met it, or without it if that is better; a budget of the network has one gap for all layers together.

use std::time::Instant;

use lacuna_network::{Dyadic, Layer, Network, Source, TrainedNetwork};
use ndarray::{Array1, Axis};
use rayon::prelude::*;

use crate::choices::settings::{self, Settings};
use crate::couplings::coupled::LimitsError;
use crate::data::certificate::{Problem, lower_bound};
use crate::data::data_fit::Held;
use crate::data::metric::Palette;
use crate::data::refine::Refinable;
use crate::data::unit::Unit;
use crate::data::within::Within;
use crate::error::SolverError;
use crate::kernels::signed_digits::count;
use crate::network::plain::kept_digits;
use crate::{ApproxNetwork, Calibration, Config, Error, Solver, StopReason};

/// A gap below which the rest is rounding noise.
const NOTHING: f64 = 1e-9;

/// Errors of several maps, and what they cannot get below.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Certified {
    pub(crate) error: f64,
    pub(crate) bound: f64,
}

impl Certified {
    pub(crate) fn add(&mut self, other: Self) {
        self.error += other.error;
        self.bound += other.bound;
    }

    pub(crate) fn times(self, weight: f64) -> Self {
        Self { error: weight * self.error, bound: weight * self.bound.max(0.0) }
    }

    pub(crate) fn gap(&self) -> f64 {
        if self.error > 0.0 { (1.0 - self.bound / self.error).clamp(0.0, 1.0) } else { 0.0 }
    }

    pub(crate) fn stop(&self) -> StopReason {
        if self.gap() <= NOTHING { StopReason::Optimal } else { StopReason::Bounded }
    }
}

/// One map of a finished network.
pub(crate) struct Finished<'a> {
    pub(crate) held: &'a Held,
    /// The affine coefficient multiplied in.
    pub(crate) trained: &'a [Vec<f64>],
    pub(crate) ratios: &'a [Dyadic],
    pub(crate) kernels: &'a [Dyadic],
    pub(crate) coefficient: Dyadic,
}

impl Finished<'_> {
    /// Its error, and what that plus a price for digits cannot get below.
    pub(crate) fn certified(&self, own: &Settings<'_>, price: f64) -> Result<Certified, LimitsError> {
        let coefficient = self.coefficient.to_f64();
        let q: Array1<f64> = self.kernels.iter().map(|&w| coefficient * w.to_f64()).collect();
        let error = self.held.error(&q);
        let digits: usize = self.kernels.iter().map(|&w| count(w)).sum();
        let values: Vec<f64> = own.set.values().iter().map(|v| v.to_f64()).collect();
        // The fewest digits that a level has under any of the ratios: no choice pays less.
        let fewest = |&v: &Dyadic| self.ratios.iter().map(|&ratio| count(v * ratio)).min().unwrap_or(0);
        let prices: Vec<f64> = own.set.values().iter().map(|v| price * fewest(v) as f64).collect();
        let per_weight: Vec<f64> = self
            .trained
            .iter()
            .zip(self.ratios)
            .flat_map(|(kernel, ratio)| std::iter::repeat_n(ratio.to_f64(), kernel.len()))
            .collect();
        let paid = price * digits as f64;
        let within = Within::new(own.set, own.limits, self.ratios, self.trained)?;
        let problem = Problem {
            h: &self.held.h,
            c: &self.held.c,
            v: self.held.v,
            palette: Palette { values: &values, prices: &prices },
            ratios: &per_weight,
            within: within.as_ref(),
        };
        Ok(Certified { error, bound: lower_bound(&problem, error + paid, coefficient) })
    }
}

/// Per trained node, where it is a fitted convolution, how far from the best it can be.
pub(crate) fn certify(
    trained: &TrainedNetwork,
    network: &ApproxNetwork,
    config: &Config,
    calibration: &Calibration,
    layers: &[Refinable],
    price: f64,
    spent: &mut [f64],
) -> Result<Vec<Option<Certified>>, Error> {
    let mut all = vec![None; trained.nodes().len()];
    let (mut at_price, mut without) = (Certified::default(), Certified::default());
    for layer in layers {
        let start = Instant::now();
        let name = &trained.nodes()[layer.trained].name;
        let own = settings::of_layer(config, name);
        let failed = |reason| Error::Solver { layer: name.clone(), reason: SolverError::Limits(reason) };
        let maps = Maps::of(trained, network, layer, calibration)?;
        let free = maps.certified(&own, 0.0).map_err(failed)?;
        without.add(free);
        let price = price + layer.layer_price;
        if price > 0.0 {
            let mut dual = maps.certified(&own, price).map_err(failed)?;
            at_price.add(dual);
            if let Some(budget) = layer.layer_digits {
                dual.bound = (dual.bound - price * budget as f64).max(free.bound);
                all[layer.trained] = Some(dual);
            }
        }
        all[layer.trained].get_or_insert(free);
        spent[layer.trained] += start.elapsed().as_secs_f64();
    }
    if let Some(budget) = config.network_digits.filter(|_| price > 0.0) {
        let spendable = budget.saturating_sub(kept(trained, config)) as f64;
        at_price.bound = (at_price.bound - price * spendable).max(without.bound);
        all.iter_mut().flatten().for_each(|layer| *layer = at_price);
    }
    Ok(all)
}

/// Signed digits of the layers that nothing was chosen for.
fn kept(trained: &TrainedNetwork, config: &Config) -> u64 {
    let digits = |node: &lacuna_network::Node<f32, _>| match &node.layer {
        Layer::Conv2d(conv) if settings::of_layer(config, &node.name).solver == Solver::Keep => {
            kept_digits(conv)
        }
        _ => 0,
    };
    trained.nodes().iter().map(digits).sum()
}

/// The maps of one layer as the finished network has them.
struct Maps {
    held: Vec<Held>,
    /// What an error per sample counts.
    weights: Vec<f64>,
    trained: Vec<Vec<Vec<f64>>>,
    kernels: Vec<Vec<Dyadic>>,
    ratios: Vec<Vec<Dyadic>>,
    coefficients: Vec<Dyadic>,
}

impl Maps {
    fn of(
        trained: &TrainedNetwork,
        network: &ApproxNetwork,
        layer: &Refinable,
        calibration: &Calibration,
    ) -> Result<Self, Error> {
        let unit = Unit::of(trained, layer.trained);
        let (Layer::Conv2d(from), Layer::Conv2d(to), Layer::Affine(scale)) = (
            &trained.nodes()[layer.trained].layer,
            &network.nodes()[layer.conv].layer,
            &network.nodes()[layer.affine].layer,
        ) else {
            unreachable!("a fitted convolution ends in an affine layer")
        };
        let before = match network.nodes()[layer.conv].inputs[0] {
            Source::Input => None,
            Source::Node(n) => Some((Network::new(network.input_maps(), network.nodes()[..=n].to_vec())?, n)),
        };
        let moments = unit.moments(trained, before.as_ref(), calibration)?;
        let coefficient = |o: usize| match &trained.nodes()[unit.target].layer {
            Layer::Affine(affine) => f64::from(affine.coefficient[o]),
            _ => 1.0,
        };
        let mut maps = Self {
            held: Vec::with_capacity(moments.len()),
            weights: moments.iter().map(|m| m.weight).collect(),
            trained: Vec::with_capacity(moments.len()),
            kernels: Vec::with_capacity(moments.len()),
            ratios: Vec::with_capacity(moments.len()),
            coefficients: scale.coefficient.to_vec(),
        };
        for (o, (own, moments)) in from.kernels_by_map().zip(&moments).enumerate() {
            let weights = |&(k, _): &(usize, usize)| -> Vec<f64> {
                from.kernels.index_axis(Axis(0), k).iter().map(|&w| coefficient(o) * f64::from(w)).collect()
            };
            let weights: Vec<Vec<f64>> = own.iter().map(weights).collect();
            let levels = own.iter().flat_map(|&(k, _)| to.kernels.index_axis(Axis(0), k).to_owned());
            maps.held.push(Held::new(moments, &weights.iter().flatten().copied().collect()));
            maps.trained.push(weights);
            maps.kernels.push(levels.collect());
            maps.ratios.push(own.iter().map(|&(k, _)| layer.ratios[k]).collect());
        }
        Ok(maps)
    }

    /// All of them together; a digit costs `price` in error summed over the samples.
    fn certified(&self, own: &Settings<'_>, price: f64) -> Result<Certified, LimitsError> {
        let one = |o: usize| {
            let finished = Finished {
                held: &self.held[o],
                trained: &self.trained[o],
                ratios: &self.ratios[o],
                kernels: &self.kernels[o],
                coefficient: self.coefficients[o],
            };
            let weight = self.weights[o];
            let found = finished.certified(own, price / weight.max(f64::MIN_POSITIVE))?;
            Ok(found.times(weight))
        };
        let maps: Vec<Certified> = (0..self.held.len()).into_par_iter().map(one).collect::<Result<_, _>>()?;
        let mut all = Certified::default();
        maps.into_iter().for_each(|map| all.add(map));
        Ok(all)
    }
}
