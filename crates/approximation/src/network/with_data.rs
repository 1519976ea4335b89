//! All convolutions of a network fitted to what they will see, one after the other, within the budgets.
//!
//! Signed digits have a price in squared output error. Without a budget it is zero; with one, the least price is sought at
//! which the budget is met, for a layer by fitting the layer again and again, for the network by approximating all of
//! it.

use std::time::Instant;

use lacuna_network::{Layer, TrainedNetwork};

use crate::choices::settings;
use crate::data::certify::certify;
use crate::data::output_error::OutputErrors;
use crate::data::refine::{Refinable, Refinement, refine};
use crate::data::unit::Unit;
use crate::data::within::Within;
use crate::error::SolverError;
use crate::kernels::signed_digits::count;
use crate::large::with_shared::{self, is_large};
use crate::network::approximate::{counterpart, seconds};
use crate::network::building::Building;
use crate::network::plain::{kept, kept_digits, kernels_by_map};
use crate::reports::figures::report;
use crate::reports::report::{Method, Note};
use crate::{ApproxNetwork, Approximation, BudgetTooSmall, Calibration, Config, Error, Solver, StopReason};

/// Prices tried to find one that meets a budget, each [`DEARER`] times the one before.
const PRICES: usize = 24;
const DEARER: f64 = 6.0;

/// A price beside which no error counts.
const DEAREST: f64 = 1e60;

/// Halvings of the interval between a price that is too low and one that is not.
const HALVINGS: usize = 6;

pub(crate) fn approximate(
    network: &TrainedNetwork,
    config: &Config,
    calibration: &Calibration,
) -> Result<Approximation, Error> {
    let budget = config.network_digits.unwrap_or(u64::MAX);
    let least = least_digits(network, config);
    if least > budget {
        return Err(Error::NetworkBudget(BudgetTooSmall { budget, least }));
    }
    let large = is_large(network);
    let mut spent = vec![0.0; network.nodes().len()];
    let (approximated, errors, certified) = if large {
        with_shared::approximate(network, config, calibration, budget, &mut spent)?
    } else {
        let (mut pass, price) = cheapest(budget, |price| {
            let pass = fit_all(network, config, calibration, price, &mut spent)?;
            let digits = kernel_digits(&pass.network);
            Ok((digits, pass.cost, pass))
        })?
        .map_err(Error::NetworkBudget)?;
        let refinement =
            Refinement { rounds: config.refinement_rounds, budget: config.network_digits, price };
        let layers = &mut pass.refinable;
        let approximated = refine(network, pass.network, layers, calibration, &refinement, &mut spent)?;
        let errors = OutputErrors::measure(network, &approximated, calibration)?;
        let certified = certify(network, &approximated, config, calibration, layers, price, &mut spent)?;
        (approximated, errors, certified)
    };
    let note = |(index, node): (usize, &lacuna_network::Node<f32, _>)| {
        let conv = matches!(node.layer, Layer::Conv2d(_));
        let solver = match settings::of_layer(config, &node.name).solver {
            Solver::Keep => Method::Keep,
            Solver::Exact | Solver::Program if large => Method::SharedData,
            Solver::Exact | Solver::Program => Method::Data,
        };
        let known = certified[index];
        let stop = known.map_or(StopReason::Optimal, |certified| certified.stop());
        conv.then_some(Note { solver, stop, gap: known.map(|c| c.gap()), seconds: spent[index] })
    };
    let notes: Vec<Option<Note>> = network.nodes().iter().enumerate().map(note).collect();
    let report = report(network, &approximated, config, &notes, Some(&errors));
    Ok(Approximation { network: approximated, report, seconds: seconds(network, &notes) })
}

/// A network fitted at one price.
struct Pass {
    network: ApproxNetwork,
    refinable: Vec<Refinable>,
    /// Squared errors of all layers, as the price of a digit counts them.
    cost: f64,
}

fn fit_all(
    network: &TrainedNetwork,
    config: &Config,
    calibration: &Calibration,
    price: f64,
    spent: &mut [f64],
) -> Result<Pass, Error> {
    let mut building = Building::new(network, config);
    let mut refinable = Vec::new();
    let mut cost = 0.0;
    for (index, node) in network.nodes().iter().enumerate() {
        let own = settings::of_layer(config, &node.name);
        match &node.layer {
            Layer::Conv2d(conv) if own.solver == Solver::Keep => {
                let fits: Vec<_> = kernels_by_map(conv).iter().map(|kernels| kept(kernels)).collect();
                building.conv(index, conv, &fits)?;
            }
            Layer::Conv2d(conv) => {
                let start = Instant::now();
                let unit = Unit::of(network, index);
                let affine = settings::of_layer(config, &network.nodes()[unit.target].name);
                let before = building.before(node.inputs[0])?;
                let moments = unit.moments(network, before.as_ref(), calibration)?;
                let failed = |reason| Error::Solver { layer: node.name.clone(), reason };
                let budget = own.layer_digits.unwrap_or(u64::MAX);
                let (fits, layer_price) = cheapest(budget, |layer_price| {
                    let fits = unit.fit(
                        network,
                        conv,
                        &own,
                        affine.coefficient_digits,
                        &moments,
                        price + layer_price,
                    );
                    let fits = fits.map_err(failed)?;
                    let digits = fits.iter().map(|fit| fit.digits as u64).sum();
                    Ok((digits, fits.iter().map(|fit| fit.cost).sum(), fits))
                })?
                .map_err(|e| failed(SolverError::Budget(e)))?;
                cost += fits.iter().map(|fit| fit.cost).sum::<f64>();
                let bias: Vec<f64> = fits.iter().map(|fit| fit.bias).collect();
                let coefficient = fits.iter().map(|fit| fit.coefficient).collect();
                let kernels = fits.iter().flat_map(|fit| fit.kernels.iter().flatten());
                building.unit(index, conv, kernels, coefficient, &bias)?;
                spent[index] += start.elapsed().as_secs_f64();
                refinable.push(Refinable {
                    trained: index,
                    conv: index,
                    affine: unit.target,
                    block: unit.block,
                    values: own.set.values().to_vec(),
                    coefficient_digits: affine.coefficient_digits,
                    bias_fraction_bits: affine.bias_fraction_bits,
                    layer_digits: own.layer_digits,
                    layer_price,
                    within: Within::joined(fits.iter().filter_map(|fit| fit.within.clone()).collect()),
                    ratios: fits.iter().flat_map(|fit| &fit.ratios).copied().collect(),
                    levels: fits.iter().flat_map(|fit| &fit.levels).copied().collect(),
                    own: moments.iter().map(|m| m.h.clone()).collect(),
                });
            }
            _ => building.other(index)?,
        }
    }
    let approximated = building.finish()?;
    for layer in &mut refinable {
        let same = |name: &str| approximated.nodes().iter().position(|node| node.name == name);
        let conv = same(&network.nodes()[layer.conv].name).expect("names are kept");
        layer.affine = counterpart(&approximated, network, layer.affine);
        layer.conv = conv;
    }
    Ok(Pass { network: approximated, refinable, cost })
}

/// What the cheapest levels of all kernels take: sets without zero have no free level.
fn least_digits(network: &TrainedNetwork, config: &Config) -> u64 {
    let least = |node: &lacuna_network::Node<f32, _>| match &node.layer {
        Layer::Conv2d(conv) => {
            let own = settings::of_layer(config, &node.name);
            if own.solver == Solver::Keep {
                return kept_digits(conv);
            }
            let set = own.set;
            conv.kernels.len() as u64 * set.values().iter().map(|&v| count(v) as u64).min().unwrap_or(0)
        }
        _ => 0,
    };
    network.nodes().iter().map(least).sum()
}

/// Signed digits of all kernels.
pub(crate) fn kernel_digits(network: &ApproxNetwork) -> u64 {
    let digits = |layer: &Layer<_, _>| match layer {
        Layer::Conv2d(conv) => conv.kernels.iter().map(|&w| count(w) as u64).sum(),
        _ => 0,
    };
    network.nodes().iter().map(|node| digits(&node.layer)).sum()
}

/// What `attempt` gives at (nearly) the least price per digit at which it stays within the budget, and that price.
///
/// `attempt` returns its digits, its cost in squared error, and its result.
pub(crate) fn cheapest<T>(
    budget: u64,
    mut attempt: impl FnMut(f64) -> Result<(u64, f64, T), Error>,
) -> Result<Result<(T, f64), BudgetTooSmall>, Error> {
    let (digits, cost, free) = attempt(0.0)?;
    if digits <= budget {
        return Ok(Ok((free, 0.0)));
    }
    let (mut low, mut high) = (0.0, (cost / digits.max(1) as f64).max(f64::MIN_POSITIVE));
    let mut best = None;
    let mut least = digits;
    for _ in 0..PRICES {
        let (digits, _, result) = attempt(high)?;
        least = least.min(digits);
        if digits <= budget {
            best = Some((result, high));
            break;
        }
        (low, high) = (high, high * DEARER);
    }
    if best.is_none() {
        // Errors of next to nothing, or of very different size: at this price only digits count.
        let (digits, _, result) = attempt(DEAREST)?;
        least = least.min(digits);
        best = (digits <= budget).then_some((result, DEAREST));
    }
    let Some(mut best) = best else { return Ok(Err(BudgetTooSmall { budget, least })) };
    for _ in 0..HALVINGS {
        let middle = if low > 0.0 { (low * high).sqrt() } else { high / DEARER };
        let (digits, _, result) = attempt(middle)?;
        if digits <= budget {
            (best, high) = ((result, middle), middle);
        } else {
            low = middle;
        }
    }
    Ok(Ok(best))
}
