//! Depth limits, pipelines and refusals.

mod common;

use common::{Random, matrix};
use lacuna_adder_graph::{
    Adder, AdderGraph, Config, Depth, Effort, Error, Interval, Matrix, Operand, Operation, Output, Place,
    pipeline, solve,
};

fn fast(depth: Depth) -> Config {
    Config { effort: Effort::Fast, depth, ..Config::adders() }
}

#[test]
fn depth_limits_are_kept() {
    let mut random = Random(1);
    for _ in 0..100 {
        let matrix = matrix(&mut random, 9);
        let inputs = vec![Interval::signed(8); matrix.rows()];
        let least = solve(&matrix, &inputs, &fast(Depth::Minimum)).unwrap().depth();
        for limit in least..least + 3 {
            assert!(solve(&matrix, &inputs, &fast(Depth::AtMost(limit))).unwrap().depth() <= limit);
        }
        if least > 0 {
            let refused = solve(&matrix, &inputs, &fast(Depth::AtMost(least - 1)));
            assert!(matches!(refused, Err(Error::TooDeep { needed, .. }) if needed == least));
        }
    }
}

#[test]
fn a_limit_that_cannot_be_met_is_refused() {
    let matrix = Matrix::from_rows(&[[1, 1], [0, 1], [0, 1], [0, 1], [0, 1]]).unwrap();
    let refused = solve(&matrix, &[Interval::signed(8); 5], &fast(Depth::AtMost(2))).unwrap_err();
    assert_eq!(refused, Error::TooDeep { output: 1, needed: 3, limit: 2 });
    assert_eq!(refused.to_string(), "output 1 needs 3 adders in a row, the limit is 2");
}

#[test]
fn stages_are_in_order_and_short_enough() {
    let mut random = Random(2);
    for case in 0..60 {
        let matrix = matrix(&mut random, 9);
        let depth = if case % 2 == 0 { Depth::Free } else { Depth::Minimum };
        let graph = solve(&matrix, &vec![Interval::signed(8); matrix.rows()], &fast(depth)).unwrap();
        for adders_per_stage in 1..4 {
            let pipeline = pipeline(&graph, adders_per_stage);
            let (stages, inputs) = (pipeline.stages(), graph.inputs().len());
            assert!(stages[..inputs].iter().all(|&stage| stage == 0));
            let mut in_a_row = vec![0; stages.len()];
            for (k, adder) in graph.adders().iter().enumerate() {
                for operand in [adder.left.node, adder.right.node] {
                    assert!(stages[operand] <= stages[inputs + k]);
                    if stages[operand] == stages[inputs + k] {
                        in_a_row[inputs + k] = in_a_row[inputs + k].max(in_a_row[operand]);
                    }
                }
                in_a_row[inputs + k] += 1;
            }
            assert!(in_a_row.iter().all(|&adders| adders <= adders_per_stage));
            assert!(stages.iter().all(|&stage| stage <= pipeline.latency()));
            let depth = graph.depth() as u32;
            assert_eq!(pipeline.latency(), depth.saturating_sub(1) / adders_per_stage);
            assert_eq!(pipeline.latency() == 0, pipeline.register_bits() == 0);
        }
    }
}

#[test]
fn register_bits_are_counted_by_hand() {
    // y = ((a + b) + c) + d in three stages: b, c and d wait, the narrow a + b is not made early for nothing.
    let sum = |left, right| Adder {
        left: Operand { node: left, shift: 0 },
        right: Operand { node: right, shift: 0 },
        operation: Operation::Add,
        drop: 0,
    };
    let output = Output::Node { operand: Operand { node: 6, shift: 0 }, negate: false };
    let graph =
        AdderGraph::new(vec![Interval::signed(4); 4], vec![sum(0, 1), sum(4, 2), sum(5, 3)], vec![output])
            .unwrap();
    let pipeline = pipeline(&graph, 1);
    assert_eq!(pipeline.stages(), [0, 0, 0, 0, 0, 1, 2]);
    assert_eq!(pipeline.latency(), 2);
    // a + b: 5 bits, c: 4, (a + b) + c: 6, d: twice 4.
    assert_eq!(pipeline.register_bits(), 5 + 4 + 6 + 8);
}

#[test]
fn inputs_must_fit_the_matrix() {
    let matrix = Matrix::from_rows(&[[1], [2]]).unwrap();
    let refused = |inputs: &[Interval]| solve(&matrix, inputs, &fast(Depth::Free)).unwrap_err().to_string();
    assert_eq!(refused(&[]), "the matrix has 2 rows (inputs), but 0 input intervals were given");
    let upside_down = Interval { lo: 3, hi: -3 };
    assert_eq!(refused(&[Interval::signed(8), upside_down]), "the interval of input 1 is empty: 3 > -3");
    assert_eq!(refused(&[Interval::signed(63), Interval::signed(8)]), "input 0 needs more than 62 bits");
}

#[test]
fn sums_above_62_bits_are_refused() {
    let matrix = Matrix::from_rows(&[[1 << 40, 1], [1 << 40, 1]]).unwrap();
    let with = |bits| solve(&matrix, &[Interval::signed(bits); 2], &fast(Depth::Free));
    assert!(with(21).is_ok());
    assert_eq!(with(22), Err(Error::TooWide { place: Place::Output(0) }));
    assert_eq!(with(22).unwrap_err().to_string(), "output 0 needs more than 62 bits");
    let extreme = Matrix::from_rows(&[[(1i64 << 61) - 1, -(1 << 61)]]).unwrap();
    let bit = Interval::new(0, 1);
    let graph = solve(&extreme, &[bit], &fast(Depth::Free)).unwrap();
    assert_eq!(graph.eval(&[1]), [(1 << 61) - 1, -(1 << 61)]);
    assert!(solve(&extreme, &[Interval::signed(62)], &fast(Depth::Free)).is_err());
}

#[test]
fn graphs_made_by_hand_are_checked() {
    let input = Interval::signed(8);
    let operand = |node, shift| Operand { node, shift };
    let adder = |left, right, drop| Adder { left, right, operation: Operation::Subtract, drop };
    let three = adder(operand(0, 2), operand(0, 0), 0);
    let whole = |node| Output::Node { operand: operand(node, 0), negate: true };
    let graph = AdderGraph::new(vec![input], vec![three], vec![whole(1), Output::Zero]).unwrap();
    assert_eq!(graph.eval(&[7]), [-21, 0]);
    assert_eq!(graph.cost().negations, 1);
    assert_eq!(graph.output_intervals(), [Interval::new(-381, 384), Interval::new(0, 0)]);

    let wrong = Matrix::from_rows(&[[-3, 1]]).unwrap();
    let differs = Error::Differs { row: 0, column: 1, found: 0, expected: 1 };
    assert_eq!(graph.verify(&wrong), Err(differs.clone()));
    assert_eq!(differs.to_string(), "the graph multiplies input 0 by 0 for output 1, the matrix by 1");
    assert!(matches!(graph.verify(&Matrix::from_rows(&[[1]]).unwrap()), Err(Error::Shape { .. })));

    let refused =
        |adders: Vec<Adder>, outputs| AdderGraph::new(vec![input], adders, outputs).unwrap_err().to_string();
    let late = adder(operand(0, 0), operand(1, 0), 0);
    assert_eq!(
        refused(vec![late], vec![]),
        "adder 0 is malformed: it reads a node that does not come before it"
    );
    assert_eq!(
        refused(vec![], vec![whole(1)]),
        "output 0 is malformed: it reads a node that does not come before it"
    );
    let odd = adder(operand(0, 2), operand(0, 0), 1);
    assert_eq!(refused(vec![odd], vec![]), "adder 0 is malformed: a bit that it drops can be one");
    let far = adder(operand(0, 63), operand(0, 0), 0);
    assert_eq!(refused(vec![far], vec![]), "adder 0 is malformed: it shifts by more than 62 bits");
    let wide = adder(operand(0, 55), operand(0, 0), 0);
    assert_eq!(refused(vec![wide], vec![]), "adder 0 needs more than 62 bits");
}
