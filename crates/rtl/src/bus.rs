//! Several values side by side in one vector, the first one lowest.

use serde::Serialize;

/// The widths of the values in a vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bus {
    widths: Vec<u32>,
}

/// Where a value lies in its vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) width: u32,
    pub(crate) msb: u32,
    pub(crate) lsb: u32,
}

impl Bus {
    /// A bus of values of these widths.
    pub fn new(widths: Vec<u32>) -> Self {
        Self { widths }
    }

    /// A bus of `count` values of one width.
    pub fn uniform(count: usize, width: u32) -> Self {
        Self { widths: vec![width; count] }
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
        let mut lsb = 0;
        self.widths.iter().map(move |&width| {
            let slot = Slot { width, msb: lsb + width - 1, lsb };
            lsb += width;
            slot
        })
    }
}
