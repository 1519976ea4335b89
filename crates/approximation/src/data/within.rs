//! Limits on single kernels in the metric of the data: what a kernel may have, has used, and has left.
//!
//! Levels within them are looked for in `descent`.

mod descent;

use std::ops::RangeInclusive;

use lacuna_network::Dyadic;
use ndarray::Array1;

pub(crate) use descent::Care;

use crate::DyadicSet;
use crate::couplings::coupled::{Coupled, KernelLimits, LimitsError};
use crate::kernels::signed_digits::count;

/// The limits and the sums that kernels may have at some scales.
pub(crate) struct Reach<'a> {
    within: &'a Within,
    sums: Vec<RangeInclusive<f64>>,
}

/// What the weights of a kernel that have their levels leave to the next one.
pub(crate) struct Room<'a> {
    reach: &'a Reach<'a>,
    kernel: usize,
    tally: Tally,
    /// Weights that come after the next.
    after: usize,
}

/// The limits of kernels of one size, one after the other in a vector of weights.
#[derive(Clone, Debug)]
pub(crate) struct Within {
    limits: KernelLimits,
    size: usize,
    /// One per ratio that occurs.
    coupled: Vec<(Dyadic, Coupled, Vec<usize>)>,
    /// Per kernel: which of these it has, and the sum of its trained weights.
    kernels: Vec<(usize, f64)>,
    zero: Option<usize>,
    values: Vec<f64>,
}

/// What a kernel has used of its limits.
#[derive(Clone, Copy)]
struct Tally {
    digits: usize,
    zeros: usize,
    sum: f64,
}

impl Within {
    /// None where nothing limits the kernels.
    pub(crate) fn new(
        set: &DyadicSet,
        limits: KernelLimits,
        ratios: &[Dyadic],
        trained: &[Vec<f64>],
    ) -> Result<Option<Self>, LimitsError> {
        if limits.is_none() {
            return Ok(None);
        }
        let size = trained.first().map_or(0, Vec::len);
        let mut within = Self {
            limits,
            size,
            coupled: Vec::new(),
            kernels: Vec::with_capacity(trained.len()),
            zero: set.values().iter().position(|v| v.is_zero()),
            values: set.values().iter().map(|v| v.to_f64()).collect(),
        };
        for (&ratio, kernel) in ratios.iter().zip(trained) {
            let place = match within.coupled.iter().position(|(other, ..)| *other == ratio) {
                Some(place) => place,
                None => {
                    let coupled = Coupled::new(set, ratio, size, limits)?;
                    let digits = set.values().iter().map(|&v| count(v * ratio)).collect();
                    within.coupled.push((ratio, coupled, digits));
                    within.coupled.len() - 1
                }
            };
            within.kernels.push((place, kernel.iter().sum()));
        }
        Ok(Some(within))
    }

    /// The same limits for the kernels of several maps, one after the other.
    pub(crate) fn joined(parts: Vec<Self>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let mut all = parts.next()?;
        for part in parts {
            let first = all.coupled.len();
            all.coupled.extend(part.coupled);
            all.kernels.extend(part.kernels.into_iter().map(|(place, sum)| (first + place, sum)));
        }
        Some(all)
    }

    pub(crate) fn keeps_sums(&self) -> bool {
        self.limits.keep_sum
    }

    /// The scale at which a map's only kernel keeps its sum, where there is one; `t` are its levels times its ratio.
    pub(crate) fn exact_scale(&self, t: &Array1<f64>) -> Option<f64> {
        let [(_, wanted)] = self.kernels.as_slice() else { return None };
        let scale = wanted / t.sum();
        (self.limits.keep_sum && t.sum() != 0.0 && scale > 0.0 && scale.is_finite()).then_some(scale)
    }

    /// What the limits leave to choices at scales from one to the other; both of them positive or negative, zero or infinity.
    pub(crate) fn reach(&self, from: f64, to: f64) -> Reach<'_> {
        let sums = self.kernels.iter().map(|&(place, wanted)| {
            let (ratio, coupled, _) = &self.coupled[place];
            let at = |scale: f64| if wanted == 0.0 { 0.0 } else { wanted / (scale * ratio.to_f64()) };
            let (near, far) = (at(to), at(from));
            coupled.nearest_between(near.min(far), near.max(far))
        });
        Reach { within: self, sums: sums.collect() }
    }

    /// Whether levels at these steps keep the limits.
    #[cfg(test)]
    pub(crate) fn holds(&self, levels: &[u16], steps: &[f64]) -> bool {
        levels
            .chunks(self.size)
            .enumerate()
            .all(|(k, own)| self.allows(k, self.tally(k, own), &self.sums(k, steps[k * self.size])))
    }

    fn weights_of(&self, kernel: usize) -> std::ops::Range<usize> {
        kernel * self.size..(kernel + 1) * self.size
    }

    /// The sums that a kernel's levels may have at its step.
    fn sums(&self, kernel: usize, step: f64) -> RangeInclusive<f64> {
        let (place, wanted) = self.kernels[kernel];
        let coupled = &self.coupled[place].1;
        if coupled.sums().is_empty() {
            return f64::NEG_INFINITY..=f64::INFINITY;
        }
        coupled.nearest_sums(wanted / step)
    }

    fn tally(&self, kernel: usize, levels: &[u16]) -> Tally {
        let (ratio, _, digits) = &self.coupled[self.kernels[kernel].0];
        let levels = || levels.iter().map(|&level| usize::from(level));
        Tally {
            digits: levels().map(|level| digits[level]).sum(),
            zeros: levels().filter(|&level| ratio.is_zero() || Some(level) == self.zero).count(),
            sum: levels().map(|level| self.values[level]).sum(),
        }
    }

    fn allows(&self, kernel: usize, tally: Tally, sums: &RangeInclusive<f64>) -> bool {
        let counted = !self.coupled[self.kernels[kernel].0].1.sums().is_empty();
        self.limits.digits.is_none_or(|most| tally.digits <= most as usize)
            && self.limits.zeros.is_none_or(|least| tally.zeros >= least as usize)
            && (!counted || sums.contains(&tally.sum))
    }
}

impl Reach<'_> {
    /// The room for `weight` once `others` have their levels.
    pub(crate) fn room(&self, weight: usize, others: impl Iterator<Item = (usize, u16)>) -> Room<'_> {
        let kernel = weight / self.within.size;
        let own: Vec<u16> =
            others.filter(|(other, _)| other / self.within.size == kernel).map(|(_, level)| level).collect();
        let after = self.within.size - 1 - own.len();
        Room { reach: self, kernel, tally: self.within.tally(kernel, &own), after }
    }
}

impl Room<'_> {
    /// Whether some levels of the weights after it keep the limits.
    pub(crate) fn allows(&self, level: usize) -> bool {
        let Within { limits, coupled, kernels, zero, values, .. } = self.reach.within;
        let (_, coupled, digits) = &coupled[kernels[self.kernel].0];
        let fewest = digits.iter().min().copied().unwrap_or(0);
        let zeros = self.tally.zeros + usize::from(Some(level) == *zero) + zero.map_or(0, |_| self.after);
        let sum = self.tally.sum + values[level];
        let after = self.after as f64;
        let ends = (values[0], values[values.len() - 1]);
        let sums = &self.reach.sums[self.kernel];
        let noise = 1e-9 * (sum.abs() + after * (ends.0.abs() + ends.1.abs()));
        limits
            .digits
            .is_none_or(|most| self.tally.digits + digits[level] + self.after * fewest <= most as usize)
            && limits.zeros.is_none_or(|least| zeros >= least as usize)
            && (coupled.sums().is_empty()
                || (sum + after * ends.0 <= sums.end() + noise
                    && sum + after * ends.1 >= sums.start() - noise))
    }
}

#[cfg(test)]
mod tests;
