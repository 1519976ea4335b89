//! What a network's input is, and how an image becomes it.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, IntoDeserializer, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number::{height_and_width, whole_number};
use crate::{Error, MAX_SIDE};

/// The most maps of an input.
const MAX_INPUT_MAPS: usize = 1024;

/// The network's input: 8-bit pixels `p`. The network sees `(p - mean) * scale`, or `(p - 128) / 128` where neither is
/// given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "keys such as `maps: 1`")]
pub struct InputSpec {
    /// Maps (1 for grey).
    #[serde(deserialize_with = "input_maps")]
    pub maps: usize,
    /// Rows of the images it takes; an image of another size is resized and cut to them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "side")]
    pub height: Option<usize>,
    /// Columns of them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "side")]
    pub width: Option<usize>,
    /// The size of an image before it is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resize: Option<Resize>,
    /// The order of colours in three maps.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: Order,
    /// What is subtracted from a pixel, one number or one per map.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "numbers",
        serialize_with = "as_written"
    )]
    pub mean: Vec<f32>,
    /// What the difference is multiplied by, one number or one per map.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "numbers",
        serialize_with = "as_written"
    )]
    pub scale: Vec<f32>,
}

/// The size to which an image is brought before `height` rows and `width` columns are cut from its middle; without it the
/// least that holds them, with the image's own proportions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    /// Its shorter side; the proportions stay.
    Shorter(usize),
    /// Height and width, whatever its proportions.
    Exact([usize; 2]),
}

/// The order of colours in three maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red.
    Bgr,
}

fn is_default(order: &Order) -> bool {
    *order == Order::default()
}

impl InputSpec {
    /// Height and width of the images it takes, where it takes no others.
    ///
    /// # Errors
    /// Only one of them is given.
    pub fn size(&self) -> Result<Option<[usize; 2]>, Error> {
        match (self.height, self.width) {
            (Some(height), Some(width)) => Ok(Some([height, width])),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Error::HalfASize { given: "height", missing: "width" }),
            (None, Some(_)) => Err(Error::HalfASize { given: "width", missing: "height" }),
        }
    }

    /// What pixels 0 and 255 become in each map.
    ///
    /// # Errors
    /// `mean` or `scale` has a number for more or fewer maps.
    pub fn range(&self) -> Result<Vec<[f32; 2]>, Error> {
        let ends = |a: f32, b: f32| [b - a, a * (127.0 / 128.0) + b];
        Ok(match self.normalisation()? {
            None => vec![ends(1.0, 0.0); self.maps],
            Some([coefficient, bias]) => coefficient.iter().zip(&bias).map(|(&a, &b)| ends(a, b)).collect(),
        })
    }

    /// What can be wrong with its keys together.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let size = self.size()?;
        if self.order != Order::Rgb && self.maps != 3 {
            return Err(Error::OrderOfMaps(self.maps));
        }
        if let (Some(Resize::Exact(from)), Some(to)) = (self.resize, size)
            && (from[0] < to[0] || from[1] < to[1])
        {
            return Err(Error::CutTooLarge { from, to });
        }
        Ok(())
    }

    /// Coefficient and bias of each map that make `(p - mean) * scale` of `(p - 128) / 128`; `None` where that is
    /// what the network sees.
    pub(crate) fn normalisation(&self) -> Result<Option<[Vec<f32>; 2]>, Error> {
        if self.mean.is_empty() && self.scale.is_empty() {
            return Ok(None);
        }
        let of_maps = |key: &'static str, given: &[f32], usual: f32| match given {
            [] => Ok(vec![usual; self.maps]),
            [one] => Ok(vec![*one; self.maps]),
            all if all.len() == self.maps => Ok(all.to_vec()),
            all => Err(Error::Normalisation { key, got: all.len(), maps: self.maps }),
        };
        let (mean, scale) = (of_maps("mean", &self.mean, 0.0)?, of_maps("scale", &self.scale, 1.0)?);
        let bias = mean.iter().zip(&scale).map(|(mean, scale)| (128.0 - mean) * scale).collect();
        Ok(Some([scale.iter().map(|scale| 128.0 * scale).collect(), bias]))
    }
}

impl Serialize for Resize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Shorter(side) => serializer.serialize_u64(*side as u64),
            Self::Exact(sides) => serializer.collect_seq(sides),
        }
    }
}

impl<'de> Deserialize<'de> for Resize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Resize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the shorter side of images, or `[height, width]`")
            }

            fn visit_u64<E: de::Error>(self, side: u64) -> Result<Resize, E> {
                whole_number(side.into_deserializer(), 1, MAX_SIDE).map(Resize::Shorter)
            }

            fn visit_i64<E: de::Error>(self, side: i64) -> Result<Resize, E> {
                whole_number(side.into_deserializer(), 1, MAX_SIDE).map(Resize::Shorter)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, sides: A) -> Result<Resize, A::Error> {
                let sides = SeqAccessDeserializer::new(sides);
                height_and_width(sides, MAX_SIDE, MAX_SIDE * MAX_SIDE).map(Resize::Exact)
            }
        }

        deserializer.deserialize_any(Written)
    }
}

/// Numbers in their shortest form, a single one without brackets.
fn as_written<S: Serializer>(numbers: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
    let short = |number: &f32| number.to_string().parse().unwrap_or(f64::from(*number));
    match numbers {
        [one] => serializer.serialize_f64(short(one)),
        all => serializer.collect_seq(all.iter().map(short)),
    }
}

/// One finite number or a list of them.
fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    struct Numbers;

    impl<'de> Visitor<'de> for Numbers {
        type Value = Vec<f32>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, or a list with one for each map")
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<Vec<f32>, E> {
            let number = value as f32;
            if number.is_finite() && number.abs() <= 1e6 {
                return Ok(vec![number]);
            }
            Err(E::custom(format_args!("{value} is out of range: it must lie within a million of zero")))
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<Vec<f32>, E> {
            self.visit_f64(value as f64)
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<Vec<f32>, E> {
            self.visit_f64(value as f64)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<f32>, A::Error> {
            let mut numbers = Vec::new();
            while let Some(number) = sequence.next_element::<f64>()? {
                numbers.extend(Numbers.visit_f64(number)?);
            }
            Ok(numbers)
        }
    }

    deserializer.deserialize_any(Numbers)
}

fn input_maps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    whole_number(deserializer, 1, MAX_INPUT_MAPS)
}

fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    whole_number(deserializer, 1, MAX_SIDE).map(Some)
}
