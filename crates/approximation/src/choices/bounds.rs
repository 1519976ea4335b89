//! Integers of a project file, checked while they are read.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};

/// An integer within bounds. The check happens inside the visitor, where the reader knows the line.
struct Within {
    low: u32,
    high: u32,
}

impl Visitor<'_> for Within {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an integer between {} and {}", self.low, self.high)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u32, E> {
        u32::try_from(value)
            .ok()
            .filter(|value| (self.low..=self.high).contains(value))
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }
}

pub(crate) fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Within { low: 1, high: 16 })
}

pub(crate) fn fraction_bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Within { low: 0, high: 30 })
}

fn slope_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Within { low: 1, high: 2 })
}

fn breakpoint_bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Within { low: 0, high: 5 })
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Within { low: 0, high: u32::MAX })
}

pub(crate) fn some_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    count(deserializer).map(Some)
}

pub(crate) fn some_large_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    count(deserializer).map(|n| Some(n.into()))
}

pub(crate) fn some_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    digits(deserializer).map(Some)
}

pub(crate) fn some_fraction_bits<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u32>, D::Error> {
    fraction_bits(deserializer).map(Some)
}

pub(crate) fn some_table_entries<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u32>, D::Error> {
    deserializer.deserialize_u32(Within { low: 2, high: 256 }).map(Some)
}

pub(crate) fn some_slope_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    slope_digits(deserializer).map(Some)
}

pub(crate) fn some_breakpoint_bits<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u32>, D::Error> {
    breakpoint_bits(deserializer).map(Some)
}
