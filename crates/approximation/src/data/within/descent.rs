//! Descent within the limits: every kernel stays within them at every step.
//!
//! At given scales, a kernel's own part of the metric is dominated by a diagonal, the sums of its rows' magnitudes. In
//! that diagonal its best levels within the limits are found exactly ([`crate::couplings::coupled`]), and since it touches the metric at
//! the present levels, the true cost never rises; kernels take turns until none moves. What the diagonal is too careful to
//! see, single weights and pairs of a kernel whose moves together respect the limits, is tried afterwards in the metric
//! itself.

use ndarray::{Array1, Array2};

use super::{Tally, Within};
use crate::data::metric::{Palette, Rounded};

/// Turns of all kernels.
const PASSES: usize = 8;

/// Gains below this part of the whole are rounding noise.
const TOLERANCE: f64 = 1e-12;

/// How hard to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// One turn, to compare scales.
    Quick,
    /// Until nothing moves.
    Full,
}

/// A weight of a kernel that could take another level.
#[derive(Clone, Copy)]
struct Move {
    weight: usize,
    level: usize,
    by: f64,
    change: f64,
    digits: isize,
    zeros: isize,
    sum: f64,
}

/// One move, or two of the same kernel.
type Moves = (Move, Option<Move>);

/// The levels on their way down, and the slope of the cost there.
struct Descent<'a> {
    within: &'a Within,
    h: &'a Array2<f64>,
    palette: Palette<'a>,
    /// Per weight.
    steps: &'a [f64],
    levels: Vec<u16>,
    /// `H·q - pull`.
    slope: Array1<f64>,
}

impl Within {
    /// Levels within the limits whose cost `q·H·q - 2·pull·q`, plus their prices, is low: from `levels`, which may break
    /// the limits. Kernels whose steps are zero are left alone.
    pub(crate) fn descend(
        &self,
        h: &Array2<f64>,
        pull: &Array1<f64>,
        palette: Palette<'_>,
        steps: &[f64],
        levels: Vec<u16>,
        care: Care,
    ) -> Rounded {
        let mut descent = Descent { within: self, h, palette, steps, levels, slope: -pull };
        descent.slope += &h.dot(&descent.weights());
        descent.in_turns(if care == Care::Quick { 1 } else { PASSES });
        if care == Care::Full {
            descent.single_moves();
        }
        let q = descent.weights();
        let paid: f64 = descent.levels.iter().map(|&level| palette.prices[usize::from(level)]).sum();
        Rounded { cost: q.dot(&(h.dot(&q) - 2.0 * pull)) + paid, levels: descent.levels }
    }
}

impl Descent<'_> {
    fn weights(&self) -> Array1<f64> {
        let weight = |(&level, step): (&u16, &f64)| step * self.palette.values[usize::from(level)];
        self.levels.iter().zip(self.steps).map(weight).collect()
    }

    /// All kernels, each at its best in the diagonal, again and again until none moves.
    fn in_turns(&mut self, passes: usize) {
        let diagonal: Vec<f64> = (0..self.levels.len()).map(|weight| self.dominating(weight)).collect();
        for pass in 0..passes {
            let mut moved = false;
            for kernel in 0..self.within.kernels.len() {
                moved |= self.in_diagonal(kernel, &diagonal);
            }
            if !moved && pass > 0 {
                break;
            }
        }
    }

    /// Moves of one weight or two in the metric itself.
    fn single_moves(&mut self) {
        let q = self.weights();
        let tolerance = TOLERANCE * q.dot(&self.h.dot(&q)).max(f64::MIN_POSITIVE);
        for _ in 0..PASSES {
            let mut moved = false;
            for kernel in 0..self.within.kernels.len() {
                while let Some(best) = self.best_move(kernel, tolerance) {
                    self.make(best);
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
    }

    /// The sum of magnitudes of a weight's row within its own kernel.
    fn dominating(&self, weight: usize) -> f64 {
        let own = self.within.weights_of(weight / self.within.size);
        own.map(|other| self.h[[weight, other]].abs()).sum::<f64>().max(f64::MIN_POSITIVE)
    }

    /// Whether a kernel found better levels in the diagonal.
    fn in_diagonal(&mut self, kernel: usize, diagonal: &[f64]) -> bool {
        let Self { within, palette, steps, .. } = *self;
        let own = within.weights_of(kernel);
        let (first, step) = (own.start, steps[own.start]);
        if step == 0.0 {
            return false;
        }
        let free =
            |i: usize| step * palette.values[usize::from(self.levels[i])] - self.slope[i] / diagonal[i];
        let target: Vec<f64> = own.clone().map(free).collect();
        let cost = |weight: usize, level: usize| {
            let away = target[weight] - step * palette.values[level];
            diagonal[first + weight] * away * away + palette.prices[level]
        };
        let sums = within.sums(kernel, step);
        let coupled = &within.coupled[within.kernels[kernel].0].1;
        let Some(found) = coupled.solve(cost, |sum| sums.contains(&sum)) else { return false };
        let total = |chosen: &[u16]| -> f64 {
            chosen.iter().enumerate().map(|(weight, &level)| cost(weight, usize::from(level))).sum()
        };
        let now = &self.levels[own.clone()];
        // Levels as good as those found stay, or equals would take turns for ever.
        if within.allows(kernel, within.tally(kernel, now), &sums) && total(now) <= total(&found) {
            return false;
        }
        for (i, level) in own.zip(found) {
            let by =
                step * (palette.values[usize::from(level)] - palette.values[usize::from(self.levels[i])]);
            if by != 0.0 {
                self.slope.scaled_add(by, &self.h.row(i));
            }
            self.levels[i] = level;
        }
        true
    }

    /// The best move of one weight, or of two of a kernel, that the limits allow.
    fn best_move(&self, kernel: usize, tolerance: f64) -> Option<Moves> {
        let own = self.within.weights_of(kernel);
        let step = self.steps[own.start];
        if step == 0.0 {
            return None;
        }
        let tally = self.within.tally(kernel, &self.levels[own.clone()]);
        let sums = self.within.sums(kernel, step);
        let allowed = |parts: &[&Move]| {
            let digits = parts.iter().map(|m| m.digits).sum::<isize>();
            let zeros = parts.iter().map(|m| m.zeros).sum::<isize>();
            let after = Tally {
                digits: tally.digits.saturating_add_signed(digits),
                zeros: tally.zeros.saturating_add_signed(zeros),
                sum: tally.sum + parts.iter().map(|m| m.sum).sum::<f64>(),
            };
            self.within.allows(kernel, after, &sums)
        };
        let moves: Vec<Move> = own.flat_map(|weight| self.moves_of(kernel, weight, step)).collect();
        let mut best: (f64, Option<Moves>) = (-tolerance, None);
        for (n, first) in moves.iter().enumerate() {
            if first.change < best.0 && allowed(&[first]) {
                best = (first.change, Some((*first, None)));
            }
            for second in moves[n + 1..].iter().filter(|second| second.weight != first.weight) {
                let both = 2.0 * first.by * second.by * self.h[[first.weight, second.weight]];
                let change = first.change + second.change + both;
                if change < best.0 && allowed(&[first, second]) {
                    best = (change, Some((*first, Some(*second))));
                }
            }
        }
        best.1
    }

    /// A weight's next levels on both sides, the one nearest to where it would like to be, and zero.
    fn moves_of(&self, kernel: usize, weight: usize, step: f64) -> Vec<Move> {
        let Self { within, palette, .. } = self;
        let digits = &within.coupled[within.kernels[kernel].0].2;
        let here = usize::from(self.levels[weight]);
        let curvature = self.h[[weight, weight]];
        let free = palette.values[here] - self.slope[weight] / (curvature * step);
        let nearest = palette.values.partition_point(|&v| v < free).min(palette.values.len() - 1);
        let mut there = vec![here.wrapping_sub(1), here + 1, nearest, within.zero.unwrap_or(here)];
        there.sort_unstable();
        there.dedup();
        there.retain(|&level| level != here && level < palette.values.len());
        let is_zero = |level: usize| isize::from(Some(level) == within.zero);
        let to = |level: usize| {
            let by = step * (palette.values[level] - palette.values[here]);
            Move {
                weight,
                level,
                by,
                change: by * (by * curvature + 2.0 * self.slope[weight]) + palette.prices[level]
                    - palette.prices[here],
                digits: digits[level] as isize - digits[here] as isize,
                zeros: is_zero(level) - is_zero(here),
                sum: within.values[level] - within.values[here],
            }
        };
        there.into_iter().map(to).collect()
    }

    fn make(&mut self, (first, second): Moves) {
        for made in [Some(first), second].into_iter().flatten() {
            self.slope.scaled_add(made.by, &self.h.row(made.weight));
            self.levels[made.weight] = made.level as u16;
        }
    }
}
