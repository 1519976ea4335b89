//! Rounding many weights at once, in the metric of what they do: integer least squares.
//!
//! To find levels `t` whose weights `q_i = step_i · t_i` make `(q - w)·H·(q - w)` small, plus a price for signed digits,
//! with `H = RᵀR` triangular: decide the weights one after the other, each seeing what the earlier ones have left
//! over. Keeping only the best decision each time is what rounding one weight and letting the rest compensate through
//! `H⁻¹` does (OBQ, Frantar and Alistarh, arXiv 2208.11580, and Babai's nearest plane before it); here a beam of the
//! best partial roundings is kept. Then single weights and pairs are changed as long as that helps.

use ndarray::{Array1, Array2};

use crate::data::linear::{cholesky, solve};
use crate::data::metric::{Metric, Palette, Rounded, candidates};

/// Partial roundings kept while deciding up to [`FULL_BEAM`] weights, fewer for larger kernels: to compare scales, and to
/// settle on one.
const QUICK_BEAM: usize = 4;
const BEAM: usize = 48;
const FULL_BEAM: usize = 64;

/// The metric of one output map, made ready for many scales.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    metric: Metric,
    /// Weights in the order in which they are decided.
    order: Vec<usize>,
    /// Upper triangular in reverse order of decision.
    factor: Array2<f64>,
    /// What the weights would be if any value were allowed.
    wanted: Array1<f64>,
}

impl Lattice {
    /// For the metric `h` (positive definite) and `c = h · wanted`.
    pub(crate) fn new(h: &Array2<f64>, c: &Array1<f64>) -> Self {
        let n = c.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| h[[b, b]].total_cmp(&h[[a, a]]).then(a.cmp(&b)));
        // The last of the triangle is decided first.
        let reversed: Vec<usize> = order.iter().rev().copied().collect();
        let permuted = Array2::from_shape_fn((n, n), |(i, j)| h[[reversed[i], reversed[j]]]);
        let factor = cholesky(&permuted);
        let wanted = solve(&factor, &reversed, c);
        Self { metric: Metric { h: h.clone(), pull: c.clone() }, order, factor, wanted }
    }

    pub(crate) fn metric(&self) -> &Metric {
        &self.metric
    }

    pub(crate) fn wanted(&self) -> &Array1<f64> {
        &self.wanted
    }

    /// The rounding found for weights `steps[i] · value`.
    pub(crate) fn round(&self, palette: Palette<'_>, steps: &[f64]) -> Rounded {
        let levels = self.beam(palette, steps, BEAM);
        self.metric.descend(palette, steps, levels)
    }

    /// About what [`Lattice::round`] would find, in a tenth of the time.
    pub(crate) fn estimate(&self, palette: Palette<'_>, steps: &[f64]) -> Rounded {
        let levels = self.beam(palette, steps, QUICK_BEAM);
        self.metric.descend_singly(palette, steps, levels)
    }

    /// Changes single weights, then pairs, while that lowers the cost.
    pub(crate) fn descend(&self, palette: Palette<'_>, steps: &[f64], levels: Vec<u16>) -> Rounded {
        self.metric.descend(palette, steps, levels)
    }

    fn beam(&self, palette: Palette<'_>, steps: &[f64], width: usize) -> Vec<u16> {
        let n = self.wanted.len();
        let width = if n <= FULL_BEAM { width } else { (width * FULL_BEAM / n).max(1) };
        // A partial rounding: its cost, and errors and levels of the weights decided so far, the latest last.
        let mut states: Vec<(f64, Vec<f64>, Vec<u16>)> = vec![(0.0, Vec::new(), Vec::new())];
        let mut next: Vec<(f64, usize, u16, f64)> = Vec::new();
        for (decided, &i) in self.order.iter().enumerate() {
            let row = n - 1 - decided;
            let row = self.factor.row(row);
            let row = row.as_slice().expect("the factor is stored row by row");
            let diagonal = row[n - 1 - decided];
            next.clear();
            for (s, (cost, errors, _)) in states.iter().enumerate() {
                let owed: f64 = row.iter().rev().zip(errors).map(|(r, e)| r * e).sum();
                let best = (self.wanted[i] - owed / diagonal) / steps[i];
                for level in candidates(palette, best) {
                    let error = steps[i] * palette.values[level] - self.wanted[i];
                    let step = cost + (diagonal * error + owed).powi(2) + palette.prices[level];
                    next.push((step, s, level as u16, error));
                }
            }
            let order = |a: &(f64, usize, u16, f64), b: &(f64, usize, u16, f64)| {
                a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2)))
            };
            if next.len() > width {
                next.select_nth_unstable_by(width - 1, order);
                next.truncate(width);
            }
            next.sort_unstable_by(order);
            states = next
                .iter()
                .map(|&(cost, s, level, error)| {
                    let (_, errors, levels) = &states[s];
                    let errors = errors.iter().copied().chain([error]).collect();
                    (cost, errors, levels.iter().copied().chain([level]).collect())
                })
                .collect();
        }
        let mut levels = vec![0; n];
        for (&i, &level) in self.order.iter().zip(&states[0].2) {
            levels[i] = level;
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Random, kernel};

    /// A metric of correlated inputs, as images have them.
    fn metric(random: &mut Random, n: usize) -> (Array2<f64>, Array1<f64>) {
        let mix = Array2::from_shape_simple_fn((n, n), || 0.3 * random.normal() + 0.4);
        let mut h = mix.t().dot(&mix);
        h.diag_mut().mapv_inplace(|d| d + 0.05);
        let wanted = Array1::from(kernel(random, n));
        let c = h.dot(&wanted);
        (h, c)
    }

    #[test]
    fn wanted_solves_the_equations() {
        let mut random = Random::seeded(31);
        let (h, c) = metric(&mut random, 12);
        let lattice = Lattice::new(&h, &c);
        assert!((h.dot(lattice.wanted()) - &c).iter().all(|r| r.abs() < 1e-9));
    }

    #[test]
    fn finds_what_trying_everything_finds() {
        let mut random = Random::seeded(32);
        let values = [-2.0, -1.0, 0.0, 1.0, 2.0];
        for price in [0.0, 0.02] {
            let prices = values.map(|v: f64| if v == 0.0 { 0.0 } else { price });
            let palette = Palette { values: &values, prices: &prices };
            let mut missed = 0;
            for _ in 0..40 {
                let (h, c) = metric(&mut random, 5);
                let lattice = Lattice::new(&h, &c);
                let steps = [0.8, 0.8, 0.4, 0.8, 0.4];
                let found = lattice.round(palette, &steps);
                let mut best = f64::INFINITY;
                for code in 0..5_usize.pow(5) {
                    let levels: Vec<usize> = (0..5).map(|i| code / 5_usize.pow(i) % 5).collect();
                    let q: Array1<f64> = levels.iter().zip(&steps).map(|(&l, s)| s * values[l]).collect();
                    let paid: f64 = levels.iter().map(|&l| prices[l]).sum();
                    best = best.min(lattice.metric.cost(&q) + paid);
                }
                assert!(found.cost >= best - 1e-9);
                missed += usize::from(found.cost > best + 1e-9);
            }
            assert_eq!(missed, 0, "a beam as wide as this sees all that matters of five weights");
        }
    }

    #[test]
    fn beats_rounding_each_weight_by_itself() {
        let mut random = Random::seeded(33);
        let values = [-1.0, 0.0, 1.0];
        let palette = Palette { values: &values, prices: &[0.0; 3] };
        for _ in 0..20 {
            let (h, c) = metric(&mut random, 30);
            let lattice = Lattice::new(&h, &c);
            let nearest: Array1<f64> = lattice.wanted().mapv(|w| w.round().clamp(-1.0, 1.0));
            assert!(lattice.round(palette, &[1.0; 30]).cost < lattice.metric.cost(&nearest));
        }
    }
}
