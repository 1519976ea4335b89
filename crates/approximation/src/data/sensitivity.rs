//! How much an error at a place inside the network shows at its output.
//!
//! To first order an error `δ` of one value `z` moves the outputs `y_k` by `δ·∂y_k/∂z`, so its square counts with the
//! weight `Σ_k (∂y_k/∂z)²`. One backward pass gives `Σ_k ε_k ∂y_k/∂z` for any `ε`; with random signs its square has
//! just that weight as its mean. Where the network has a single output value, as on a window, one pass is exact.

use lacuna_network::{Curve, Layer, Network, Source, Weight};
use ndarray::{Array3, ArrayView3, Axis, Zip, s};

/// Half the step of the numerical derivative of an activation.
const STEP: f32 = 1.0 / 256.0;

/// The gradient of `Σ_k ε_k y_k` with respect to every node's value, `ε` a pattern of signs that `seed` determines.
///
/// `values` are the outputs of all nodes. Gradients of nodes that lead nowhere are zero.
pub(crate) fn gradients<W: Weight, C: Curve>(
    network: &Network<W, C>,
    values: &[Array3<f32>],
    seed: u64,
) -> Vec<Array3<f32>> {
    let mut gradients: Vec<Array3<f32>> = values.iter().map(|value| Array3::zeros(value.dim())).collect();
    if let Some(output) = gradients.last_mut() {
        *output = signs(output.dim(), seed);
    }
    for index in (0..values.len()).rev() {
        let node = &network.nodes()[index];
        let (before, after) = gradients.split_at_mut(index);
        let mut first_map = 0;
        for source in &node.inputs {
            let maps = network.maps(*source);
            if let Source::Node(source) = *source {
                // Of a concatenation only the maps that came from here; the whole gradient otherwise.
                let outgoing = match node.layer {
                    Layer::Concat => after[0].slice(s![first_map..first_map + maps, .., ..]),
                    _ => after[0].view(),
                };
                backward(&node.layer, &values[source], &values[index], outgoing, &mut before[source]);
            }
            first_map += maps;
        }
    }
    gradients
}

/// A pattern of signs that `seed` determines.
pub(crate) fn signs(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    let mut state = seed;
    Array3::from_shape_simple_fn(shape, || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if state >> 63 == 0 { 1.0 } else { -1.0 }
    })
}

/// Adds to `incoming` what `outgoing`, the gradient at a layer's output `y`, means at its input `x`.
fn backward<W: Weight, C: Curve>(
    layer: &Layer<W, C>,
    x: &Array3<f32>,
    y: &Array3<f32>,
    outgoing: ArrayView3<'_, f32>,
    incoming: &mut Array3<f32>,
) {
    match layer {
        Layer::Conv2d(conv) => {
            let (_, rows, columns) = outgoing.dim();
            let (_, height, width) = x.dim();
            for (o, kernels) in conv.kernels_by_map().enumerate() {
                let outgoing = outgoing.index_axis(Axis(0), o);
                for (k, input) in kernels {
                    for ((ky, kx), weight) in conv.kernels.index_axis(Axis(0), k).indexed_iter() {
                        let (part, seen) = conv.sliding.overlap([ky, kx], [rows, columns], [height, width]);
                        let mut incoming = incoming.index_axis_mut(Axis(0), input);
                        incoming.slice_mut(seen).scaled_add(weight.value() as f32, &outgoing.slice(part));
                    }
                }
            }
        }
        Layer::SumPool(pool) => {
            let (_, rows, columns) = outgoing.dim();
            let (_, height, width) = x.dim();
            for tap in (0..pool.size[0]).flat_map(|i| (0..pool.size[1]).map(move |j| [i, j])) {
                let (part, seen) = pool.sliding.overlap(tap, [rows, columns], [height, width]);
                for (mut incoming, outgoing) in incoming.outer_iter_mut().zip(outgoing.outer_iter()) {
                    incoming.slice_mut(seen).scaled_add(1.0, &outgoing.slice(part));
                }
            }
        }
        Layer::MaxPool(pool) => {
            let (_, rows, columns) = outgoing.dim();
            let (_, height, width) = x.dim();
            for tap in (0..pool.size[0]).flat_map(|i| (0..pool.size[1]).map(move |j| [i, j])) {
                let (part, seen) = pool.sliding.overlap(tap, [rows, columns], [height, width]);
                for (m, mut incoming) in incoming.outer_iter_mut().enumerate() {
                    let of_map =
                        |values: &ArrayView3<'_, f32>| values.index_axis(Axis(0), m).slice(part).to_owned();
                    let (y, outgoing) = (of_map(&y.view()), of_map(&outgoing));
                    // Where several are greatest, each counts: an error of any of them may show.
                    Zip::from(incoming.slice_mut(seen))
                        .and(x.index_axis(Axis(0), m).slice(seen))
                        .and(&y)
                        .and(&outgoing)
                        .for_each(|incoming, x, y, g| *incoming += if x == y { *g } else { 0.0 });
                }
            }
        }
        Layer::Add | Layer::Concat => *incoming += &outgoing,
        Layer::Affine(affine) => {
            for (m, coefficient) in affine.coefficient.iter().enumerate() {
                let outgoing = outgoing.index_axis(Axis(0), m);
                incoming.index_axis_mut(Axis(0), m).scaled_add(coefficient.value() as f32, &outgoing);
            }
        }
        Layer::Activation(curve) => {
            let (above, below) = (curve.apply_to((x + STEP).view()), curve.apply_to((x - STEP).view()));
            Zip::from(incoming)
                .and(&above)
                .and(&below)
                .and(outgoing)
                .for_each(|incoming, &above, &below, &g| *incoming += g * (above - below) / (2.0 * STEP));
        }
    }
}

#[cfg(test)]
mod tests {
    use lacuna_network::{Affine, Conv2d, Function, Node, Pool, Sliding};
    use ndarray::Array1;

    use super::*;
    use crate::testing::Random;

    #[test]
    fn gradients_are_what_small_changes_do() {
        let mut random = Random::seeded(2);
        let mut number = || random.normal() as f32 * 0.4;
        let conv = Conv2d {
            kernels: Array3::from_shape_simple_fn((3, 2, 2), &mut number),
            connections: vec![vec![0], vec![0, 1]],
            bias: Array1::from_elem(2, 0.1),
            sliding: Sliding::plain(),
        };
        let affine = Affine { coefficient: Array1::from_elem(2, 0.7), bias: Array1::from_elem(2, 0.0) };
        let first = Conv2d {
            connections: vec![vec![0], vec![0]],
            kernels: conv.kernels.slice(s![..2, .., ..]).to_owned(),
            ..conv.clone()
        };
        let layers = [
            Layer::Conv2d(first),
            Layer::Activation(Function::Tanh),
            Layer::SumPool(Pool::blocks(2)),
            Layer::Affine(affine),
            Layer::Conv2d(conv),
            Layer::Activation(Function::Tanh),
        ];
        let nodes: Vec<_> = layers
            .into_iter()
            .enumerate()
            .map(|(n, layer)| Node {
                name: format!("n{n}"),
                layer,
                inputs: vec![n.checked_sub(1).map_or(Source::Input, Source::Node)],
            })
            .collect();
        let network = Network::new(1, nodes.clone()).unwrap();
        let tail = |n: usize| {
            let shift = |source: &Source| match source {
                Source::Node(m) if *m > n => Source::Node(m - n - 1),
                _ => Source::Input,
            };
            let nodes = nodes[n + 1..]
                .iter()
                .map(|node| Node { inputs: node.inputs.iter().map(shift).collect(), ..node.clone() });
            Network::new(2, nodes.collect()).unwrap()
        };
        let image = Array3::from_shape_simple_fn((1, 7, 7), &mut number);
        let values = network.run_all(&image).unwrap();
        let gradients = gradients(&network, &values, 1);
        let signs = gradients.last().unwrap();
        for n in 0..4 {
            let tail = tail(n);
            let out = |value: &Array3<f64>| (&tail.run(value).unwrap() * &signs.mapv(f64::from)).sum();
            for position in [(0, 0, 0), (1, 1, 1)] {
                let mut moved = values[n].mapv(f64::from);
                moved[position] += 1e-4;
                let up = out(&moved);
                moved[position] -= 2e-4;
                let expected = (up - out(&moved)) / 2e-4;
                let got = f64::from(gradients[n][position]);
                assert!((got - expected).abs() < 1e-3, "node {n} {position:?}: {got}, expected {expected}");
            }
        }
    }
}
