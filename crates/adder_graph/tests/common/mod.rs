//! Seeded random matrices: the same cases on every machine.

use lacuna_adder_graph::Matrix;

/// A small pseudo-random generator (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn between(&mut self, lo: i64, hi: i64) -> i64 {
        lo + self.below((hi - lo + 1) as u64) as i64
    }
}

/// A matrix of up to `most` rows and columns and up to 12 bits, with some of: zeros, zero rows and columns, equal,
/// shifted and negated rows and columns, powers of two.
pub(crate) fn matrix(random: &mut Random, most: u64) -> Matrix {
    let (rows, columns) = (1 + random.below(most) as usize, 1 + random.below(most) as usize);
    let reach = 1i64 << random.below(12);
    let (zeros, powers) = (random.below(10), random.below(3) == 0);
    let mut entry = || match random.between(-reach, reach) {
        _ if random.below(10) < zeros => 0,
        value if powers => value.signum() << (value.unsigned_abs().max(1).ilog2()),
        value => value,
    };
    let mut entries: Vec<Vec<i64>> = (0..rows).map(|_| (0..columns).map(|_| entry()).collect()).collect();
    if random.below(3) == 0 {
        let (from, to) = (random.below(rows as u64) as usize, random.below(rows as u64) as usize);
        let factor = [0, 1, -1, 4][random.below(4) as usize];
        entries[to] = entries[from].iter().map(|value| value * factor).collect();
    }
    if random.below(3) == 0 {
        let (from, to) = (random.below(columns as u64) as usize, random.below(columns as u64) as usize);
        let factor = [0, 1, -1, 2][random.below(4) as usize];
        entries.iter_mut().for_each(|row| row[to] = row[from] * factor);
    }
    Matrix::from_rows(&entries).expect("a matrix")
}
