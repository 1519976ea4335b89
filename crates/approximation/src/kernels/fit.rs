//! Kernels of one output map: levels, short dyadic ratios between their scales, and one free scale for all.
//!
//! Inside a sum over input maps a scale per kernel does not factor out, so it has to be dyadic itself:
//! `W_i ≈ g · ρ_i · T_i` with `g` free and `ρ_i` a short sum of powers of two. Given the ratios, the sweep finds `g` and all
//! levels together, exactly. Given `g`, each kernel picks the ratio that serves it best. The two steps alternate until
//! nothing changes, from several starts, and the best end is kept. What all kernels have at the best with scales of any value
//! bounds it: the gap.

use lacuna_network::Dyadic;

use crate::choices::settings::Settings;
use crate::couplings::coupled::KernelLimits;
use crate::couplings::limited::limited;
use crate::error::SolverError;
use crate::kernels::program::{ProgramError, solve_program};
use crate::kernels::signed_digits::{nearest_on_grid, places};
use crate::kernels::sweep::{Fit, Ladders, finish, sweep};
use crate::{DyadicSet, Scale, Solver, StopReason};

/// Rounds of the alternation; it settles in a handful, and never gets worse.
const MAX_ROUNDS: usize = 20;

/// Steps of the ratio's grid that are tried on either side of the ratio a kernel would like.
const NEIGHBOURS: i32 = 8;

/// A gap below which the rest is rounding noise.
const NOTHING: f64 = 1e-9;

/// Ratios that the dominant kernel is given at the start: with 1 alone, 3/5 between two kernels could not be had as
/// 3/8 to 5/8.
const ANCHORS: [f64; 4] = [1.0, 0.875, 0.75, 0.625];

/// What a fit may choose from.
#[derive(Clone, Debug)]
pub(crate) struct Choice<'a> {
    pub(crate) set: &'a DyadicSet,
    pub(crate) ladders: &'a Ladders,
    pub(crate) scale: Scale,
    pub(crate) scale_digits: u32,
    pub(crate) solver: Solver,
    pub(crate) limits: KernelLimits,
}

impl<'a> Choice<'a> {
    pub(crate) fn new(own: &Settings<'a>, ladders: &'a Ladders) -> Self {
        let &Settings { set, scale, scale_digits, solver, limits, .. } = own;
        Self { set, ladders, scale, scale_digits, solver, limits }
    }
}

/// `W_i ≈ scale · kernels_i`, for all kernels that share a scale.
#[derive(Clone, Debug)]
pub(crate) struct MapFit {
    pub(crate) scale: f64,
    pub(crate) ratios: Vec<Dyadic>,
    pub(crate) kernels: Vec<Vec<Dyadic>>,
    pub(crate) squared_error: f64,
    pub(crate) stop: StopReason,
    /// Where a bound is known, how far from the best it can be: for its ratios within limits, for any without.
    pub(crate) gap: Option<f64>,
}

impl MapFit {
    /// Other kernels, with the scale that suits them best.
    pub(crate) fn with_kernels(&self, weights: &[Vec<f64>], kernels: Vec<Vec<Dyadic>>) -> Self {
        let pairs = || weights.iter().flatten().zip(kernels.iter().flatten().map(|k| k.to_f64()));
        let (s, q) = pairs().fold((0.0, 0.0), |(s, q), (w, t)| (s + w * t, q + t * t));
        let scale = if s > 0.0 && q > 0.0 { s / q } else { 0.0 };
        let squared_error = pairs().map(|(w, t)| (w - scale * t).powi(2)).sum();
        Self { scale, ratios: self.ratios.clone(), kernels, squared_error, stop: self.stop, gap: self.gap }
    }
}

/// The levels and ratios of kernels under a common scale.
#[derive(Clone, Debug)]
struct Assignment {
    scale: f64,
    ratios: Vec<Dyadic>,
    levels: Vec<Vec<u16>>,
    squared_error: f64,
}

/// Fits all kernels that feed one output map (or, with [`Scale::Layer`], one layer).
pub(crate) fn fit_map(choice: &Choice<'_>, kernels: &[Vec<f64>]) -> Result<MapFit, SolverError> {
    let mut best = joint(choice.ladders, kernels, &vec![Dyadic::ONE; kernels.len()]);
    let own_scales = choice.scale == Scale::Kernel && kernels.len() > 1 && kernels[0].len() > 1;
    // What each kernel has at the best with any scale, not only one that is a short dyadic of the others'.
    let mut apart = best.squared_error;
    if own_scales {
        let own: Vec<Fit> = kernels.iter().map(|k| sweep(choice.ladders, k, |_| 1.0)).collect();
        let scales: Vec<f64> = own.iter().map(|fit| fit.scale).collect();
        apart = own.iter().map(|fit| fit.squared_error).sum();
        for start in starts(choice, kernels, &scales) {
            let settled = alternate(choice, kernels, &scales, joint(choice.ladders, kernels, &start));
            if settled.squared_error < best.squared_error {
                best = settled;
            }
        }
    }
    if choice.solver == Solver::Program {
        best = by_program(choice, kernels, best)?;
    }
    if !choice.limits.is_none() {
        let found = MapFit {
            scale: best.scale,
            squared_error: best.squared_error,
            kernels: dyadic_kernels(choice.set, &best),
            ratios: best.ratios,
            stop: StopReason::Converged,
            gap: None,
        };
        let mut best = limited(choice, kernels, &found)?;
        // A ratio's digits are paid for by every weight.
        if choice.limits.digits.is_some() && found.ratios.iter().any(|&ratio| ratio != Dyadic::ONE) {
            let common = MapFit { ratios: vec![Dyadic::ONE; kernels.len()], ..found };
            let other = limited(choice, kernels, &common)?;
            best = if other.squared_error < best.squared_error { other } else { best };
        }
        return Ok(best);
    }
    let gap = if best.squared_error > apart { 1.0 - apart / best.squared_error } else { 0.0 };
    let is_best = !own_scales || gap <= NOTHING;
    Ok(MapFit {
        scale: best.scale,
        squared_error: best.squared_error,
        kernels: dyadic_kernels(choice.set, &best),
        ratios: best.ratios,
        stop: if is_best { StopReason::Optimal } else { StopReason::Bounded },
        gap: own_scales.then_some(gap),
    })
}

/// Ratios to begin with: all one, and each kernel's own best scale, the dominant kernel's being one of a few.
fn starts(choice: &Choice<'_>, kernels: &[Vec<f64>], scales: &[f64]) -> Vec<Vec<Dyadic>> {
    let mut starts = vec![vec![Dyadic::ONE; kernels.len()]];
    let norm = |k: usize| kernels[k].iter().map(|w| w * w).sum::<f64>();
    let dominant = (0..kernels.len()).reduce(|a, b| if norm(b) > norm(a) { b } else { a });
    if let Some(unit) = dominant.map(|k| scales[k]).filter(|&scale| scale > 0.0) {
        for anchor in ANCHORS {
            starts.push(scales.iter().map(|scale| ratio_near(choice, anchor * scale / unit, 0)).collect());
        }
    }
    starts
}

/// The admissible ratio nearest to `wanted`, `steps` grid steps to the side.
fn ratio_near(choice: &Choice<'_>, wanted: f64, steps: i32) -> Dyadic {
    let lowest = 2 - places(choice.scale_digits) as i32;
    let moved = wanted.min(f64::from(1 << 16)) + f64::from(steps) * f64::from(lowest).exp2();
    nearest_on_grid(moved.max(0.0), choice.scale_digits, lowest)
}

/// The best common scale and levels for given ratios; a ratio of zero drops its kernel.
fn joint(ladders: &Ladders, kernels: &[Vec<f64>], ratios: &[Dyadic]) -> Assignment {
    let kept: Vec<usize> = (0..kernels.len()).filter(|&k| !ratios[k].is_zero()).collect();
    let weights: Vec<f64> = kept.iter().flat_map(|&k| &kernels[k]).copied().collect();
    let per_weight: Vec<f64> =
        kept.iter().flat_map(|&k| std::iter::repeat_n(ratios[k].to_f64(), kernels[k].len())).collect();
    let fit = sweep(ladders, &weights, |i| per_weight[i]);
    let mut rest = fit.levels.as_slice();
    let mut levels = Vec::with_capacity(kernels.len());
    let mut squared_error = fit.squared_error;
    for (kernel, ratio) in kernels.iter().zip(ratios) {
        if ratio.is_zero() {
            levels.push(vec![ladders.nearest(0.0); kernel.len()]);
            squared_error += kernel.iter().map(|w| w * w).sum::<f64>();
        } else {
            let (own, after) = rest.split_at(kernel.len());
            levels.push(own.to_vec());
            rest = after;
        }
    }
    Assignment { scale: fit.scale, ratios: ratios.to_vec(), levels, squared_error }
}

/// Ratios for the scale, scale and levels for the ratios, until neither moves.
fn alternate(choice: &Choice<'_>, kernels: &[Vec<f64>], scales: &[f64], mut now: Assignment) -> Assignment {
    for _ in 0..MAX_ROUNDS {
        if now.scale == 0.0 {
            break;
        }
        let ratio =
            |k: usize| best_ratio(choice, &kernels[k], now.scale, now.ratios[k], scales[k] / now.scale);
        let ratios: Vec<Dyadic> = (0..kernels.len()).map(ratio).collect();
        let next = joint(choice.ladders, kernels, &ratios);
        if next.squared_error >= now.squared_error {
            break;
        }
        now = next;
    }
    now
}

/// The ratio that serves one kernel best at the common scale, near its present one and the one it would like.
fn best_ratio(choice: &Choice<'_>, kernel: &[f64], scale: f64, present: Dyadic, wanted: f64) -> Dyadic {
    let ladders = choice.ladders;
    let error = |ratio: Dyadic| -> f64 {
        let step = scale * ratio.to_f64();
        let at = |w: f64| if step > 0.0 { step * ladders.value(ladders.nearest(w / step)) } else { 0.0 };
        kernel.iter().map(|&w| (w - at(w)).powi(2)).sum()
    };
    let near = |centre: f64| (-NEIGHBOURS..=NEIGHBOURS).map(move |steps| ratio_near(choice, centre, steps));
    let mut candidates: Vec<Dyadic> = near(wanted).chain(near(present.to_f64())).collect();
    candidates.sort_unstable_by_key(|ratio| (ratio.exponent(), ratio.mantissa()));
    candidates.dedup();
    let mut best = (error(present), present);
    for ratio in candidates {
        let candidate = (error(ratio), ratio);
        if candidate.0 < best.0 {
            best = candidate;
        }
    }
    best.1
}

/// The same levels from the 0-1 program, at the scale that has been found.
fn by_program(
    choice: &Choice<'_>,
    kernels: &[Vec<f64>],
    found: Assignment,
) -> Result<Assignment, ProgramError> {
    let mut levels = Vec::with_capacity(kernels.len());
    for ((kernel, ratio), known) in kernels.iter().zip(&found.ratios).zip(&found.levels) {
        let step = found.scale * ratio.to_f64();
        levels.push(if step > 0.0 {
            let targets: Vec<f64> = kernel.iter().map(|w| w / step).collect();
            solve_program(choice.set, &targets)?.into_iter().map(|level| level as u16).collect()
        } else {
            known.clone()
        });
    }
    let weights: Vec<f64> = kernels.iter().flatten().copied().collect();
    let per_weight: Vec<f64> = kernels
        .iter()
        .zip(&found.ratios)
        .flat_map(|(kernel, ratio)| std::iter::repeat_n(ratio.to_f64(), kernel.len()))
        .collect();
    let fit = finish(choice.ladders, &weights, &|i| per_weight[i], levels.concat());
    Ok(Assignment { scale: fit.scale, squared_error: fit.squared_error, levels, ..found })
}

fn dyadic_kernels(set: &DyadicSet, found: &Assignment) -> Vec<Vec<Dyadic>> {
    let kernel = |(levels, &ratio): (&Vec<u16>, &Dyadic)| {
        levels.iter().map(|&level| set.values()[usize::from(level)] * ratio).collect()
    };
    if found.scale == 0.0 {
        return found.levels.iter().map(|levels| vec![Dyadic::ZERO; levels.len()]).collect();
    }
    found.levels.iter().zip(&found.ratios).map(kernel).collect()
}
