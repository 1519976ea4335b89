//! Several values side by side in one vector.

use serde::Serialize;

/// The widths of the values in a vector, and where each begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bus {
    widths: Vec<u32>,
    lsbs: Vec<u32>,
}

/// Where a value lies in its vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) width: u32,
    pub(crate) msb: u32,
    pub(crate) lsb: u32,
}

impl Bus {
    /// A bus of values of these widths, the first one lowest.
    pub fn new(widths: Vec<u32>) -> Self {
        let end = |end: &mut u32, width: &u32| {
            let lsb = *end;
            *end += width;
            Some(lsb)
        };
        let lsbs = widths.iter().scan(0, end).collect();
        Self { widths, lsbs }
    }

    /// A bus of `count` values of one width.
    pub fn uniform(count: usize, width: u32) -> Self {
        Self::new(vec![width; count])
    }

    /// The same vector with its values counted in another order: value `i` is what was value `order[i]`.
    pub(crate) fn reordered(&self, order: &[usize]) -> Self {
        assert_eq!(order.len(), self.widths.len(), "an order has a place for every value");
        let pick = |from: &[u32]| order.iter().map(|&place| from[place]).collect();
        Self { widths: pick(&self.widths), lsbs: pick(&self.lsbs) }
    }

    /// The place of each value in the vector, counted from the lowest.
    pub(crate) fn order(&self) -> Vec<usize> {
        self.lsbs.iter().map(|lsb| self.lsbs.iter().filter(|other| *other < lsb).count()).collect()
    }

    /// The width of each value.
    pub fn widths(&self) -> &[u32] {
        &self.widths
    }

    /// Whether all values have one width.
    pub(crate) fn is_uniform(&self) -> bool {
        self.widths.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Bits of the whole vector.
    pub fn bits(&self) -> u32 {
        self.widths.iter().sum()
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        let places = self.widths.iter().zip(&self.lsbs);
        places.map(|(&width, &lsb)| Slot { width, msb: lsb + width - 1, lsb })
    }
}
