//! The last word belongs to the network's output: levels, coefficients and biases moved while that gets nearer to the
//! trained one.
//!
//! Fitting layer after layer minimises each layer's own error. What is left shows at the output as a residual `r`, and
//! small changes `Δ` of one layer's weights move the output by `J·Δ`, `J` from a backward pass through the approximated
//! network. So all maps of a layer together have a metric, that of `(r - J·Δ)²`, and the same descent over levels that
//! fitted single maps now moves the layer as a whole. Linear it is only for small changes, so the layer's own metric is
//! added with a weight that grows when a step fails. A step is kept only if the real output, on inputs that took no
//! part in choosing it, has come nearer. Nothing is trained: the numbers stay on their dyadic grids throughout.

use std::time::Instant;

use lacuna_network::{Conv2d, Dyadic, Layer, Network, Source, TrainedNetwork};
use ndarray::{Array1, Array2, Array3, Axis, s};
use rayon::prelude::*;

use crate::data::linear::{cholesky, solve};
use crate::data::metric::{Metric, Palette};
use crate::data::moments::features;
use crate::data::sensitivity::{gradients, signs};
use crate::data::within::{Care, Within};
use crate::kernels::signed_digits::{count, nearest, places};
use crate::network::with_data::kernel_digits;
use crate::{ApproxNetwork, Calibration, Error};

/// Every so manieth input judges steps instead of suggesting them.
const JUDGES: usize = 4;

/// Inputs whose sums are formed together, in a fixed order.
const BATCH: usize = 128;

/// Layers with more weights are left as they are.
const MAX_WEIGHTS: usize = 2048;

/// How much the layer's own metric counts at first, next to the output's.
const FIRST_CAUTION: f64 = 0.3;

/// Steps tried per layer and round, each four times as cautious as the one before.
const TRIES: usize = 4;

/// A round that leaves more of the error than this is the last.
const SETTLED: f64 = 0.998;

/// One fitted convolution as the refinement sees it.
#[derive(Clone, Debug)]
pub(crate) struct Refinable {
    /// The convolution in the trained network.
    pub(crate) trained: usize,
    /// Nodes of the approximated network.
    pub(crate) conv: usize,
    pub(crate) affine: usize,
    pub(crate) block: usize,
    pub(crate) values: Vec<Dyadic>,
    pub(crate) coefficient_digits: u32,
    pub(crate) bias_fraction_bits: u32,
    pub(crate) layer_digits: Option<u64>,
    /// The price of a digit that met them, on top of the network's.
    pub(crate) layer_price: f64,
    /// Limits on single kernels.
    pub(crate) within: Option<Within>,
    /// Per kernel.
    pub(crate) ratios: Vec<Dyadic>,
    /// Per weight, in the order of the kernels.
    pub(crate) levels: Vec<u16>,
    /// Per map: the centred second moments of its inputs.
    pub(crate) own: Vec<Array2<f64>>,
}

/// How far the refinement may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refinement {
    pub(crate) rounds: u32,
    /// Signed digits of all kernels together.
    pub(crate) budget: Option<u64>,
    /// Of a signed digit, in squared output error summed over the inputs.
    pub(crate) price: f64,
}

/// Moves all layers in turn; the seconds it takes are added to those of each trained node.
pub(crate) fn refine(
    trained: &TrainedNetwork,
    mut network: ApproxNetwork,
    layers: &mut [Refinable],
    calibration: &Calibration,
    refinement: &Refinement,
    spent: &mut [f64],
) -> Result<ApproxNetwork, Error> {
    let targets: Vec<Array3<f32>> =
        calibration.inputs.par_iter().map(|input| trained.run(input)).collect::<Result<_, _>>()?;
    let judged: Vec<usize> =
        (0..targets.len()).filter(|n| n % JUDGES == 0 || targets.len() < JUDGES).collect();
    let error = |network: &ApproxNetwork| -> Result<f64, Error> {
        let errors: Vec<f64> = judged
            .par_iter()
            .map(|&n| Ok(squared_distance(&network.run(&calibration.inputs[n])?, &targets[n])))
            .collect::<Result<_, lacuna_network::Error>>()?;
        Ok(errors.iter().sum::<f64>() / errors.len() as f64)
    };
    let within = |network: &ApproxNetwork, layer: &Refinable| {
        refinement.budget.is_none_or(|budget| kernel_digits(network) <= budget)
            && layer.layer_digits.is_none_or(|budget| {
                conv_at(network, layer.conv).kernels.iter().map(|&w| count(w) as u64).sum::<u64>() <= budget
            })
    };
    let mut best = if refinement.rounds > 0 { error(&network)? } else { 0.0 };
    let mut caution = vec![FIRST_CAUTION; layers.len()];
    for round in 0..refinement.rounds {
        let before = best;
        for (layer, caution) in layers.iter_mut().zip(&mut caution) {
            if layer.levels.len() > MAX_WEIGHTS {
                continue;
            }
            let start = Instant::now();
            let slopes = slopes(&network, layer, calibration, &targets, u64::from(round))?;
            for _ in 0..TRIES {
                let (moved, levels) = step(&network, layer, &slopes, *caution, refinement.price)?;
                let now = error(&moved)?;
                if now < best && within(&moved, layer) {
                    (best, network, layer.levels) = (now, moved, levels);
                    *caution /= 2.0;
                    break;
                }
                *caution *= 4.0;
            }
            spent[layer.trained] += start.elapsed().as_secs_f64();
        }
        if best > SETTLED * before {
            break;
        }
    }
    Ok(network)
}

fn squared_distance(a: &Array3<f32>, b: &Array3<f32>) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>() / a.len() as f64
}

/// `Σ JJᵀ` and `Σ J·r` over weights and then biases of a layer.
struct Slopes {
    products: Array2<f64>,
    residual: Array1<f64>,
}

fn slopes(
    network: &ApproxNetwork,
    layer: &Refinable,
    calibration: &Calibration,
    targets: &[Array3<f32>],
    round: u64,
) -> Result<Slopes, Error> {
    let conv = conv_at(network, layer.conv);
    let (height, width) = conv.kernel_size();
    let size = layer.levels.len() + conv.connections.len();
    let source = network.nodes()[layer.conv].inputs[0];
    let inputs: Vec<usize> =
        (0..targets.len()).filter(|n| n % JUDGES != 0 || targets.len() < JUDGES).collect();
    let batches: Vec<Result<Slopes, Error>> = inputs
        .par_chunks(BATCH)
        .map(|batch| {
            let mut rows = Array2::<f64>::zeros((batch.len(), size));
            let mut residuals = Array1::<f64>::zeros(batch.len());
            for (row, &n) in batch.iter().enumerate() {
                let input = &calibration.inputs[n];
                let values = network.run_all(input)?;
                let seed = round << 32 | n as u64;
                let gradient = &gradients(network, &values, seed)[layer.affine];
                let output = &values[values.len() - 1];
                let sign = signs(output.dim(), seed);
                residuals[row] = (&sign * &(&targets[n] - output)).iter().map(|&r| f64::from(r)).sum();
                let read = match source {
                    Source::Input => input,
                    Source::Node(m) => &values[m],
                };
                let mut tap = 0;
                for (o, maps) in conv.connections.iter().enumerate() {
                    let g: Array1<f64> =
                        gradient.index_axis(Axis(0), o).iter().map(|&g| f64::from(g)).collect();
                    let felt = features(read, maps, (height, width), conv.sliding, layer.block).t().dot(&g);
                    rows.slice_mut(s![row, tap..tap + felt.len()]).assign(&felt);
                    tap += felt.len();
                    rows[[row, layer.levels.len() + o]] = g.sum();
                }
            }
            Ok(Slopes { products: rows.t().dot(&rows), residual: rows.t().dot(&residuals) })
        })
        .collect();
    let mut sum = Slopes { products: Array2::zeros((size, size)), residual: Array1::zeros(size) };
    for batch in batches {
        let batch = batch?;
        sum.products += &batch.products;
        sum.residual += &batch.residual;
    }
    Ok(sum)
}

/// One move of a layer: new levels, then coefficients, then the biases that suit both.
fn step(
    network: &ApproxNetwork,
    layer: &Refinable,
    slopes: &Slopes,
    caution: f64,
    price: f64,
) -> Result<(ApproxNetwork, Vec<u16>), Error> {
    let conv = conv_at(network, layer.conv);
    let Layer::Affine(affine) = &network.nodes()[layer.affine].layer else {
        unreachable!("fitted with its conv")
    };
    let weights = layer.levels.len();
    let maps = conv.connections.len();
    // Biases are free: they are eliminated.
    let mut bias_block = slopes.products.slice(s![weights.., weights..]).to_owned();
    let ridge = 1e-9 * (bias_block.diag().sum() / maps as f64).max(f64::MIN_POSITIVE);
    bias_block.diag_mut().mapv_inplace(|d| d * 1.000_001 + ridge);
    let factor = cholesky(&bias_block);
    let identity: Vec<usize> = (0..maps).collect();
    let mixed = slopes.products.slice(s![..weights, weights..]);
    let mut solved = Array2::<f64>::zeros((maps, weights));
    for (i, row) in mixed.outer_iter().enumerate() {
        solved.column_mut(i).assign(&solve(&factor, &identity, &row.to_owned()));
    }
    let bias_residual = solve(&factor, &identity, &slopes.residual.slice(s![weights..]).to_owned());
    let mut h = &slopes.products.slice(s![..weights, ..weights]) - &mixed.dot(&solved);
    let gain = &slopes.residual.slice(s![..weights]) - &mixed.dot(&bias_residual);

    let own_trace: f64 = layer.own.iter().map(|m| m.diag().sum()).sum();
    let share = caution * h.diag().sum() / own_trace.max(f64::MIN_POSITIVE);
    let mut at = 0;
    for own in &layer.own {
        let n = own.nrows();
        let mut block = h.slice_mut(s![at..at + n, at..at + n]);
        block.scaled_add(share, own);
        at += n;
    }
    let least = 1e-9 * (h.diag().sum() / weights as f64).max(f64::MIN_POSITIVE);
    h.diag_mut().mapv_inplace(|d| d + least);

    let values: Vec<f64> = layer.values.iter().map(|v| v.to_f64()).collect();
    let size = conv.kernels.len() / conv.kernels.dim().0;
    let mut map_of = Vec::with_capacity(weights);
    for (o, kernels) in conv.kernels_by_map().enumerate() {
        map_of.extend(std::iter::repeat_n(o, kernels.len() * size));
    }
    let mut coefficient: Vec<Dyadic> = affine.coefficient.to_vec();
    let unit =
        |i: usize, coefficient: &[Dyadic]| layer.ratios[i / size].to_f64() * coefficient[map_of[i]].to_f64();
    let before: Array1<f64> =
        (0..weights).map(|i| unit(i, &coefficient) * values[usize::from(layer.levels[i])]).collect();
    let metric = Metric { pull: h.dot(&before) + &gain, h };
    let steps: Vec<f64> = (0..weights).map(|i| unit(i, &coefficient)).collect();
    let prices: Vec<f64> = layer.values.iter().map(|&v| price * count(v) as f64).collect();
    let palette = Palette { values: &values, prices: &prices };
    let levels = layer.levels.clone();
    let levels = match &layer.within {
        None => metric.descend(palette, &steps, levels).levels,
        Some(within) => within.descend(&metric.h, &metric.pull, palette, &steps, levels, Care::Full).levels,
    };

    let mut q: Array1<f64> =
        (0..weights).map(|i| unit(i, &coefficient) * values[usize::from(levels[i])]).collect();
    // Sums that are kept belong to their coefficients.
    let movable = layer.within.as_ref().is_none_or(|within| !within.keeps_sums());
    for (o, coefficient) in coefficient.iter_mut().enumerate().filter(|_| movable) {
        let direction: Array1<f64> = (0..weights).map(|i| if map_of[i] == o { q[i] } else { 0.0 }).collect();
        let strength = direction.dot(&metric.h.dot(&direction));
        if strength > 0.0 {
            let factor = 1.0 + direction.dot(&(&metric.pull - &metric.h.dot(&q))) / strength;
            let digits = layer.coefficient_digits;
            let better = nearest(factor * coefficient.to_f64(), digits, places(digits));
            let moved = &q + &(&direction * (better.to_f64() / coefficient.to_f64() - 1.0));
            if !better.is_zero() && metric.cost(&moved) < metric.cost(&q) {
                (*coefficient, q) = (better, moved);
            }
        }
    }
    let change = &q - &before;
    let shift = &bias_residual - &solved.dot(&change);
    let mut bias = affine.bias.to_vec();
    for (bias, shift) in bias.iter_mut().zip(&shift) {
        let wanted = bias.to_f64() + shift;
        if (wanted * f64::from(layer.bias_fraction_bits).exp2()).abs() < 2f64.powi(50) {
            *bias = Dyadic::round(wanted, layer.bias_fraction_bits as i32);
        }
    }
    let mut nodes = network.nodes().to_vec();
    if let Layer::Conv2d(conv) = &mut nodes[layer.conv].layer {
        for (i, weight) in conv.kernels.iter_mut().enumerate() {
            *weight = layer.values[usize::from(levels[i])] * layer.ratios[i / size];
        }
    }
    if let Layer::Affine(affine) = &mut nodes[layer.affine].layer {
        affine.coefficient = coefficient.into();
        affine.bias = bias.into();
    }
    Ok((Network::new(network.input_maps(), nodes)?, levels))
}

fn conv_at(network: &ApproxNetwork, node: usize) -> &Conv2d<Dyadic> {
    match &network.nodes()[node].layer {
        Layer::Conv2d(conv) => conv,
        _ => unreachable!("only convolutions are refined"),
    }
}
