//! Grouping through the index against the definition, taken literally: all pairs, no index.

use lacuna_detection::{BoundingBox, Config, Detection, Level, Window, detections, pyramid};
use ndarray::{Array2, array};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Every step as it is stated, at quadratic cost and more.
fn reference(maps: &[(Level, Array2<f64>)], window: Window, config: &Config) -> Vec<Detection> {
    let mut windows = Vec::new();
    let mut weights = Vec::new();
    for (level, scores) in maps {
        for ((i, j), &score) in scores.indexed_iter() {
            if score.is_finite() && score > config.threshold {
                let (x1, y1) =
                    ((j * window.stride()) as f64 * level.scale, (i * window.stride()) as f64 * level.scale);
                let (x2, y2) =
                    (x1 + window.width() as f64 * level.scale, y1 + window.height() as f64 * level.scale);
                windows.push([x1, y1, x2, y2]);
                weights.push(score - config.threshold);
            }
        }
    }
    let all = 0..windows.len();
    let members = |n: usize| {
        all.clone().filter(|&m| overlap(windows[n], windows[m]) >= config.group_iou).collect::<Vec<_>>()
    };
    let support: Vec<f64> = all.clone().map(|n| members(n).iter().map(|&m| weights[m]).sum()).collect();

    let mut remaining: Vec<usize> = all.clone().collect();
    let mut found = Vec::new();
    while let Some(&first) = remaining.first() {
        let best = remaining.iter().fold(first, |best, &n| if support[n] > support[best] { n } else { best });
        let total: f64 = members(best).iter().map(|&m| weights[m]).sum();
        let mean = [0, 1, 2, 3]
            .map(|side| members(best).iter().map(|&m| weights[m] * windows[m][side]).sum::<f64>() / total);
        let (width, height) = (mean[2] - mean[0], mean[3] - mean[1]);
        let [left, top, right, bottom] = config.inset;
        let bounds = BoundingBox {
            x1: mean[0] + left * width,
            y1: mean[1] + top * height,
            x2: mean[2] - right * width,
            y2: mean[3] - bottom * height,
        };
        found.push(Detection { bounds, confidence: support[best] });
        remaining.retain(|&n| n != best && overlap(mean, windows[n]) < config.suppress_iou);
    }
    found
}

fn overlap(a: [f64; 4], b: [f64; 4]) -> f64 {
    let common = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0) * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    let area = |c: [f64; 4]| (c[2] - c[0]) * (c[3] - c[1]);
    common / (area(a) + area(b) - common)
}

/// Maps of scores in eighths, so that there are ties, with values that are no numbers; `sparsity` of 8 of them are -1.
fn maps(
    size: (u32, u32),
    window: Window,
    config: &Config,
    sparsity: u64,
    seed: u64,
) -> Vec<(Level, Array2<f64>)> {
    let stride = window.stride();
    let mut state = seed;
    let mut random = move |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    // At most 12 x 12 positions a level: the reference is slow.
    let positions = |level: u32, window: usize| ((level as usize - window) / stride + 1).min(12);
    let map = |level: Level| {
        let shape = (positions(level.height, window.height()), positions(level.width, window.width()));
        let scores = Array2::from_shape_simple_fn(shape, || match (random(8) < sparsity, random(40)) {
            (true, _) => -1.0,
            (_, 0) => f64::NAN,
            (_, 1) => f64::INFINITY,
            (_, n) => n as f64 / 8.0 - 2.0,
        });
        (level, scores)
    };
    pyramid(size, window, config).into_iter().map(map).collect()
}

fn configs() -> impl Strategy<Value = Config> {
    let overlap = || prop_oneof![Just(0.6), Just(0.5), Just(0.2), Just(1.0), Just(1.0 / 3.0), 0.02..1.0];
    let inset = prop_oneof![Just([0.0; 4]), Just([0.1, 0.2, -0.1, 0.05])];
    (prop_oneof![Just(1.0 / 1.44), Just(1.0), 0.4..2.0], prop_oneof![Just(1.2), Just(2.0), 1.1..2.0])
        .prop_flat_map(move |scales| (Just(scales), -1.0..1.0, overlap(), overlap(), inset.clone()))
        .prop_map(|((first_scale, scale_factor), threshold, group_iou, suppress_iou, inset)| Config {
            first_scale,
            scale_factor,
            threshold,
            group_iou,
            suppress_iou,
            inset,
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn grouping_is_as_defined(
        size in (8_u32..50, 8_u32..50),
        (width, height, stride) in (4_usize..20, 4_usize..20, 1_usize..6),
        config in configs(),
        sparsity in 0_u64..8,
        seed: u64,
    ) {
        let window = Window::new(width, height, stride).unwrap();
        let maps = maps(size, window, &config, sparsity, seed);
        prop_assert_eq!(detections(&maps, window, &config), reference(&maps, window, &config));
    }
}

#[test]
fn the_face_finders_window_where_overlaps_are_exactly_a_bound() {
    let window = Window::new(32, 36, 4).unwrap();
    for group_iou in [0.5, 0.6] {
        let config = Config { group_iou, ..Config::default() };
        for seed in 0..4 {
            let maps = maps((100, 90), window, &config, 2 * seed, seed);
            assert_eq!(detections(&maps, window, &config), reference(&maps, window, &config));
        }
    }
}

fn unit_level(scores: Array2<f64>) -> Vec<(Level, Array2<f64>)> {
    vec![(Level { scale: 1.0, width: 0, height: 0 }, scores)]
}

#[test]
fn one_face_seen_twice_is_one_detection() {
    // Windows of 8x8, 2 apart: neighbours overlap by 48 / 80.
    let window = Window::new(8, 8, 2).unwrap();
    let maps = unit_level(array![[0.0, 1.0, 3.0, 0.0, 0.0]]);
    let config = Config { group_iou: 0.5, suppress_iou: 0.3, ..Config::default() };
    let bounds = BoundingBox { x1: 3.5, y1: 0.0, x2: 11.5, y2: 8.0 };
    assert_eq!(detections(&maps, window, &config), [Detection { bounds, confidence: 4.0 }]);

    let half = Config { inset: [0.25, 0.0, 0.25, 0.5], ..config };
    let bounds = BoundingBox { x1: 5.5, y1: 0.0, x2: 9.5, y2: 4.0 };
    assert_eq!(detections(&maps, window, &half), [Detection { bounds, confidence: 4.0 }]);
}

#[test]
fn of_equals_the_first_comes_first() {
    let window = Window::new(8, 8, 8).unwrap();
    let found = detections(&unit_level(array![[1.0, 2.0], [2.0, 1.0]]), window, &Config::default());
    let corners: Vec<_> = found.iter().map(|d| (d.bounds.x1, d.bounds.y1, d.confidence)).collect();
    assert_eq!(corners, [(8.0, 0.0, 2.0), (0.0, 8.0, 2.0), (0.0, 0.0, 1.0), (8.0, 8.0, 1.0)]);
}

#[test]
fn scores_that_are_no_numbers_are_no_candidates() {
    let window = Window::new(8, 8, 2).unwrap();
    let maps = unit_level(array![[f64::NAN, f64::INFINITY], [f64::NEG_INFINITY, 0.0]]);
    assert!(detections(&maps, window, &Config::default()).is_empty());
    assert!(detections(&unit_level(Array2::zeros((0, 5))), window, &Config::default()).is_empty());
    assert!(detections(&unit_level(Array2::zeros((5, 0))), window, &Config::default()).is_empty());
    assert!(detections(&[], window, &Config::default()).is_empty());
}

#[test]
fn nothing_panics_on_nonsense() {
    let nonsense = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300];
    for scale in nonsense {
        for iou in nonsense {
            for window in [Window::new(8, 8, 2), Window::new(usize::MAX, 1, usize::MAX)] {
                let maps = [(Level { scale, width: 9, height: 9 }, Array2::from_elem((3, 3), 1e308))];
                let config = Config { group_iou: iou, suppress_iou: iou, ..Config::default() };
                detections(&maps, window.unwrap(), &config);
            }
        }
    }
}

#[test]
fn a_network_that_fires_everywhere_takes_no_quadratic_time() {
    // 24,000 candidates: all pairs, 576 million overlaps, would take minutes at this optimisation.
    let window = Window::new(32, 36, 4).unwrap();
    let maps = unit_level(Array2::from_shape_fn((120, 200), |(i, j)| 1.0 + ((i * 31 + j * 17) % 64) as f64));
    let found = detections(&maps, window, &Config::default());
    assert!(found.len() > 200, "{}", found.len());
    assert!(found.is_sorted_by(|a, b| a.confidence >= b.confidence));
}
