//! A part of the points of a sweep.

use std::fmt;
use std::str::FromStr;

/// The `index`-th of `count` parts, counted from one: every `count`-th point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

/// A text that names no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write I/N with 1 <= I <= N, such as 1/4 for the first quarter of the points")]
pub struct NoShard;

impl Shard {
    /// Whether it holds the point of this number, counted from zero.
    pub fn holds(self, number: usize) -> bool {
        number % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let (index, count) = text.split_once('/').ok_or(NoShard)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| NoShard);
        let (index, count) = (number(index)?, number(count)?);
        if (1..=count).contains(&index) { Ok(Self { index, count }) } else { Err(NoShard) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn every_point_lies_in_exactly_one_shard() {
        for count in 1..=7 {
            let shards: Vec<Shard> =
                (1..=count).map(|i| format!("{i}/{count}").parse().expect("a shard")).collect();
            for number in 0..20 {
                assert_eq!(
                    shards.iter().filter(|shard| shard.holds(number)).count(),
                    1,
                    "{number} of {count}"
                );
            }
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "/", "1", "0/3", "4/3", "x", "1/x", "-1/3", "1/2/3", "1/99999999999999999999999"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
