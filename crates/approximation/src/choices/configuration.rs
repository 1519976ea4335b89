//! The sets of all conv layers by one name.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::DyadicSet;

/// The sets of all conv layers by one name: `A_3` is the set `D3` for every layer, `A_7,3,3` (or `A_(7,3,3)`) is `D7` for
/// the first, `D3` for the second and for all from the third on.
///
/// The names are those of the method's one public re-implementation; what they stand for is reconstructed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    name: String,
    sets: Vec<DyadicSet>,
}

impl Configuration {
    /// The name as it was written; it reads back as the same configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The sets of the first conv layers in order; the last holds for all that follow.
    pub fn sets(&self) -> &[DyadicSet] {
        &self.sets
    }
}

/// A text that names no configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no configuration: write `A_1` to `A_8`, or one number per conv layer such as `A_7,3,3`")]
pub struct NoConfiguration(String);

impl FromStr for Configuration {
    type Err = NoConfiguration;

    fn from_str(text: &str) -> Result<Self, NoConfiguration> {
        let refuse = || NoConfiguration(text.to_owned());
        let numbers = text.trim().strip_prefix("A_").ok_or_else(refuse)?;
        let numbers = numbers.strip_prefix('(').and_then(|n| n.strip_suffix(')')).unwrap_or(numbers);
        let set = |number: &str| format!("D{}", number.trim()).parse::<DyadicSet>().map_err(|_| refuse());
        let sets = numbers.split(',').map(set).collect::<Result<_, _>>()?;
        Ok(Self { name: text.trim().to_owned(), sets })
    }
}

impl Serialize for Configuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for Configuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Configuration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a configuration such as `A_3` or `A_7,3,3`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Configuration, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Written)
    }
}
