//! What no levels and no scale can get below: the certificate of a map that was fitted to data.
//!
//! Weights `q = s·t`, with levels (times their ratios) `t` and any scale `s`, have the error
//!
//! ```text
//! E(q) = v - 2 c·q + q·H·q = (v - b·b) + Σ_i (s·(R t)_i - b_i)²        H = RᵀR,  b = R⁻ᵀc
//! ```
//!
//! `R` is triangular: its row `i` meets the weights from `i` on. So once the last `k` weights have their levels, the
//! last `k` rows are known but for the scale, and their sum of squares is a parabola in `s`. Its least value over an
//! interval of scales bounds the error of everything that can still be made of this beginning, for the other rows are
//! squares and cannot be less than zero. Digits that have a price add what is decided already, and the least that
//! the rest must pay. Beginnings from which the limits of a kernel can no longer be kept are none.
//!
//! All beginnings are followed side by side, a weight at a time. When they become too many, those of the lowest bounds are
//! kept and the least bound among the others is noted. Every choice of levels then either came to its end or began
//! like one that was left behind: the least of the bounds at the end and of those noted bounds all of them. Nothing
//! that was noted or found is ever undercut by a beginning with a larger bound, so those are dropped too, and a search that is
//! left with none has proved what it was given. Narrower intervals have higher bounds: the one with the lowest is cut
//! in two, again and again, until the work is used up.
//!
//! A budget `Σ digits <= B` is answered by its Lagrangian dual: for any price `λ >= 0` of a digit,
//! `min E over the budget >= min (E + λ·digits) - λ·B`, where the right-hand side falls apart into maps.

use std::collections::BinaryHeap;

use ndarray::{Array1, Array2};

use crate::couplings::interval::Interval;
use crate::data::linear::{cholesky, cholesky_in_blocks, solve};
use crate::data::metric::Palette;
use crate::data::within::Within;

/// Beginnings that are followed, for few and for many weights and levels.
const WIDTH: [usize; 2] = [16, 256];

/// Parabolas that one map may take.
const WORK: usize = 2_000_000;

/// Of more weights only the least squares without any grid is known.
const MANY: usize = 128;

/// Parabolas that following one interval may take where the width has to suit.
const SLICE: usize = 200_000;

/// Intervals an octave at the beginning, and octaves on either side of the scale that was found.
const PARTS: i32 = 4;
const OCTAVES: i32 = 3;

/// The gap that is good enough.
const GAP: f64 = 1e-3;

/// The error of an output map, `v - 2 c·q + q·H·q`, and what `q` may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem<'a> {
    /// Positive definite.
    pub(crate) h: &'a Array2<f64>,
    pub(crate) c: &'a Array1<f64>,
    pub(crate) v: f64,
    /// Levels, and what each costs besides the error.
    pub(crate) palette: Palette<'a>,
    /// Per weight; not zero.
    pub(crate) ratios: &'a [f64],
    pub(crate) within: Option<&'a Within>,
}

/// A number that the error and the price of no choice of levels and scale lies below, at most `found`: what a choice
/// costs whose scale is `scale`.
pub(crate) fn lower_bound(problem: &Problem<'_>, found: f64, scale: f64) -> f64 {
    if problem.ratios.len() > MANY {
        return least_squares(problem).min(found);
    }
    searched(problem, found, scale, WORK)
}

/// What no weights get below, whatever values they may take, digits at the least price.
fn least_squares(problem: &Problem<'_>) -> f64 {
    let n = problem.ratios.len();
    let factor = cholesky_in_blocks(problem.h.clone());
    let wanted = solve(&factor, &(0..n).collect::<Vec<_>>(), problem.c);
    let cheapest = problem.palette.prices.iter().copied().fold(f64::INFINITY, f64::min);
    (problem.v - problem.c.dot(&wanted)).max(0.0) + n as f64 * cheapest
}

fn searched(problem: &Problem<'_>, found: f64, scale: f64, most: usize) -> f64 {
    let search = Search::new(problem);
    if search.rest >= found {
        return found;
    }
    let unit = if scale != 0.0 && scale.is_finite() { scale.abs() } else { 1.0 };
    let mut work = 0;
    let mut follow = |from: f64, to: f64, known: f64| {
        let (bound, parabolas) = search.over(from, to, found);
        work += parabolas;
        (Interval { bound: bound.max(known), from, to }, work)
    };
    let ends = -PARTS * OCTAVES..=PARTS * OCTAVES;
    let ends: Vec<f64> = ends.map(|n| unit * (f64::from(n) / f64::from(PARTS)).exp2()).collect();
    let mut intervals = BinaryHeap::new();
    let bounds =
        std::iter::once(0.0).chain(ends.iter().copied()).zip(ends.iter().copied().chain([f64::INFINITY]));
    for (from, to) in bounds {
        intervals.push(follow(from, to, search.rest).0);
    }
    // Bounds of intervals that rounding does not let be cut.
    let mut rest = found;
    while let Some(lowest) = intervals.peek().copied() {
        if lowest.bound >= found * (1.0 - GAP) {
            break;
        }
        intervals.pop();
        let Some(middle) = lowest.middle() else {
            rest = rest.min(lowest.bound);
            continue;
        };
        let (first, _) = follow(lowest.from, middle, lowest.bound);
        let (second, done) = follow(middle, lowest.to, lowest.bound);
        intervals.extend([first, second]);
        if done > most {
            break;
        }
    }
    intervals.peek().map_or(rest, |lowest| lowest.bound.min(rest)).min(found)
}

/// Beginnings of one depth: levels by weight, `depth` of them each, and the sums of their rows.
#[derive(Default)]
struct Beginnings {
    levels: Vec<u16>,
    sums: Vec<Sums>,
}

/// `Σ α²`, `Σ α·b` with `α = (R t)_i`, and the prices.
#[derive(Clone, Copy, Default)]
struct Sums {
    squares: f64,
    products: f64,
    paid: f64,
}

struct Search<'a> {
    problem: &'a Problem<'a>,
    /// By place in the triangle: the weight that stands there. The last is decided first.
    order: Vec<usize>,
    factor: Array2<f64>,
    b: Vec<f64>,
    /// Per place: `v - b·b` and the squares of `b` from there on.
    known: Vec<f64>,
    /// `v - b·b`.
    rest: f64,
    cheapest: f64,
    /// Whether a scale below zero gives nothing new.
    symmetric: bool,
    width: usize,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem<'a>) -> Self {
        let n = problem.ratios.len();
        let order = order(problem.h);
        let permuted = Array2::from_shape_fn((n, n), |(i, j)| problem.h[[order[i], order[j]]]);
        let factor = cholesky(&permuted);
        let mut b: Vec<f64> = order.iter().map(|&i| problem.c[i]).collect();
        for i in 0..n {
            let known: f64 = (0..i).map(|k| factor[[k, i]] * b[k]).sum();
            b[i] = (b[i] - known) / factor[[i, i]];
        }
        let rest = (problem.v - b.iter().map(|b| b * b).sum::<f64>()).max(0.0);
        let mut known = vec![rest; n + 1];
        for i in (0..n).rev() {
            known[i] = known[i + 1] + b[i] * b[i];
        }
        let Palette { values, prices } = problem.palette;
        let mirrored = values.iter().zip(values.iter().rev()).all(|(a, b)| *a == -*b);
        let symmetric = mirrored && prices.iter().zip(prices.iter().rev()).all(|(a, b)| a == b);
        let cheapest = prices.iter().copied().fold(f64::INFINITY, f64::min);
        let width = (SLICE / (n * values.len()).max(1)).clamp(WIDTH[0], WIDTH[1]);
        Self { problem, order, factor, b, known, rest, cheapest, symmetric, width }
    }

    /// What nothing at these scales, of either sign, gets below, as far as it is below `ceiling`; and the work it took.
    fn over(&self, from: f64, to: f64, ceiling: f64) -> (f64, usize) {
        let (bound, work) = self.over_sign(from, to, 1.0, ceiling);
        if self.symmetric {
            return (bound, work);
        }
        let (other, more) = self.over_sign(from, to, -1.0, bound);
        (other, work + more)
    }

    fn over_sign(&self, from: f64, to: f64, sign: f64, ceiling: f64) -> (f64, usize) {
        let n = self.order.len();
        let Palette { values, prices } = self.problem.palette;
        let reach = self.problem.within.map(|within| within.reach(sign * from, sign * to));
        let mut lowest = ceiling;
        let mut work = 0;
        let mut now = Beginnings { levels: Vec::new(), sums: vec![Sums::default()] };
        let mut next: Vec<(f64, u32, u16, Sums)> = Vec::new();
        for depth in 0..n {
            let place = n - 1 - depth;
            let (row, weight) = (self.factor.row(place), self.order[place]);
            let decided = &self.order[place + 1..];
            let coming: Vec<f64> = decided
                .iter()
                .zip(row.iter().skip(place + 1))
                .map(|(&weight, r)| r * self.problem.ratios[weight])
                .rev()
                .collect();
            let diagonal = row[place] * self.problem.ratios[weight];
            let to_pay = self.cheapest * place as f64;
            next.clear();
            for (state, sums) in now.sums.iter().enumerate() {
                let levels = &now.levels[state * depth..(state + 1) * depth];
                let owed: f64 =
                    coming.iter().zip(levels).map(|(r, &level)| r * values[usize::from(level)]).sum();
                let room = reach.as_ref().map(|reach| {
                    let others = decided.iter().rev().copied().zip(levels.iter().copied());
                    reach.room(weight, others)
                });
                for (level, (&value, &price)) in values.iter().zip(prices).enumerate() {
                    if room.as_ref().is_some_and(|room| !room.allows(level)) {
                        continue;
                    }
                    work += 1;
                    let alpha = owed + diagonal * value;
                    let sums = Sums {
                        squares: sums.squares + alpha * alpha,
                        products: sums.products + sign * alpha * self.b[place],
                        paid: sums.paid + price,
                    };
                    let bound = self.known[place] + sums.least(from, to) + sums.paid + to_pay;
                    if bound < lowest {
                        next.push((bound, state as u32, level as u16, sums));
                    }
                }
            }
            if next.len() > self.width {
                let by_bound = |a: &(f64, u32, u16, Sums), b: &(f64, u32, u16, Sums)| {
                    a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2)))
                };
                next.select_nth_unstable_by(self.width, by_bound);
                lowest = next[self.width].0;
                next.truncate(self.width);
                next.retain(|beginning| beginning.0 < lowest);
                next.sort_unstable_by_key(|beginning| (beginning.1, beginning.2));
            }
            let mut after = Beginnings::default();
            for &(_, state, level, sums) in &next {
                let state = state as usize;
                after.levels.extend_from_slice(&now.levels[state * depth..(state + 1) * depth]);
                after.levels.push(level);
                after.sums.push(sums);
            }
            now = after;
        }
        let ends = next.iter().map(|end| end.0);
        (if n > 0 { ends.fold(lowest, f64::min) } else { lowest.min(self.rest) }, work)
    }
}

impl Sums {
    /// The least value of `s²·Σα² - 2s·Σα·b` for scales `s` of the interval.
    fn least(&self, from: f64, to: f64) -> f64 {
        if self.squares <= 0.0 {
            return 0.0;
        }
        let scale = (self.products / self.squares).clamp(from, to);
        scale * (scale * self.squares - 2.0 * self.products)
    }
}

/// Weights by place in the triangle, so that what is decided first counts most: the last is the one whose variance the others
/// explain least, and so on with what is left.
fn order(h: &Array2<f64>) -> Vec<usize> {
    let n = h.nrows();
    let factor = cholesky(h);
    let identity: Vec<usize> = (0..n).collect();
    let mut inverse = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        let mut unit = Array1::zeros(n);
        unit[i] = 1.0;
        inverse.column_mut(i).assign(&solve(&factor, &identity, &unit));
    }
    let mut left = identity;
    let mut order = Vec::with_capacity(n);
    while let Some(place) =
        (0..left.len()).min_by(|&a, &b| inverse[[left[a], left[a]]].total_cmp(&inverse[[left[b], left[b]]]))
    {
        let next = left.remove(place);
        order.push(next);
        let own = inverse.column(next).to_owned();
        let pivot = own[next];
        for &i in &left {
            let share = own[i] / pivot;
            inverse.row_mut(i).scaled_add(-share, &own);
        }
    }
    order.reverse();
    order
}

#[cfg(test)]
mod tests;
