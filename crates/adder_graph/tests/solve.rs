//! Properties of `solve` on random matrices.

use lacuna_adder_graph::{Config, Depth, Error, Interval, Matrix, solve};

/// A small generator of its own, so that the cases are the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn random_matrix(random: &mut Random) -> Matrix {
    let (rows, columns) = (1 + random.below(7) as usize, 1 + random.below(7) as usize);
    let bits = 1 + random.below(12);
    let zero = random.below(4);
    let mut entry = || {
        let value = random.below(1 << bits) as i64 - (1 << (bits - 1));
        if random.below(4) < zero { 0 } else { value }
    };
    let rows: Vec<Vec<i64>> = (0..rows).map(|_| (0..columns).map(|_| entry()).collect()).collect();
    Matrix::from_rows(&rows).unwrap()
}

#[test]
fn the_graph_is_the_matrix() {
    let mut random = Random(1);
    for _ in 0..500 {
        let matrix = random_matrix(&mut random);
        let inputs = vec![Interval::signed(8); matrix.rows()];
        let graph = solve(&matrix, &inputs, &Config::adders()).unwrap();
        assert_eq!(graph.matrix(), matrix);
        assert_eq!(graph.verify(&matrix), Ok(()));
        let x: Vec<i64> = (0..matrix.rows()).map(|_| random.below(256) as i64 - 128).collect();
        let product = |o: usize| matrix.column(o).zip(&x).map(|(w, x)| w * x).sum::<i64>();
        assert_eq!(graph.eval(&x), (0..matrix.columns()).map(product).collect::<Vec<_>>());
    }
}

#[test]
fn depth_limits_are_kept() {
    let matrix = Matrix::from_rows(&[[1], [1], [1], [1], [1]]).unwrap();
    let inputs = [Interval::signed(8); 5];
    let with = |depth| solve(&matrix, &inputs, &Config { depth, ..Config::adders() });
    assert_eq!(with(Depth::Minimum).unwrap().depth(), 3);
    assert_eq!(with(Depth::AtMost(2)), Err(Error::TooDeep { output: 0, needed: 3, limit: 2 }));
}
