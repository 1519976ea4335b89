//! Finite sets of dyadic rationals: the levels a kernel's weights may take, before its scale.

use std::fmt;
use std::str::FromStr;

use lacuna_network::Dyadic;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::SetError;

/// The most values a set may have; far more than any circuit wants, few enough for every solver here.
pub(crate) const MAX_VALUES: u64 = 4096;

/// Exponents of magnitudes lie within `±30`, so that products with scales stay far from a dyadic's limits.
const MAX_EXPONENT: i32 = 30;

/// Exponents of `sums of n powers of two` where none are given: six halvings below one.
const POWERS: (i32, i32) = (-6, 0);

/// A finite set of dyadic rationals, at least one of them not zero.
///
/// It need neither hold zero nor be symmetric about it, although all named sets do and are. Written as
///
/// | form | values |
/// |---|---|
/// | `ternary` | `{0, ±1}` |
/// | `D1` .. `D8` | `k / 2^b` with `\|k\| <= 2^b` (reconstructed: the paper's own sets could not be had) |
/// | `k/8 \|k\|<=16` | a range; the denominator is a power of two |
/// | `"{0, ±1/2, ±1, ±2}"` | the values one by one (in quotes: plain braces are a mapping in YAML) |
/// | `sums of 2 powers of two` | all sums of at most two terms `±2^e` with `-6 <= e <= 0` |
/// | `sums of 2 powers of two from 1/16 to 2` | the same with `1/16 <= 2^e <= 2` |
/// | `[-1, 0, 1/2]` | a list |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DyadicSet {
    name: String,
    values: Vec<Dyadic>,
}

impl DyadicSet {
    /// The set of these values, in any order, repetitions allowed.
    ///
    /// # Errors
    /// No value other than zero, too many values, or one out of range.
    pub fn new(values: impl IntoIterator<Item = Dyadic>) -> Result<Self, SetError> {
        let values = checked(values.into_iter().collect())?;
        let texts: Vec<String> = values.iter().map(Dyadic::to_string).collect();
        Ok(Self { name: format!("{{{}}}", texts.join(", ")), values })
    }

    /// The name as it was written; it reads back as the same set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values in ascending order.
    pub fn values(&self) -> &[Dyadic] {
        &self.values
    }
}

impl Default for DyadicSet {
    /// `k/8 |k|<=16`: 33 values, about one part in 27 of a Gaussian kernel's norm.
    fn default() -> Self {
        "k/8 |k|<=16".parse().expect("a range of 33 values is a set")
    }
}

impl fmt::Display for DyadicSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl FromStr for DyadicSet {
    type Err = SetError;

    fn from_str(text: &str) -> Result<Self, SetError> {
        let name = text.trim().to_owned();
        let plain: String = name.chars().filter(|c| !c.is_whitespace()).collect();
        let between = |open, close| name.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
        let values = if plain == "ternary" {
            range(1, 0)?
        } else if let Some(list) = between('{', '}').or_else(|| between('[', ']')) {
            signed_list(list)?
        } else if let Some(sums) = name.strip_prefix("sums of ") {
            let (terms, lowest, highest) =
                power_terms(sums).ok_or_else(|| SetError::UnknownName(name.clone()))?;
            power_sums(terms, lowest, highest)?
        } else if let Some(bits) = reconstructed(&name) {
            range(1 << bits, bits)?
        } else {
            let (limit, fraction) =
                bounded_range(&plain).ok_or_else(|| SetError::UnknownName(name.clone()))?;
            range(limit, fraction)?
        };
        Ok(Self { name, values: checked(values)? })
    }
}

fn checked(mut values: Vec<Dyadic>) -> Result<Vec<Dyadic>, SetError> {
    for value in &values {
        if !value.is_zero() && value.abs().to_f64().log2().abs() > f64::from(MAX_EXPONENT) {
            return Err(SetError::Range(value.to_string()));
        }
    }
    values.sort_unstable_by(|a, b| a.to_f64().total_cmp(&b.to_f64()));
    values.dedup();
    if values.iter().all(|v| v.is_zero()) {
        return Err(SetError::Empty);
    }
    if values.len() as u64 > MAX_VALUES {
        return Err(SetError::TooMany(values.len() as u64));
    }
    Ok(values)
}

/// `k / 2^fraction` for `|k| <= limit`.
fn range(limit: i64, fraction: i32) -> Result<Vec<Dyadic>, SetError> {
    let count = 2 * limit.unsigned_abs() + 1;
    if count > MAX_VALUES {
        return Err(SetError::TooMany(count));
    }
    Ok((-limit..=limit).map(|k| Dyadic::new(k, -fraction)).collect())
}

/// `D1` .. `D8`.
fn reconstructed(name: &str) -> Option<i32> {
    (1..=8).find(|bits| name == format!("D{bits}"))
}

/// `k/8|k|<=16`, `k/2^3,|k|<=16`, `k|k|<=2`: the limit and the fraction bits.
fn bounded_range(plain: &str) -> Option<(i64, i32)> {
    let (ratio, limit) = plain.split_once("|k|")?;
    let limit = limit.strip_prefix("<=").or_else(|| limit.strip_prefix('≤'))?;
    let ratio = ratio.strip_suffix(',').unwrap_or(ratio).strip_prefix('k')?;
    let unit: Dyadic = format!("1{ratio}").parse().ok()?;
    let limit: i64 = limit.parse().ok()?;
    (unit.mantissa() == 1 && unit.exponent() <= 0 && (1..=1 << 40).contains(&limit))
        .then_some((limit, -unit.exponent()))
}

/// `0,±1/2,-2`.
fn signed_list(list: &str) -> Result<Vec<Dyadic>, SetError> {
    let mut values = Vec::new();
    if list.trim().is_empty() {
        return Ok(values);
    }
    for item in list.split(',').map(str::trim) {
        if let Some(magnitude) = item.strip_prefix('±').or_else(|| item.strip_prefix("+-")) {
            let value: Dyadic = magnitude.trim_start().parse()?;
            values.extend([value, -value]);
        } else {
            values.push(item.parse()?);
        }
    }
    Ok(values)
}

/// `2 powers of two`, `2 powers of two from 1/16 to 2`: the number of terms, lowest and highest exponent.
fn power_terms(text: &str) -> Option<(u32, i32, i32)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let exponent = |word: &str| {
        let value: Dyadic = word.parse().ok()?;
        (value.mantissa() == 1).then(|| value.exponent())
    };
    let (terms, lowest, highest) = match words.as_slice() {
        [n, "power" | "powers", "of", "two"] => (n, POWERS.0, POWERS.1),
        [n, "power" | "powers", "of", "two", "from", low, "to", high] => (n, exponent(low)?, exponent(high)?),
        _ => return None,
    };
    let terms: u32 = terms.parse().ok()?;
    ((1..=8).contains(&terms) && lowest <= highest).then_some((terms, lowest, highest))
}

/// All sums of at most `terms` terms `±2^e`, `lowest <= e <= highest`.
fn power_sums(terms: u32, lowest: i32, highest: i32) -> Result<Vec<Dyadic>, SetError> {
    if highest - lowest > MAX_EXPONENT {
        return Err(SetError::Range(Dyadic::new(1, lowest).to_string()));
    }
    let mut sums = vec![0_i64];
    for _ in 0..terms {
        let mut more = sums.clone();
        for e in 0..=highest - lowest {
            more.extend(sums.iter().flat_map(|s| [s + (1 << e), s - (1 << e)]));
        }
        more.sort_unstable();
        more.dedup();
        if more.len() as u64 > MAX_VALUES {
            return Err(SetError::TooMany(more.len() as u64));
        }
        sums = more;
    }
    Ok(sums.into_iter().map(|k| Dyadic::new(k, lowest)).collect())
}

impl Serialize for DyadicSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for DyadicSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = DyadicSet;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "the name of a set such as `ternary` or `k/8 |k|<=16`, or a list of dyadic rationals",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<DyadicSet, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<DyadicSet, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element::<Dyadic>()? {
                    values.push(value);
                    if values.len() as u64 > MAX_VALUES {
                        return Err(de::Error::custom(SetError::TooMany(values.len() as u64)));
                    }
                }
                DyadicSet::new(values).map_err(de::Error::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<DyadicSet, A::Error> {
                Err(de::Error::custom("a set in braces must stand in quotes, such as \"{0, ±1, ±2}\""))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<f64> {
        let set: DyadicSet = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        set.values().iter().map(|v| v.to_f64()).collect()
    }

    #[test]
    fn names_stand_for_their_values() {
        assert_eq!(values("ternary"), [-1.0, 0.0, 1.0]);
        assert_eq!(values("D1"), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(values("D8").len(), 513);
        assert_eq!(values("k/8 |k|<=16").len(), 33);
        assert_eq!(values("k/4, |k| ≤ 8"), values("k/2^2,|k|<=8"));
        assert_eq!(values("k |k|<=2"), [-2.0, -1.0, 0.0, 1.0, 2.0]);
        assert_eq!(values("{0, ±1/2, ±1, ±2}"), [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]);
        assert_eq!(values("{1, 3/4, 1}"), [0.75, 1.0]);
        assert_eq!(values("[0, 1/2, -1]"), [-1.0, 0.0, 0.5]);
        assert_eq!(values("{ 0,±1 , ± 2 }").len(), 5);
        let sums = values("sums of 2 powers of two from 1/4 to 1");
        assert_eq!(
            sums,
            [-2.0, -1.5, -1.25, -1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0]
        );
    }

    #[test]
    fn a_name_reads_back_as_the_same_set() {
        let set = DyadicSet::new([Dyadic::new(-3, -3), Dyadic::ONE, Dyadic::ZERO]).unwrap();
        assert_eq!(set.name(), "{-3/8, 0, 1}");
        assert_eq!(set.name().parse::<DyadicSet>().unwrap(), set);
    }

    #[test]
    fn what_is_no_set_says_what_would_be() {
        let message = |text: &str| text.parse::<DyadicSet>().unwrap_err().to_string();
        for text in [
            "quaternary",
            "",
            "D9",
            "D08",
            "D 3",
            "D0",
            "k/3 |k|<=2",
            "k/8 |k|<=0",
            "sums of 9 powers of two",
            "sums of x",
        ] {
            assert!(message(text).contains("names no set: write `ternary`"), "{text}: {}", message(text));
        }
        assert!(message("{0, 0.3}").contains("is not dyadic"));
        assert!(message("{0 1}").contains("is not dyadic"), "{}", message("{0 1}"));
        assert!(message("{0,,1}").contains("is not dyadic"));
        assert!(message("{0}").contains("other than zero"));
        assert!(message("{}").contains("other than zero"));
        assert!(message("k/8 |k|<=9999").contains("at most 4096"));
        assert!(message("k/8 |k|<=99999999999").contains("at most 4096"));
        assert!(message("sums of 8 powers of two from 2^-20 to 1").contains("names no set"));
        assert!(message("sums of 8 powers of two from 1/2^20 to 1").contains("at most 4096"));
        assert!(message("{0, 1/2^30, 2147483648}").contains("out of range"));
    }

    #[test]
    fn yaml_takes_names_and_lists_and_points_at_the_fault() {
        let read = |text: &str| serde_yaml::from_str::<DyadicSet>(text).map_err(|e| e.to_string());
        assert_eq!(read("[0, 1, -0.5, 3/8]").unwrap().values().len(), 4);
        assert_eq!(read("k/4 |k|<=8").unwrap().values().len(), 17);
        assert_eq!(read("'{0, ±1}'").unwrap().values().len(), 3);
        assert!(read("{0, ±1}").unwrap_err().contains("in quotes"));
        let refused = read("[0, 1,\n 0.3]").unwrap_err();
        assert!(refused.contains("0.3 is not dyadic") && refused.contains("line 2"), "{refused}");
        assert!(read("3").unwrap_err().contains("name of a set"));
    }
}
