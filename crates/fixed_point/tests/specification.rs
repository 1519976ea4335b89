//! The interpreter against nested loops in 128 bits, and the promises of the intervals.

mod common;

use std::sync::LazyLock;

use common::{Case, Random, by_nested_loops, rounded};
use lacuna_fixed_point::{FastNetwork, IntNetwork, Interval, round_shift};
use ndarray::s;

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| (0..120).map(Case::seeded).collect());

static PADDED: LazyLock<Vec<Case>> = LazyLock::new(|| (0..120).map(Case::padded).collect());

#[test]
fn equals_nested_loops() {
    for Case { network, pixels, .. } in CASES.iter().chain(PADDED.iter()) {
        let values = network.run_all(pixels).expect("the image is large enough");
        let naive = by_nested_loops(network, pixels);
        for (n, expected) in naive.iter().enumerate() {
            assert_eq!(&values[n].mapv(i128::from), expected, "{:?}", network.nodes()[n]);
        }
    }
}

#[test]
fn nothing_leaves_its_interval() {
    let mut reached = 0;
    let mut maps = 0;
    for Case { network, pixels, .. } in CASES.iter().chain(PADDED.iter()) {
        let values = network.run_all(pixels).expect("the image is large enough");
        for (n, value) in values.iter().enumerate() {
            for (map, format) in value.outer_iter().zip(network.formats(n)) {
                let Interval { lo, hi } = format.interval;
                assert!(map.iter().all(|v| (lo..=hi).contains(v)), "{:?}", network.nodes()[n]);
                reached += usize::from(map.iter().any(|&v| v == lo || v == hi));
                maps += 1;
            }
        }
    }
    // Intervals that nothing ever comes near would prove little.
    assert!(10 * reached > maps, "{reached} of {maps} maps reach an end of their interval");
}

/// Random pixels rarely reach the ends of a convolution's interval; the right ones do.
#[test]
fn the_interval_of_a_convolution_is_exact() {
    let layer = r#"{"conv2d": {"kernels": {"v": 1, "dim": [1, 1, 3], "data": [3, -5, 7]}, "connections": [[0]], "fraction": [2],
        "sliding": {"stride": [1, 1], "dilation": [1, 1], "padding": {"top": 0, "left": 0, "bottom": 0, "right": 0}}}}"#;
    let network = single(layer);
    let format = network.formats(0)[0];
    assert_eq!(format.interval, Interval { lo: -(3 + 7) * 128 - 5 * 127, hi: (3 + 7) * 127 + 5 * 128 });
    assert_eq!(format.fraction, 7 + 2);
    let extreme = |signs: [u8; 3]| {
        let pixels = ndarray::Array3::from_shape_vec((1, 1, 3), signs.to_vec()).expect("three pixels");
        network.run(&pixels).expect("the image is large enough")[(0, 0, 0)]
    };
    assert_eq!(extreme([0, 255, 0]), format.interval.lo);
    assert_eq!(extreme([255, 0, 255]), format.interval.hi);
}

/// A curve of any pieces, rising, falling and jumping: its interval is what the 256 pixels give, no more and no less.
#[test]
fn the_interval_of_a_curve_is_exact() {
    let random = &mut Random::seeded(4);
    for _ in 0..300 {
        let mut number = |limit: usize| random.below(2 * limit + 1) as i64 - limit as i64;
        let odd = number(1) > 0;
        let mut start = if odd { 0 } else { number(130) };
        let mut segments = Vec::new();
        for _ in 0..4 {
            segments.push(format!(
                r#"{{"start": {start}, "slope": {}, "offset": {}}}"#,
                number(9),
                number(900)
            ));
            start += 1 + number(30).abs();
        }
        let symmetry =
            if odd { format!(r#"{{"odd": {{"center": {}}}}}"#, number(20)) } else { "\"none\"".to_owned() };
        let network = single(&format!(
            r#"{{"curve": {{"symmetry": {symmetry}, "segments": [{}], "shift": {}, "clamp": {{"lo": {}, "hi": {}}}, "fraction": 3}}}}"#,
            segments.join(", "),
            number(2).abs(),
            -number(600).abs(),
            number(600).abs()
        ));
        let pixels = ndarray::Array3::from_shape_fn((1, 1, 256), |(_, _, x)| x as u8);
        let values = network.run(&pixels).expect("a window of one pixel");
        let (lo, hi) = (values.iter().min(), values.iter().max());
        let interval = network.formats(0)[0].interval;
        assert_eq!((lo, hi), (Some(&interval.lo), Some(&interval.hi)), "{network:?}");
    }
}

/// A network of one node that reads grey pixels.
fn single(layer: &str) -> IntNetwork {
    let text =
        format!(r#"{{"input_maps": 1, "nodes": [{{"name": "L", "inputs": ["input"], "layer": {layer}}}]}}"#);
    serde_json::from_str(&text).expect("the network is right")
}

/// The value at row `r` and column `c` is what the window there gives alone.
#[test]
fn running_on_an_image_is_running_on_every_window() {
    for Case { approximated, network, pixels } in CASES.iter() {
        let stride = approximated.field_of_view().stride;
        let [height, width] = network.window();
        let all = network.run(pixels).expect("the image is large enough");
        for ((map, r, c), &value) in all.indexed_iter() {
            let (top, left) = (r * stride[0], c * stride[1]);
            let window = pixels.slice(s![.., top..top + height, left..left + width]).to_owned();
            let alone = network.run(&window).expect("the window is large enough");
            assert_eq!(alone.dim(), (network.output_formats().len(), 1, 1));
            assert_eq!(alone[(map, 0, 0)], value, "row {r}, column {c}");
        }
    }
}

#[test]
fn an_image_smaller_than_the_window_is_refused() {
    for Case { network, pixels, .. } in CASES.iter() {
        let [height, width] = network.window();
        for (rows, columns) in [(height - 1, width), (height, width - 1)] {
            let cut = pixels.slice(s![.., ..rows, ..columns]).to_owned();
            let message = network.run(&cut).expect_err("the image is too small").to_string();
            let expected = format!("an image of {columns}x{rows} (width x height) is smaller");
            assert!(message.starts_with(&expected), "{message}");
        }
    }
}

#[test]
fn rounding_is_to_the_nearest_halves_up() {
    let random = &mut Random::seeded(1);
    for shift in 0..62 {
        for _ in 0..200 {
            let value = (random.below(1 << 52) as i64 - (1 << 51)) << random.below(9);
            assert_eq!(
                i128::from(round_shift(value, shift)),
                rounded(value.into(), shift),
                "{value} >> {shift}"
            );
        }
    }
    assert_eq!([-3, -2, -1, 0, 1, 2, 3].map(|v| round_shift(v, 1)), [-1, -1, 0, 0, 1, 1, 2]);
}

#[test]
fn the_fast_executor_equals_the_specification() {
    for Case { network, pixels, .. } in CASES.iter().chain(PADDED.iter()) {
        let fast = FastNetwork::new(network.clone());
        assert_eq!(fast.run(pixels), network.run(pixels), "{:?}", network.nodes());
    }
}
