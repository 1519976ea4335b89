//! All convolutions of a network fitted from their weights alone, within the budgets.

use std::time::Instant;

use lacuna_network::{Conv2d, Dyadic, Layer, TrainedNetwork};
use ndarray::Axis;
use rayon::prelude::*;

use crate::choices::settings::{self, Settings};
use crate::couplings::budget::{Budgeted, Certificate, keep_within};
use crate::error::SolverError;
use crate::kernels::fit::{Choice, MapFit, fit_map};
use crate::kernels::signed_digits::{count, exact};
use crate::kernels::sweep::Ladders;
use crate::reports::report::{Method, Note};
use crate::{BudgetTooSmall, Config, Error, Scale, Solver, StopReason};

/// Per node the fits of its output maps, where it is a convolution, and how they came about.
pub(crate) type NetworkFits = (Vec<Option<Vec<MapFit>>>, Vec<Option<Note>>);

/// Fits every convolution.
pub(crate) fn fit_network(network: &TrainedNetwork, config: &Config) -> Result<NetworkFits, Error> {
    let mut fits = Vec::with_capacity(network.nodes().len());
    let mut notes = Vec::with_capacity(network.nodes().len());
    let mut weights = Vec::with_capacity(network.nodes().len());
    for node in network.nodes() {
        let Layer::Conv2d(conv) = &node.layer else {
            fits.push(None);
            notes.push(None);
            weights.push(Vec::new());
            continue;
        };
        let own = settings::of_layer(config, &node.name);
        let failed = |reason| Error::Solver { layer: node.name.clone(), reason };
        let start = Instant::now();
        let maps = kernels_by_map(conv);
        let mut found = fit_layer(&maps, &own).map_err(failed)?;
        let all = |stop| found.iter().all(|fit| fit.stop == stop || fit.stop == StopReason::Optimal);
        let stop = match () {
            () if all(StopReason::Optimal) => StopReason::Optimal,
            () if all(StopReason::Bounded) => StopReason::Bounded,
            () => StopReason::Converged,
        };
        let gap =
            found.iter().filter_map(|fit| fit.gap).reduce(f64::max).filter(|_| stop != StopReason::Converged);
        let solver = match own.solver {
            Solver::Exact if own.limits.is_none() => Method::Exact,
            Solver::Program if own.limits.is_none() => Method::Program,
            Solver::Exact | Solver::Program => Method::Limits,
            Solver::Keep => Method::Keep,
        };
        let mut note = Note { solver, stop, gap, seconds: 0.0 };
        if let Some(budget) = own.layer_digits {
            let mut layer = [Budgeted { set: own.set, weights: &maps, fits: found }];
            let certificate = keep_within(&mut layer, budget).map_err(|e| failed(SolverError::Budget(e)))?;
            let [layer] = layer;
            found = layer.fits;
            note.certify(certificate);
        }
        note.seconds = start.elapsed().as_secs_f64();
        fits.push(Some(found));
        notes.push(Some(note));
        weights.push(maps);
    }
    if let Some(budget) = config.network_digits {
        let keeps = |n: usize| settings::of_layer(config, &network.nodes()[n].name).solver == Solver::Keep;
        let (kept, convs): (Vec<usize>, Vec<usize>) =
            (0..fits.len()).filter(|&n| fits[n].is_some()).partition(|&n| keeps(n));
        let spent: u64 = kept.iter().map(|&n| digits(fits[n].iter().flatten())).sum();
        let too_small = Error::NetworkBudget(BudgetTooSmall { budget, least: spent });
        let budget = budget.checked_sub(spent).ok_or(too_small)?;
        let mut layers: Vec<Budgeted<'_>> = convs
            .iter()
            .map(|&n| Budgeted {
                set: settings::of_layer(config, &network.nodes()[n].name).set,
                weights: &weights[n],
                fits: fits[n].take().unwrap_or_default(),
            })
            .collect();
        let certificate = keep_within(&mut layers, budget).map_err(Error::NetworkBudget)?;
        for (&n, layer) in convs.iter().zip(layers) {
            fits[n] = Some(layer.fits);
            notes[n].iter_mut().for_each(|note| note.certify(certificate));
        }
    }
    Ok((fits, notes))
}

impl Note {
    fn certify(&mut self, certificate: Certificate) {
        self.solver = Method::Budget;
        self.gap = Some(certificate.gap);
        self.stop = certificate.stop;
    }
}

fn digits<'a>(fits: impl Iterator<Item = &'a MapFit>) -> u64 {
    fits.flat_map(|fit| fit.kernels.iter().flatten()).map(|&w| count(w) as u64).sum()
}

/// Signed digits of a convolution that is kept.
pub(crate) fn kept_digits(conv: &Conv2d<f32>) -> u64 {
    conv.kernels.iter().map(|&w| count(exact(f64::from(w))) as u64).sum()
}

/// The kernels of one output map as they are.
pub(crate) fn kept(kernels: &[Vec<f64>]) -> MapFit {
    MapFit {
        scale: 1.0,
        ratios: vec![Dyadic::ONE; kernels.len()],
        kernels: kernels.iter().map(|kernel| kernel.iter().map(|&w| exact(w)).collect()).collect(),
        squared_error: 0.0,
        stop: StopReason::Optimal,
        gap: None,
    }
}

/// The weights of every 2-D kernel, by output map.
pub(crate) fn kernels_by_map(conv: &Conv2d<f32>) -> Vec<Vec<Vec<f64>>> {
    let kernel = |k: usize| conv.kernels.index_axis(Axis(0), k).iter().map(|&w| f64::from(w)).collect();
    conv.kernels_by_map().map(|kernels| kernels.into_iter().map(|(k, _)| kernel(k)).collect()).collect()
}

/// One fit per output map.
fn fit_layer(maps: &[Vec<Vec<f64>>], own: &Settings<'_>) -> Result<Vec<MapFit>, SolverError> {
    if own.solver == Solver::Keep {
        return Ok(maps.iter().map(|kernels| kept(kernels)).collect());
    }
    let ladders = Ladders::new(own.set);
    let choice = Choice::new(own, &ladders);
    if own.scale != Scale::Layer {
        return maps.par_iter().map(|kernels| fit_map(&choice, kernels)).collect();
    }
    let all = fit_map(&choice, &maps.concat())?;
    let mut rest = all.kernels.iter().cloned();
    Ok(maps
        .iter()
        .map(|kernels| {
            let own: Vec<Vec<Dyadic>> = rest.by_ref().take(kernels.len()).collect();
            let pairs = kernels.iter().flatten().zip(own.iter().flatten());
            let squared_error = pairs.map(|(w, t)| (w - all.scale * t.to_f64()).powi(2)).sum();
            let ratios = vec![Dyadic::ONE; kernels.len()];
            MapFit { scale: all.scale, ratios, kernels: own, squared_error, stop: all.stop, gap: all.gap }
        })
        .collect())
}
