//! One output map fitted to what its inputs look like.
//!
//! Many scales are tried. At each the levels are rounded together in the metric of the inputs; the best few are then
//! settled: the scale by least squares, rounded to a coefficient of few signed digits, the levels once more at exactly
//! that coefficient, until nothing changes. The error that counts is the one with the coefficient as it will be built.

use lacuna_network::Dyadic;
use ndarray::{Array1, Array2};

use crate::data::lattice::Lattice;
use crate::data::metric::{Metric, Palette, Rounded};
use crate::data::moments::Centred;
use crate::data::within::{Care, Within};
use crate::error::SolverError;
use crate::kernels::fit::{Choice, fit_map};
use crate::kernels::signed_digits::{count, nearest, places};
use crate::{KernelLimits, Scale, Solver};

/// Scales tried, evenly spread over their logarithms.
const SCALES: usize = 60;

/// Of these, how many are settled.
const SETTLED: usize = 6;

/// Rounds of settling; more change nothing.
const ROUNDS: usize = 8;

/// How strongly weights that the data says nothing about are held at what they were trained to be.
const RIDGE: f64 = 1e-4;

/// Of the inputs' mean squares, the part that may be rounding noise in their variances.
const ROUNDING: f64 = 1e-9;

/// A kernel's own scale multiplies the digits of all its weights, so it has to bring the error down to this part at least.
const RATIOS_MUST_GAIN: f64 = 0.9;

/// `z ≈ coefficient · kernels·φ + bias`.
#[derive(Clone, Debug)]
pub(crate) struct DataFit {
    pub(crate) kernels: Vec<Vec<Dyadic>>,
    pub(crate) ratios: Vec<Dyadic>,
    pub(crate) levels: Vec<u16>,
    pub(crate) coefficient: Dyadic,
    pub(crate) bias: f64,
    /// Squared error, weighted and summed over the samples.
    pub(crate) cost: f64,
    pub(crate) digits: usize,
    /// Limits on the kernels, for whoever moves them further.
    pub(crate) within: Option<Within>,
}

/// Fits a map whose trained weights, the affine coefficient multiplied in, are `trained`. A signed digit costs `price` in
/// squared error summed over the samples.
pub(crate) fn fit(
    choice: &Choice<'_>,
    centred: &Centred,
    trained: &[Vec<f64>],
    coefficient_digits: u32,
    price: f64,
) -> Result<DataFit, SolverError> {
    let price = price / centred.weight.max(f64::MIN_POSITIVE);
    let flat: Array1<f64> = trained.iter().flatten().copied().collect();
    let held = Held::new(centred, &flat);
    let lattice = Lattice::new(&held.h, &held.c);

    let wanted: Vec<Vec<f64>> = shaped(lattice.wanted().as_slice().unwrap_or_default(), trained);
    let mut ratios = vec![vec![Dyadic::ONE; trained.len()]];
    if choice.scale == Scale::Kernel && trained.len() > 1 && trained[0].len() > 1 {
        let plain = Choice { solver: Solver::Exact, limits: KernelLimits::default(), ..choice.clone() };
        let own = fit_map(&plain, &wanted)?.ratios;
        if own.iter().all(|ratio| !ratio.is_zero()) {
            ratios.push(own);
        }
    }
    let values: Vec<f64> = choice.set.values().iter().map(|v| v.to_f64()).collect();
    let mut best: Option<(f64, DataFit)> = None;
    for ratios in &ratios {
        let prices: Vec<f64> = choice.set.values().iter().map(|&v| price * count(v) as f64).collect();
        let palette = Palette { values: &values, prices: &prices };
        let per_weight: Vec<f64> = trained
            .iter()
            .zip(ratios)
            .flat_map(|(kernel, ratio)| std::iter::repeat_n(ratio.to_f64(), kernel.len()))
            .collect();
        let within = Within::new(choice.set, choice.limits, ratios, trained)?;
        let rounding = Rounding { lattice: &lattice, palette, within: within.as_ref(), ratios: &per_weight };
        for scale in rounding.best_scales() {
            let (coefficient, levels) = rounding.settle(centred, scale, coefficient_digits);
            let q: Array1<f64> = levels
                .iter()
                .zip(&per_weight)
                .map(|(&level, ratio)| coefficient.to_f64() * ratio * values[usize::from(level)])
                .collect();
            let error = centred.error(&q);
            let kernels: Vec<Vec<Dyadic>> = shaped(&levels, trained)
                .iter()
                .zip(ratios)
                .map(|(levels, &ratio)| {
                    levels.iter().map(|&l| choice.set.values()[usize::from(l)] * ratio).collect()
                })
                .collect();
            let digits: usize = kernels.iter().flatten().map(|&w| count(w)).sum();
            let coefficient = if digits > 0 { coefficient } else { Dyadic::ZERO };
            let own = if ratios.iter().all(|&ratio| ratio == Dyadic::ONE) { 1.0 } else { RATIOS_MUST_GAIN };
            let cost = (error + price * digits as f64) / own;
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                let bias = centred.target - q.dot(&centred.inputs);
                best = Some((
                    cost,
                    DataFit {
                        kernels,
                        ratios: ratios.clone(),
                        levels,
                        coefficient,
                        bias,
                        cost: error * centred.weight,
                        digits,
                        within: within.clone(),
                    },
                ));
            }
        }
    }
    Ok(best.expect("at least one scale is settled").1)
}

/// The moments of a map and a little of how far its weights are from the trained ones: what levels are chosen by.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) h: Array2<f64>,
    pub(crate) c: Array1<f64>,
    pub(crate) v: f64,
}

impl Held {
    pub(crate) fn new(centred: &Centred, trained: &Array1<f64>) -> Self {
        let mean = |sum: f64| (sum / trained.len() as f64).max(f64::MIN_POSITIVE);
        let ridge = RIDGE * mean(centred.h.diag().sum()) + ROUNDING * mean(centred.squares);
        let mut h = centred.h.clone();
        h.diag_mut().mapv_inplace(|d| d + ridge);
        let (c, v) = (&centred.c + &(trained * ridge), centred.v + ridge * trained.dot(trained));
        Self { h, c, v }
    }

    /// `v - 2 c·q + q·H·q`.
    pub(crate) fn error(&self, q: &Array1<f64>) -> f64 {
        (self.v - 2.0 * self.c.dot(q) + q.dot(&self.h.dot(q))).max(0.0)
    }
}

/// How levels are rounded at a given scale.
struct Rounding<'a> {
    lattice: &'a Lattice,
    palette: Palette<'a>,
    within: Option<&'a Within>,
    /// Per weight.
    ratios: &'a [f64],
}

impl Rounding<'_> {
    fn steps(&self, scale: f64) -> Vec<f64> {
        self.ratios.iter().map(|r| scale * r).collect()
    }

    /// Whatever was rounded without limits, within them.
    fn limited(&self, rounded: Rounded, steps: &[f64], care: Care) -> Rounded {
        let Some(within) = self.within else { return rounded };
        let Metric { h, pull } = self.lattice.metric();
        within.descend(h, pull, self.palette, steps, rounded.levels, care)
    }

    /// The scales with the least cost among [`SCALES`].
    fn best_scales(&self) -> Vec<f64> {
        let wanted = self.lattice.wanted();
        let largest = wanted.iter().zip(self.ratios).fold(0.0_f64, |m, (w, r)| m.max(w.abs() / r));
        let magnitudes = || self.palette.values.iter().map(|v| v.abs()).filter(|&v| v > 0.0);
        let (low, high) = magnitudes().fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
        if largest <= 0.0 || high <= 0.0 {
            return vec![1.0];
        }
        let (from, to) = (0.25 * largest / high, 1.25 * largest / low.max(high / 8.0));
        let mut tried: Vec<(f64, f64)> = (0..SCALES)
            .map(|k| {
                let scale = from * (to / from).powf(k as f64 / (SCALES - 1) as f64);
                let steps = self.steps(scale);
                let estimate = self.lattice.estimate(self.palette, &steps);
                (self.limited(estimate, &steps, Care::Quick).cost, scale)
            })
            .collect();
        tried.sort_by(|a, b| a.0.total_cmp(&b.0));
        tried.truncate(SETTLED);
        tried.into_iter().map(|(_, scale)| scale).collect()
    }

    /// Scale for the levels, coefficient for the scale, levels for the coefficient.
    fn settle(&self, centred: &Centred, scale: f64, digits: u32) -> (Dyadic, Vec<u16>) {
        let Self { lattice, palette, ratios, .. } = *self;
        let cost = |coefficient: Dyadic, levels: &[u16]| {
            let q: Array1<f64> = self
                .steps(coefficient.to_f64())
                .iter()
                .zip(levels)
                .map(|(step, &level)| step * palette.values[usize::from(level)])
                .collect();
            centred.error(&q) + levels.iter().map(|&l| palette.prices[usize::from(l)]).sum::<f64>()
        };
        let rounded = |scale: f64| nearest(scale, digits, places(digits));
        let at = |scale: f64| {
            let steps = self.steps(scale);
            self.limited(lattice.round(palette, &steps), &steps, Care::Full).levels
        };
        let mut levels = at(scale);
        let mut best = (f64::INFINITY, rounded(scale), levels.clone());
        for _ in 0..ROUNDS {
            let t: Array1<f64> =
                levels.iter().zip(ratios).map(|(&level, r)| r * palette.values[usize::from(level)]).collect();
            let strength = t.dot(&centred.h.dot(&t));
            let free = if strength > 0.0 { centred.c.dot(&t) / strength } else { 0.0 };
            let coefficient = rounded(self.within.and_then(|within| within.exact_scale(&t)).unwrap_or(free));
            if coefficient.is_zero() {
                break;
            }
            let steps = self.steps(coefficient.to_f64());
            // Levels within limits would be lost by a descent that does not know them.
            levels = match self.within {
                None => lattice.descend(palette, &steps, levels).levels,
                Some(_) => self.limited(Rounded { levels, cost: 0.0 }, &steps, Care::Full).levels,
            };
            let now = cost(coefficient, &levels);
            if now >= best.0 {
                break;
            }
            best = (now, coefficient, levels.clone());
        }
        if best.0 == f64::INFINITY && self.within.is_some() {
            best.2 = at(best.1.to_f64());
        }
        (best.1, best.2)
    }
}

/// `flat` cut into pieces like those of `pattern`.
fn shaped<T: Clone, U>(flat: &[T], pattern: &[Vec<U>]) -> Vec<Vec<T>> {
    let mut rest = flat;
    pattern
        .iter()
        .map(|piece| {
            let (own, after) = rest.split_at(piece.len());
            rest = after;
            own.to_vec()
        })
        .collect()
}
