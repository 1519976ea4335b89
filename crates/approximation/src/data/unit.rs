//! A convolution with everything linear behind it, as one thing to fit.

use lacuna_network::{Conv2d, Layer, TrainedNetwork};
use ndarray::{Array3, Axis};
use rayon::prelude::*;

use crate::choices::settings::Settings;
use crate::data::data_fit::{DataFit, fit};
use crate::data::moments::{Centred, Moments, features};
use crate::data::sensitivity::gradients;
use crate::error::SolverError;
use crate::kernels::fit::Choice;
use crate::kernels::sweep::Ladders;
use crate::network::canonical::{Destination, destination};
use crate::{ApproxNetwork, Calibration, Error};

/// Inputs that are worked on together; sums over them are formed in a fixed order.
const BATCH: usize = 32;

/// What even an error without visible consequence counts, next to the mean of all.
const FLOOR: f64 = 1.0;

/// A convolution and what follows it up to and including the affine layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    conv: usize,
    /// Side of the square block of positions that is summed.
    pub(crate) block: usize,
    /// The trained node whose value is aimed at.
    pub(crate) target: usize,
}

impl Unit {
    pub(crate) fn of(network: &TrainedNetwork, conv: usize) -> Self {
        match destination(network, conv) {
            Destination::Affine { node, area } => {
                Self { conv, block: area.sqrt().round() as usize, target: node }
            }
            Destination::Inserted => Self { conv, block: 1, target: conv },
        }
    }

    /// The moments of every output map over all calibration inputs; `before` is the approximated network so far and the
    /// node in it that the convolution reads.
    pub(crate) fn moments(
        &self,
        network: &TrainedNetwork,
        before: Option<&(ApproxNetwork, usize)>,
        calibration: &Calibration,
    ) -> Result<Vec<Centred>, Error> {
        let Layer::Conv2d(conv) = &network.nodes()[self.conv].layer else { return Ok(Vec::new()) };
        let (height, width) = conv.kernel_size();
        let sizes: Vec<usize> = conv.connections.iter().map(|inputs| inputs.len() * height * width).collect();
        let batches: Vec<Result<_, Error>> = calibration
            .inputs
            .par_chunks(BATCH)
            .enumerate()
            .map(|(batch, inputs)| {
                let mut plain: Vec<Moments> = sizes.iter().map(|&n| Moments::new(n)).collect();
                let mut weighted = plain.clone();
                for (n, input) in inputs.iter().enumerate() {
                    let values = network.run_all(input)?;
                    let gradient = &gradients(network, &values, (batch * BATCH + n) as u64)[self.target];
                    let read = match before {
                        None => input.clone(),
                        Some((network, node)) => network.run_all(input)?.swap_remove(*node),
                    };
                    let target = &values[self.target];
                    for (o, maps) in conv.connections.iter().enumerate() {
                        let features = features(&read, maps, (height, width), conv.sliding, self.block);
                        let row = |values: &Array3<f32>| {
                            values.index_axis(Axis(0), o).iter().map(|&v| f64::from(v)).collect::<Vec<_>>()
                        };
                        let targets = row(target);
                        let squares: Vec<f64> = row(gradient).iter().map(|g| g * g).collect();
                        weighted[o].take(&features.view(), &targets, &squares);
                        plain[o].take(&features.view(), &targets, &vec![1.0; targets.len()]);
                    }
                }
                Ok((plain, weighted))
            })
            .collect();
        let mut plain: Vec<Moments> = sizes.iter().map(|&n| Moments::new(n)).collect();
        let mut weighted = plain.clone();
        for batch in batches {
            let (p, w) = batch?;
            plain.iter_mut().zip(&p).for_each(|(sum, part)| sum.add(part));
            weighted.iter_mut().zip(&w).for_each(|(sum, part)| sum.add(part));
        }
        Ok(plain
            .iter()
            .zip(&weighted)
            .map(|(plain, weighted)| plain.mixed(weighted, FLOOR).centred())
            .collect())
    }

    /// One fit per output map.
    pub(crate) fn fit(
        &self,
        network: &TrainedNetwork,
        conv: &Conv2d<f32>,
        own: &Settings<'_>,
        coefficient_digits: u32,
        moments: &[Centred],
        price: f64,
    ) -> Result<Vec<DataFit>, SolverError> {
        let ladders = Ladders::new(own.set);
        let choice = Choice::new(own, &ladders);
        let coefficient = |o: usize| match &network.nodes()[self.target].layer {
            Layer::Affine(affine) => f64::from(affine.coefficient[o]),
            _ => 1.0,
        };
        let maps: Vec<_> = conv.kernels_by_map().collect();
        maps.par_iter()
            .enumerate()
            .map(|(o, kernels)| {
                let kernel = |k: usize| {
                    conv.kernels
                        .index_axis(Axis(0), k)
                        .iter()
                        .map(|&w| coefficient(o) * f64::from(w))
                        .collect()
                };
                let trained: Vec<Vec<f64>> = kernels.iter().map(|&(k, _)| kernel(k)).collect();
                fit(&choice, &moments[o], &trained, coefficient_digits, price)
            })
            .collect()
    }
}
