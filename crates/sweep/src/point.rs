//! The points of a sweep and their keys.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use lacuna_approximation::{Configuration, DyadicSet};
use serde::{Deserialize, Serialize};

use crate::Fingerprint;

/// The longest readable part of a key.
const MAX_SLUG: usize = 40;

/// One thing to be measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Point {
    /// The network as trained: what the others are compared with.
    Float,
    /// An approximation.
    Dyadic(Setting),
}

/// One way to approximate the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The levels of the kernels.
    pub levels: Levels,
    /// The most signed digits of all kernels together.
    pub budget: Budget,
    /// What is to be small.
    pub method: Method,
}

/// The levels of all kernels.
#[derive(Clone, Debug, PartialEq)]
pub enum Levels {
    /// One set for all layers.
    Set(DyadicSet),
    /// A set for each conv layer.
    Configuration(Configuration),
}

/// The most signed digits of all kernels together; `none` where there is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(pub Option<u64>);

/// What an approximation keeps small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The distance of each kernel, in the Frobenius norm.
    Nearest,
    /// The error of each layer's output on calibration data.
    DataAware,
}

/// A text that names no budget.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a budget is a number of signed digits for the whole network, or `none`")]
pub struct NoBudget;

impl FromStr for Budget {
    type Err = NoBudget;

    fn from_str(text: &str) -> Result<Self, NoBudget> {
        match text {
            "none" => Ok(Self(None)),
            number => number.parse().map(|digits| Self(Some(digits))).map_err(|_| NoBudget),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(digits) => write!(f, "{digits}"),
        }
    }
}

impl Method {
    /// As it stands in keys, files and legends.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::DataAware => "data_aware",
        }
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(set) => set.fmt(f),
            Self::Configuration(configuration) => f.write_str(configuration.name()),
        }
    }
}

impl Levels {
    /// Letters, digits, `_`, `-`. A plain name stands for itself; any other text gets the hash of its values.
    fn key(&self) -> String {
        let name = match self {
            Self::Set(set) => set.name().to_owned(),
            Self::Configuration(configuration) => {
                let numbers = configuration.name().chars().filter(|c| !"() \t".contains(*c));
                return numbers.map(|c| if c == ',' { '-' } else { c }).collect();
            }
        };
        if name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return name;
        }
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let slug: String = words.collect::<Vec<_>>().join("_").chars().take(MAX_SLUG).collect();
        let mut hash = Fingerprint::new();
        if let Self::Set(set) = self {
            set.values().iter().for_each(|value| hash.add("", value.to_string().as_bytes()));
        }
        format!("{slug}-{:08x}", hash.short())
    }
}

impl Point {
    /// A name for files and command lines: the same for the same point whatever other points there are, different for
    /// different ones.
    pub fn key(&self) -> String {
        match self {
            Self::Float => "float".to_owned(),
            Self::Dyadic(Setting { levels, budget, method }) => {
                format!("{}.{budget}.{}", levels.key(), method.name())
            }
        }
    }
}

/// All combinations in the order of the lists, each once; before them the float network where it is asked for.
pub fn points(float: bool, levels: &[Levels], budgets: &[Budget], methods: &[Method]) -> Vec<Point> {
    let mut points: Vec<Point> = float.then_some(Point::Float).into_iter().collect();
    for levels in levels {
        for &budget in budgets {
            for &method in methods {
                points.push(Point::Dyadic(Setting { levels: levels.clone(), budget, method }));
            }
        }
    }
    let mut seen = BTreeSet::new();
    points.retain(|point| seen.insert(point.key()));
    points
}

#[cfg(test)]
mod tests {
    use super::{Budget, Levels, Method, points};

    fn set(text: &str) -> Levels {
        Levels::Set(text.parse().expect("a set"))
    }

    fn configuration(text: &str) -> Levels {
        Levels::Configuration(text.parse().expect("a configuration"))
    }

    #[test]
    fn keys_are_plain_and_tell_points_apart() {
        let levels = [
            set("ternary"),
            set("D3"),
            set("k/4 |k|<=8"),
            set("k/8 |k|<=4"),
            set("{0, ±1/2}"),
            set("{0, 1/2, -1}"),
            set("sums of 2 powers of two from 1/16 to 2"),
            configuration("A_3"),
            configuration("A_7,3,3"),
            configuration("A_7"),
        ];
        let all =
            points(true, &levels, &[Budget(None), Budget(Some(700))], &[Method::Nearest, Method::DataAware]);
        assert_eq!(all.len(), 1 + 10 * 2 * 2, "no key stands for two points");
        let keys: Vec<String> = all.iter().map(super::Point::key).collect();
        assert_eq!(keys[..3], ["float", "ternary.none.nearest", "ternary.none.data_aware"]);
        assert!(keys.contains(&"A_7-3-3.700.nearest".to_owned()), "{keys:?}");
        for key in &keys {
            assert!(
                key.len() < 80 && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)),
                "{key}"
            );
        }
    }

    #[test]
    fn the_same_point_is_taken_once() {
        let levels = [
            set("{0, ±1, ±2}"),
            set("{0,±1,±2}"),
            set("ternary"),
            configuration("A_(3)"),
            configuration("A_3"),
        ];
        let all = points(false, &levels, &[Budget(None), Budget(None)], &[Method::Nearest]);
        let keys: Vec<String> = all.iter().map(super::Point::key).collect();
        assert_eq!(keys.len(), 3, "{keys:?}");
    }

    #[test]
    fn budgets_are_numbers_or_none() {
        assert_eq!("none".parse(), Ok(Budget(None)));
        assert_eq!("0".parse(), Ok(Budget(Some(0))));
        for text in ["", "-1", "1.5", "all", "99999999999999999999"] {
            assert!(text.parse::<Budget>().is_err(), "{text}");
        }
    }
}
