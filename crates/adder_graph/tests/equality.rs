//! The graph is the matrix, whatever the matrix and however it was asked for.

mod common;

use common::{Random, matrix};
use lacuna_adder_graph::{Config, Depth, Effort, Interval, Matrix, Objective, Operation, Output, solve};

fn fast() -> Config {
    Config { effort: Effort::Fast, ..Config::adders() }
}

/// The product, straight from the definition.
fn product(x: &[i64], matrix: &Matrix) -> Vec<i64> {
    (0..matrix.columns()).map(|o| matrix.column(o).zip(x).map(|(w, x)| w * x).sum()).collect()
}

#[test]
fn thousands_of_random_matrices() {
    let mut random = Random(1);
    for case in 0..2000 {
        let matrix = matrix(&mut random, 7);
        let inputs: Vec<Interval> = (0..matrix.rows())
            .map(|_| {
                let lo = random.between(-200, 200);
                Interval::new(lo, lo + random.between(0, 300))
            })
            .collect();
        let depth = [Depth::Free, Depth::Minimum, Depth::Free, Depth::AtMost(12)][case % 4];
        let objective = [Objective::Adders, Objective::Luts][case / 4 % 2];
        let graph = solve(&matrix, &inputs, &Config { depth, objective, ..fast() }).unwrap();
        assert_eq!(graph.matrix(), matrix, "case {case}");
        assert_eq!(graph.verify(&matrix), Ok(()), "case {case}");
        let x: Vec<i64> = inputs.iter().map(|i| random.between(i.lo, i.hi)).collect();
        assert_eq!(graph.eval(&x), product(&x, &matrix), "case {case}");
    }
}

#[test]
fn larger_matrices_at_every_effort() {
    let mut random = Random(2);
    for effort in [Effort::Fast, Effort::Default] {
        for _ in 0..3 {
            let matrix = matrix(&mut random, 20);
            let inputs = vec![Interval::signed(8); matrix.rows()];
            let graph = solve(&matrix, &inputs, &Config { effort, ..fast() }).unwrap();
            assert_eq!(graph.matrix(), matrix);
        }
    }
}

/// More than 100,000 signed digits: the fast way begins with the transposed matrix.
#[test]
fn a_tall_matrix_of_many_digits() {
    let mut random = Random(3);
    let rows: Vec<Vec<i64>> = (0..900).map(|_| (0..64).map(|_| random.between(-90, 90)).collect()).collect();
    let matrix = Matrix::from_rows(&rows).unwrap();
    let inputs = vec![Interval::signed(8); matrix.rows()];
    let graph = solve(&matrix, &inputs, &fast()).unwrap();
    assert_eq!(graph.matrix(), matrix);
}

#[test]
fn corner_cases_take_the_adders_they_need() {
    let cases: [(&[&[i64]], usize); 10] = [
        (&[&[0]], 0),
        (&[&[1]], 0),
        (&[&[-4]], 0),
        (&[&[3]], 1),
        (&[&[0, 0], &[0, 0]], 0),
        (&[&[5, 10, -20, 0]], 1),
        (&[&[1], &[1], &[1], &[1]], 3),
        (&[&[1, 1, -1], &[1, 1, -1]], 1),
        (&[&[1, 1], &[1, -1]], 2),
        (&[&[7, 9], &[0, 0], &[-7, -9]], 3),
    ];
    for (rows, adders) in cases {
        let matrix = Matrix::from_rows(rows).unwrap();
        let graph = solve(&matrix, &vec![Interval::signed(8); rows.len()], &Config::adders()).unwrap();
        assert_eq!(graph.matrix(), matrix);
        assert_eq!(graph.cost().adders, adders, "{rows:?}");
    }
}

#[test]
fn every_value_of_narrow_inputs() {
    let mut random = Random(3);
    for _ in 0..40 {
        let matrix = matrix(&mut random, 3);
        let inputs: Vec<Interval> = (0..matrix.rows())
            .map(|_| {
                let lo = random.between(-4, 3);
                Interval::new(lo, lo + random.between(0, 5))
            })
            .collect();
        let graph = solve(&matrix, &inputs, &fast()).unwrap();
        let intervals = graph.intervals();
        let mut least = vec![i64::MAX; intervals.len()];
        let mut greatest = vec![i64::MIN; intervals.len()];
        let mut x: Vec<i64> = inputs.iter().map(|i| i.lo).collect();
        loop {
            assert_eq!(graph.eval(&x), product(&x, &matrix));
            for (node, value) in nodes(&graph, &x).into_iter().enumerate() {
                least[node] = least[node].min(value);
                greatest[node] = greatest[node].max(value);
            }
            for (value, interval) in graph.eval(&x).into_iter().zip(graph.output_intervals()) {
                assert!(interval.contains(value));
            }
            // The next vector, as an odometer counts.
            let Some(i) = (0..x.len()).find(|&i| x[i] < inputs[i].hi) else { break };
            x[i] += 1;
            (0..i).for_each(|j| x[j] = inputs[j].lo);
        }
        let reached: Vec<Interval> =
            least.into_iter().zip(greatest).map(|(lo, hi)| Interval::new(lo, hi)).collect();
        assert_eq!(reached, intervals, "intervals are exact");
    }
}

/// The value of every node, by plain arithmetic.
fn nodes(graph: &lacuna_adder_graph::AdderGraph, x: &[i64]) -> Vec<i64> {
    let mut values = x.to_vec();
    for adder in graph.adders() {
        let (left, right) =
            (values[adder.left.node] << adder.left.shift, values[adder.right.node] << adder.right.shift);
        let sum = match adder.operation {
            Operation::Add => left + right,
            Operation::Subtract => left - right,
        };
        assert_eq!(sum & ((1 << adder.drop) - 1), 0, "dropped bits are zero");
        values.push(sum >> adder.drop);
    }
    values
}

#[test]
fn the_same_seed_gives_the_same_graph() {
    let mut random = Random(4);
    let mut differ = 0;
    for _ in 0..5 {
        let matrix = matrix(&mut random, 12);
        let inputs = vec![Interval::signed(8); matrix.rows()];
        let with = |seed| solve(&matrix, &inputs, &Config { seed, ..fast() }).unwrap();
        assert_eq!(with(1), with(1));
        let elsewhere = std::thread::scope(|scope| scope.spawn(|| with(1)).join().unwrap());
        assert_eq!(with(1), elsewhere);
        differ += usize::from(with(1) != with(2));
    }
    assert!(differ > 0, "the seed does something");
}

#[test]
fn negations_are_left_only_where_they_must_be() {
    let mut random = Random(5);
    let (mut avoidable, mut outputs) = (0, 0);
    for _ in 0..100 {
        let matrix = matrix(&mut random, 8);
        let graph = solve(&matrix, &vec![Interval::signed(8); matrix.rows()], &fast()).unwrap();
        for (o, output) in graph.outputs().iter().enumerate() {
            outputs += 1;
            let negated = matches!(output, Output::Node { negate: true, .. });
            avoidable += usize::from(negated && matrix.column(o).any(|factor| factor > 0));
        }
    }
    assert!(avoidable * 20 < outputs, "{avoidable} of {outputs}");
}
