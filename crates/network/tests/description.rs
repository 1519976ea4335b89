//! The model section of a project file and the weights beside it.

use std::collections::BTreeMap;

use lacuna_network::{
    Connections, Error, Function, Layer, LayerKind, LayerSpec, ModelSpec, Network, Node, Pool, Sliding,
    Source, load,
};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

const MODEL: &str = "
input: {maps: 2}
layers:
  - {name: A, op: conv, maps: 3, kernel: [1, 2]}
  - {name: A.sum, op: sum_pool, size: 2}
  - {name: A.scale, op: affine, from: A.sum}
  - {name: A.tanh, op: activation, function: tanh}
  - {name: B, op: conv, kernel: [2, 1], connections: [[0], [0, 2]]}
  - {name: C, op: conv, kernel: [1, 1], connections: depthwise}
";

const TENSORS: [(&str, &[usize]); 8] = [
    ("A.kernels", &[6, 1, 2]),
    ("A.bias", &[3]),
    ("A.scale.coefficient", &[3]),
    ("A.scale.bias", &[3]),
    ("B.kernels", &[3, 2, 1]),
    ("B.bias", &[2]),
    ("C.kernels", &[2, 1, 1]),
    ("C.bias", &[2]),
];

fn model() -> ModelSpec {
    serde_yaml::from_str(MODEL).expect("the model is right")
}

/// A safetensors file in which tensor `n` counts up from `100·n`.
fn weights(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .enumerate()
        .map(|(n, (_, shape))| {
            let values = (0..shape.iter().product::<usize>()).map(|i| (100 * n + i) as f32);
            values.flat_map(f32::to_le_bytes).collect()
        })
        .collect();
    let views: BTreeMap<&str, TensorView<'_>> = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape), bytes)| {
            (*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).expect("the bytes fit the shape"))
        })
        .collect();
    safetensors::serialize(views, None).expect("the tensors can be written")
}

#[test]
fn every_weight_finds_its_place() {
    let network = load(&model(), &weights(&TENSORS)).expect("model and weights fit each other");
    assert_eq!(network.parameters(), 12 + 3 + 3 + 3 + 6 + 2 + 2 + 2);
    let [a, .., b, c] = network.nodes() else { panic!("six layers") };
    let (Layer::Conv2d(a), Layer::Conv2d(b), Layer::Conv2d(c)) = (&a.layer, &b.layer, &c.layer) else {
        panic!("three convolutions");
    };
    assert_eq!(a.connections, [[0, 1], [0, 1], [0, 1]]);
    assert_eq!(
        (a.kernels[(5, 0, 1)], a.bias[2]),
        (11.0, 102.0),
        "the kernel of output map 2 and input map 1"
    );
    assert_eq!(b.connections, [vec![0], vec![0, 2]]);
    assert_eq!((b.kernels[(2, 1, 0)], b.bias[1]), (405.0, 501.0));
    assert_eq!(b.kernels_by_map().collect::<Vec<_>>(), [vec![(0, 0)], vec![(1, 0), (2, 2)]]);
    assert_eq!(c.connections, [[0], [1]]);
    let Layer::Affine(scale) = &network.nodes()[2].layer else { panic!("an affine layer") };
    assert_eq!((scale.coefficient[1], scale.bias[1]), (201.0, 301.0));
}

#[test]
fn a_model_reads_back_as_it_was_written() {
    let text = serde_yaml::to_string(&model()).expect("a model can be written");
    assert_eq!(serde_yaml::from_str::<ModelSpec>(&text).expect("what was written can be read"), model());
    assert_eq!(
        model().layers[4].kind,
        LayerKind::Conv {
            kernel: [2, 1],
            connections: Connections::Table(vec![vec![0], vec![0, 2]]),
            sliding: Sliding::plain(),
        }
    );
    assert_eq!(model().layers[3].kind, LayerKind::Activation(Function::Tanh));
}

#[test]
fn what_does_not_fit_is_refused() {
    let refusal =
        |tensors: &[(&str, &[usize])]| load(&model(), &weights(tensors)).expect_err("it does not fit");
    let without_last = refusal(&TENSORS[..7]);
    assert!(matches!(&without_last, Error::MissingTensor { name, .. } if name == "C.bias"), "{without_last}");
    assert!(without_last.concerns_weights());
    let more: Vec<_> = TENSORS.into_iter().chain([("D.bias", &[1_usize][..])]).collect();
    assert_eq!(refusal(&more), Error::UnusedTensor("D.bias".to_owned()));
    let mut turned = TENSORS;
    turned[4].1 = &[3, 1, 2];
    let fault = refusal(&turned).to_string();
    assert_eq!(fault, "tensor `B.kernels` has shape [3, 1, 2], but layer `B` needs [3, 2, 1]");
}

#[test]
fn a_layer_that_nobody_reads_is_refused() {
    let mut model = model();
    model.layers[5].from = vec!["A.tanh".to_owned()];
    let mut tensors = TENSORS;
    (tensors[6].1, tensors[7].1) = (&[3, 1, 1], &[3]);
    let fault = load(&model, &weights(&tensors)).expect_err("B goes nowhere");
    assert_eq!(fault, Error::Unread("B".to_owned()));
    assert!(!fault.concerns_weights());
}

#[test]
fn a_network_keeps_its_invariants() {
    let pool = |size| Layer::<f32, Function>::SumPool(Pool::blocks(size));
    let node = |name: &str, layer, source| Node { name: name.to_owned(), layer, inputs: vec![source] };
    let network = |maps, nodes| Network::new(maps, nodes).map(|network| network.nodes().len());
    let two = |a, b| vec![node("a", pool(a), Source::Input), node("b", pool(b), Source::Node(0))];
    assert_eq!(network(1, two(2, 3)), Ok(2));
    assert_eq!(network(1, vec![]), Err(Error::NoLayers));
    assert_eq!(network(0, two(2, 3)), Err(Error::NoInputMaps));
    assert!(matches!(network(1, two(0, 3)), Err(Error::Connections { layer, .. }) if layer == "a"));
    assert!(matches!(network(1, two(2, 40000)), Err(Error::Connections { layer, .. }) if layer == "b"));
    assert!(matches!(network(1, two(32768, 32768)), Err(Error::WindowTooLarge(_))));
    let itself = vec![node("a", pool(2), Source::Node(0))];
    assert!(matches!(network(1, itself), Err(Error::UnknownSource { .. })));
    let twice = vec![node("a", pool(2), Source::Input), node("a", pool(2), Source::Node(0))];
    assert_eq!(network(1, twice), Err(Error::DuplicateName("a".to_owned())));
    let blind = vec![Node { name: "a".to_owned(), layer: pool(2), inputs: vec![] }];
    assert_eq!(network(1, blind), Err(Error::Arity { layer: "a".to_owned(), got: 0, joins: false }));
}

#[test]
fn a_fault_in_a_layer_has_a_line() {
    let read = |entry: &str| {
        let text = format!("input:\n  maps: 1\nlayers:\n  - name: A\n    {entry}\n");
        serde_yaml::from_str::<ModelSpec>(&text).expect_err("the entry is wrong").to_string()
    };
    for (entry, message) in [
        (
            "op: affine\n    size: 2",
            "layers[0]: layer `A` (affine) takes no `size`; its own keys: none at line 4 column 5",
        ),
        (
            "op: sum_pool\n    size: 0",
            "layers[0].size: invalid value: integer `0`, expected a whole number between 1 and 32768, or 2 of them (height, width) at line 6 column 11",
        ),
        (
            "op: conv\n    kernel: 5",
            "layers[0].kernel: invalid type: integer `5`, expected height and width, two whole numbers between 1 and 65535 at line 6 column 13",
        ),
    ] {
        assert_eq!(read(entry), message);
    }
}

/// Every kind of layer, with every key: strides, padding, groups and branches.
const GRAPH: &str = "
input: {maps: 2}
layers:
  - {name: A, op: conv, maps: 4, kernel: [3, 3], groups: 2, stride: 2, padding: 1}
  - {name: B, op: conv, maps: 4, kernel: [1, 3], from: input, stride: [2, 2], dilation: [1, 2], padding: [0, 2, 0, 2]}
  - {name: sum, op: add, from: [A, B]}
  - {name: high, op: max_pool, size: 3, stride: 1, padding: 1}
  - {name: both, op: concat, from: [sum, high, A]}
  - {name: mean, op: sum_pool, size: [2, 3], stride: [1, 2]}
";

#[test]
fn a_graph_is_what_it_says() {
    let model: ModelSpec = serde_yaml::from_str(GRAPH).expect("the model is right");
    let text = serde_yaml::to_string(&model).expect("a model can be written");
    assert_eq!(serde_yaml::from_str::<ModelSpec>(&text).expect("what was written can be read"), model);
    let tensors: [(&str, &[usize]); 4] =
        [("A.kernels", &[4, 3, 3]), ("A.bias", &[4]), ("B.kernels", &[8, 1, 3]), ("B.bias", &[4])];
    let network = load(&model, &weights(&tensors)).expect("the weights fit");
    let Layer::Conv2d(a) = &network.nodes()[0].layer else { panic!("a convolution") };
    assert_eq!(a.connections, [[0], [0], [1], [1]]);
    let shapes = network.shapes(9, 8).expect("the image is large enough");
    let shapes: Vec<_> = shapes.iter().map(|s| (s.maps, s.height, s.width)).collect();
    assert_eq!(shapes, [(4, 5, 4), (4, 5, 4), (4, 5, 4), (4, 5, 4), (12, 5, 4), (12, 4, 1)]);
    assert!(network.is_padded());
    assert_eq!(network.nodes()[4].inputs, [Source::Node(2), Source::Node(3), Source::Node(0)]);
}

#[test]
fn the_input_is_normalised_as_it_says() {
    let normalised = |keys: &str| {
        let model = format!("input: {{maps: 2, {keys}}}\nlayers:\n  - {{name: P, op: sum_pool, size: 1}}\n");
        let model: ModelSpec = serde_yaml::from_str(&model).map_err(|e| e.to_string())?;
        let network = load(&model, &weights(&[])).map_err(|e| e.to_string())?;
        let pixels = [[[0_u8]], [[200]]];
        let image = ndarray::Array3::from_shape_fn((2, 1, 1), |(m, _, _)| {
            (f64::from(pixels[m][0][0]) - 128.0) / 128.0
        });
        let seen = network.run(&image).expect("a window of one pixel");
        Ok::<_, String>([seen[(0, 0, 0)], seen[(1, 0, 0)]])
    };
    let close = |keys: &str, expected: [f64; 2]| {
        let seen = normalised(keys).expect("the input is right");
        assert!(seen.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{keys}: {seen:?}");
    };
    close("mean: 100", [-100.0, 100.0]);
    close("scale: 0.5", [0.0, 100.0]);
    close("mean: [100, 120], scale: [0.5, 0.25]", [-50.0, 20.0]);
    let fault = |keys: &str| normalised(keys).expect_err("the input is wrong");
    assert!(fault("mean: [1, 2, 3]").contains("`input.mean` has 3 numbers, but the input has 2 maps"));
    assert!(fault("scale: .inf").contains("within a million of zero"));
    assert_eq!(fault("order: bgr"), "`input.order: bgr` is for three maps, but the input has 2");
    assert!(fault("order: grb").contains("unknown variant `grb`"));
    assert_eq!(fault("height: 4"), "`input.height` is given without `input.width`: give both or none");
    let cut = fault("height: 4, width: 9, resize: [8, 8]");
    assert_eq!(
        cut,
        "`input.resize` makes images of 8x8, of which 9x4 (width x height) cannot be cut: make it larger"
    );
    assert!(fault("resize: 0").contains("a whole number between 1 and 65535"));
    assert!(fault("resize: [8]").contains("height and width"));
    assert!(fault("resize: true").contains("the shorter side of images, or `[height, width]`"));
}

#[test]
fn branches_that_do_not_meet_are_refused() {
    let fault = |from: &str, to: &str| {
        let model: ModelSpec = serde_yaml::from_str(&GRAPH.replace(from, to)).expect("the model can be read");
        let tensors: [(&str, &[usize]); 4] =
            [("A.kernels", &[4, 3, 3]), ("A.bias", &[4]), ("B.kernels", &[8, 1, 3]), ("B.bias", &[4])];
        let network = load(&model, &weights(&tensors));
        network.and_then(|network| network.shapes(9, 8)).expect_err("it does not hold together").to_string()
    };
    assert!(
        fault("stride: [2, 2], ", "stride: [2, 1], ")
            .contains("joins a value of 4x5 (width x height) and one of 8x5")
    );
    assert!(fault("from: [A, B]", "from: [A, input]").contains("it adds values of 4 and of 2 maps"));
    assert!(fault("from: [A, B]", "from: A").contains("takes two or more"));
    assert!(fault("groups: 2", "groups: 3").contains("`groups: 3` must divide its 2 input maps"));
    assert!(
        fault("size: 3, stride: 1, padding: 1", "size: 2, stride: 1, padding: 2")
            .contains("must be less than its window")
    );
}

#[test]
fn a_layer_can_be_made_in_code() {
    let spec = LayerSpec { name: "P".to_owned(), from: vec![], kind: LayerKind::SumPool(Pool::blocks(2)) };
    let text = serde_yaml::to_string(&spec).expect("a layer can be written");
    assert_eq!(text, "name: P\nop: sum_pool\nsize: 2\n");
}
