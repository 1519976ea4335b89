//! The graph of corners through which continuous curves pass, and the best path in it; see [`crate::curves::best_curve`].

use lacuna_network::Dyadic;

use crate::Segment;
use crate::curves::best_curve::{LOWEST_SLOPE, Left, SAMPLES, Target};

/// What a path is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// The greatest distance.
    Greatest,
    /// The sum of squares, among paths whose greatest distance is no greater than this.
    Squares { greatest: f64 },
}

/// The corners near the function and everything needed to walk between them.
pub(crate) struct Grid {
    bits: u32,
    /// The first column's `x` in units of the grid.
    first: i64,
    /// Grid points of `x`, both ends included.
    columns: usize,
    /// Half the number of heights that are looked at in a column.
    half: i64,
    /// In units of `2^(LOWEST_SLOPE - bits)`: the height in the middle of each column.
    middle: Vec<i64>,
    samples: Vec<f64>,
    limit: f64,
    left: Start,
    bound: f64,
    slopes: Vec<i64>,
}

/// Where paths begin.
#[derive(Clone, Copy)]
enum Start {
    /// In the first column, at this height.
    Corner(i64),
    /// Anywhere, the curve being constant up to there; this is the function's value at minus infinity.
    Constant(f64),
}

/// How the best path reaches a corner: from where, and along which slope.
#[derive(Clone, Copy)]
struct Step {
    cost: f64,
    from: u32,
    slope: u32,
}

const UNREACHED: Step = Step { cost: f64::INFINITY, from: u32::MAX, slope: 0 };

impl Grid {
    pub(crate) fn new(target: &Target<'_>, samples: &[f64], slopes: &[i64], bits: u32, bound: f64) -> Self {
        let unit = f64::from(LOWEST_SLOPE - bits as i32).exp2();
        let columns = (samples.len() - 1) / (SAMPLES >> bits) + 1;
        let in_units = |y: f64| (y / unit).round() as i64;
        Self {
            bits,
            first: i64::from(target.from()) << bits,
            columns,
            half: (bound / unit).ceil() as i64 + 1,
            middle: (0..columns).map(|x| in_units(samples[x * (SAMPLES >> bits)])).collect(),
            samples: samples.to_vec(),
            limit: target.limit,
            left: match target.left {
                Left::Odd { center } => Start::Corner(in_units(center.to_f64())),
                Left::Constant { limit, .. } => Start::Constant(limit),
            },
            bound,
            slopes: slopes.to_vec(),
        }
    }

    fn unit(&self) -> f64 {
        f64::from(LOWEST_SLOPE - self.bits as i32).exp2()
    }

    fn rows(&self) -> usize {
        2 * self.half as usize + 1
    }

    fn corner(&self, column: usize, height: i64) -> Option<usize> {
        let row = height - self.middle[column] + self.half;
        (0..self.rows() as i64).contains(&row).then(|| column * self.rows() + row as usize)
    }

    fn place(&self, corner: usize) -> (usize, i64) {
        let column = corner / self.rows();
        (column, (corner % self.rows()) as i64 - self.half + self.middle[column])
    }

    /// The best path of `edges` edges followed by saturation, as (corner, slope) pairs, and its cost.
    pub(crate) fn best_path(&self, edges: usize, goal: Goal) -> Option<(Vec<(usize, i64)>, f64)> {
        let mut layers = vec![vec![UNREACHED; self.columns * self.rows()]];
        match self.left {
            Start::Corner(height) => layers[0][self.corner(0, height)?].cost = 0.0,
            Start::Constant(limit) => {
                let mut span = Span::default();
                span.take(limit);
                let mut taken = 0;
                for column in 0..self.columns {
                    let upto = column * (SAMPLES >> self.bits) + 1;
                    self.samples[taken..upto].iter().for_each(|&sample| span.take(sample));
                    taken = upto;
                    let corners = column * self.rows()..(column + 1) * self.rows();
                    for (corner, step) in corners.clone().zip(&mut layers[0][corners]) {
                        let (_, height) = self.place(corner);
                        step.cost = span.cost(height as f64 * self.unit(), 0.0, goal, self.bound);
                    }
                }
            }
        }
        for _ in 0..edges {
            let next = self.walk(layers.last()?, goal);
            layers.push(next);
        }
        let rests = self.rests();
        let (mut at, mut cost) = (0, f64::INFINITY);
        for (corner, step) in layers[edges].iter().enumerate() {
            if step.cost < cost {
                let (column, height) = self.place(corner);
                let total = rests[column].cost(height as f64 * self.unit(), step.cost, goal, self.bound);
                if total < cost {
                    (at, cost) = (corner, total);
                }
            }
        }
        if !cost.is_finite() {
            return None;
        }
        let mut path = vec![(at, 0)];
        for layer in layers[1..].iter().rev() {
            let step = layer[at];
            at = step.from as usize;
            path.push((at, self.slopes[step.slope as usize]));
        }
        path.reverse();
        Some((path, cost))
    }

    /// All ways to go one edge further.
    fn walk(&self, layer: &[Step], goal: Goal) -> Vec<Step> {
        let mut next = vec![UNREACHED; layer.len()];
        let stride = SAMPLES >> self.bits;
        for column in 0..self.columns {
            let reached: Vec<usize> = (column * self.rows()..(column + 1) * self.rows())
                .filter(|&corner| layer[corner].cost.is_finite())
                .collect();
            if reached.is_empty() {
                continue;
            }
            for (s, &slope) in self.slopes.iter().enumerate() {
                let steepness = slope as f64 * f64::from(LOWEST_SLOPE).exp2() / SAMPLES as f64;
                let mut span = Span::default();
                for to in column + 1..self.columns {
                    let from_sample = if to == column + 1 { column * stride } else { (to - 1) * stride + 1 };
                    for n in from_sample..=to * stride {
                        span.take(self.samples[n] - steepness * n as f64);
                    }
                    if (span.high - span.low) / 2.0 > self.bound {
                        break;
                    }
                    for &corner in &reached {
                        let (_, height) = self.place(corner);
                        let line = (height - slope * column as i64) as f64 * self.unit();
                        let cost = span.cost(line, layer[corner].cost, goal, self.bound);
                        let Some(end) = self.corner(to, height + slope * (to - column) as i64) else {
                            continue;
                        };
                        if cost < next[end].cost {
                            next[end] = Step { cost, from: corner as u32, slope: s as u32 };
                        }
                    }
                }
            }
        }
        next
    }

    /// What the function does from each column on.
    fn rests(&self) -> Vec<Span> {
        let mut span = Span::default();
        span.take(self.limit);
        let mut end = self.samples.len();
        let mut rests: Vec<Span> = (0..self.columns)
            .rev()
            .map(|column| {
                let begin = column * (SAMPLES >> self.bits);
                self.samples[begin..end].iter().for_each(|&sample| span.take(sample));
                end = begin;
                span
            })
            .collect();
        rests.reverse();
        rests
    }

    /// The path's edges, and what is constant before and after.
    pub(crate) fn segments(&self, path: &[(usize, i64)]) -> Vec<Segment> {
        let grid = -(self.bits as i32);
        let segment = |x: i64, slope: i64, at: i64, height: i64| Segment {
            start: Dyadic::new(x, grid),
            slope: Dyadic::new(slope, LOWEST_SLOPE),
            offset: Dyadic::new(height - slope * at, LOWEST_SLOPE + grid),
        };
        let mut segments = Vec::with_capacity(path.len() + 1);
        if let (Start::Constant(_), Some(&(corner, _))) = (self.left, path.first()) {
            let (column, height) = self.place(corner);
            // It holds below its start as well; anything left of the first corner will do.
            segments.push(segment(self.first.min(self.first + column as i64 - 1), 0, 0, height));
        }
        for &(corner, slope) in path {
            let (column, height) = self.place(corner);
            let x = self.first + column as i64;
            segments.push(segment(x, slope, x, height));
        }
        segments
    }
}

/// Extremes and moments of `f(x) - s·x` over an interval.
#[derive(Clone, Copy)]
struct Span {
    low: f64,
    high: f64,
    count: f64,
    sum: f64,
    squares: f64,
}

impl Default for Span {
    fn default() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY, count: 0.0, sum: 0.0, squares: 0.0 }
    }
}

impl Span {
    fn take(&mut self, h: f64) {
        self.low = self.low.min(h);
        self.high = self.high.max(h);
        self.count += 1.0;
        self.sum += h;
        self.squares += h * h;
    }

    /// The cost of a path that costs `so_far` and goes on along the line `s·x + line`.
    fn cost(&self, line: f64, so_far: f64, goal: Goal, bound: f64) -> f64 {
        let greatest = (self.high - line).max(line - self.low);
        match goal {
            Goal::Greatest if greatest > bound => f64::INFINITY,
            Goal::Greatest => so_far.max(greatest),
            Goal::Squares { greatest: limit } if greatest > limit => f64::INFINITY,
            Goal::Squares { .. } => {
                so_far + (self.squares - 2.0 * line * self.sum + self.count * line * line).max(0.0)
            }
        }
    }
}
