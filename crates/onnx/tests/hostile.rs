//! Files that are damaged or mean harm: an error in every case, at once, and no panic.

mod common;

use std::time::{Duration, Instant};

use common::{bytes, models, read_part};
use lacuna_network::Shape;
use lacuna_onnx::{Error, import};

/// No single file may take longer.
const LIMIT: Duration = Duration::from_secs(1);

fn attempt(bytes: Vec<u8>) -> Result<(), Error> {
    let started = Instant::now();
    let result = import(bytes, None, &mut read_part).map(|_| ());
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
    result
}

/// Numbers that look random, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

#[test]
fn flipped_bytes_do_no_harm() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for name in models() {
        let whole = bytes(&format!("{name}.onnx"));
        for _ in 0..120 {
            let mut damaged = whole.clone();
            for _ in 0..1 + random.below(4) {
                let at = random.below(damaged.len());
                damaged[at] = match random.below(4) {
                    0 => 0xff,
                    1 => damaged[at] ^ (1 << random.below(8)),
                    2 => 0,
                    _ => random.below(256) as u8,
                };
            }
            // What is damaged may still be a model.
            let _ = attempt(damaged);
        }
    }
}

#[test]
fn cut_files_do_no_harm() {
    for name in ["pytorch_lenet", "keras_lenet", "shape_arithmetic", "external_data"] {
        let whole = bytes(&format!("{name}.onnx"));
        for end in 0..whole.len() {
            let _ = attempt(whole[..end].to_vec());
        }
    }
}

#[test]
fn random_bytes_are_no_model() {
    let mut random = Random(42);
    for length in 0..600 {
        let noise: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        assert!(attempt(noise).is_err());
    }
}

/// A message in the form of protobuf, field after field.
#[derive(Clone, Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }

    fn number(self, field: u64, value: i64) -> Self {
        self.varint(field << 3).varint(value as u64)
    }

    fn bytes(self, field: u64, content: &[u8]) -> Self {
        let mut with_length = self.varint(field << 3 | 2).varint(content.len() as u64);
        with_length.0.extend_from_slice(content);
        with_length
    }

    fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    fn message(self, field: u64, inner: &Self) -> Self {
        self.bytes(field, &inner.0)
    }
}

fn node(operator: &str, inputs: &[&str], output: &str) -> Message {
    let node = inputs.iter().fold(Message::default(), |node, input| node.text(1, input));
    node.text(2, output).text(3, &format!("node_{output}")).text(4, operator)
}

fn tensor(name: &str, dims: &[i64], raw: &[u8]) -> Message {
    let dims = dims.iter().fold(Message::default(), |tensor, &side| tensor.number(1, side));
    dims.number(2, 1).text(8, name).bytes(9, raw)
}

fn value(name: &str, dims: &[i64]) -> Message {
    let add = |shape: Message, &side: &i64| shape.message(1, &Message::default().number(1, side));
    let shape = dims.iter().fold(Message::default(), add);
    let tensor_type = Message::default().number(1, 1).message(2, &shape);
    Message::default().text(1, name).message(2, &Message::default().message(1, &tensor_type))
}

/// A model with an input `x` of these sides and the output `y`.
fn model(dims: &[i64], nodes: &[Message], tensors: &[Message]) -> Vec<u8> {
    let graph = nodes.iter().fold(Message::default(), |graph, node| graph.message(1, node));
    let graph = tensors.iter().fold(graph, |graph, tensor| graph.message(5, tensor));
    let graph = graph.message(11, &value("x", dims)).message(12, &value("y", &[]));
    let opset = Message::default().number(2, 17);
    Message::default().number(1, 8).message(8, &opset).message(7, &graph).0
}

/// The error's text.
fn message(model: Vec<u8>) -> String {
    attempt(model).expect_err("the model is refused").to_string()
}

const IMAGE: [i64; 4] = [1, 1, 4, 4];

#[test]
fn graphs_that_do_not_hold_together_are_refused() {
    let relu = || node("Relu", &["x"], "y");
    assert_eq!(attempt(model(&IMAGE, &[relu()], &[])), Ok(()));
    for (model, expected) in [
        (
            model(
                &IMAGE,
                &[node("Add", &["x", "b"], "a"), node("Relu", &["a"], "b"), node("Relu", &["b"], "y")],
                &[],
            ),
            "the graph has a cycle through node `node_b`, node `node_a`",
        ),
        (
            model(&IMAGE, &[node("Conv", &["x", "w"], "y")], &[]),
            "node `node_y` (Conv): it reads `w`, which no node, initialiser or input gives",
        ),
        (model(&IMAGE, &[relu(), relu()], &[]), "the value `y` is made twice: every name must be unique"),
        (
            model(&IMAGE, &[relu()], &[tensor("w", &[], &[0; 4]), tensor("w", &[], &[0; 4])]),
            "the value `w` is made twice: every name must be unique",
        ),
        (model(&IMAGE, &[], &[]), "the graph's output `y` is made by no node"),
        (
            model(&IMAGE, &[node("Rellu", &["x"], "y")], &[]),
            "node `node_y` (Rellu): this operator is not supported; did you mean Relu?",
        ),
    ] {
        assert_eq!(message(model), expected);
    }
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let relu = || [node("Relu", &["x"], "y")];
    let conv =
        |dims: &[i64]| model(&IMAGE, &[node("Conv", &["x", "w"], "y")], &[tensor("w", dims, &[0; 36])]);
    for (model, expected) in [
        (model(&[1, -7, 4, 4], &relu(), &[]), "input `x`: a side of its shape is -7"),
        (
            model(&[1, 1, 1 << 40, 1 << 40], &relu(), &[]),
            "input `x`: 1 maps of 1099511627776x1099511627776 (width x height): between 1 and 1024 maps and 65535 rows and columns are supported",
        ),
        (
            model(&[1, 1, 0, 4], &relu(), &[]),
            "input `x`: its shape [1, 1, ?, 4] is not fixed: give it with `--input-shape MAPS,HEIGHT,WIDTH`, such as `--input-shape 3,224,224`",
        ),
        (
            conv(&[1, 1, -3, 3]),
            "node `node_y` (Conv): tensor `w`: its shape [1, 1, -3, 3] has a negative side",
        ),
        (
            conv(&[1, 1, 50_000, 50_000]),
            "node `node_y` (Conv): tensor `w`: its shape [1, 1, 50000, 50000] promises more than 536870912 elements",
        ),
        (
            conv(&[1, 1, 10_000, 10_000]),
            "node `node_y` (Conv): tensor `w`: its shape [1, 1, 10000, 10000] needs 100000000 elements, but 9 are stored",
        ),
        (
            conv(&[i64::MAX, i64::MAX, 3, 3]),
            "node `node_y` (Conv): tensor `w`: its shape [9223372036854775807, 9223372036854775807, 3, 3] promises more than 536870912 elements",
        ),
        (
            conv(&[1, 0, 3, 3]),
            "node `node_y` (Conv): tensor `w`: its shape [1, 0, 3, 3] needs 0 elements, but 9 are stored",
        ),
    ] {
        assert_eq!(message(model), expected);
    }
}

#[test]
fn what_a_header_promises_is_not_allocated() {
    // The graph is said to have 10 GB, the tensor too.
    let graph = Message::default().number(1, 8).varint(7 << 3 | 2).varint(10 << 30);
    assert!(matches!(attempt(graph.0), Err(Error::NotOnnx(_))));
    let tensor =
        Message::default().number(1, 1).number(2, 1).text(8, "w").varint(9 << 3 | 2).varint(10 << 30);
    let graph = Message::default().message(5, &tensor);
    assert!(matches!(attempt(Message::default().message(7, &graph).0), Err(Error::NotOnnx(_))));
    // Empty nodes cost two bytes each in a file.
    let nodes = Message([7 << 3 | 2].to_vec()).varint(8_000_000);
    let nodes = [nodes.0, [1 << 3 | 2, 0].repeat(4_000_000)].concat();
    assert!(message(nodes).contains("more than"));
}

#[test]
fn doubling_values_have_an_end() {
    let names: Vec<String> =
        (0..40).map(|n| if n == 39 { "y".to_owned() } else { format!("v{n}") }).collect();
    let before = |n: usize| if n == 0 { "x" } else { names[n - 1].as_str() };
    let nodes: Vec<Message> = (0..40).map(|n| node("Concat", &[before(n), before(n)], &names[n])).collect();
    let nodes: Vec<Message> = nodes
        .into_iter()
        .map(|node| {
            let axis = Message::default().text(1, "axis").number(3, 1).number(20, 2);
            node.message(5, &axis)
        })
        .collect();
    assert!(message(model(&IMAGE, &nodes, &[])).contains("is too large: at most 65535 maps"));
}

#[test]
fn constants_cannot_grow_without_end() {
    let side =
        Message::default().number(1, 1).number(2, 7).text(8, "side").bytes(9, &(1_i64 << 22).to_le_bytes());
    let names: Vec<String> = (0..100).map(|n| format!("c{n}")).collect();
    let mut nodes: Vec<Message> = names.iter().map(|name| node("ConstantOfShape", &["side"], name)).collect();
    let all: Vec<&str> = ["x"].into_iter().chain(names.iter().map(String::as_str)).collect();
    nodes.push(node("Sum", &all, "y"));
    assert!(
        message(model(&IMAGE, &nodes, &[side])).contains("the constants computed up to it are too large")
    );
    // One set of weights in a thousand layers, and a layer in each of a million nodes.
    let weights = tensor("w", &[1000, 1, 1, 1], &[0; 4000]);
    let mut nodes = vec![node("Conv", &["x", "w"], "n0")];
    let names: Vec<String> = (0..20_000).map(|n| format!("n{n}")).collect();
    nodes.extend(names.windows(2).map(|pair| node("Neg", &[&pair[0]], &pair[1])));
    nodes.push(node("Relu", &[&names[names.len() - 1]], "y"));
    assert!(message(model(&IMAGE, &nodes, &[weights])).contains("many times what the model holds"));
}

#[test]
fn external_data_stays_in_the_folder() {
    for name in
        ["../w.bin", "/etc/passwd", "a/../../w.bin", "..", "", "a//b", "c:\\w.bin", "w\0.bin", "./../w.bin"]
    {
        let entry = Message::default().text(1, "location").text(2, name);
        let dims = [1, 1, 3, 3].iter().fold(Message::default(), |tensor, &side| tensor.number(1, side));
        let tensor = dims.number(2, 1).text(8, "w").message(13, &entry).number(14, 1);
        let model = model(&IMAGE, &[node("Conv", &["x", "w"], "y")], &[tensor]);
        let mut asked = false;
        let result = import(model, None, &mut |_| {
            asked = true;
            Err("no file is read".to_owned())
        });
        let text = result.expect_err("the name is refused").to_string();
        assert!(!asked && text.ends_with("only files in the model's folder are read"), "{name}: {text}");
    }
}

#[test]
fn a_shape_can_be_given() {
    let pool = || [node("GlobalAveragePool", &["x"], "y")];
    let shape = Shape { maps: 3, height: 5, width: 6 };
    let with = |dims: &[i64]| import(model(dims, &pool(), &[]), Some(shape), &mut read_part);
    assert_eq!(with(&[0, 3, -1, -1]).map(|imported| imported.input), Ok(shape));
    let other = with(&[0, 4, -1, -1]).expect_err("it has four maps").to_string();
    assert_eq!(other, "input `x`: the file says [?, 4, ?, ?], which is not the input shape that was given");
}
