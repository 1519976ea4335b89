//! Random integer networks, and what they compute in the plainest words.

#![allow(dead_code, unused_imports, reason = "shared by several test crates")]

#[path = "../../../network/tests/common/mod.rs"]
mod random;

use lacuna_approximation::{Activation, ApproxNetwork, BestCurve, approximate};
use lacuna_fixed_point::{Config, IntCurve, IntLayer, IntNetwork, Interval, Source, Symmetry, quantize};
use ndarray::Array3;
pub(crate) use random::{Random, random_function, random_network, real, some_image_size};

/// A random network, approximated and in integers, with pixels that are a little more than its window.
pub(crate) struct Case {
    pub(crate) approximated: ApproxNetwork,
    pub(crate) network: IntNetwork,
    pub(crate) pixels: Array3<u8>,
}

impl Case {
    pub(crate) fn seeded(seed: u64) -> Self {
        let random = &mut Random::seeded(seed);
        let trained = random_network(random);
        let approximated = approximate(&trained, &quick());
        let approximated = approximated.expect("ordinary weights can be approximated").network;
        let config = Config {
            activation_bits: random.between(4, 12) as u32,
            preactivation_bits: random.between(6, 16) as u32,
        };
        let network = quantize(&approximated, &config).expect("ordinary weights fit 62 bits");
        let view = trained.field_of_view();
        let (height, width) = some_image_size(random, view.window, view.stride);
        let pixels = random.pixels(trained.input_maps(), height, width);
        Self { approximated, network, pixels }
    }
}

/// Curves of few segments: found soon, and no easier on the integers.
pub(crate) fn quick() -> lacuna_approximation::Config {
    let best = BestCurve { max_error: 0.05, breakpoint_fraction_bits: 3, ..BestCurve::default() };
    lacuna_approximation::Config { activation: Activation::Best(best), ..Default::default() }
}

/// What every node puts out, straight from the formulas in the documentation of the layers, in 128 bits.
pub(crate) fn by_nested_loops(network: &IntNetwork, pixels: &Array3<u8>) -> Vec<Array3<i128>> {
    let image = pixels.mapv(|p| i128::from(p) - 128);
    let mut values: Vec<Array3<i128>> = Vec::new();
    for node in network.nodes() {
        let x = match node.input {
            Source::Input => &image,
            Source::Node(n) => &values[n],
        };
        values.push(layer(&node.layer, x));
    }
    values
}

fn layer(layer: &IntLayer, x: &Array3<i128>) -> Array3<i128> {
    let (maps, height, width) = x.dim();
    match layer {
        IntLayer::Conv2d(conv) => {
            let (_, kernel_height, kernel_width) = conv.kernels.dim();
            let shape = (conv.connections.len(), height - kernel_height + 1, width - kernel_width + 1);
            Array3::from_shape_fn(shape, |(o, r, c)| {
                let first: usize = conv.connections[..o].iter().map(Vec::len).sum();
                let mut sum = 0;
                for (n, &i) in conv.connections[o].iter().enumerate() {
                    for ky in 0..kernel_height {
                        for kx in 0..kernel_width {
                            sum += i128::from(conv.kernels[(first + n, ky, kx)]) * x[(i, r + ky, c + kx)];
                        }
                    }
                }
                sum
            })
        }
        IntLayer::SumPool { size } => {
            Array3::from_shape_fn((maps, height / size, width / size), |(m, r, c)| {
                (0..size * size).map(|n| x[(m, r * size + n / size, c * size + n % size)]).sum()
            })
        }
        IntLayer::Rescale(rescale) => Array3::from_shape_fn(x.dim(), |(m, r, c)| {
            let exact = i128::from(rescale.multiplier[m]) * x[(m, r, c)] + i128::from(rescale.bias[m]);
            clamped(rescale.clamp, rounded(exact, rescale.shift[m]))
        }),
        IntLayer::Curve(curve) => x.mapv(|x| curved(curve, x)),
    }
}

/// `value / 2^shift`, to the nearest integer, halves up.
pub(crate) fn rounded(value: i128, shift: u32) -> i128 {
    let (twice, unit) = (2 * value, 1_i128 << shift);
    (twice + unit).div_euclid(2 * unit)
}

fn clamped(interval: Interval, value: i128) -> i128 {
    value.clamp(interval.lo.into(), interval.hi.into())
}

fn curved(curve: &IntCurve, x: i128) -> i128 {
    if let (Symmetry::Odd { center }, true) = (curve.symmetry, x < 0) {
        return 2 * i128::from(center) - curved(curve, -x);
    }
    let mut segment = &curve.segments[0];
    for later in &curve.segments {
        if i128::from(later.start) <= x {
            segment = later;
        }
    }
    let exact = i128::from(segment.slope) * x + i128::from(segment.offset);
    clamped(curve.clamp, rounded(exact, curve.shift))
}
