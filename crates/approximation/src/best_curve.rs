//! The best continuous piecewise-linear curve with dyadic breakpoints and short slopes, found exactly.
//!
//! Breakpoints lie on a grid of `2^-b`, slopes are powers of two (or have two signed digits) down to
//! [`LOWEST_SLOPE`]. A continuous curve that starts on a grid point then has all its corners on a grid too, so it is
//! a path through finitely many corners `(x, y)`, and an edge of the path costs the greatest distance between
//! its line and the function above it. The least greatest distance over all paths of `n` edges is a dynamic program over
//! (edges so far, corner): nothing is missed on that grid.
//!
//! Three things make it quick. For a line of slope `s` through a corner the distance to `f` on an interval follows from
//! the extremes of `f(x) - s·x`, which do not depend on the corner's height and grow with the interval. A corner further
//! from the function than the best known error is never visited. And the best known error comes from the same search
//! on a grid twice as coarse, whose curves exist on the finer one as well.
//!
//! Many curves can share the least greatest error, so a second pass over the same graph takes, among the paths that
//! keep it, the one with the least sum of squares.

use lacuna_network::Dyadic;

use crate::{PiecewiseLinear, Segment, Symmetry};

/// Exponent of the lowest slope other than zero.
const LOWEST_SLOPE: i32 = -6;

/// Samples of the function per unit of `x`, a power of two.
const SAMPLES: usize = 256;

/// The most segments that are tried before giving up on an error.
pub(crate) const MAX_SEGMENTS: u32 = 16;

/// An odd function (about `center`) that rises or falls to a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) function: fn(f64) -> f64,
    pub(crate) center: Dyadic,
    /// Its value at infinity.
    pub(crate) limit: f64,
    /// From here on it is as good as its limit.
    pub(crate) reach: usize,
}

/// A curve and its greatest distance from the function it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) curve: PiecewiseLinear,
    pub(crate) max_error: f64,
}

/// The curve with the fewest segments whose error is at most `max_error`, or else the best with [`MAX_SEGMENTS`].
pub(crate) fn within(target: &Target, max_error: f64, slope_digits: u32, breakpoint_bits: u32) -> Found {
    let mut segments = 1;
    loop {
        let found = with_segments(target, segments, slope_digits, breakpoint_bits);
        if found.max_error <= max_error || segments == MAX_SEGMENTS {
            return found;
        }
        segments += 1;
    }
}

/// The best curve of at most `segments` segments, the saturating one included.
pub(crate) fn with_segments(
    target: &Target,
    segments: u32,
    slope_digits: u32,
    breakpoint_bits: u32,
) -> Found {
    let slopes = slopes(slope_digits);
    let edges = segments.clamp(1, MAX_SEGMENTS) as usize - 1;
    let mut bound = (target.limit - target.center.to_f64()).abs();
    let mut corners = Vec::new();
    for bits in 0..=breakpoint_bits {
        let grid = Grid::new(target, &slopes, bits, bound);
        if let Some((_, least)) = grid.best_path(edges, Goal::Greatest) {
            bound = least;
        }
        if bits == breakpoint_bits {
            let goal = Goal::Squares { greatest: bound };
            corners = grid.best_path(edges, goal).map_or_else(Vec::new, |(path, _)| grid.segments(&path));
        }
    }
    if corners.is_empty() {
        corners.push(Segment { start: Dyadic::ZERO, slope: Dyadic::ZERO, offset: target.center });
    }
    corners.dedup_by(|next, before| next.slope == before.slope && next.offset == before.offset);
    let curve = PiecewiseLinear { symmetry: Symmetry::Odd { center: target.center }, segments: corners };
    Found { curve, max_error: bound }
}

/// Ascending multiples of `2^LOWEST_SLOPE` with at most `digits` signed digits, up to 5/4.
fn slopes(digits: u32) -> Vec<i64> {
    let one = 1_i64 << -LOWEST_SLOPE;
    (0..=one * 5 / 4)
        .filter(|&k| crate::signed_digits::count(Dyadic::new(k, LOWEST_SLOPE)) <= digits as usize)
        .collect()
}

/// What a path is judged by.
#[derive(Clone, Copy, Debug)]
enum Goal {
    /// The greatest distance.
    Greatest,
    /// The sum of squares, among paths whose greatest distance is no greater than this.
    Squares { greatest: f64 },
}

/// The corners near the function and everything needed to walk between them.
struct Grid {
    bits: u32,
    /// Grid points of `x`, zero and the reach included.
    columns: usize,
    /// Half the number of heights that are looked at in a column.
    half: i64,
    /// In units of `2^(LOWEST_SLOPE - bits)`: the height in the middle of each column.
    middle: Vec<i64>,
    samples: Vec<f64>,
    limit: f64,
    center: i64,
    bound: f64,
    slopes: Vec<i64>,
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
    fn new(target: &Target, slopes: &[i64], bits: u32, bound: f64) -> Self {
        let samples: Vec<f64> =
            (0..=target.reach * SAMPLES).map(|n| (target.function)(n as f64 / SAMPLES as f64)).collect();
        let columns = (target.reach << bits) + 1;
        let unit = f64::from(LOWEST_SLOPE - bits as i32).exp2();
        let middle = (0..columns).map(|x| (samples[x * (SAMPLES >> bits)] / unit).round() as i64).collect();
        Self {
            bits,
            columns,
            half: (bound / unit).ceil() as i64 + 1,
            middle,
            samples,
            limit: target.limit,
            center: (target.center.to_f64() / unit).round() as i64,
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
    fn best_path(&self, edges: usize, goal: Goal) -> Option<(Vec<(usize, i64)>, f64)> {
        let mut layers = vec![vec![UNREACHED; self.columns * self.rows()]];
        layers[0][self.corner(0, self.center)?].cost = 0.0;
        for _ in 0..edges {
            let next = self.walk(layers.last()?, goal);
            layers.push(next);
        }
        let (mut at, mut cost) = (0, f64::INFINITY);
        for (corner, step) in layers[edges].iter().enumerate() {
            if step.cost < cost {
                let total = self.saturate(corner, step.cost, goal);
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

    /// The cost of staying at a corner's height for ever.
    fn saturate(&self, corner: usize, so_far: f64, goal: Goal) -> f64 {
        let (column, height) = self.place(corner);
        let mut span = Span::default();
        for &sample in &self.samples[column * (SAMPLES >> self.bits)..] {
            span.take(sample);
        }
        span.take(self.limit);
        span.cost(height as f64 * self.unit(), so_far, goal, self.bound)
    }

    fn segments(&self, path: &[(usize, i64)]) -> Vec<Segment> {
        path.iter()
            .map(|&(corner, slope)| {
                let (column, height) = self.place(corner);
                Segment {
                    start: Dyadic::new(column as i64, -(self.bits as i32)),
                    slope: Dyadic::new(slope, LOWEST_SLOPE),
                    offset: Dyadic::new(height - slope * column as i64, LOWEST_SLOPE - self.bits as i32),
                }
            })
            .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    const TANH: Target = Target { function: f64::tanh, center: Dyadic::ZERO, limit: 1.0, reach: 4 };

    /// Every curve on a coarse grid, one by one.
    fn brute_force(segments: u32, bits: u32) -> f64 {
        let step = f64::from(bits).exp2().recip();
        let samples = |from: f64, to: f64| {
            (0..=TANH.reach * SAMPLES)
                .map(|n| n as f64 / SAMPLES as f64)
                .filter(move |&x| from <= x && x <= to)
        };
        fn go(x: f64, y: f64, edges: u32, step: f64, samples: &dyn Fn(f64, f64) -> Vec<f64>) -> f64 {
            let distance = |from: f64, to: f64, slope: f64| {
                samples(from, to)
                    .iter()
                    .map(|&n| (n.tanh() - y - slope * (n - from)).abs())
                    .fold(0.0, f64::max)
            };
            if edges == 0 {
                return distance(x, 4.0, 0.0).max((1.0 - y).abs());
            }
            let mut best = f64::INFINITY;
            for slope in slopes(1).into_iter().map(|s| s as f64 * f64::from(LOWEST_SLOPE).exp2()) {
                let mut to = x + step;
                while to <= 4.0 {
                    let here = distance(x, to, slope);
                    if here < best {
                        let rest = go(to, y + slope * (to - x), edges - 1, step, samples);
                        best = best.min(here.max(rest));
                    }
                    to += step;
                }
            }
            best
        }
        go(0.0, 0.0, segments - 1, step, &|from, to| samples(from, to).collect())
    }

    #[test]
    fn finds_what_trying_everything_finds() {
        for (segments, bits) in [(2, 2), (3, 0), (3, 1), (3, 2)] {
            let found = with_segments(&TANH, segments, 1, bits).max_error;
            assert!(
                (found - brute_force(segments, bits)).abs() < 1e-12,
                "{segments} segments, {bits} bits: {found}"
            );
        }
    }

    #[test]
    fn more_freedom_never_costs() {
        let error = |segments, digits, bits| with_segments(&TANH, segments, digits, bits).max_error;
        for segments in 2..8 {
            assert!(error(segments + 1, 1, 3) <= error(segments, 1, 3));
            assert!(error(segments, 2, 3) <= error(segments, 1, 3));
            assert!(error(segments, 1, 4) <= error(segments, 1, 3));
        }
    }

    #[test]
    fn four_segments_beat_plan_and_six_reach_a_hundredth() {
        assert!(with_segments(&TANH, 4, 2, 4).max_error < 0.0186);
        assert!(with_segments(&TANH, 4, 1, 5).max_error < 0.0321, "even with powers of two only");
        let found = within(&TANH, 0.01, 2, 4);
        assert_eq!(found.curve.segments.len(), 6);
        assert!(found.max_error < 0.0094);
    }

    #[test]
    fn the_curve_is_continuous() {
        for pair in within(&TANH, 0.01, 2, 4).curve.segments.windows(2) {
            let at = |s: &Segment| s.slope * pair[1].start + s.offset;
            assert_eq!(at(&pair[0]), at(&pair[1]));
        }
    }
}
