/// A closed interval of integers: every value a wire can take lies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Interval {
    /// The least value.
    pub lo: i64,
    /// The greatest value.
    pub hi: i64,
}

impl Interval {
    /// The interval from `lo` to `hi`, both included.
    ///
    /// # Panics
    /// If `lo > hi`.
    pub fn new(lo: i64, hi: i64) -> Self {
        assert!(lo <= hi, "an interval needs lo <= hi, got {lo} > {hi}");
        Self { lo, hi }
    }

    /// Everything a two's complement wire of `bits` bits can carry.
    ///
    /// # Panics
    /// If `bits` is 0 or above 64.
    pub fn signed(bits: u32) -> Self {
        assert!((1..=64).contains(&bits), "a signed wire has 1 to 64 bits, got {bits}");
        Self::new(i64::MIN >> (64 - bits), i64::MAX >> (64 - bits))
    }

    /// Everything an unsigned wire of `bits` bits can carry.
    ///
    /// # Panics
    /// If `bits` is above 63.
    pub fn unsigned(bits: u32) -> Self {
        assert!(bits <= 63, "an unsigned wire has at most 63 bits here, got {bits}");
        Self::new(0, ((1u64 << bits) - 1) as i64)
    }

    /// Bits of the narrowest *two's complement* wire that holds the interval, at least one.
    ///
    /// All wires of a graph are signed, so an interval without negative values pays for its sign bit too: `[0, 255]` is
    /// 9 bits wide, `[-128, 127]` 8, `[0, 0]` 1.
    pub fn width(self) -> u32 {
        let bits = |v: i64| 65 - (v ^ (v >> 63)).leading_zeros();
        bits(self.lo).max(bits(self.hi))
    }

    /// Whether `value` lies in the interval.
    pub fn contains(self, value: i64) -> bool {
        self.lo <= value && value <= self.hi
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_is_the_narrowest_signed_wire() {
        for (lo, hi, width) in
            [(0, 0, 1), (-1, 0, 1), (0, 1, 2), (-2, 1, 2), (-128, 127, 8), (0, 255, 9), (-129, 0, 9)]
        {
            assert_eq!(Interval::new(lo, hi).width(), width, "[{lo}, {hi}]");
        }
        for bits in 1..=64 {
            assert_eq!(Interval::signed(bits).width(), bits);
        }
        for bits in 0..=63 {
            assert_eq!(Interval::unsigned(bits).width(), bits + 1);
        }
    }
}
