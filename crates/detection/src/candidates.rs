//! The windows that score above the threshold, and which of them overlap a given box.

use std::ops::Range;

use ndarray::Array2;

use crate::{BoundingBox, Level, Window};

/// Candidates by level, then row, then column. This order is also the index by which neighbours are found: an overlap
/// bounds the ratio of areas and the distance of corners, so only a few runs of it are ever looked at.
pub(crate) struct Candidates {
    /// The candidates' windows in the photograph.
    pub(crate) windows: Vec<BoundingBox>,
    /// Score above the threshold.
    pub(crate) weights: Vec<f64>,
    /// The column of each in its level's score map.
    columns: Vec<usize>,
    grids: Vec<Grid>,
}

/// The windows of one level.
struct Grid {
    /// From one window to the next, in the photograph.
    step: f64,
    width: f64,
    height: f64,
    /// Where each row's candidates begin, and where the last row's end.
    row_starts: Vec<usize>,
}

/// Collects the finite scores above the threshold.
pub(crate) fn candidates(maps: &[(Level, Array2<f64>)], window: Window, threshold: f64) -> Candidates {
    let mut found = Candidates { windows: vec![], weights: vec![], columns: vec![], grids: vec![] };
    for (level, scores) in maps {
        let grid = Grid {
            step: window.stride() as f64 * level.scale,
            width: window.width() as f64 * level.scale,
            height: window.height() as f64 * level.scale,
            row_starts: vec![],
        };
        found.grids.push(grid);
        for (i, row) in scores.outer_iter().enumerate() {
            found.begin_row();
            for (j, &score) in row.iter().enumerate() {
                if score > threshold && score.is_finite() {
                    found.push(i, j, score - threshold, window, level.scale);
                }
            }
        }
        found.begin_row();
    }
    found
}

impl Candidates {
    fn begin_row(&mut self) {
        let start = self.windows.len();
        if let Some(grid) = self.grids.last_mut() {
            grid.row_starts.push(start);
        }
    }

    fn push(&mut self, row: usize, column: usize, weight: f64, window: Window, scale: f64) {
        let corner = |position: usize| position as f64 * window.stride() as f64 * scale;
        let (x1, y1) = (corner(column), corner(row));
        let (x2, y2) = (x1 + window.width() as f64 * scale, y1 + window.height() as f64 * scale);
        self.windows.push(BoundingBox { x1, y1, x2, y2 });
        self.weights.push(weight);
        self.columns.push(column);
    }

    /// The candidates whose windows overlap a box by at least `least` (more than 0), in their order.
    pub(crate) fn near(&self, around: BoundingBox, least: f64) -> impl Iterator<Item = usize> {
        let in_row = move |grid: &Grid, row: usize, columns: &Range<usize>| {
            let start = grid.row_starts[row];
            let candidates = &self.columns[start..grid.row_starts[row + 1]];
            start + candidates.partition_point(|&column| column < columns.start)
                ..start + candidates.partition_point(|&column| column < columns.end)
        };
        self.grids
            .iter()
            .flat_map(move |grid| {
                let (rows, columns) = grid.reach(&around, least);
                rows.flat_map(move |row| in_row(grid, row, &columns))
            })
            .filter(move |&n| around.iou(&self.windows[n]) >= least)
    }
}

/// How far bounds are widened so that rounding loses no neighbour: of an area, relatively; of a position, in steps.
const SLACK: f64 = 1e-6;

impl Grid {
    /// The rows and columns outside which no window overlaps a box by `least`.
    ///
    /// An overlap of `t` needs a common area of at least t / (1 + t) of the sum of both areas. Neither side of what
    /// is common is longer than the shorter of the two boxes' sides, which bounds the other from below.
    fn reach(&self, around: &BoundingBox, least: f64) -> (Range<usize>, Range<usize>) {
        let rows = self.row_starts.len() - 1;
        let width = self.width.min(around.width());
        let height = self.height.min(around.height());
        let common = least / (1.0 + least) * (self.width * self.height + around.area()) * (1.0 - SLACK);
        if common > width * height {
            return (0..0, 0..0);
        }
        let (common_width, common_height) = (common / height, common / width);
        let columns = self.positions(around.x1 + common_width - self.width, around.x2 - common_width);
        let reached = self.positions(around.y1 + common_height - self.height, around.y2 - common_height);
        (reached.start.min(rows)..reached.end.min(rows), columns)
    }

    /// The positions whose corners lie from `low` to `high`.
    fn positions(&self, low: f64, high: f64) -> Range<usize> {
        // Casts saturate, and what is not a number becomes 0.
        let start = (low / self.step - SLACK).ceil() as usize;
        let end = ((high / self.step + SLACK).floor() + 1.0) as usize;
        start..end.max(start)
    }
}
