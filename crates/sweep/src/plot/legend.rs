//! The column on the right: what is what.

use plotters::element::DashedPathElement;
use plotters::prelude::*;

use super::series::Series;
use super::{Drawing, FONT, FRONT, PlotError, TEXT};
use crate::{Method, Summary};

const ROW: i32 = 22;
const TOP: i32 = 26;
/// Where a line of text begins, in pixels; two markers stand before it.
const TEXT_AT: i32 = 40;
const PLACES: [i32; 2] = [10, 26];

/// Pixels that the legend takes.
pub(super) fn height(series: &[Series<'_>]) -> u32 {
    let rows = 4 + sets(series).len() as i32;
    (TOP + rows * ROW) as u32
}

/// Each set once, with its series.
fn sets<'a, 'b>(series: &'b [Series<'a>]) -> Vec<(&'a str, Vec<&'b Series<'a>>)> {
    let mut sets: Vec<(&str, Vec<&Series<'_>>)> = Vec::new();
    for one in series {
        match sets.iter_mut().find(|(levels, _)| *levels == one.levels) {
            Some((_, own)) => own.push(one),
            None => sets.push((one.levels, vec![one])),
        }
    }
    sets
}

pub(super) fn draw(area: &Drawing<'_>, summary: &Summary, series: &[Series<'_>]) -> Result<(), PlotError> {
    let mut top = TOP;
    let mut row = |sample: &dyn Fn(i32) -> Result<(), PlotError>, text: &str| {
        sample(top + 7)?;
        let style = (FONT, 16).into_font().color(&TEXT);
        area.draw(&Text::new(shortened(text), (TEXT_AT, top), style)).map_err(PlotError::new)?;
        top += ROW;
        Ok::<(), PlotError>(())
    };
    if summary.float().is_some() {
        let line = |y| {
            let line = DashedPathElement::new([(4, y), (32, y)], 6, 4, TEXT);
            area.draw(&line).map_err(PlotError::new)
        };
        row(&line, "as trained (float)")?;
    }
    let stairs = |y| {
        let line = PathElement::new([(4, y), (32, y)], FRONT.stroke_width(2));
        area.draw(&line).map_err(PlotError::new)
    };
    row(&stairs, "Pareto front")?;
    let mut methods: Vec<&Series<'_>> = Vec::new();
    for one in series {
        if methods.iter().all(|other| other.method != one.method) {
            methods.push(one);
        }
    }
    if methods.len() > 1 {
        for one in methods {
            let text = match one.method {
                Method::Nearest => "nearest kernels",
                Method::DataAware => "fitted to data",
            };
            row(&|y| one.look.mark(area, (PLACES[place_of(one.method)], y), one.method), text)?;
        }
    }
    for (levels, own) in sets(series) {
        let samples = |y| {
            own.iter().try_for_each(|one| one.look.mark(area, (PLACES[place_of(one.method)], y), one.method))
        };
        row(&samples, levels)?;
    }
    Ok(())
}

fn place_of(method: Method) -> usize {
    match method {
        Method::Nearest => 0,
        Method::DataAware => 1,
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 30;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).collect::<String>() + "…"
}
