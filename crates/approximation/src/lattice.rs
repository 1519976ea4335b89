//! Rounding many weights at once, in the metric of what they do: integer least squares.
//!
//! To find levels `t` whose weights `q_i = step_i · t_i` make `(q - w)·H·(q - w)` small, plus a price for signed digits,
//! with `H = RᵀR` triangular: decide the weights one after the other, each seeing what the earlier ones have left
//! over. Keeping only the best decision each time is what rounding one weight and letting the rest compensate through
//! `H⁻¹` does (OBQ, Frantar and Alistarh, arXiv 2208.11580, and Babai's nearest plane before it); here a beam of the
//! best partial roundings is kept. Then single weights and pairs are changed as long as that helps.

use ndarray::{Array1, Array2};

/// Partial roundings kept while deciding, for kernels up to [`FULL_BEAM`] weights; fewer for larger ones.
const BEAM: usize = 48;
const FULL_BEAM: usize = 64;

/// Pairs are tried for kernels of at most so many weights.
const MAX_PAIRED: usize = 128;

/// The metric of one output map, made ready for many scales.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    /// Weights in the order in which they are decided.
    order: Vec<usize>,
    /// Upper triangular in reverse order of decision.
    factor: Array2<f64>,
    h: Array2<f64>,
    /// What the weights would be if any value were allowed.
    wanted: Array1<f64>,
    /// `h · wanted`.
    pull: Array1<f64>,
}

/// What a weight may become, and what each choice costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette<'a> {
    /// Ascending.
    pub(crate) values: &'a [f64],
    /// The price of each value.
    pub(crate) prices: &'a [f64],
}

/// A rounding and its whole cost, prices included.
#[derive(Clone, Debug)]
pub(crate) struct Rounded {
    pub(crate) levels: Vec<u16>,
    pub(crate) cost: f64,
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
        Self { order, factor, h: h.clone(), pull: c.clone(), wanted }
    }

    pub(crate) fn wanted(&self) -> &Array1<f64> {
        &self.wanted
    }

    /// The rounding found for weights `steps[i] · value`.
    pub(crate) fn round(&self, palette: Palette<'_>, steps: &[f64]) -> Rounded {
        let levels = self.beam(palette, steps);
        self.descend(palette, steps, levels)
    }

    fn beam(&self, palette: Palette<'_>, steps: &[f64]) -> Vec<u16> {
        let n = self.wanted.len();
        let beam = if n <= FULL_BEAM { BEAM } else { (BEAM * FULL_BEAM / n).max(1) };
        // A partial rounding: its cost, the errors in the order of the triangle (from the end), the levels.
        let mut states: Vec<(f64, Vec<f64>, Vec<u16>)> = vec![(0.0, Vec::new(), Vec::new())];
        let mut next: Vec<(f64, usize, u16, f64)> = Vec::new();
        for (decided, &i) in self.order.iter().enumerate() {
            let row = n - 1 - decided;
            let diagonal = self.factor[[row, row]];
            next.clear();
            for (s, (cost, errors, _)) in states.iter().enumerate() {
                let owed: f64 =
                    errors.iter().enumerate().map(|(k, e)| self.factor[[row, n - 1 - k]] * e).sum();
                let best = (self.wanted[i] - owed / diagonal) / steps[i];
                for level in candidates(palette, best) {
                    let error = steps[i] * palette.values[level] - self.wanted[i];
                    let step = cost + (diagonal * error + owed).powi(2) + palette.prices[level];
                    next.push((step, s, level as u16, error));
                }
            }
            next.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
            next.truncate(beam);
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

    /// Changes single weights, then pairs, while that lowers the cost.
    pub(crate) fn descend(&self, palette: Palette<'_>, steps: &[f64], mut levels: Vec<u16>) -> Rounded {
        let n = levels.len();
        let value = |i: usize, level: u16| steps[i] * palette.values[usize::from(level)];
        let price = |level: u16| palette.prices[usize::from(level)];
        let q: Array1<f64> = (0..n).map(|i| value(i, levels[i])).collect();
        let mut slope = self.h.dot(&q) - &self.pull;
        let mut moved = true;
        while moved {
            moved = false;
            for i in 0..n {
                let present = value(i, levels[i]);
                let best = (present - slope[i] / self.h[[i, i]]) / steps[i];
                for level in candidates(palette, best) {
                    let level = level as u16;
                    let d = value(i, level) - value(i, levels[i]);
                    let change = d * (d * self.h[[i, i]] + 2.0 * slope[i]) + price(level) - price(levels[i]);
                    if change < -self.tolerance() {
                        slope.scaled_add(d, &self.h.column(i));
                        levels[i] = level;
                        moved = true;
                    }
                }
            }
            if !moved && n <= MAX_PAIRED {
                moved = self.best_pair(palette, steps, &mut levels, &mut slope);
            }
        }
        let q: Array1<f64> = (0..n).map(|i| value(i, levels[i])).collect();
        let off = &q - &self.wanted;
        let cost = off.dot(&self.h.dot(&off)) + levels.iter().map(|&level| price(level)).sum::<f64>();
        Rounded { levels, cost }
    }

    /// Moves two weights to neighbouring levels where both together gain the most.
    fn best_pair(
        &self,
        palette: Palette<'_>,
        steps: &[f64],
        levels: &mut [u16],
        slope: &mut Array1<f64>,
    ) -> bool {
        let n = levels.len();
        let mut moves: Vec<(usize, u16, f64, f64)> = Vec::with_capacity(2 * n);
        for i in 0..n {
            let here = usize::from(levels[i]);
            for there in [here.wrapping_sub(1), here + 1] {
                if let Some(&to) = palette.values.get(there) {
                    let d = steps[i] * (to - palette.values[here]);
                    let alone = d * (d * self.h[[i, i]] + 2.0 * slope[i]) + palette.prices[there]
                        - palette.prices[here];
                    moves.push((i, there as u16, d, alone));
                }
            }
        }
        let mut best = (-self.tolerance(), None);
        for (a, first) in moves.iter().enumerate() {
            for second in &moves[a + 1..] {
                let change = first.3 + second.3 + 2.0 * first.2 * second.2 * self.h[[first.0, second.0]];
                if first.0 != second.0 && change < best.0 {
                    best = (change, Some((*first, *second)));
                }
            }
        }
        let Some((first, second)) = best.1 else { return false };
        for (i, level, d, _) in [first, second] {
            slope.scaled_add(d, &self.h.column(i));
            levels[i] = level;
        }
        true
    }

    /// Gains below this are rounding noise.
    fn tolerance(&self) -> f64 {
        1e-12 * self.wanted.dot(&self.pull).abs().max(f64::MIN_POSITIVE)
    }
}

/// The levels worth trying around `x`: all of a small palette, else the two nearest and every cheaper neighbour.
fn candidates(palette: Palette<'_>, x: f64) -> std::ops::Range<usize> {
    let n = palette.values.len();
    if n <= 9 {
        return 0..n;
    }
    let above = palette.values.partition_point(|&value| value < x);
    above.saturating_sub(2)..(above + 2).min(n)
}

/// The upper triangle `R` with `h = RᵀR`.
fn cholesky(h: &Array2<f64>) -> Array2<f64> {
    let n = h.nrows();
    let mut r = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in i..n {
            let known: f64 = (0..i).map(|k| r[[k, i]] * r[[k, j]]).sum();
            let rest = h[[i, j]] - known;
            r[[i, j]] = if i == j { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / r[[i, i]] };
        }
    }
    r
}

/// `w` with `h·w = c`, given the factor of the permuted `h`.
fn solve(factor: &Array2<f64>, permutation: &[usize], c: &Array1<f64>) -> Array1<f64> {
    let n = permutation.len();
    let mut y: Vec<f64> = permutation.iter().map(|&i| c[i]).collect();
    for i in 0..n {
        let known: f64 = (0..i).map(|k| factor[[k, i]] * y[k]).sum();
        y[i] = (y[i] - known) / factor[[i, i]];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| factor[[i, k]] * y[k]).sum();
        y[i] = (y[i] - known) / factor[[i, i]];
    }
    let mut w = Array1::zeros(n);
    for (&i, &value) in permutation.iter().zip(&y) {
        w[i] = value;
    }
    w
}
