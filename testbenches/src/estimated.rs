//! Networks whose estimates are compared with what the tools make of them, one for every way to build a layer.

use lacuna_fixed_point::IntNetwork;
use lacuna_network::Function;
use lacuna_rtl::Config;

use crate::Wiring::{Dense, Depthwise, Neighbours};
use crate::networks::foreign_network;
use crate::{Branches, Shape, Wiring, cff, digits, random_branches, random_network, small_cff};

/// A network, how its hardware is built, and a name for both.
#[derive(Clone, Copy, Debug)]
pub struct Estimated {
    /// A word or a few.
    pub name: &'static str,
    /// Whether the tools take minutes for it.
    pub is_large: bool,
    make: fn() -> (IntNetwork, Config),
}

impl Estimated {
    /// Makes the network.
    pub fn network(&self) -> (IntNetwork, Config) {
        (self.make)()
    }

    /// All of them.
    pub fn all() -> Vec<Self> {
        let small = SMALL.iter().map(|&(name, make)| Self { name, is_large: false, make });
        small.chain(LARGE.iter().map(|&(name, make)| Self { name, is_large: true, make })).collect()
    }

    /// The one of this name.
    ///
    /// # Panics
    /// There is none.
    pub fn named(name: &str) -> Self {
        Self::all().into_iter().find(|case| case.name == name).expect("a network has this name")
    }
}

type Made = (&'static str, fn() -> (IntNetwork, Config));

const SMALL: [Made; 12] = [
    ("unrolled", || two_rounds("{0, ±1/2, ±1, ±2}", "{frame: [40, 64]}")),
    ("unrolled k/8", || two_rounds("k/8 |k|<=16", "{frame: [40, 64], adders_per_stage: 2}")),
    ("folded ternary", || folded("ternary")),
    ("folded seven", || folded("{0, ±1/2, ±1, ±2}")),
    ("folded k/4", || folded("k/4 |k|<=8")),
    ("folded wide", folded_wide),
    ("serial", serial),
    ("streamed", || folded_with("k/4 |k|<=8", "{inputs: 2, outputs: 2, weights: streamed}")),
    ("strides, maxima", || foreign("{frame: [32, 48]}")),
    ("residual folded", || {
        foreign(
            "{frame: [32, 48], clocks_per_pixel: 16, layers: {stem: {inputs: 1, outputs: 2}, \
             a: {inputs: 2, outputs: 2}, b: {inputs: 2, outputs: 2}, head: {inputs: 2, outputs: 1}}}",
        )
    }),
    ("branches side by side", || branches(false)),
    ("branches added", || branches(true)),
];

const LARGE: [Made; 3] = [
    ("models/cff/up5k.yaml", small_cff),
    ("models/cff", || (cff(), yaml("{frame: [240, 320]}"))),
    ("models/digits/folded.yaml", digits),
];

fn yaml(config: &str) -> Config {
    serde_yaml::from_str(config).expect("the section is right")
}

fn random(rounds: &[(usize, usize, usize, Wiring, usize)], function: Function, set: &str) -> IntNetwork {
    let approximation = format!("set: '{set}'\nscale: map");
    let shape = Shape {
        input_maps: 1,
        rounds: rounds.to_vec(),
        function,
        approximation: Box::leak(approximation.into_boxed_str()),
        bits: [8, 12],
        dead: false,
    };
    random_network(&shape, 11)
}

fn two_rounds(set: &str, config: &str) -> (IntNetwork, Config) {
    (random(&[(5, 5, 4, Dense, 2), (3, 3, 8, Dense, 2)], Function::Tanh, set), yaml(config))
}

fn folded(set: &str) -> (IntNetwork, Config) {
    folded_with(set, "{inputs: 2, outputs: 2}")
}

fn folded_with(set: &str, second: &str) -> (IntNetwork, Config) {
    let rounds = [(3, 3, 8, Dense, 2), (3, 3, 8, Dense, 1), (3, 3, 8, Depthwise, 1), (1, 1, 4, Dense, 1)];
    let config = format!(
        "{{frame: [40, 64], clocks_per_pixel: 16, layers: {{conv0: {{inputs: 1, outputs: 2}}, \
         conv1: {second}, conv2: {{inputs: 1}}, conv3: {{inputs: 1, outputs: 1}}}}}}"
    );
    (random(&rounds, Function::Tanh, set), yaml(&config))
}

/// A second layer of 12 maps by 18 for 5 x 5 windows, with a curve of straight lines.
fn folded_wide() -> (IntNetwork, Config) {
    let rounds = [(3, 3, 12, Dense, 2), (5, 5, 18, Dense, 2)];
    let config = yaml(
        "{frame: [40, 64], clocks_per_pixel: 280, layers: {conv0: {inputs: 1, outputs: 6}, conv1: {inputs: 6, outputs: 4}}}",
    );
    (random(&rounds, Function::ClippedRelu { limit: 2.0 }, "{0, ±1/2, ±1, ±2}"), config)
}

fn serial() -> (IntNetwork, Config) {
    let config = yaml(
        "{frame: [30, 32], clocks_per_pixel: 8, layers: {conv0: {serial: 8}, scale0: {serial: 8}, conv1: {serial: 8}}}",
    );
    (random(&[(3, 3, 6, Dense, 1), (3, 3, 8, Neighbours, 1)], Function::Tanh, "k/4 |k|<=8"), config)
}

fn foreign(config: &str) -> (IntNetwork, Config) {
    (foreign_network("set: '{0, ±1/2, ±1, ±2}'\nscale: map", 5), yaml(config))
}

fn branches(is_sum: bool) -> (IntNetwork, Config) {
    let shape = Branches {
        input_maps: 1,
        maps: 4,
        has_stem: true,
        kernels: vec![vec![[3, 3], [3, 3]], vec![[1, 1]]],
        is_sum,
        is_padded: true,
        approximation: "set: '{0, ±1/2, ±1, ±2}'",
    };
    (random_branches(&shape, 3), yaml("{frame: [24, 40]}"))
}
