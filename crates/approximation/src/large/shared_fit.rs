//! The fit of a layer from moments that its maps share.
//!
//! Maps of few weights are fitted one by one, with a beam and ratios between kernels (`data_fit`); the others all at once
//! (`together`), with one scale a map whatever the configuration says: ratios would have to be guessed for each of
//! hundreds of kernels a map, and bring little next to what the compensation does.

use lacuna_network::Dyadic;
use ndarray::{Array1, Array2};
use rayon::prelude::*;

use crate::choices::settings::Settings;
use crate::couplings::coupled::LimitsError;
use crate::data::certify::{Certified, Finished};
use crate::data::data_fit::{DataFit, Held, fit};
use crate::data::metric::Palette;
use crate::data::moments::Centred;
use crate::data::within::{Care, Within};
use crate::error::SolverError;
use crate::kernels::fit::Choice;
use crate::kernels::signed_digits::{count, nearest, places};
use crate::kernels::sweep::Ladders;
use crate::large::shared_moments::SharedMoments;
use crate::large::together::{RoundedMap, Together};

/// Maps of at most so many weights are fitted one by one.
const FEW: usize = 64;

/// How strongly weights are held at what they were trained to be, as a part of the mean variance of the inputs: there are
/// about as many samples as weights where a layer sees each input only once, and neighbouring samples tell nearly the same. One
/// per cent, as in GPTQ; a tenth of that does a little worse on other images (docs/large.md).
const RIDGE: f64 = 1e-2;

/// Turns of levels and coefficient where kernels have limits.
const ROUNDS: usize = 4;

/// One fit per map of a group, and how far it can be from the best without any price: for few weights by
/// [`crate::data::certificate`], for many from the least squares without a grid. `trained` holds a map a column, the affine coefficient multiplied in; `size` is that of a
/// kernel. A signed digit costs `price` in squared errors as parts of the variance of the layer's output.
pub(crate) fn fit_group(
    own: &Settings<'_>,
    moments: &SharedMoments,
    trained: &Array2<f64>,
    size: usize,
    coefficient_digits: u32,
    price: f64,
    variance: f64,
) -> Result<Vec<(DataFit, Certified)>, SolverError> {
    let (taps, maps) = trained.dim();
    let weight = 1.0 / variance.max(f64::MIN_POSITIVE);
    if taps <= FEW {
        let ladders = Ladders::new(own.set);
        let choice = Choice::new(own, &ladders);
        let one = |o: usize| {
            let centred = Centred {
                h: moments.h.clone(),
                c: moments.c.column(o).to_owned(),
                v: moments.v[o],
                inputs: moments.inputs.clone(),
                target: moments.targets[o],
                squares: moments.h.diag().sum() + moments.inputs.dot(&moments.inputs),
                weight,
            };
            let flat: Vec<f64> = trained.column(o).to_vec();
            let kernels: Vec<Vec<f64>> = flat.chunks(size).map(<[f64]>::to_vec).collect();
            let found = fit(&choice, &centred, &kernels, coefficient_digits, price)?;
            let levels: Vec<Dyadic> = found.kernels.iter().flatten().copied().collect();
            let finished = Finished {
                held: &Held::new(&centred, &trained.column(o).to_owned()),
                trained: &kernels,
                ratios: &found.ratios,
                kernels: &levels,
                coefficient: found.coefficient,
            };
            let certified = finished.certified(own, 0.0)?.times(weight);
            Ok((found, certified))
        };
        return (0..maps).into_par_iter().map(one).collect();
    }
    let mean = moments.h.diag().sum() / taps as f64;
    let ridge = if mean > 0.0 { RIDGE * mean } else { 1.0 };
    let values: Vec<f64> = own.set.values().iter().map(|v| v.to_f64()).collect();
    let prices: Vec<f64> = own.set.values().iter().map(|&v| price * variance * count(v) as f64).collect();
    let palette = Palette { values: &values, prices: &prices };
    let together = Together::new(moments, trained, ridge);
    let mut rounded = together.round(palette, coefficient_digits);
    if !own.limits.is_none() {
        let held = Limited { own, moments, trained, size, palette, coefficient_digits };
        rounded = held.all(&rounded, ridge)?;
    }
    let mut q = Array2::<f64>::zeros((maps, taps));
    for (mut q, map) in q.outer_iter_mut().zip(&rounded) {
        let step = map.coefficient.to_f64();
        q.iter_mut().zip(&map.levels).for_each(|(q, &level)| *q = step * values[usize::from(level)]);
    }
    let seen = q.dot(&moments.h);
    let fits = rounded.into_iter().enumerate().map(|(o, map)| {
        let (q, seen): (Array1<f64>, _) = (q.row(o).to_owned(), seen.row(o));
        let error = (moments.v[o] - 2.0 * moments.c.column(o).dot(&q) + q.dot(&seen)).max(0.0);
        let away = &q - &trained.column(o);
        let certified = Certified {
            error: error + ridge * away.dot(&away),
            bound: moments.v[o] + ridge * trained.column(o).dot(&trained.column(o)) - together.explained(o),
        };
        let level = |&level: &u16| own.set.values()[usize::from(level)];
        let flat: Vec<Dyadic> = map.levels.iter().map(level).collect();
        let digits: usize = flat.iter().map(|&w| count(w)).sum();
        let fit = DataFit {
            kernels: flat.chunks(size).map(<[Dyadic]>::to_vec).collect(),
            ratios: vec![Dyadic::ONE; taps / size],
            levels: map.levels,
            coefficient: if digits > 0 { map.coefficient } else { Dyadic::ZERO },
            bias: moments.targets[o] - q.dot(&moments.inputs),
            cost: error * weight,
            digits,
            within: None,
        };
        (fit, certified.times(weight))
    });
    Ok(fits.collect())
}

/// Maps whose kernels have limits.
struct Limited<'a> {
    own: &'a Settings<'a>,
    moments: &'a SharedMoments,
    /// A map a column.
    trained: &'a Array2<f64>,
    /// Weights of a kernel.
    size: usize,
    palette: Palette<'a>,
    coefficient_digits: u32,
}

impl Limited<'_> {
    /// What was rounded without the limits, within them.
    fn all(&self, rounded: &[RoundedMap], ridge: f64) -> Result<Vec<RoundedMap>, LimitsError> {
        let mut h = self.moments.h.clone();
        h.diag_mut().mapv_inplace(|d| d + ridge);
        let one = |(o, map): (usize, &RoundedMap)| {
            let pull = &self.moments.c.column(o) + &(&self.trained.column(o) * ridge);
            self.one(&h, &pull, o, map)
        };
        rounded.par_iter().enumerate().map(one).collect()
    }

    /// Levels for the coefficient and the coefficient for the levels, by turns.
    fn one(
        &self,
        h: &Array2<f64>,
        pull: &Array1<f64>,
        map: usize,
        rounded: &RoundedMap,
    ) -> Result<RoundedMap, LimitsError> {
        let kernels: Vec<Vec<f64>> =
            self.trained.column(map).to_vec().chunks(self.size).map(<[f64]>::to_vec).collect();
        let ratios = vec![Dyadic::ONE; kernels.len()];
        let within = Within::new(self.own.set, self.own.limits, &ratios, &kernels)?;
        let Some(within) = within else { return Ok(rounded.clone()) };
        let mut coefficient = if rounded.coefficient.is_zero() { Dyadic::ONE } else { rounded.coefficient };
        let mut levels = rounded.levels.clone();
        let mut best: Option<(f64, RoundedMap)> = None;
        for _ in 0..ROUNDS {
            let steps = vec![coefficient.to_f64(); levels.len()];
            let found = within.descend(h, pull, self.palette, &steps, levels, Care::Full);
            levels = found.levels;
            if best.as_ref().is_none_or(|(least, _)| found.cost < *least) {
                best = Some((found.cost, RoundedMap { coefficient, levels: levels.clone() }));
            } else {
                break;
            }
            let t: Array1<f64> = levels.iter().map(|&l| self.palette.values[usize::from(l)]).collect();
            let strength = t.dot(&h.dot(&t));
            let free = if strength > 0.0 { pull.dot(&t) / strength } else { 0.0 };
            let wanted = within.exact_scale(&t).unwrap_or(free);
            let digits = self.coefficient_digits;
            let next = if wanted > 0.0 && wanted.is_finite() {
                nearest(wanted, digits, places(digits))
            } else {
                Dyadic::ZERO
            };
            if next.is_zero() || next == coefficient {
                break;
            }
            coefficient = next;
        }
        Ok(best.map_or_else(|| rounded.clone(), |(_, map)| map))
    }
}
