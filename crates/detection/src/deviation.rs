//! How far values are from those that are wanted.

/// Sums over values and those that are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Deviation {
    wanted: f64,
    differences: f64,
    largest: f64,
}

impl Deviation {
    /// Of one list of values; both are equally long.
    pub fn of<'v>(
        values: impl IntoIterator<Item = &'v f64>,
        wanted: impl IntoIterator<Item = &'v f64>,
    ) -> Self {
        let mut sums = Self::default();
        for (value, wanted) in values.into_iter().zip(wanted) {
            let difference = (value - wanted).abs();
            sums.wanted += wanted * wanted;
            sums.differences += difference * difference;
            sums.largest = sums.largest.max(difference);
        }
        sums
    }

    /// Of the values of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            wanted: self.wanted + other.wanted,
            differences: self.differences + other.differences,
            largest: self.largest.max(other.largest),
        }
    }

    /// The norm of all differences as a part of the norm of what is wanted; 0 where nothing differs.
    pub fn relative(&self) -> f64 {
        if self.differences > 0.0 {
            (self.differences / self.wanted.max(f64::MIN_POSITIVE)).sqrt()
        } else {
            0.0
        }
    }

    /// The largest difference.
    pub fn largest(&self) -> f64 {
        self.largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_norm_of_all() {
        let (first, second) = (Deviation::of(&[4.5, 0.0], &[3.0, 0.0]), Deviation::of(&[-6.0], &[-4.0]));
        assert_eq!((first.largest(), first.relative()), (1.5, 0.5));
        let all = first.and(second);
        assert_eq!((all.relative(), all.largest()), (0.5, 2.0));
        assert_eq!(Deviation::of(&[0.0], &[0.0]).relative(), 0.0);
    }
}
