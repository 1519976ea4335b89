//! Random integer networks, and what they compute in the plainest words.

#![allow(dead_code, unused_imports, reason = "shared by several test crates")]

#[path = "../../../network/tests/common/mod.rs"]
mod random;

use lacuna_approximation::{Activation, ApproxNetwork, BestCurve, approximate};
use lacuna_fixed_point::{Config, IntCurve, IntLayer, IntNetwork, Interval, Source, Symmetry, quantize};
use lacuna_network::{Sliding, TrainedNetwork};
use ndarray::Array3;
pub(crate) use random::{
    Random, random_chain, random_function, random_network, random_padded_network, real, some_image_size,
};

/// A random network, approximated and in integers, with pixels that are a little more than its window.
pub(crate) struct Case {
    pub(crate) approximated: ApproxNetwork,
    pub(crate) network: IntNetwork,
    pub(crate) pixels: Array3<u8>,
}

impl Case {
    /// A network that slides over images.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self::of(random_network, seed)
    }

    /// A chain without strides, maxima or padding.
    pub(crate) fn chain(seed: u64) -> Self {
        Self::of(random_chain, seed)
    }

    /// A network with padding.
    pub(crate) fn padded(seed: u64) -> Self {
        Self::of(random_padded_network, seed)
    }

    fn of(make: impl Fn(&mut Random) -> TrainedNetwork, seed: u64) -> Self {
        let random = &mut Random::seeded(seed);
        let trained = make(random);
        let approximated = approximate(&trained, &quick());
        let approximated = approximated.expect("ordinary weights can be approximated").network;
        let config = Config {
            activation_bits: random.between(4, 12) as u32,
            preactivation_bits: random.between(6, 16) as u32,
            ..Config::default()
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
        let read = |source: &Source| match *source {
            Source::Input => &image,
            Source::Node(n) => &values[n],
        };
        let inputs: Vec<&Array3<i128>> = node.inputs.iter().map(read).collect();
        values.push(layer(&node.layer, &inputs));
    }
    values
}

fn layer(layer: &IntLayer, inputs: &[&Array3<i128>]) -> Array3<i128> {
    let x = inputs[0];
    let (maps, height, width) = x.dim();
    // What element (i, j) of a window at (r, c) sees; nothing outside the plane.
    let seen = |sliding: &Sliding, m: usize, [r, c]: [usize; 2], [i, j]: [usize; 2]| {
        let row = (r * sliding.stride[0] + i * sliding.dilation[0]).checked_sub(sliding.padding.top)?;
        let column = (c * sliding.stride[1] + j * sliding.dilation[1]).checked_sub(sliding.padding.left)?;
        x.get((m, row, column)).copied()
    };
    let elements =
        |[rows, columns]: [usize; 2]| (0..rows).flat_map(move |i| (0..columns).map(move |j| [i, j]));
    match layer {
        IntLayer::Conv2d(conv) => {
            let (_, rows, columns) = conv.kernels.dim();
            let [out_rows, out_columns] =
                conv.sliding.outputs([rows, columns], [height, width]).expect("it fits");
            Array3::from_shape_fn((conv.connections.len(), out_rows, out_columns), |(o, r, c)| {
                let first: usize = conv.connections[..o].iter().map(Vec::len).sum();
                let products = conv.connections[o].iter().enumerate().flat_map(|(n, &map)| {
                    elements([rows, columns]).filter_map(move |[i, j]| {
                        Some(
                            i128::from(conv.kernels[(first + n, i, j)])
                                * seen(&conv.sliding, map, [r, c], [i, j])?,
                        )
                    })
                });
                products.sum()
            })
        }
        IntLayer::SumPool(pool) | IntLayer::MaxPool(pool) => {
            let [out_rows, out_columns] = pool.sliding.outputs(pool.size, [height, width]).expect("it fits");
            Array3::from_shape_fn((maps, out_rows, out_columns), |(m, r, c)| {
                let values = elements(pool.size).filter_map(|at| seen(&pool.sliding, m, [r, c], at));
                if matches!(layer, IntLayer::SumPool(_)) {
                    values.sum()
                } else {
                    values.max().expect("a maximum is one of something")
                }
            })
        }
        IntLayer::Add { shifts } => Array3::from_shape_fn(x.dim(), |at| {
            inputs.iter().zip(shifts).map(|(x, shift)| x[at] * (1 << shift)).sum()
        }),
        IntLayer::Concat { shifts } => {
            let maps: Vec<(usize, usize)> =
                inputs.iter().enumerate().flat_map(|(n, x)| (0..x.dim().0).map(move |m| (n, m))).collect();
            Array3::from_shape_fn((maps.len(), height, width), |(m, r, c)| {
                let (input, map) = maps[m];
                inputs[input][(map, r, c)] * (1 << shifts[input])
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
