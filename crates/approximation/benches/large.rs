//! How long layers of large networks take to fit to data: `cargo bench -p lacuna-approximation --bench large`.
//!
//! One convolution each, from many seeded inputs to 256 maps of 3x3 kernels, as in SqueezeNet's last fire modules and
//! in AlexNet's fourth convolution.

use std::io::{Write, stdout};
use std::time::Instant;

use lacuna_approximation::{Calibration, Config, DyadicSet, Scale, approximate_with_data};
use lacuna_network::{Conv2d, Layer, Network, Node, Padding, Sliding, Source, TrainedNetwork};
use ndarray::{Array1, Array3};

/// Input maps; nine weights each in every one of 256 maps.
const INPUTS: [usize; 2] = [64, 384];
const MAPS: usize = 256;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = stdout().lock();
    writeln!(out, "| weights a map | maps | seconds | output error |\n|---|---|---|---|")?;
    for inputs in INPUTS {
        let mut state = 1_u64;
        // SplitMix64, to [-1, 1].
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        let network = layer(inputs, &mut next)?;
        let input = |_| {
            let mut smooth = Array3::from_shape_simple_fn((inputs, 13, 13), &mut next);
            for c in 1..13 {
                let before = smooth.slice(ndarray::s![.., .., c - 1]).to_owned();
                smooth.slice_mut(ndarray::s![.., .., c]).scaled_add(0.8, &before);
            }
            smooth.mapv(|v| v.max(0.0))
        };
        let calibration = Calibration { inputs: (0..200).map(input).collect() };
        let set: DyadicSet = "{0, ±1/2, ±1, ±2}".parse()?;
        let config = Config { set: Some(set), scale: Scale::Map, ..Config::default() };
        let start = Instant::now();
        let fitted = approximate_with_data(&network, &config, &calibration)?;
        let seconds = start.elapsed().as_secs_f64();
        let error = fitted.report.total.output_error.unwrap_or(f64::NAN);
        writeln!(out, "| {} | {MAPS} | {seconds:.1} | {error:.3} |", inputs * 9)?;
    }
    Ok(())
}

fn layer(inputs: usize, next: &mut impl FnMut() -> f32) -> Result<TrainedNetwork, lacuna_network::Error> {
    let conv = Conv2d {
        kernels: Array3::from_shape_simple_fn((inputs * MAPS, 3, 3), next),
        connections: vec![(0..inputs).collect(); MAPS],
        bias: Array1::zeros(MAPS),
        sliding: Sliding { padding: Padding::all(1), ..Sliding::plain() },
    };
    Network::new(
        inputs,
        vec![Node { name: "conv".to_owned(), layer: Layer::Conv2d(conv), inputs: vec![Source::Input] }],
    )
}
