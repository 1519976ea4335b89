//! Figures against hand-worked cases and against their definitions, taken literally.

use std::collections::BTreeMap;

use lacuna_detection::{
    BoundingBox, Detection, Photograph, Scores, auc, average_precision, recall_at, score,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn square(x: f64, y: f64, side: f64) -> BoundingBox {
    BoundingBox { x1: x, y1: y, x2: x + side, y2: y + side }
}

fn at(x: f64, confidence: f64) -> Detection {
    Detection { bounds: square(x, 0.0, 10.0), confidence }
}

fn photograph(detections: &[Detection], faces: &[f64]) -> Photograph {
    let faces = faces.iter().map(|&x| square(x, 0.0, 10.0)).collect();
    Photograph { detections: detections.to_vec(), faces }
}

#[test]
fn precision_and_recall_of_a_hand_worked_ranking() {
    // By rank: hit, alarm, hit, alarm, alarm, hit; one of the four faces is never found.
    let photographs = [
        photograph(&[at(0.0, 6.0), at(300.0, 5.0), at(101.0, 4.0)], &[0.0, 100.0]),
        photograph(&[at(300.0, 3.0), at(400.0, 2.0), at(2.0, 1.0)], &[0.0, 200.0]),
    ];
    let ap = (1.0 + 2.0 / 3.0 + 3.0 / 6.0) / 4.0;
    let recall_at_limits = BTreeMap::from([(0, 0.25), (1, 0.5), (2, 0.5), (3, 0.75), (65, 0.75)]);
    let scores = score(&photographs, 0.4, &[0, 1, 2, 3, 65]);
    assert_eq!(scores, Scores { ap, recall_at: recall_at_limits });
    assert_eq!(average_precision(&photographs, 0.4), ap);
    assert_eq!(recall_at(&photographs, 0.4, 2), 0.5);
}

#[test]
fn the_precision_at_a_recall_is_the_best_from_there_on() {
    let photographs = [photograph(&[at(300.0, 3.0), at(0.0, 2.0), at(100.0, 1.0)], &[0.0, 100.0])];
    assert_eq!(average_precision(&photographs, 0.4), 2.0 / 3.0);
    assert_eq!(recall_at(&photographs, 0.4, 0), 0.0);
    assert_eq!(recall_at(&photographs, 0.4, 1), 1.0);
}

#[test]
fn a_face_is_found_once() {
    let photographs = [photograph(&[at(0.0, 2.0), at(1.0, 1.0)], &[0.0])];
    assert_eq!(score(&photographs, 0.4, &[0]), Scores { ap: 1.0, recall_at: BTreeMap::from([(0, 1.0)]) });
    // Its best face is taken, so the second takes the other it overlaps enough.
    let photographs = [photograph(&[at(0.0, 2.0), at(1.0, 1.0)], &[0.0, 4.0])];
    assert_eq!(average_precision(&photographs, 0.4), 1.0);
}

#[test]
fn equals_stay_in_order() {
    let hit = || photograph(&[at(0.0, 1.0)], &[0.0]);
    let alarm = || photograph(&[at(50.0, 1.0)], &[0.0]);
    assert_eq!(average_precision(&[hit(), alarm()], 0.4), 0.5);
    assert_eq!(average_precision(&[alarm(), hit()], 0.4), 0.25);
    let zeros = photograph(&[at(0.0, -0.0), at(50.0, 0.0), at(90.0, f64::NAN)], &[0.0]);
    assert_eq!(average_precision(&[zeros], 0.4), 1.0);
}

#[test]
fn where_there_is_nothing() {
    assert!(average_precision(&[], 0.4).is_nan());
    assert!(recall_at(&[photograph(&[at(0.0, 1.0)], &[])], 0.4, 8).is_nan());
    assert_eq!(average_precision(&[photograph(&[], &[0.0])], 0.4), 0.0);
    assert_eq!(recall_at(&[photograph(&[], &[0.0])], 0.4, 8), 0.0);
}

/// Average precision and recall at a limit with every figure counted anew from all ranks.
fn reference(photographs: &[Photograph], iou: f64, limit: usize) -> (f64, f64) {
    let mut ranked: Vec<(f64, usize, usize)> = Vec::new();
    for (n, photograph) in photographs.iter().enumerate() {
        ranked.extend(photograph.detections.iter().enumerate().map(|(d, found)| (found.confidence, n, d)));
    }
    ranked.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap().then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut verdicts = Vec::new();
    for (_, n, d) in ranked {
        let bounds = photographs[n].detections[d].bounds;
        let overlap = |face: usize| bounds.iou(&photographs[n].faces[face]);
        let mut order: Vec<usize> = (0..photographs[n].faces.len()).collect();
        order.sort_by(|&a, &b| overlap(b).partial_cmp(&overlap(a)).unwrap());
        let face = order.into_iter().find(|&face| overlap(face) >= iou && !taken.contains(&(n, face)));
        taken.extend(face.map(|face| (n, face)));
        verdicts.push(face.is_some());
    }
    let faces = photographs.iter().map(|p| p.faces.len()).sum::<usize>() as f64;
    let hits = |ranks: usize| verdicts[..ranks].iter().filter(|&&hit| hit).count();
    let precision = |ranks: usize| hits(ranks) as f64 / ranks as f64;
    let all = verdicts.len();
    let best = |ranks: usize| (ranks..=all).map(precision).fold(0.0, f64::max);
    let ap = (1..=all).map(|ranks| (hits(ranks) - hits(ranks - 1)) as f64 / faces * best(ranks)).sum();
    let within = (0..=all).filter(|&ranks| ranks - hits(ranks) <= limit);
    (ap, within.map(hits).max().unwrap() as f64 / faces)
}

fn photographs() -> impl Strategy<Value = Vec<Photograph>> {
    // Coordinates on a coarse grid, so that detections compete for faces and overlaps tie.
    let bounds = || (0_u8..12, 0_u8..3, 4_u8..8).prop_map(|(x, y, s)| square(x.into(), y.into(), s.into()));
    let detection =
        (bounds(), 0_u8..20).prop_map(|(bounds, c)| Detection { bounds, confidence: f64::from(c) / 4.0 });
    let photograph = (prop::collection::vec(detection, 0..12), prop::collection::vec(bounds(), 0..6))
        .prop_map(|(detections, faces)| Photograph { detections, faces });
    prop::collection::vec(photograph, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn figures_are_as_defined(
        photographs in photographs(),
        iou in prop_oneof![Just(0.4), 0.05..1.0],
        limit in 0_usize..20,
    ) {
        prop_assume!(photographs.iter().any(|photograph| !photograph.faces.is_empty()));
        let (ap, recall) = reference(&photographs, iou, limit);
        let scores = score(&photographs, iou, &[limit]);
        prop_assert!((scores.ap - ap).abs() < 1e-12, "{} and {ap}", scores.ap);
        prop_assert_eq!(scores.recall_at[&limit], recall);
    }

    #[test]
    fn auc_counts_pairs(
        positives in prop::collection::vec(-8_i8..8, 1..40),
        negatives in prop::collection::vec(-8_i8..8, 1..40),
    ) {
        let mut twice = 0;
        for positive in &positives {
            for negative in &negatives {
                twice += 2 * u32::from(positive > negative) + u32::from(positive == negative);
            }
        }
        let pairs = (positives.len() * negatives.len()) as f64;
        let scores = |whole: &[i8]| whole.iter().map(|&score| f64::from(score) / 3.0).collect::<Vec<_>>();
        let area = auc(&scores(&positives), &scores(&negatives));
        prop_assert!((area - f64::from(twice) / 2.0 / pairs).abs() < 1e-12);
    }
}
