//! Quality against adders as a picture.

use std::fmt::Display;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use crate::labels::{Area, place};
use crate::{Method, Record, Summary};

const SIZE: (u32, u32) = (960, 560);
/// Width of the column on the right that says what is what.
const LEGEND: u32 = 250;
const FONT: &str = "sans-serif";
const TEXT: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(225, 225, 225);
const FRONT: RGBColor = RGBColor(150, 150, 150);
/// Colours of the sets, told apart by most eyes; they begin anew where there are more sets.
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

type Drawing<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The plot could not be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plot cannot be drawn: {0}")]
pub struct PlotError(String);

impl PlotError {
    fn new(error: impl Display) -> Self {
        Self(error.to_string())
    }
}

/// The points of one set or configuration by one method.
struct Series<'a> {
    levels: &'a str,
    method: Method,
    colour: RGBColor,
    /// By ascending number of adders.
    places: Vec<(f64, f64)>,
}

/// An SVG file: a point per approximation, a colour per set, the Pareto front as a grey staircase whose points have labels,
/// and a dashed line for the network as trained.
///
/// # Errors
/// The drawing library fails.
pub fn svg(summary: &Summary) -> Result<String, PlotError> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        root.fill(&WHITE).map_err(PlotError::new)?;
        let (left, right) = root.split_horizontally(SIZE.0 - LEGEND);
        let series = series(summary);
        draw_chart(&left, summary, &series)?;
        draw_legend(&right, summary, &series)?;
        root.present().map_err(PlotError::new)?;
    }
    Ok(text)
}

fn series(summary: &Summary) -> Vec<Series<'_>> {
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
        let colour = COLOURS[number % COLOURS.len()];
        all.push(Series { levels, method, colour, places: vec![place] });
    }
    for series in &mut all {
        series.places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }
    all
}

fn draw_chart<'a>(area: &Drawing<'a>, summary: &Summary, series: &[Series<'_>]) -> Result<(), PlotError> {
    let places = || series.iter().flat_map(|s| &s.places);
    let across = range(places().map(|p| p.0), 1.0);
    let along = range(places().map(|p| p.1).chain(summary.float()), 0.001);
    let decimals = if along.end - along.start < 0.1 { 3 } else { 2 };
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(62)
        .build_cartesian_2d(across.clone(), along)
        .map_err(PlotError::new)?;
    chart
        .configure_mesh()
        .x_desc("adders after sharing")
        .y_desc(summary.quality.title())
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
    let corners = staircase(&front_places(summary));
    chart.draw_series([PathElement::new(corners, FRONT.stroke_width(2))]).map_err(PlotError::new)?;
    for series in series {
        let line = PathElement::new(series.places.clone(), series.colour.mix(0.45));
        chart.draw_series([line]).map_err(PlotError::new)?;
    }
    draw_points(area, &chart, summary, series)
}

/// The markers of all points and the names of the front's.
fn draw_points<'a>(
    area: &Drawing<'a>,
    chart: &Chart<'a>,
    summary: &Summary,
    series: &[Series<'_>],
) -> Result<(), PlotError> {
    let pixel = |(x, y): (f64, f64)| chart.backend_coord(&(x, y));
    let mut taken = Vec::new();
    for series in series {
        for &at in &series.places {
            draw_marker(area, pixel(at), series)?;
            taken.push(Area::around(pixel(at), 5));
        }
    }
    let mut labels: Vec<((i32, i32), String)> =
        front_places(summary).into_iter().map(pixel).zip(summary.front().into_iter().map(label)).collect();
    // Where a budget is no limit the point is the same as without.
    labels.dedup_by_key(|(at, _)| *at);
    let stairs: Vec<(i32, i32)> = staircase(&front_places(summary)).into_iter().map(pixel).collect();
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
        area.draw(&Text::new(text.clone(), at, style)).map_err(PlotError::new)?;
    }
    Ok(())
}

fn draw_legend(area: &Drawing<'_>, summary: &Summary, series: &[Series<'_>]) -> Result<(), PlotError> {
    let mut top = 26;
    let mut row = |draw: &dyn Fn(i32) -> Result<(), PlotError>, text: &str| {
        draw(top + 7)?;
        let style = (FONT, 16).into_font().color(&TEXT);
        area.draw(&Text::new(shortened(text), (34, top), style)).map_err(PlotError::new)?;
        top += 22;
        Ok::<(), PlotError>(())
    };
    if summary.float().is_some() {
        let line = |y| {
            let line = DashedPathElement::new([(4, y), (28, y)], 6, 4, TEXT);
            area.draw(&line).map_err(PlotError::new)
        };
        row(&line, "as trained (float)")?;
    }
    let stairs = |y| {
        let line = PathElement::new([(4, y), (28, y)], FRONT.stroke_width(2));
        area.draw(&line).map_err(PlotError::new)
    };
    row(&stairs, "Pareto front")?;
    let several = series.iter().any(|s| s.method != series[0].method);
    for series in series {
        let sample = |y| draw_marker(area, (16, y), series);
        let text = if several {
            format!("{}, {}", series.levels, series.method.name().replace('_', " "))
        } else {
            series.levels.to_owned()
        };
        row(&sample, &text)?;
    }
    Ok(())
}

/// A disc for the nearest kernels, a square for those that look at data.
fn draw_marker(area: &Drawing<'_>, (x, y): (i32, i32), series: &Series<'_>) -> Result<(), PlotError> {
    let style = series.colour.filled();
    match series.method {
        Method::Nearest => area.draw(&Circle::new((x, y), 4, style)),
        Method::DataAware => area.draw(&Rectangle::new([(x - 4, y - 4), (x + 4, y + 4)], style)),
    }
    .map_err(PlotError::new)
}

/// A label for people: the set, and the budget where there is one.
fn label(record: &Record) -> String {
    match record.budget {
        None => record.levels().to_owned(),
        Some(digits) => format!("{}, {digits} digits", record.levels()),
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 32;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).collect::<String>() + "…"
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
fn range(values: impl Iterator<Item = f64> + Clone, least: f64) -> std::ops::Range<f64> {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return 0.0..1.0;
    }
    let air = ((high - low) * 0.07).max(least);
    low - air..high + air
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::testing::{built, float, infeasible};
    use crate::{Method, Record, summarize};

    #[test]
    fn a_plot_names_axes_sets_and_the_front() {
        let points = vec![
            float(0.914),
            built("ternary", None, 600, Some(0.3)),
            built("D3", None, 1000, Some(0.9)),
            built("D3", Some(700), 800, Some(0.8)),
            built("k/8 |k|<=16", None, 1250, Some(0.85)),
            infeasible("D2", 3),
        ];
        let text = svg(&summarize("s", points)).expect("a plot");
        for part in [
            "adders after sharing",
            "average precision",
            "as trained (float)",
            "Pareto front",
            "D3, 700 digits",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(text.contains("k/8 |k|&lt;=16") && !text.contains("|k|<="), "text is escaped");
        assert_eq!(text.matches("<circle").count(), 4 + 3, "a marker a point, and one a set in the legend");
    }

    #[test]
    fn methods_stand_side_by_side() {
        let nearest = built("D3", None, 1000, Some(0.8));
        let data_aware = Record { method: Some(Method::DataAware), ..built("D3", None, 1000, Some(0.9)) };
        let text = svg(&summarize("s", vec![nearest, data_aware])).expect("a plot");
        assert!(text.contains("D3, nearest") && text.contains("D3, data aware"));
        assert_eq!(text.matches("<circle").count(), 2, "a disc for one method, a square for the other");
    }

    #[test]
    fn nothing_and_a_single_point_can_be_drawn() {
        for points in [vec![], vec![infeasible("ternary", 1)], vec![built("ternary", None, 600, None)]] {
            let text = svg(&summarize("s", points)).expect("a plot");
            assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
            assert!(!text.contains("NaN") && !text.contains("inf"));
        }
    }
}
