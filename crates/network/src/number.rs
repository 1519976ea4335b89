//! Whole numbers of a project file. Their bounds are checked while they are read, so that an error carries key and line.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, SeqAccess, Unexpected, Visitor};
use serde::{Serialize, Serializer};

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

#[derive(Clone, Copy)]
struct Within {
    least: usize,
    most: usize,
}

impl Within {
    fn check(self, value: u64) -> Option<usize> {
        usize::try_from(value).ok().filter(|n| (self.least..=self.most).contains(n))
    }
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
        self.check(value).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
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

/// `N` numbers between `LEAST` and `MOST`, written as one where they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sides<const N: usize, const LEAST: usize, const MOST: usize>(pub(crate) [usize; N]);

impl<const N: usize, const LEAST: usize, const MOST: usize> Serialize for Sides<N, LEAST, MOST> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(sides) = self;
        if sides.iter().all(|side| *side == sides[0]) {
            return serializer.serialize_u64(sides[0] as u64);
        }
        serializer.collect_seq(sides)
    }
}

impl<'de, const N: usize, const LEAST: usize, const MOST: usize> Deserialize<'de> for Sides<N, LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrAll<const N: usize>(Within);

        impl<'de, const N: usize> Visitor<'de> for OneOrAll<N> {
            type Value = [usize; N];

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.expecting(f)?;
                let sides = if N == 2 { "height, width" } else { "top, left, bottom, right" };
                write!(f, ", or {N} of them ({sides})")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<[usize; N], E> {
                self.0
                    .check(value)
                    .map(|side| [side; N])
                    .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<[usize; N], E> {
                match u64::try_from(value) {
                    Ok(value) => self.visit_u64(value),
                    Err(_) => Err(E::invalid_value(Unexpected::Signed(value), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<[usize; N], A::Error> {
                let mut sides = [0; N];
                for (n, side) in sides.iter_mut().enumerate() {
                    *side = sequence
                        .next_element_seed(self.0)?
                        .ok_or_else(|| de::Error::invalid_length(n, &self))?;
                }
                if sequence.next_element::<de::IgnoredAny>()?.is_some() {
                    return Err(de::Error::custom(format_args!(
                        "more than {N} numbers, expected {}",
                        Expected(&self)
                    )));
                }
                Ok(sides)
            }
        }

        deserializer.deserialize_any(OneOrAll(Within { least: LEAST, most: MOST })).map(Self)
    }
}

/// What a visitor expects, as text.
struct Expected<'a, V>(&'a V);

impl<'de, V: Visitor<'de>> fmt::Display for Expected<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}
