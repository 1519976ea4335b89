//! The points of a plot, a series per set and method, and how each looks.

use std::ops::RangeInclusive;

use plotters::prelude::*;
use plotters::style::RGBColor;

use super::{Drawing, PlotError};
use crate::{Method, Summary};

/// Colours of the sets, told apart by most eyes; where there are more sets they begin anew with hollow markers.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 94, 240),
    RGBColor(90, 90, 90),
];

/// The points of one set or configuration by one method.
pub(super) struct Series<'a> {
    pub(super) levels: &'a str,
    pub(super) method: Method,
    pub(super) look: Look,
    /// By ascending number of adders.
    pub(super) places: Vec<(f64, f64)>,
}

/// How the markers of a set look.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) colour: RGBColor,
    filled: bool,
}

impl Look {
    fn of(number: usize) -> Self {
        Self { colour: COLOURS[number % COLOURS.len()], filled: (number / COLOURS.len()).is_multiple_of(2) }
    }

    /// A disc for the nearest kernels, a square for those that look at data.
    pub(super) fn mark(
        self,
        area: &Drawing<'_>,
        (x, y): (i32, i32),
        method: Method,
    ) -> Result<(), PlotError> {
        let style = ShapeStyle { color: self.colour.to_rgba(), filled: self.filled, stroke_width: 2 };
        match method {
            Method::Nearest => area.draw(&Circle::new((x, y), 4, style)),
            Method::DataAware => area.draw(&Rectangle::new([(x - 4, y - 4), (x + 4, y + 4)], style)),
        }
        .map_err(PlotError::new)
    }
}

/// All series, sets in the order of the points.
pub(super) fn series(summary: &Summary) -> Vec<Series<'_>> {
    let mut all: Vec<Series<'_>> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for record in &summary.points {
        let (Some(place), Some(method)) = (summary.place(record), record.method) else { continue };
        let place = (place.0 as f64, place.1);
        let levels = record.levels();
        if let Some(series) = all.iter_mut().find(|s| s.levels == levels && s.method == method) {
            series.places.push(place);
            continue;
        }
        if !known.contains(&levels) {
            known.push(levels);
        }
        let number = known.iter().position(|other| *other == levels).unwrap_or_default();
        all.push(Series { levels, method, look: Look::of(number), places: vec![place] });
    }
    for series in &mut all {
        series.places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }
    all
}

/// Most points within so many times the best ones' spread of the top: where others are far below, they deserve a picture
/// of their own.
const SPREADS: f64 = 3.0;

/// The part of the scores worth a closer look: where the better half lies close together and others far below.
pub(super) fn close_up(scores: impl Iterator<Item = f64>) -> Option<RangeInclusive<f64>> {
    let mut scores: Vec<f64> = scores.collect();
    scores.sort_by(f64::total_cmp);
    let (least, most) = (*scores.first()?, *scores.last()?);
    let spread = SPREADS * (most - scores[scores.len() / 2]);
    (scores.len() > 6 && spread > 0.0 && most - least > SPREADS * spread).then_some(most - spread..=most)
}

#[cfg(test)]
mod tests {
    use super::close_up;

    #[test]
    fn a_few_bad_points_ask_for_a_close_up_of_the_others() {
        let scores = [0.05, 0.9, 0.91, 0.912, 0.08, 0.914, 0.913];
        let range = close_up(scores.into_iter()).expect("a close-up");
        assert_eq!(*range.end(), 0.914);
        assert!((0.9..0.91).contains(range.start()), "{range:?}");
    }

    #[test]
    fn even_scores_one_score_and_none_ask_for_nothing() {
        assert_eq!(close_up([0.5, 0.6, 0.7, 0.8, 0.9].into_iter()), None);
        assert_eq!(close_up([0.5].into_iter()), None);
        assert_eq!(close_up([0.5; 9].into_iter()), None);
        assert_eq!(close_up(std::iter::empty()), None);
    }
}
