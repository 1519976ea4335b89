//! How far values inside two networks are apart on sample inputs.

use std::collections::BTreeMap;

use lacuna_network::{Layer, TrainedNetwork};
use ndarray::Array3;
use rayon::prelude::*;

use crate::data::unit::Unit;
use crate::network::approximate::counterpart;
use crate::reports::figures::relative;
use crate::{ApproxNetwork, Calibration, Error};

/// Inputs whose sums are formed together, in a fixed order.
const BATCH: usize = 64;

/// Relative errors of the outputs of convolutions and of the network.
#[derive(Clone, Debug)]
pub(crate) struct OutputErrors {
    /// By trained convolution.
    layers: BTreeMap<usize, f64>,
    network: f64,
}

/// Sums over samples of one node.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    count: f64,
    difference: f64,
    value: f64,
    square: f64,
}

impl OutputErrors {
    pub(crate) fn measure(
        trained: &TrainedNetwork,
        network: &ApproxNetwork,
        calibration: &Calibration,
    ) -> Result<Self, Error> {
        let convs: Vec<usize> = (0..trained.nodes().len())
            .filter(|&n| matches!(trained.nodes()[n].layer, Layer::Conv2d(_)))
            .collect();
        let mut pairs: Vec<(usize, usize)> = convs
            .iter()
            .map(|&n| Unit::of(trained, n).target)
            .map(|target| (target, counterpart(network, trained, target)))
            .collect();
        pairs.push((trained.nodes().len() - 1, network.nodes().len() - 1));
        let batches: Vec<Result<Vec<Sums>, Error>> = calibration
            .inputs
            .par_chunks(BATCH)
            .map(|inputs| {
                let mut sums = vec![Sums::default(); pairs.len()];
                for input in inputs {
                    let (wanted, got) = (trained.run_all(input)?, network.run_all(input)?);
                    for (sums, &(from, to)) in sums.iter_mut().zip(&pairs) {
                        sums.take(&wanted[from], &got[to]);
                    }
                }
                Ok(sums)
            })
            .collect();
        let mut sums = vec![Sums::default(); pairs.len()];
        for batch in batches {
            sums.iter_mut().zip(batch?).for_each(|(sum, part)| sum.add(part));
        }
        let mut errors: Vec<f64> = sums.iter().map(Sums::relative).collect();
        let network = errors.pop().unwrap_or(0.0);
        Ok(Self { layers: convs.into_iter().zip(errors).collect(), network })
    }

    /// The same from sums that were formed on the way, by trained convolution; the last is that of the network.
    pub(crate) fn of(layers: &BTreeMap<usize, Sums>, network: &Sums) -> Self {
        let layers = layers.iter().map(|(&conv, sums)| (conv, sums.relative())).collect();
        Self { layers, network: network.relative() }
    }

    pub(crate) fn of_layer(&self, conv: usize) -> Option<f64> {
        self.layers.get(&conv).copied()
    }

    pub(crate) fn of_network(&self) -> f64 {
        self.network
    }
}

impl Sums {
    /// Over pairs of values, in their order.
    pub(crate) fn over(wanted: &[Array3<f32>], got: &[Array3<f32>]) -> Self {
        let one = |(wanted, got): (&Array3<f32>, &Array3<f32>)| {
            let mut sums = Self::default();
            sums.take(wanted, got);
            sums
        };
        let parts: Vec<Self> = wanted.par_iter().zip(got).map(one).collect();
        let mut all = Self::default();
        parts.into_iter().for_each(|part| all.add(part));
        all
    }

    fn take(&mut self, wanted: &Array3<f32>, got: &Array3<f32>) {
        for (&z, &y) in wanted.iter().zip(got) {
            let (z, y) = (f64::from(z), f64::from(y));
            self.count += 1.0;
            self.difference += (z - y).powi(2);
            self.value += z;
            self.square += z * z;
        }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.difference += other.difference;
        self.value += other.value;
        self.square += other.square;
    }

    fn relative(&self) -> f64 {
        relative(self.difference, self.square - self.value * self.value / self.count.max(1.0))
    }
}
