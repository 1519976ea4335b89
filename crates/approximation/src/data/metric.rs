//! Descent over levels: single weights and pairs are changed as long as that lowers the cost of all together.

use ndarray::{Array1, Array2};

/// Gains below this part of the whole are rounding noise.
const TOLERANCE: f64 = 1e-12;

/// Pairs are tried for kernels of at most so many weights.
const MAX_PAIRED: usize = 128;

/// The cost `q·H·q - 2·pull·q` of weights `q`, up to a constant.
#[derive(Clone, Debug)]
pub(crate) struct Metric {
    pub(crate) h: Array2<f64>,
    pub(crate) pull: Array1<f64>,
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

impl Metric {
    /// Changes single weights, then pairs, while that lowers the cost.
    pub(crate) fn descend(&self, palette: Palette<'_>, steps: &[f64], levels: Vec<u16>) -> Rounded {
        let mut now = self.descend_singly(palette, steps, levels);
        while now.levels.len() <= MAX_PAIRED {
            let q = self.weights(palette, steps, &now.levels);
            let tolerance = TOLERANCE * q.dot(&self.h.dot(&q)).max(f64::MIN_POSITIVE);
            let mut slope = self.h.dot(&q) - &self.pull;
            if !self.best_pair(palette, steps, &mut now.levels, &mut slope, tolerance) {
                break;
            }
            now = self.descend_singly(palette, steps, now.levels);
        }
        now
    }

    /// Changes single weights while that lowers the cost.
    pub(crate) fn descend_singly(
        &self,
        palette: Palette<'_>,
        steps: &[f64],
        mut levels: Vec<u16>,
    ) -> Rounded {
        let price = |level: u16| palette.prices[usize::from(level)];
        let q = self.weights(palette, steps, &levels);
        let tolerance = TOLERANCE * q.dot(&self.h.dot(&q)).max(f64::MIN_POSITIVE);
        let mut slope = self.h.dot(&q) - &self.pull;
        let mut moved = true;
        while moved {
            moved = false;
            for i in 0..levels.len() {
                let curvature = self.h[[i, i]];
                let present = steps[i] * palette.values[usize::from(levels[i])];
                let best = (present - slope[i] / curvature) / steps[i];
                for level in candidates(palette, best) {
                    let level = level as u16;
                    let d = steps[i]
                        * (palette.values[usize::from(level)] - palette.values[usize::from(levels[i])]);
                    let change = d * (d * curvature + 2.0 * slope[i]) + price(level) - price(levels[i]);
                    if change < -tolerance {
                        slope.scaled_add(d, &self.h.row(i));
                        levels[i] = level;
                        moved = true;
                    }
                }
            }
        }
        let cost = self.cost(&self.weights(palette, steps, &levels));
        let paid: f64 = levels.iter().map(|&level| price(level)).sum();
        Rounded { levels, cost: cost + paid }
    }

    fn weights(&self, palette: Palette<'_>, steps: &[f64], levels: &[u16]) -> Array1<f64> {
        levels.iter().zip(steps).map(|(&level, step)| step * palette.values[usize::from(level)]).collect()
    }

    /// Moves two weights to neighbouring levels where both together gain the most.
    fn best_pair(
        &self,
        palette: Palette<'_>,
        steps: &[f64],
        levels: &mut [u16],
        slope: &mut Array1<f64>,
        tolerance: f64,
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
        let mut best = (-tolerance, None);
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
            slope.scaled_add(d, &self.h.row(i));
            levels[i] = level;
        }
        true
    }

    /// `q·H·q - 2·pull·q`.
    pub(crate) fn cost(&self, q: &Array1<f64>) -> f64 {
        q.dot(&(self.h.dot(q) - 2.0 * &self.pull))
    }
}

/// The levels worth trying around `x`: all of a small palette, else the two nearest and every cheaper neighbour.
pub(crate) fn candidates(palette: Palette<'_>, x: f64) -> std::ops::Range<usize> {
    let n = palette.values.len();
    if n <= 9 {
        return 0..n;
    }
    let above = palette.values.partition_point(|&value| value < x);
    above.saturating_sub(2)..(above + 2).min(n)
}
