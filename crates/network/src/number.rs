//! Whole numbers of a project file. Their bounds are checked while they are read, so that an error carries key and line.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, SeqAccess, Unexpected, Visitor};

/// Reads a whole number between `least` and `most`.
///
/// # Errors
/// It is no whole number, or out of bounds.
pub fn whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
    least: usize,
    most: usize,
) -> Result<usize, D::Error> {
    Within { least, most }.deserialize(deserializer)
}

/// Reads `[height, width]`, each between 1 and `longest`, and no more than `area` together.
///
/// # Errors
/// They are not two, no whole numbers, or out of bounds.
pub fn height_and_width<'de, D: Deserializer<'de>>(
    deserializer: D,
    longest: usize,
    area: usize,
) -> Result<[usize; 2], D::Error> {
    deserializer.deserialize_seq(Rectangle { longest, area })
}

struct Within {
    least: usize,
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Within {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_u64(self)
    }
}

impl Visitor<'_> for Within {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number between {} and {}", self.least, self.most)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<usize, E> {
        let number = usize::try_from(value).ok().filter(|n| (self.least..=self.most).contains(n));
        number.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<usize, E> {
        match u64::try_from(value) {
            Ok(value) => self.visit_u64(value),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(value), &self)),
        }
    }
}

struct Rectangle {
    longest: usize,
    area: usize,
}

impl<'de> Visitor<'de> for Rectangle {
    type Value = [usize; 2];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "height and width, two whole numbers between 1 and {}", self.longest)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<[usize; 2], A::Error> {
        let mut sides = [0; 2];
        for (n, side) in sides.iter_mut().enumerate() {
            let within = Within { least: 1, most: self.longest };
            *side = sequence.next_element_seed(within)?.ok_or_else(|| de::Error::invalid_length(n, &self))?;
        }
        if sequence.next_element::<de::IgnoredAny>()?.is_some() {
            let got = 3 + std::iter::from_fn(|| sequence.next_element::<de::IgnoredAny>().ok()?).count();
            return Err(de::Error::invalid_length(got, &self));
        }
        let [height, width] = sides;
        if height.saturating_mul(width) > self.area {
            return Err(de::Error::custom(format_args!(
                "{width}x{height} (width x height) are more than {} pixels",
                self.area
            )));
        }
        Ok(sides)
    }
}
