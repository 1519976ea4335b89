//! Quality against adders as a picture.

mod legend;
mod panel;
mod series;

use std::fmt::Display;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::{Better, Summary};

use panel::View;

const WIDTH: u32 = 960;
/// Of a panel alone, and of one of two.
const HEIGHTS: [u32; 2] = [560, 420];
/// Width of the column on the right that says what is what.
const LEGEND: u32 = 260;
const FONT: &str = "sans-serif";
const TEXT: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(225, 225, 225);
const FRONT: RGBColor = RGBColor(150, 150, 150);

type Drawing<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The plot could not be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plot cannot be drawn: {0}")]
pub struct PlotError(String);

impl PlotError {
    fn new(error: impl Display) -> Self {
        Self(error.to_string())
    }
}

/// An SVG file: a point per approximation, a look per set, the Pareto front as a grey staircase whose points have labels,
/// and a dashed line for the network as trained. Where most scores are close together and some far below, a second
/// panel looks closer.
///
/// # Errors
/// The drawing library fails.
pub fn svg(summary: &Summary) -> Result<String, PlotError> {
    let series = series::series(summary);
    let scores = series.iter().flat_map(|s| &s.places).map(|&(_, score)| score).chain(summary.float());
    let close_up = if summary.quality.better() == Better::Higher { series::close_up(scores) } else { None };
    let whole = View::whole(summary, &series, close_up.as_ref());
    let closer = close_up.map(|qualities| View::closer(&whole, &qualities));
    let panels: Vec<View> = [Some(whole), closer].into_iter().flatten().collect();
    let height = HEIGHTS[panels.len() - 1] * panels.len() as u32;
    let mut text = String::new();
    {
        let size = (WIDTH, height.max(legend::height(&series)));
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE).map_err(PlotError::new)?;
        let (left, right) = root.split_horizontally(WIDTH - LEGEND);
        for (area, view) in left.split_evenly((panels.len(), 1)).iter().zip(&panels) {
            panel::draw(area, summary, &series, view)?;
        }
        legend::draw(&right, summary, &series)?;
        root.present().map_err(PlotError::new)?;
    }
    Ok(text)
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
        assert!(text.contains("nearest kernels") && text.contains("fitted to data"));
        assert_eq!(text.matches(">\nD3\n<").count(), 1 + 1, "a row of the legend, and a label on the front");
        assert_eq!(text.matches("<circle").count(), 1 + 2, "a disc for one method, a square for the other");
    }

    #[test]
    fn many_sets_fit_and_bad_points_leave_the_good_ones_their_room() {
        let mut points: Vec<Record> = (1..=8)
            .map(|n| built(&format!("D{n}"), None, 600 + 90 * n, Some(0.9 + 0.001 * n as f64)))
            .chain((1..=12).map(|n| built(&format!("k/8 |k|<={n}"), None, 640 + 70 * n, Some(0.89))))
            .collect();
        points.push(built("ternary", None, 600, Some(0.1)));
        let text = svg(&summarize("s", points)).expect("a plot");
        assert!(text.contains("average precision, closer"));
        for part in ["k/8 |k|&lt;=12", "ternary", "D8"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(text.contains(r#"height="840""#));
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
