//! The key `activation` of a project file: which curve stands for a function.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::choices::bounds::{some_breakpoint_bits, some_slope_digits, some_table_entries};

/// The curve that stands for an activation function.
#[derive(Clone, Debug, PartialEq)]
pub enum Activation {
    /// Piecewise linear in four pieces (sigma2).
    Plan,
    /// Powers of two in every octave (sigma1).
    Asg,
    /// One slope of 1/4 and saturation (sigma3).
    Linear1,
    /// One slope of 1/2 and saturation (sigma4).
    Linear2,
    /// The best continuous curve for its number of segments.
    Best(BestCurve),
    /// Constants on intervals of equal length.
    Table(Table),
}

impl Activation {
    /// Whether it is one of the classical curves, made for `tanh(x/2)`.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self, Self::Plan | Self::Asg | Self::Linear1 | Self::Linear2)
    }
}

/// An activation as a table: the function's middle value on each of equally long intervals, a power of two wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Intervals at most, between 2 and 256; of an odd function for one half.
    pub table: u32,
}

impl Default for Activation {
    fn default() -> Self {
        Self::Best(BestCurve::default())
    }
}

/// What the best curve is chosen from, and when it is good enough.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BestCurve {
    /// The least number of segments that comes this close is taken. Ignored where `segments` is given.
    pub max_error: f64,
    /// Exactly so many segments at most, saturation included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<u32>,
    /// The most signed digits of a slope: 1 (a power of two) or 2.
    pub slope_digits: u32,
    /// Breakpoints are multiples of `2^-breakpoint_fraction_bits`.
    pub breakpoint_fraction_bits: u32,
}

impl Default for BestCurve {
    fn default() -> Self {
        Self { max_error: 0.01, segments: None, slope_digits: 2, breakpoint_fraction_bits: 4 }
    }
}

impl Serialize for Activation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plan => serializer.serialize_str("plan"),
            Self::Asg => serializer.serialize_str("asg"),
            Self::Linear1 => serializer.serialize_str("linear1"),
            Self::Linear2 => serializer.serialize_str("linear2"),
            Self::Best(best) => best.serialize(serializer),
            Self::Table(table) => table.serialize(serializer),
        }
    }
}

/// The keys of an activation in braces.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CurveKeys {
    #[serde(deserialize_with = "some_table_entries")]
    table: Option<u32>,
    max_error: Option<f64>,
    segments: Option<u32>,
    #[serde(deserialize_with = "some_slope_digits")]
    slope_digits: Option<u32>,
    #[serde(deserialize_with = "some_breakpoint_bits")]
    breakpoint_fraction_bits: Option<u32>,
}

impl CurveKeys {
    fn activation<E: de::Error>(self) -> Result<Activation, E> {
        let Self { table, max_error, segments, slope_digits, breakpoint_fraction_bits } = self;
        let default = BestCurve::default();
        let best = BestCurve {
            max_error: max_error.unwrap_or(default.max_error),
            segments,
            slope_digits: slope_digits.unwrap_or(default.slope_digits),
            breakpoint_fraction_bits: breakpoint_fraction_bits.unwrap_or(default.breakpoint_fraction_bits),
        };
        match table {
            None => Ok(Activation::Best(best)),
            Some(table) if best == default => Ok(Activation::Table(Table { table })),
            Some(_) => Err(E::custom("`table` takes no other key beside it")),
        }
    }
}

impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Activation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`best`, `plan`, `asg`, `linear1`, `linear2`, `{ table: 64 }` or keys such as `{ segments: 6 }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Activation, E> {
                match text {
                    "best" => Ok(Activation::default()),
                    "plan" => Ok(Activation::Plan),
                    "asg" => Ok(Activation::Asg),
                    "linear1" => Ok(Activation::Linear1),
                    "linear2" => Ok(Activation::Linear2),
                    "quadratic1" | "quadratic2" => Err(E::custom(format_args!(
                        "`{text}` needs a squarer, which is a multiplication, and none is allowed; `best` with four segments \
                         is closer than both quadratics"
                    ))),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Activation, A::Error> {
                CurveKeys::deserialize(de::value::MapAccessDeserializer::new(map))?.activation()
            }
        }
        deserializer.deserialize_any(Written)
    }
}
