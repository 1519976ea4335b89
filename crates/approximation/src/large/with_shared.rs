//! The fit to data of large networks: once through both networks, node by node.
//!
//! Which networks are large is decided by what the fine way (`with_data`) would have to keep: moments of every output map,
//! as many numbers as the square of its weights. Beyond [`FINE`] of them in all layers together,
//!
//! - all maps that see the same inputs share plain moments from samples: errors count the same wherever they are, not by
//!   how much they move the network's output (`samples`, `shared_moments`);
//! - maps of more than a few weights are rounded together, with one scale each (`shared_fit`, `together`);
//! - both networks are computed once, all inputs advancing together (`streamed`), instead of from the start for every
//!   layer;
//! - whole layers are not moved at the end: `refinement_rounds` has no effect, and the report says `shared_data`.
//!
//! Budgets are met as in `with_data`, by a price, an error counting as a part of the variance of its layer's output. One for
//! the network takes a pass through all of it for every price that is tried.

use std::collections::BTreeMap;
use std::time::Instant;

use lacuna_network::{Conv2d, Layer, TrainedNetwork};
use ndarray::{Array2, ArrayView2, s};

use crate::choices::settings::{self, Settings};
use crate::data::certify::Certified;
use crate::data::data_fit::DataFit;
use crate::data::output_error::{OutputErrors, Sums};
use crate::data::unit::Unit;
use crate::error::SolverError;
use crate::large::samples::{Window, samples};
use crate::large::shared_fit::fit_group;
use crate::large::shared_moments::SharedMoments;
use crate::large::streamed::Streamed;
use crate::network::building::Building;
use crate::network::canonical::{Destination, destination};
use crate::network::plain::{kept, kernels_by_map};
use crate::network::with_data::{cheapest, kernel_digits};
use crate::{ApproxNetwork, Calibration, Config, Error, Solver};

/// The most numbers in the second moments of all maps of a network that is fitted the fine way.
const FINE: usize = 1 << 20;

/// Whether a network is too large for moments of every single map.
pub(crate) fn is_large(network: &TrainedNetwork) -> bool {
    let moments = |layer: &Layer<f32, _>| match layer {
        Layer::Conv2d(conv) => {
            let (height, width) = conv.kernel_size();
            let taps = conv.connections.iter().map(|inputs| inputs.len().saturating_mul(height * width));
            taps.map(|taps| taps.saturating_mul(taps)).fold(0, usize::saturating_add)
        }
        _ => 0,
    };
    network.nodes().iter().map(|node| moments(&node.layer)).fold(0, usize::saturating_add) > FINE
}

/// The network within a budget of signed digits, and how far its values are from the trained ones.
pub(crate) fn approximate(
    network: &TrainedNetwork,
    config: &Config,
    calibration: &Calibration,
    budget: u64,
    spent: &mut [f64],
) -> Result<(ApproxNetwork, OutputErrors, Vec<Option<Certified>>), Error> {
    let (pass, _) = cheapest(budget, |price| {
        let pass = fit_all(network, config, calibration, price, spent)?;
        Ok((kernel_digits(&pass.network), pass.cost, pass))
    })?
    .map_err(Error::NetworkBudget)?;
    Ok((pass.network, pass.errors, pass.certified))
}

/// A network fitted at one price.
struct Pass {
    network: ApproxNetwork,
    errors: OutputErrors,
    cost: f64,
    /// By trained node.
    certified: Vec<Option<Certified>>,
}

fn fit_all(
    network: &TrainedNetwork,
    config: &Config,
    calibration: &Calibration,
    price: f64,
    spent: &mut [f64],
) -> Result<Pass, Error> {
    let mut building = Building::new(network, config);
    let mut streamed = Streamed::new(network, calibration)?;
    let mut cost = 0.0;
    // By the node that a convolution's output ends in.
    let mut targets = BTreeMap::new();
    let mut errors = BTreeMap::new();
    let mut of_network = Sums::default();
    let mut certified = vec![None; network.nodes().len()];
    for (index, node) in network.nodes().iter().enumerate() {
        let built = building.len();
        if let Layer::Conv2d(conv) = &node.layer {
            let start = Instant::now();
            let own = settings::of_layer(config, &node.name);
            let unit = Unit::of(network, index);
            targets.insert(unit.target, index);
            if own.solver == Solver::Keep {
                let fits: Vec<_> = kernels_by_map(conv).iter().map(|kernels| kept(kernels)).collect();
                building.conv(index, conv, &fits)?;
            } else {
                let read = streamed.read(node.inputs[0]);
                let affine = settings::of_layer(config, &network.nodes()[unit.target].name);
                let groups = groups(network, index, conv, &unit, &read);
                let failed = |reason| Error::Solver { layer: node.name.clone(), reason };
                let ((fits, known), _) = cheapest(own.layer_digits.unwrap_or(u64::MAX), |layer_price| {
                    let price = price + layer_price;
                    let (fits, known) =
                        fit_groups(conv, &own, &groups, affine.coefficient_digits, price).map_err(failed)?;
                    let digits = fits.iter().map(|fit| fit.digits as u64).sum();
                    Ok((digits, fits.iter().map(|fit| fit.cost).sum(), (fits, known)))
                })?
                .map_err(|e| failed(SolverError::Budget(e)))?;
                cost += fits.iter().map(|fit| fit.cost).sum::<f64>();
                certified[index] = Some(known);
                let bias: Vec<f64> = fits.iter().map(|fit| fit.bias).collect();
                let coefficient = fits.iter().map(|fit| fit.coefficient).collect();
                building.unit(
                    index,
                    conv,
                    fits.iter().flat_map(|f| f.kernels.iter().flatten()),
                    coefficient,
                    &bias,
                )?;
            }
            spent[index] += start.elapsed().as_secs_f64();
        } else {
            building.other(index)?;
        }
        streamed.advance(index, &building.layers_from(built));
        let last = index + 1 == network.nodes().len();
        if last || targets.contains_key(&index) {
            let [wanted, got] = streamed.values(index);
            let sums = Sums::over(wanted, got);
            if let Some(&conv) = targets.get(&index) {
                errors.insert(conv, sums);
            }
            of_network = sums;
        }
    }
    Ok(Pass { network: building.finish()?, errors: OutputErrors::of(&errors, &of_network), cost, certified })
}

/// Maps that see the same inputs.
struct Group {
    maps: Vec<usize>,
    moments: SharedMoments,
    /// A map a column, the affine coefficient multiplied in.
    trained: Array2<f64>,
}

fn groups(
    network: &TrainedNetwork,
    index: usize,
    conv: &Conv2d<f32>,
    unit: &Unit,
    [trained, approximated]: &[Vec<&ndarray::Array3<f32>>; 2],
) -> Vec<Group> {
    let window = Window::of(conv, unit.block);
    let size = window.size[0] * window.size[1];
    let mut kernels = Vec::with_capacity(conv.connections.len());
    let mut by_inputs: BTreeMap<&[usize], Vec<usize>> = BTreeMap::new();
    let mut first = 0;
    for (o, inputs) in conv.connections.iter().enumerate() {
        kernels.push(first..first + inputs.len());
        first += inputs.len();
        by_inputs.entry(inputs).or_default().push(o);
    }
    let area = match destination(network, index) {
        Destination::Affine { area, .. } => area,
        Destination::Inserted => 1.0,
    };
    let affine = |o: usize| match &network.nodes()[unit.target].layer {
        Layer::Affine(affine) => (f64::from(affine.coefficient[o]), f64::from(affine.bias[o])),
        _ => (1.0, 0.0),
    };
    let group = |(inputs, maps): (&[usize], Vec<usize>)| {
        let taps = inputs.len() * size;
        let mut weights = Array2::<f64>::zeros((maps.len(), taps));
        let mut offset = Vec::with_capacity(maps.len());
        for (mut row, &o) in weights.outer_iter_mut().zip(&maps) {
            let (coefficient, bias) = affine(o);
            let own = conv.kernels.slice(s![kernels[o].clone(), .., ..]);
            row.iter_mut().zip(own.iter()).for_each(|(w, &k)| *w = coefficient * f64::from(k));
            offset.push((coefficient * area * f64::from(conv.bias[o]) + bias) as f32);
        }
        let single = weights.mapv(|w| w as f32);
        let single: ArrayView2<'_, f32> = single.view();
        let samples = samples(window, inputs, &single, &offset, trained, approximated);
        Group { maps, moments: SharedMoments::of(samples), trained: weights.reversed_axes() }
    };
    by_inputs.into_iter().map(group).collect()
}

/// One fit per map, in their order, and how far all together can be from the best.
fn fit_groups(
    conv: &Conv2d<f32>,
    own: &Settings<'_>,
    groups: &[Group],
    coefficient_digits: u32,
    price: f64,
) -> Result<(Vec<DataFit>, Certified), SolverError> {
    let (height, width) = conv.kernel_size();
    let variance: f64 = groups.iter().flat_map(|group| &group.moments.v).sum();
    let mut fits: Vec<(usize, DataFit)> = Vec::with_capacity(conv.connections.len());
    let mut all = Certified::default();
    for group in groups {
        let Group { maps, moments, trained } = group;
        let found = fit_group(own, moments, trained, height * width, coefficient_digits, price, variance)?;
        for (&map, (fit, certified)) in maps.iter().zip(found) {
            fits.push((map, fit));
            all.add(certified);
        }
    }
    fits.sort_by_key(|&(o, _)| o);
    Ok((fits.into_iter().map(|(_, fit)| fit).collect(), all))
}
