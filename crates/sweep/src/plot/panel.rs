//! One chart: points, front and the network as trained, within a range of qualities.

use std::ops::{Range, RangeInclusive};

use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use super::series::Series;
use super::{Drawing, FAINT, FONT, FRONT, PlotError, TEXT};
use crate::labels::{Area, place};
use crate::{Record, Summary};

type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// What a panel shows.
pub(super) struct View {
    across: Range<f64>,
    along: Range<f64>,
    title: String,
    /// Points of these qualities have their labels elsewhere.
    unlabelled: Option<RangeInclusive<f64>>,
}

impl View {
    /// All points; those within `elsewhere` are named in another panel.
    pub(super) fn whole(
        summary: &Summary,
        series: &[Series<'_>],
        elsewhere: Option<&RangeInclusive<f64>>,
    ) -> Self {
        let places = || series.iter().flat_map(|s| &s.places);
        Self {
            across: range(places().map(|p| p.0), 1.0),
            along: range(places().map(|p| p.1).chain(summary.float()), 0.001),
            title: summary.quality.title().to_owned(),
            unlabelled: elsewhere.cloned(),
        }
    }

    /// The points of some qualities only, at the same places along the adders.
    pub(super) fn closer(whole: &Self, qualities: &RangeInclusive<f64>) -> Self {
        Self {
            across: whole.across.clone(),
            along: range([*qualities.start(), *qualities.end()].into_iter(), 0.0),
            title: format!("{}, closer", whole.title),
            unlabelled: None,
        }
    }
}

pub(super) fn draw<'a>(
    area: &Drawing<'a>,
    summary: &Summary,
    series: &[Series<'_>],
    view: &View,
) -> Result<(), PlotError> {
    let View { across, along, title, .. } = view;
    let decimals = if along.end - along.start < 0.1 { 3 } else { 2 };
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(66)
        .build_cartesian_2d(across.clone(), along.clone())
        .map_err(PlotError::new)?;
    chart
        .configure_mesh()
        .x_desc("adders after sharing")
        .y_desc(title.as_str())
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.decimals$}"))
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .axis_style(TEXT)
        .label_style((FONT, 16).into_font().color(&TEXT))
        .axis_desc_style((FONT, 17).into_font().color(&TEXT))
        .draw()
        .map_err(PlotError::new)?;
    if let Some(float) = summary.float() {
        let line = DashedPathElement::new([(across.start, float), (across.end, float)], 6, 4, TEXT);
        chart.draw_series([line]).map_err(PlotError::new)?;
    }
    // Lines that leave the panel are cut where they do: from the first point that is within.
    let inside = |place: &(f64, f64)| along.contains(&place.1);
    let within: Vec<(f64, f64)> = front_places(summary).into_iter().filter(inside).collect();
    chart
        .draw_series([PathElement::new(staircase(&within), FRONT.stroke_width(2))])
        .map_err(PlotError::new)?;
    for series in series {
        let own: Vec<(f64, f64)> = series.places.iter().copied().filter(inside).collect();
        let line = PathElement::new(own, series.look.colour.mix(0.45));
        chart.draw_series([line]).map_err(PlotError::new)?;
    }
    draw_points(area, &chart, summary, series, view)
}

/// The markers of all points in view and the names of the front's.
fn draw_points<'a>(
    area: &Drawing<'a>,
    chart: &Chart<'a>,
    summary: &Summary,
    series: &[Series<'_>],
    view: &View,
) -> Result<(), PlotError> {
    let pixel = |(x, y): (f64, f64)| chart.backend_coord(&(x, y));
    let in_view = |place: &(f64, f64)| view.along.contains(&place.1);
    // Labels and markers are drawn on the panel, whose own corner is not that of the picture.
    let (left, top) = area.get_base_pixel();
    let here = |(x, y): (i32, i32)| (x - left, y - top);
    let mut taken = Vec::new();
    for series in series {
        for at in series.places.iter().copied().filter(in_view) {
            series.look.mark(area, here(pixel(at)), series.method)?;
            taken.push(Area::around(pixel(at), 6));
        }
    }
    let front: Vec<(f64, f64)> = front_places(summary);
    let named = |place: &(f64, f64)| {
        in_view(place) && view.unlabelled.as_ref().is_none_or(|elsewhere| !elsewhere.contains(&place.1))
    };
    let mut labels: Vec<((i32, i32), String)> = front
        .iter()
        .zip(summary.front())
        .filter(|(place, _)| named(place))
        .map(|(&place, record)| (pixel(place), label(record)))
        .collect();
    // Where a budget is no limit the point is the same as without.
    labels.dedup_by_key(|(at, _)| *at);
    let within: Vec<(f64, f64)> = front.into_iter().filter(in_view).collect();
    let stairs: Vec<(i32, i32)> = staircase(&within).into_iter().map(pixel).collect();
    taken.extend(stairs.windows(2).map(|ends| Area::between(ends[0], ends[1])));
    if let Some(float) = summary.float() {
        let across = chart.x_range();
        taken.push(Area::between(pixel((across.start, float)), pixel((across.end, float))));
    }
    let (width, height) = chart.plotting_area().dim_in_pixel();
    let (left, top) = chart.plotting_area().get_base_pixel();
    let frame = Area { left, top, right: left + width as i32, bottom: top + height as i32 };
    for (place, (_, text)) in place(&labels, taken, frame).into_iter().zip(&labels) {
        let Some(at) = place else { continue };
        let style = (FONT, 15).into_font().color(&TEXT);
        area.draw(&Text::new(text.clone(), here(at), style)).map_err(PlotError::new)?;
    }
    Ok(())
}

/// A label for people: the set, and the budget where there is one.
fn label(record: &Record) -> String {
    match record.budget {
        None => record.levels().to_owned(),
        Some(digits) => format!("{}, {digits} digits", record.levels()),
    }
}

fn front_places(summary: &Summary) -> Vec<(f64, f64)> {
    let places = summary.front().into_iter().filter_map(|record| summary.place(record));
    places.map(|(adders, quality)| (adders as f64, quality)).collect()
}

/// What can be had for at most so many adders: level from each point to the next.
fn staircase(front: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut corners = Vec::new();
    for &(x, y) in front {
        if let Some(&(_, before)) = corners.last() {
            corners.push((x, before));
        }
        corners.push((x, y));
    }
    corners
}

/// From the least to the greatest value with some air; at least `least` wide.
fn range(values: impl Iterator<Item = f64> + Clone, least: f64) -> Range<f64> {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return 0.0..1.0;
    }
    let air = ((high - low) * 0.07).max(least);
    low - air..high + air
}
