//! The `detector:` section of a project file.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, Deserializer, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

/// How a photograph is scanned and how windows become detections. Every key has a default, so an empty section is a
/// whole one.
///
/// ```yaml
/// detector:
///   first_scale: 0.6944444444444444  # 1/1.44: the photograph is first enlarged by 1.44
///   scale_factor: 1.2                # from one level of the pyramid to the next
///   threshold: 0                     # windows that score no more are dropped
///   group_iou: 0.6                   # overlap from which two windows speak for the same face
///   suppress_iou: 0.2                # overlap with a found face from which a window is spent
///   inset: [0, 0, 0, 0]              # left, top, right, bottom: where in its window the face lies
/// ```
///
/// What is read from a file is within the bounds that the keys state. A `Config` made in code with values outside them
/// finds something else, but neither panics nor hangs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "keys such as `scale_factor: 1.2`")]
pub struct Config {
    /// Pixels of the photograph per pixel of the pyramid's first level: between 1/16 and 1024. Below 1 enlarges.
    #[serde(deserialize_with = "first_scale")]
    pub first_scale: f64,
    /// The ratio between the scales of neighbouring levels: between 1.01 and 16.
    #[serde(deserialize_with = "scale_factor")]
    pub scale_factor: f64,
    /// A window is a candidate if it scores more than this; its weight is what it scores above it. Finite.
    #[serde(deserialize_with = "threshold")]
    pub threshold: f64,
    /// Two windows whose intersection over union is at least this support each other: more than 0, at most 1.
    #[serde(deserialize_with = "overlap")]
    pub group_iou: f64,
    /// A detection spends all windows whose intersection over union with it is at least this: more than 0, at most 1.
    #[serde(deserialize_with = "overlap")]
    pub suppress_iou: f64,
    /// How far inside the window the reported box lies: left and right as fractions of its width, top and bottom of
    /// its height. Each is more than -1 (negative is outside), and something is left in both directions.
    #[serde(deserialize_with = "inset")]
    pub inset: [f64; 4],
}

impl Default for Config {
    fn default() -> Self {
        Self {
            first_scale: 1.0 / 1.44,
            scale_factor: 1.2,
            threshold: 0.0,
            group_iou: 0.6,
            suppress_iou: 0.2,
            inset: [0.0; 4],
        }
    }
}

/// Reads a number within bounds. The check is made while the number is read, so that an error carries its own line.
struct Bounded {
    right: fn(f64) -> bool,
    must: &'static str,
}

impl Visitor<'_> for Bounded {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number that is {}", self.must)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        if (self.right)(value) { Ok(value) } else { Err(E::invalid_value(Unexpected::Float(value), &self)) }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
        self.visit_f64(value as f64)
    }
}

fn first_scale<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let right = |value| (1.0 / 16.0..=1024.0).contains(&value);
    deserializer.deserialize_f64(Bounded { right, must: "between 0.0625 and 1024" })
}

fn scale_factor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let right = |value| (1.01..=16.0).contains(&value);
    deserializer.deserialize_f64(Bounded { right, must: "between 1.01 and 16" })
}

fn threshold<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    deserializer.deserialize_f64(Bounded { right: f64::is_finite, must: "finite" })
}

fn overlap<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let right = |value| value > 0.0 && value <= 1.0;
    deserializer.deserialize_f64(Bounded { right, must: "more than 0 and at most 1" })
}

fn inset<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[f64; 4], D::Error> {
    struct Written;
    impl<'de> Visitor<'de> for Written {
        type Value = [f64; 4];

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("four numbers (left, top, right, bottom)")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<[f64; 4], A::Error> {
            let value = <[f64; 4]>::deserialize(SeqAccessDeserializer::new(sequence))?;
            let [left, top, right, bottom] = value;
            if value.iter().all(|&side| side > -1.0) && left + right < 1.0 && top + bottom < 1.0 {
                return Ok(value);
            }
            Err(de::Error::custom(format!(
                "inset {value:?}: each number must be more than -1, and left + right and top + bottom less than 1"
            )))
        }
    }
    deserializer.deserialize_seq(Written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(section: &str) -> Result<Config, String> {
        #[derive(Deserialize)]
        struct Project {
            detector: Config,
        }
        let text = format!("detector:\n  # how to scan\n  {section}\n");
        serde_yaml::from_str::<Project>(&text).map(|project| project.detector).map_err(|e| e.to_string())
    }

    #[test]
    fn every_key_has_a_default() {
        assert_eq!(read("{}"), Ok(Config::default()));
        assert_eq!(read("threshold: 1"), Ok(Config { threshold: 1.0, ..Config::default() }));
        assert_eq!(read("threshold: -1.5"), Ok(Config { threshold: -1.5, ..Config::default() }));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let config = Config { threshold: -0.25, inset: [0.1, -0.2, 0.3, 0.0], ..Config::default() };
        let text = serde_yaml::to_string(&config).unwrap();
        assert_eq!(serde_yaml::from_str::<Config>(&text).unwrap(), config);
    }

    #[test]
    fn errors_name_key_place_and_what_would_be_right() {
        for (section, message) in [
            (
                "group_iou: 0.4\n  first_scale: 0",
                "detector.first_scale: invalid value: floating point `0.0`, expected a number that is between 0.0625 \
                 and 1024 at line 4 column 16",
            ),
            (
                "scale_factor: 1",
                "detector.scale_factor: invalid value: floating point `1.0`, expected a number that is between 1.01 \
                 and 16 at line 3 column 17",
            ),
            (
                "threshold: .nan",
                "detector.threshold: invalid value: floating point `NaN`, expected a number that is finite at line 3 \
                 column 14",
            ),
            (
                "threshold: high",
                "detector.threshold: invalid type: string \"high\", expected a number that is finite at line 3 \
                 column 14",
            ),
            (
                "group_iou: 0",
                "detector.group_iou: invalid value: floating point `0.0`, expected a number that is more than 0 and \
                 at most 1 at line 3 column 14",
            ),
            (
                "suppress_iou: 1.5",
                "detector.suppress_iou: invalid value: floating point `1.5`, expected a number that is more than 0 \
                 and at most 1 at line 3 column 17",
            ),
            (
                "inset: [0.5, 0, 0.5, 0]",
                "detector.inset: inset [0.5, 0.0, 0.5, 0.0]: each number must be more than -1, and left + right and \
                 top + bottom less than 1 at line 3 column 10",
            ),
            (
                "inset: [0, 0]",
                "detector.inset: invalid length 2, expected an array of length 4 at line 3 column 10",
            ),
            (
                "inset: [0, 0, 0, 0, 0]",
                "detector.inset: invalid length 5, expected sequence of 4 elements at line 3 column 10",
            ),
            (
                "scale: 2",
                "detector: unknown field `scale`, expected one of `first_scale`, `scale_factor`, `threshold`, \
                 `group_iou`, `suppress_iou`, `inset` at line 3 column 3",
            ),
        ] {
            assert_eq!(read(section), Err(message.to_owned()), "{section}");
        }
    }
}
