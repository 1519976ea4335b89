//! A budget of signed digits for many kernels at once, without data.
//!
//! At given scales the budget is a knapsack over all weights. Errors count relative to the norm of their layer, so that no
//! layer pays for being small. Scales and levels then take turns, from a few common stretchings of the unlimited
//! scales, and the best end is kept.

use lacuna_network::Dyadic;

use crate::couplings::knapsack::{Allocation, BudgetTooSmall, Group, allocate};
use crate::kernels::fit::MapFit;
use crate::kernels::signed_digits::count;
use crate::{DyadicSet, StopReason};

/// What the unlimited scales are multiplied by at the start: fewer digits want larger steps.
const STRETCHES: [f64; 4] = [1.0, 1.25, 1.6, 2.2];

/// Turns of scales and levels.
const ROUNDS: usize = 10;

/// One layer's weights and the fits that the budget is to cut down.
pub(crate) struct Budgeted<'a> {
    pub(crate) set: &'a DyadicSet,
    /// Per map, per kernel.
    pub(crate) weights: &'a [Vec<Vec<f64>>],
    pub(crate) fits: Vec<MapFit>,
}

/// How close to the best levels for its scales the result is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Certificate {
    pub(crate) gap: f64,
    pub(crate) stop: StopReason,
}

/// Cuts the fits of all `layers` down to `budget` signed digits together.
pub(crate) fn keep_within(layers: &mut [Budgeted<'_>], budget: u64) -> Result<Certificate, BudgetTooSmall> {
    let free: Vec<Vec<f64>> = layers.iter().map(|l| l.fits.iter().map(|fit| fit.scale).collect()).collect();
    let mut best: Option<(f64, Vec<Vec<MapFit>>, Certificate)> = None;
    for stretch in STRETCHES {
        let mut scales: Vec<Vec<f64>> =
            free.iter().map(|layer| layer.iter().map(|scale| stretch * scale).collect()).collect();
        let mut last = f64::INFINITY;
        for _ in 0..ROUNDS {
            let allocation = levels_within(layers, &scales, budget)?;
            let (fits, error) = refit(layers, &allocation.levels);
            if best.as_ref().is_none_or(|(least, ..)| error < *least) {
                let certificate = Certificate { gap: allocation.gap(), stop: allocation.stop };
                best = Some((error, fits.clone(), certificate));
            }
            if error >= last * (1.0 - 1e-9) {
                break;
            }
            last = error;
            scales = fits.iter().map(|layer| layer.iter().map(|fit| fit.scale).collect()).collect();
        }
    }
    let (_, fits, certificate) = best.expect("every stretch gives fits");
    for (layer, fits) in layers.iter_mut().zip(fits) {
        layer.fits = fits;
    }
    Ok(certificate)
}

fn norm(layer: &Budgeted<'_>) -> f64 {
    layer.weights.iter().flatten().flatten().map(|w| w * w).sum::<f64>().max(f64::MIN_POSITIVE)
}

fn levels_within(
    layers: &[Budgeted<'_>],
    scales: &[Vec<f64>],
    budget: u64,
) -> Result<Allocation, BudgetTooSmall> {
    let mut tables: Vec<(Vec<f64>, Vec<u32>)> = Vec::new();
    for (layer, scales) in layers.iter().zip(scales) {
        let norm = norm(layer);
        for ((map, fit), scale) in layer.weights.iter().zip(&layer.fits).zip(scales) {
            for (kernel, &ratio) in map.iter().zip(&fit.ratios) {
                let levels: Vec<f64> =
                    layer.set.values().iter().map(|&v| scale * (v * ratio).to_f64()).collect();
                let digits = layer.set.values().iter().map(|&v| count(v * ratio) as u32).collect();
                let errors = kernel.iter().flat_map(|w| levels.iter().map(move |l| (w - l).powi(2) / norm));
                tables.push((errors.collect(), digits));
            }
        }
    }
    let groups: Vec<Group<'_>> = tables.iter().map(|(errors, digits)| Group { errors, digits }).collect();
    allocate(&groups, budget)
}

/// Least-squares scales for new levels, and the sum of relative squared errors.
fn refit(layers: &[Budgeted<'_>], levels: &[u16]) -> (Vec<Vec<MapFit>>, f64) {
    let mut rest = levels;
    let mut total = 0.0;
    let fits = layers.iter().map(|layer| {
        let norm = norm(layer);
        let maps = layer.weights.iter().zip(&layer.fits).map(|(map, fit)| {
            let kernels: Vec<Vec<Dyadic>> = map
                .iter()
                .zip(&fit.ratios)
                .map(|(kernel, &ratio)| {
                    let (own, after) = rest.split_at(kernel.len());
                    rest = after;
                    own.iter().map(|&level| layer.set.values()[usize::from(level)] * ratio).collect()
                })
                .collect();
            let fit = fit.with_kernels(map, kernels);
            total += fit.squared_error / norm;
            fit
        });
        maps.collect()
    });
    let fits = fits.collect();
    (fits, total)
}
