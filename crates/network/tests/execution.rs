//! Float execution against nested loops, and the properties of networks that slide over images.

mod common;

use common::{Random, random_network, random_padded_network, real, some_image_size};
use lacuna_network::{Error, Function, Layer, Sliding, Source, TrainedNetwork};
use ndarray::{Array3, s};

const NETWORKS: u64 = 150;

fn activated(function: Function, x: f64) -> f64 {
    match function {
        Function::Tanh => x.tanh(),
        Function::ScaledTanh { amplitude, rate } => f64::from(amplitude) * (f64::from(rate) * x).tanh(),
        Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Function::Relu => x.max(0.0),
        Function::ClippedRelu { limit } => x.clamp(0.0, f64::from(limit)),
        Function::LeakyRelu { slope } if x < 0.0 => f64::from(slope) * x,
        Function::LeakyRelu { .. } => x,
        Function::ParametricRelu { .. } | Function::Points(_) => unreachable!("tested on their own"),
    }
}

/// What every node puts out, straight from the formulas in the documentation of the layers.
fn by_nested_loops(network: &TrainedNetwork, image: &Array3<f64>) -> Vec<Array3<f64>> {
    let mut values: Vec<Array3<f64>> = Vec::new();
    for node in network.nodes() {
        let read = |source: &Source| match *source {
            Source::Input => image,
            Source::Node(n) => &values[n],
        };
        let inputs: Vec<&Array3<f64>> = node.inputs.iter().map(read).collect();
        values.push(layer_by_nested_loops(&node.layer, &inputs));
    }
    values
}

fn layer_by_nested_loops(layer: &Layer<f32, Function>, inputs: &[&Array3<f64>]) -> Array3<f64> {
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
        Layer::Conv2d(conv) => {
            let (_, rows, columns) = conv.kernels.dim();
            let [out_rows, out_columns] =
                conv.sliding.outputs([rows, columns], [height, width]).expect("it fits");
            Array3::from_shape_fn((conv.connections.len(), out_rows, out_columns), |(o, r, c)| {
                let first: usize = conv.connections[..o].iter().map(Vec::len).sum();
                let products = conv.connections[o].iter().enumerate().flat_map(|(n, &map)| {
                    elements([rows, columns]).filter_map(move |[i, j]| {
                        Some(
                            f64::from(conv.kernels[(first + n, i, j)])
                                * seen(&conv.sliding, map, [r, c], [i, j])?,
                        )
                    })
                });
                f64::from(conv.bias[o]) + products.sum::<f64>()
            })
        }
        Layer::SumPool(pool) | Layer::MaxPool(pool) => {
            let [out_rows, out_columns] = pool.sliding.outputs(pool.size, [height, width]).expect("it fits");
            Array3::from_shape_fn((maps, out_rows, out_columns), |(m, r, c)| {
                let values = elements(pool.size).filter_map(|at| seen(&pool.sliding, m, [r, c], at));
                if matches!(layer, Layer::SumPool(_)) {
                    values.sum()
                } else {
                    values.fold(f64::NEG_INFINITY, f64::max)
                }
            })
        }
        Layer::Affine(affine) => Array3::from_shape_fn(x.dim(), |(m, r, c)| {
            f64::from(affine.coefficient[m]) * x[(m, r, c)] + f64::from(affine.bias[m])
        }),
        Layer::Activation(function) => x.mapv(|x| activated(function.clone(), x)),
        Layer::Add => Array3::from_shape_fn(x.dim(), |at| inputs.iter().map(|x| x[at]).sum()),
        Layer::Concat => {
            let maps: Vec<(usize, usize)> =
                inputs.iter().enumerate().flat_map(|(n, x)| (0..x.dim().0).map(move |m| (n, m))).collect();
            Array3::from_shape_fn((maps.len(), height, width), |(m, r, c)| {
                let (input, map) = maps[m];
                inputs[input][(map, r, c)]
            })
        }
    }
}

/// Random networks, each with an image that is a little larger than its window.
fn cases() -> impl Iterator<Item = (TrainedNetwork, Array3<u8>)> {
    cases_of(random_network)
}

fn cases_of(
    make: impl Fn(&mut Random) -> TrainedNetwork,
) -> impl Iterator<Item = (TrainedNetwork, Array3<u8>)> {
    (0..NETWORKS).map(move |seed| {
        let random = &mut Random::seeded(seed);
        let network = make(random);
        let view = network.field_of_view();
        let (height, width) = some_image_size(random, view.window, view.stride);
        (network.clone(), random.pixels(network.input_maps(), height, width))
    })
}

fn distance(a: &Array3<f64>, b: &Array3<f64>) -> f64 {
    assert_eq!(a.dim(), b.dim());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn equals_nested_loops() {
    for (network, pixels) in cases().chain(cases_of(random_padded_network)) {
        let image = real(&pixels);
        let double = network.run_all(&image).expect("the image is large enough");
        let single = network.run_all(&image.mapv(|v| v as f32)).expect("the image is large enough");
        let naive = by_nested_loops(&network, &image);
        assert_eq!(double.len(), naive.len());
        for (n, expected) in naive.iter().enumerate() {
            let size = 1.0 + expected.iter().fold(0.0, |most, v| f64::max(most, v.abs()));
            assert!(distance(&double[n], expected) <= 1e-13 * size, "{:?}", network.nodes()[n]);
            assert!(
                distance(&single[n].mapv(f64::from), expected) <= 1e-4 * size,
                "{:?}",
                network.nodes()[n]
            );
        }
    }
}

#[test]
fn shapes_are_those_of_the_values() {
    for (network, pixels) in cases().chain(cases_of(random_padded_network)) {
        let (_, height, width) = pixels.dim();
        let shapes = network.shapes(height, width).expect("the image is large enough");
        let values = network.run_all(&real(&pixels)).expect("the image is large enough");
        let dims: Vec<_> = values.iter().map(Array3::dim).collect();
        assert_eq!(shapes.iter().map(|s| (s.maps, s.height, s.width)).collect::<Vec<_>>(), dims);
        assert_eq!(network.output_maps(), dims[dims.len() - 1].0);
    }
}

#[test]
fn the_window_is_the_least_that_gives_one_output() {
    for (network, _) in cases() {
        let window = network.field_of_view().window;
        let output = |height, width| network.shapes(height, width).map(|s| s[s.len() - 1]);
        let one = output(window.height, window.width).expect("the window is large enough");
        assert_eq!((one.height, one.width), (1, 1));
        let refused = Err(Error::ImageTooSmall {
            got: lacuna_network::Shape { height: window.height - 1, ..window },
            window,
        });
        assert_eq!(output(window.height - 1, window.width), refused);
        assert!(output(window.height, window.width - 1).is_err());
    }
}

/// The value at row `r` and column `c` is what the window there gives alone, to the last bit.
#[test]
fn running_on_an_image_is_running_on_every_window() {
    for (network, pixels) in cases() {
        let image = real(&pixels);
        let view = network.field_of_view();
        let all = network.run(&image).expect("the image is large enough");
        let (_, rows, columns) = all.dim();
        for (r, c) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
            let (top, left) = (r * view.stride[0], c * view.stride[1]);
            let (bottom, right) = (top + view.window.height, left + view.window.width);
            let window = image.slice(s![.., top..bottom, left..right]).to_owned();
            let alone = network.run(&window).expect("the window is large enough");
            assert_eq!(alone.slice(s![.., 0, 0]), all.slice(s![.., r, c]), "row {r}, column {c}");
        }
    }
}

#[test]
fn an_image_of_other_maps_is_refused() {
    let network = random_network(&mut Random::seeded(0));
    let maps = network.input_maps();
    let image = Array3::<f32>::zeros((maps + 1, 100, 100));
    assert_eq!(network.run(&image), Err(Error::InputMaps { got: maps + 1, expected: maps }));
}
