//! Integer networks as JSON: what is written is read again, and what is damaged is refused or harmless.

mod common;

use common::{Case, Random, by_nested_loops};
use lacuna_fixed_point::{Error, IntNetwork};
use ndarray::Array3;
use serde_json::{Value, json};

#[test]
fn what_is_written_is_read_again() {
    for seed in 0..60 {
        let Case { network, pixels, .. } = Case::seeded(seed);
        let text = serde_json::to_string(&network).expect("a network can be written");
        let again: IntNetwork = serde_json::from_str(&text).expect("what was written can be read");
        assert_eq!(again, network);
        assert_eq!(again.run(&pixels), network.run(&pixels));
    }
}

/// A node that reads grey pixels or the node before it.
fn node(name: &str, input: Value, layer: Value) -> Value {
    json!({"name": name, "inputs": [input], "layer": layer})
}

fn read(nodes: &[Value]) -> Result<IntNetwork, String> {
    serde_json::from_value(json!({"input_maps": 1, "nodes": nodes})).map_err(|error| error.to_string())
}

fn single(layer: Value) -> Result<IntNetwork, String> {
    read(&[node("L", json!("input"), layer)])
}

fn conv(weights: &[i64], connections: Value, fraction: Value) -> Value {
    let kernels = json!({"v": 1, "dim": [1, 1, weights.len()], "data": weights});
    let sliding = sliding(1);
    json!({"conv2d": {"kernels": kernels, "connections": connections, "fraction": fraction, "sliding": sliding}})
}

fn sliding(stride: usize) -> Value {
    let padding = json!({"top": 0, "left": 0, "bottom": 0, "right": 0});
    json!({"stride": [stride, stride], "dilation": [1, 1], "padding": padding})
}

/// Sums of square blocks.
fn sums(size: usize) -> Value {
    json!({"sum_pool": {"size": [size, size], "sliding": sliding(size)}})
}

/// A maximum over 2 x 2 with so much padding on the left and so much dilation.
fn padded_maximum(left: usize, dilation: usize) -> Value {
    let padding = json!({"top": 0, "left": left, "bottom": 0, "right": 0});
    let sliding = json!({"stride": [1, 1], "dilation": [dilation, dilation], "padding": padding});
    json!({"max_pool": {"size": [2, 2], "sliding": sliding}})
}

fn rescale(multiplier: i64, bias: i64, shift: u32, clamp: [i64; 2]) -> Value {
    let clamp = json!({"lo": clamp[0], "hi": clamp[1]});
    json!({"rescale": {"multiplier": [multiplier], "bias": [bias], "shift": [shift], "clamp": clamp, "fraction": 7}})
}

fn curve(segments: &[[i64; 3]], shift: u32, clamp: [i64; 2], symmetry: Value) -> Value {
    let segment = |s: &[i64; 3]| json!({"start": s[0], "slope": s[1], "offset": s[2]});
    let segments: Vec<Value> = segments.iter().map(segment).collect();
    let clamp = json!({"lo": clamp[0], "hi": clamp[1]});
    json!({"curve": {"symmetry": symmetry, "segments": segments, "shift": shift, "clamp": clamp, "fraction": 7}})
}

#[test]
fn more_than_62_bits_are_refused() {
    let limit = 1_i64 << 54;
    let odd = |center: i64| json!({"odd": {"center": center}});
    // A pixel has 8 bits, the sign included: 2^54 is the first factor whose product needs more than 62.
    assert!(single(conv(&[limit - 1], json!([[0]]), json!([0]))).is_ok());
    assert!(single(rescale(limit - 1, 0, 0, [-8, 7])).is_ok());
    assert!(single(curve(&[[0, limit - 1, 0]], 0, [-8, 7], json!("none"))).is_ok());
    for layer in [
        conv(&[limit + 1], json!([[0]]), json!([0])),
        conv(&[i64::MIN; 40], json!([[0]]), json!([0])),
        // Each product fits, their sum does not.
        conv(&[limit / 2, limit / 2, limit / 2], json!([[0]]), json!([0])),
        rescale(limit + 1, 0, 0, [-8, 7]),
        rescale(0, i64::MIN, 0, [-8, 7]),
        rescale(1, 0, 0, [i64::MAX, i64::MAX]),
        curve(&[[0, limit + 1, 0]], 0, [-8, 7], json!("none")),
        curve(&[[0, 1, i64::MIN]], 0, [-8, 7], json!("none")),
        curve(&[[i64::MIN, 1, 0]], 0, [-8, 7], json!("none")),
        curve(&[[0, 1, 0]], 0, [i64::MIN, 7], json!("none")),
        curve(&[[0, 1, 0]], 0, [-8, 7], odd(i64::MAX)),
    ] {
        let message = single(layer.clone()).expect_err("it is too wide");
        assert!(message.contains("more than the 62 that are proved not to overflow"), "{layer}: {message}");
    }
    // Sums of sums: every layer is harmless, their chain is not.
    let pool = |input: Value| node("P", input, sums(32));
    let chain: Vec<Value> =
        (0..6).map(|n| pool(if n == 0 { json!("input") } else { json!({"node": n - 1}) })).collect();
    assert!(read(&chain[..3]).is_ok());
    assert!(read(&chain).is_err());
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let fine = || conv(&[1, -2], json!([[0]]), json!([3]));
    assert!(single(fine()).is_ok());
    for (nodes, problem) in [
        (vec![], "at least one layer"),
        (vec![node("A", json!({"node": 0}), fine())], "does not come before it"),
        (
            vec![node("A", json!("input"), fine()), node("B", json!("input"), fine())],
            "read by no other layer",
        ),
        (vec![node("A", json!("input"), conv(&[1], json!([[1]]), json!([0])))], "a map that does not exist"),
        (vec![node("A", json!("input"), conv(&[1], json!([[]]), json!([0])))], "do not fit each other"),
        (vec![node("A", json!("input"), conv(&[], json!([]), json!([])))], "do not fit each other"),
        (vec![node("A", json!("input"), conv(&[1], json!([[0]]), json!([])))], "do not fit each other"),
        (vec![node("A", json!("input"), conv(&[1], json!([[0]]), json!([i32::MAX])))], "fraction bits"),
        (vec![node("A", json!("input"), sums(0))], "between 1 and 32768"),
        (vec![node("A", json!("input"), sums(70000))], "between 1 and 32768"),
        (vec![node("A", json!("input"), padded_maximum(2, 1))], "padding must be less than its window"),
        (vec![node("A", json!("input"), padded_maximum(1, 2))], "cannot have both"),
        (vec![node("A", json!("input"), padded_maximum(0, 0))], "between 1 and 32768"),
        (vec![node("A", json!("input"), json!({"add": {"shifts": [0]}}))], "two or more inputs"),
        (vec![json!({"name": "A", "inputs": ["input", "input"], "layer": fine()})], "takes exactly one"),
        (
            vec![json!({"name": "A", "inputs": ["input", "input"], "layer": {"add": {"shifts": [0, 1]}}})],
            "different fraction bits",
        ),
        (vec![json!({"name": "A", "inputs": [], "layer": {"concat": {"shifts": []}}})], "two or more inputs"),
        (vec![node("A", json!("input"), rescale(1, 0, 62, [0, 1]))], "below 62"),
        (vec![node("A", json!("input"), rescale(1, 0, 0, [1, 0]))], "must not be empty"),
        (vec![node("A", json!("input"), curve(&[], 0, [0, 1], json!("none")))], "needs segments"),
        (
            vec![node("A", json!("input"), curve(&[[1, 0, 0], [1, 1, 0]], 0, [0, 1], json!("none")))],
            "ascending",
        ),
        (vec![node("A", json!("input"), curve(&[[0, 1, 0]], 62, [0, 1], json!("none")))], "shift below 62"),
    ] {
        let message = read(&nodes).expect_err(problem);
        assert!(message.contains(problem), "{message} instead of {problem}");
    }
    for maps in [0_u64, u64::from(u32::MAX)] {
        let refused = serde_json::from_value::<IntNetwork>(
            json!({"input_maps": maps, "nodes": [node("L", json!("input"), fine())]}),
        );
        assert!(refused.expect_err("that many maps").to_string().contains("input maps"));
    }
    let error = IntNetwork::new(1, vec![]).expect_err("no layer");
    assert!(matches!(error, Error::Form { .. }));
}

/// A window beyond all bounds needs values that are zero, else 62 bits are passed first.
#[test]
fn a_window_beyond_all_bounds_is_refused() {
    let blind = node("Z", json!("input"), conv(&[0], json!([[0]]), json!([0])));
    let pool = |n: usize| node("P", json!({"node": n}), sums(32768));
    assert!(read(&[blind.clone(), pool(0)]).is_ok());
    let message = read(&[blind, pool(0), pool(1)]).expect_err("a window of 2^30 x 2^30");
    assert!(message.contains("window"), "{message}");
}

/// What a damaged file may hold instead of one of its values.
fn other_value(random: &mut Random) -> Value {
    let numbers = [0, 1, -1, 2, 61, 62, 63, 64, 127, 65536, 1 << 31, 1 << 53, 1 << 62, i64::MAX, i64::MIN];
    match random.below(20) {
        0 => json!(null),
        1 => json!("input"),
        2 => json!([]),
        3 => json!(1e300),
        4 => json!({"lo": 1, "hi": -1}),
        5 => json!(u64::MAX),
        _ => json!(numbers[random.below(numbers.len())]),
    }
}

/// Replaces one value somewhere inside.
fn damage(value: &mut Value, random: &mut Random) {
    let inside: Vec<&mut Value> = match value {
        Value::Array(list) => list.iter_mut().collect(),
        Value::Object(map) => map.values_mut().collect(),
        _ => Vec::new(),
    };
    let chosen = random.below(inside.len() + usize::from(inside.is_empty()));
    match inside.into_iter().nth(chosen) {
        Some(part) if random.below(30) > 0 => damage(part, random),
        _ => *value = other_value(random),
    }
}

#[test]
fn a_damaged_network_is_refused_or_harmless() {
    let originals: Vec<IntNetwork> = (0..30).map(|seed| Case::seeded(seed).network).collect();
    let mut harmless = 0;
    for seed in 0..1500 {
        let network = &originals[seed as usize % originals.len()];
        let random = &mut Random::seeded(seed);
        let mut file = serde_json::to_value(network).expect("a network can be written");
        for _ in 0..=random.below(3) {
            damage(&mut file, random);
        }
        let Ok(read) = serde_json::from_value::<IntNetwork>(file) else { continue };
        let [height, width] = read.window();
        if height * width * read.input_maps() > 1 << 12 {
            continue;
        }
        harmless += 1;
        let pixels: Array3<u8> = random.pixels(read.input_maps(), height, width);
        let values = match read.run_all(&pixels) {
            // Damaged strides can leave two branches with different sizes.
            Err(Error::Form { problem, .. }) if problem.contains("differ in height or width") => continue,
            values => values.expect("the image is as large as the window"),
        };
        let naive = by_nested_loops(&read, &pixels);
        for (n, value) in values.iter().enumerate() {
            assert_eq!(value.mapv(i128::from), naive[n], "seed {seed}");
            let inside =
                |((map, _, _), &v): ((usize, usize, usize), &i64)| read.formats(n)[map].interval.contains(v);
            assert!(value.indexed_iter().all(inside), "seed {seed}");
        }
    }
    assert!(harmless > 100, "only {harmless} damaged networks could be run");
}
