//! From score maps to detections.

use ndarray::Array2;
use serde::Serialize;

use crate::candidates::candidates;
use crate::{BoundingBox, Config, Level, Window};

/// Something found in a photograph.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Detection {
    /// Where.
    pub bounds: BoundingBox,
    /// How sure: the summed weights of all candidates that speak for it. It grades detections even where single
    /// scores saturate.
    pub confidence: f64,
}

/// The detections in a photograph, the most confident first, from the network's score map of every level.
///
/// Element (i, j) of a map, row and column, is the score of the window with corner (stride j s, stride i s) in the
/// photograph, s being the level's scale.
///
/// 1. Candidates are the windows whose finite score is above the threshold; a candidate weighs what is above.
/// 2. The support of a candidate is the sum of the weights of all candidates, itself among them, that overlap it by
///    `group_iou` or more.
/// 3. The candidate of most support, the first of equals in the order of the maps, their rows and columns, gives a
///    detection: the weighted mean of all windows that were summed for it, with its support as confidence. It is
///    spent, and so is every candidate that overlaps the mean by `suppress_iou` or more; then the next.
/// 4. What is reported of a detection is its box less the inset.
///
/// Nothing is capped. Time grows with the candidates times the neighbours one can have, not with their square.
pub fn detections(maps: &[(Level, Array2<f64>)], window: Window, config: &Config) -> Vec<Detection> {
    let candidates = candidates(maps, window, config.threshold);
    let near = |bounds, least| candidates.near(bounds, least);
    let support: Vec<f64> = candidates
        .windows
        .iter()
        .map(|&window| near(window, config.group_iou).map(|n| candidates.weights[n]).sum())
        .collect();

    let mut by_support: Vec<usize> = (0..support.len()).collect();
    by_support.sort_by(|&a, &b| support[b].total_cmp(&support[a]).then(a.cmp(&b)));

    let mut spent = vec![false; support.len()];
    let mut found = Vec::new();
    for best in by_support {
        if spent[best] {
            continue;
        }
        spent[best] = true;
        let members = near(candidates.windows[best], config.group_iou);
        let mean = mean(members.map(|n| (candidates.windows[n], candidates.weights[n])));
        for n in near(mean, config.suppress_iou) {
            spent[n] = true;
        }
        found.push(Detection { bounds: mean.inset(config.inset), confidence: support[best] });
    }
    found
}

/// The weighted mean of boxes.
fn mean(boxes: impl Iterator<Item = (BoundingBox, f64)>) -> BoundingBox {
    let mut total = 0.0;
    let mut sum = BoundingBox { x1: 0.0, y1: 0.0, x2: 0.0, y2: 0.0 };
    for (bounds, weight) in boxes {
        total += weight;
        sum.x1 += weight * bounds.x1;
        sum.y1 += weight * bounds.y1;
        sum.x2 += weight * bounds.x2;
        sum.y2 += weight * bounds.y2;
    }
    BoundingBox { x1: sum.x1 / total, y1: sum.y1 / total, x2: sum.x2 / total, y2: sum.y2 / total }
}
