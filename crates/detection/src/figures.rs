//! How good detections are, against boxes that people drew.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::{BoundingBox, Detection};

/// What was found in a photograph, and what is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Photograph {
    /// What was found, in the order of [`crate::detections`].
    pub detections: Vec<Detection>,
    /// What is there.
    pub faces: Vec<BoundingBox>,
}

/// The figures of a detector on a set of photographs. Where there is no face at all they are not numbers (NaN).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Average precision: the area under the precision-recall curve.
    pub ap: f64,
    /// By number of false alarms in the whole set, the part of the faces found before there are more.
    pub recall_at: BTreeMap<usize, f64>,
}

/// All figures in one pass.
///
/// The detections of all photographs are ranked by confidence; equals by photograph in the order given (to repeat a
/// measurement, that of file names), then in their own order. In this order each takes, of the faces of its photograph
/// that none has taken before, the one it overlaps most, if by `iou` or more. A detection that takes none is a false
/// alarm, also in a photograph without faces: such photographs belong to the set.
pub fn score(photographs: &[Photograph], iou: f64, false_alarms: &[usize]) -> Scores {
    let verdicts = judge(photographs, iou);
    let faces: usize = photographs.iter().map(|photograph| photograph.faces.len()).sum();
    Scores {
        ap: area(&verdicts, faces),
        recall_at: false_alarms.iter().map(|&limit| (limit, recall(&verdicts, faces, limit))).collect(),
    }
}

/// Average precision alone, see [`score`].
pub fn average_precision(photographs: &[Photograph], iou: f64) -> f64 {
    score(photographs, iou, &[]).ap
}

/// The part of the faces found with at most so many false alarms, see [`score`].
pub fn recall_at(photographs: &[Photograph], iou: f64, false_alarms: usize) -> f64 {
    let faces = photographs.iter().map(|photograph| photograph.faces.len()).sum();
    recall(&judge(photographs, iou), faces, false_alarms)
}

/// Whether each detection hits a face, in the order of rank.
fn judge(photographs: &[Photograph], iou: f64) -> Vec<bool> {
    let mut ranked: Vec<(&Detection, usize)> = photographs
        .iter()
        .enumerate()
        .flat_map(|(n, photograph)| photograph.detections.iter().map(move |detection| (detection, n)))
        .collect();
    // A stable sort: equals stay in the order of photographs and of detections.
    ranked.sort_by(|(a, _), (b, _)| descending(a.confidence, b.confidence));

    let mut taken: Vec<Vec<bool>> = photographs.iter().map(|p| vec![false; p.faces.len()]).collect();
    let mut hits = |(detection, n): (&Detection, usize)| {
        let mut best = None;
        for (face, bounds) in photographs[n].faces.iter().enumerate() {
            let overlap = detection.bounds.iou(bounds);
            if !taken[n][face] && overlap >= iou && best.is_none_or(|(_, most)| overlap > most) {
                best = Some((face, overlap));
            }
        }
        if let Some((face, _)) = best {
            taken[n][face] = true;
        }
        best.is_some()
    };
    ranked.into_iter().map(&mut hits).collect()
}

/// The greater first; what is not a number comes last.
fn descending(a: f64, b: f64) -> Ordering {
    // Adding zero makes a negative zero positive.
    let key = |value: f64| if value.is_nan() { f64::NEG_INFINITY } else { value + 0.0 };
    key(b).total_cmp(&key(a))
}

/// The area under the precision-recall curve, where the precision at a recall is the best at that recall or more.
fn area(verdicts: &[bool], faces: usize) -> f64 {
    let mut hits = verdicts.iter().filter(|&&hit| hit).count();
    let mut best: f64 = 0.0;
    let mut sum = 0.0;
    for (n, &hit) in verdicts.iter().enumerate().rev() {
        best = best.max(hits as f64 / (n + 1) as f64);
        if hit {
            sum += best;
            hits -= 1;
        }
    }
    sum / faces as f64
}

/// The recall before there are more false alarms than the limit.
fn recall(verdicts: &[bool], faces: usize, limit: usize) -> f64 {
    let mut alarms = 0;
    let hits = verdicts
        .iter()
        .take_while(|&&hit| {
            alarms += usize::from(!hit);
            alarms <= limit
        })
        .filter(|&&hit| hit)
        .count();
    hits as f64 / faces as f64
}
