//! Dyadic rationals: the numbers a shift-and-add circuit can multiply by.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};
use std::str::FromStr;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// An exact dyadic rational `mantissa · 2^exponent`, kept with an odd mantissa (zero is `0 · 2^0`).
///
/// Arithmetic is exact and panics when the mantissa would pass 63 bits: the weights of a network are short sums of
/// powers of two, so a longer mantissa is a fault of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dyadic {
    mantissa: i64,
    exponent: i32,
}

/// Fraction bits up to which a number written in decimals counts as meant to be dyadic.
const WRITTEN_FRACTION_BITS: i32 = 30;

/// A number that was expected to be `k / 2^f` is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is not dyadic: it must be k/2^f with an integer k and f <= {WRITTEN_FRACTION_BITS}, such as 3/8, -0.625 or 2"
)]
pub struct NotDyadic(String);

impl Dyadic {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, exponent: 0 };
    /// One.
    pub const ONE: Self = Self { mantissa: 1, exponent: 0 };

    /// `mantissa · 2^exponent`.
    pub fn new(mantissa: i64, exponent: i32) -> Self {
        if mantissa == 0 {
            return Self::ZERO;
        }
        let twos = mantissa.trailing_zeros();
        Self { mantissa: mantissa >> twos, exponent: exponent + twos as i32 }
    }

    /// The double nearest to `x` on the grid of `2^-fraction`, ties away from zero.
    ///
    /// # Panics
    /// If `x` is not finite or needs more than 62 bits on that grid.
    pub fn round(x: f64, fraction: i32) -> Self {
        let scaled = (x * (f64::from(fraction)).exp2()).round();
        assert!(scaled.abs() < 2f64.powi(62), "{x} needs more than 62 bits at {fraction} fraction bits");
        Self::new(scaled as i64, -fraction)
    }

    /// The odd mantissa (zero for zero).
    pub fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// The power of two the mantissa stands for.
    pub fn exponent(self) -> i32 {
        self.exponent
    }

    /// The number of fraction bits it needs: the least `f >= 0` with `self · 2^f` an integer.
    pub fn fraction_bits(self) -> i32 {
        (-self.exponent).max(0)
    }

    /// `self · 2^fraction`, or `None` where that is no integer or passes 63 bits.
    pub fn to_integer(self, fraction: i32) -> Option<i64> {
        if self.mantissa == 0 {
            return Some(0);
        }
        let shift = u32::try_from(self.exponent + fraction).ok()?;
        let room = self.mantissa.unsigned_abs().leading_zeros();
        (shift + 1 < room).then(|| self.mantissa << shift)
    }

    /// Whether the value is zero.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// The absolute value.
    pub fn abs(self) -> Self {
        Self { mantissa: self.mantissa.abs(), ..self }
    }

    /// The value as a double. Exact whenever the mantissa has at most 53 bits.
    pub fn to_f64(self) -> f64 {
        self.mantissa as f64 * power_of_two(self.exponent)
    }

    /// The canonical signed digits: the shortest sum of `±2^k`, no two exponents adjacent, highest first.
    ///
    /// Returns pairs of (negative, exponent).
    pub fn signed_digits(self) -> Vec<(bool, i32)> {
        let mut digits = Vec::new();
        let mut rest = i128::from(self.mantissa);
        let mut exponent = self.exponent;
        while rest != 0 {
            if rest & 1 == 1 {
                let negative = rest & 3 == 3;
                digits.push((negative, exponent));
                rest += if negative { 1 } else { -1 };
            }
            rest >>= 1;
            exponent += 1;
        }
        digits.reverse();
        digits
    }

    fn aligned(self, other: Self) -> (i128, i128, i32) {
        let exponent = match (self.is_zero(), other.is_zero()) {
            (true, _) => other.exponent,
            (_, true) => self.exponent,
            _ => self.exponent.min(other.exponent),
        };
        let lift = |d: Self| {
            let shift = if d.is_zero() { 0 } else { d.exponent - exponent };
            assert!(shift < 64, "sum of dyadics {self} and {other} passes 63 bits");
            i128::from(d.mantissa) << shift
        };
        (lift(self), lift(other), exponent)
    }

    fn from_wide(mantissa: i128, exponent: i32) -> Self {
        if mantissa == 0 {
            return Self::ZERO;
        }
        let twos = mantissa.trailing_zeros();
        let odd = i64::try_from(mantissa >> twos).expect("a dyadic's mantissa passes 63 bits");
        Self { mantissa: odd, exponent: exponent + twos as i32 }
    }
}

/// `2^exponent`, by its bits where the double is a normal one: curves ask for it at every pixel.
fn power_of_two(exponent: i32) -> f64 {
    match u64::try_from(exponent + 1023) {
        Ok(biased @ 1..=2046) => f64::from_bits(biased << 52),
        _ => f64::from(exponent).exp2(),
    }
}

impl TryFrom<f64> for Dyadic {
    type Error = NotDyadic;

    /// Takes a number as a person wrote it: dyadic only with at most 30 fraction bits, so that `0.3` is refused
    /// although its double is a dyadic rational of 54 bits.
    fn try_from(x: f64) -> Result<Self, NotDyadic> {
        let scaled = x * f64::from(WRITTEN_FRACTION_BITS).exp2();
        if !scaled.is_finite() || scaled.fract() != 0.0 || scaled.abs() >= 2f64.powi(62) {
            return Err(NotDyadic(x.to_string()));
        }
        Ok(Self::new(scaled as i64, -WRITTEN_FRACTION_BITS))
    }
}

impl FromStr for Dyadic {
    type Err = NotDyadic;

    /// Reads `3`, `-0.375`, `3/8` or `3/2^3`.
    fn from_str(text: &str) -> Result<Self, NotDyadic> {
        let refuse = || NotDyadic(format!("`{text}`"));
        let Some((numerator, denominator)) = text.split_once('/') else {
            let number: f64 = text.trim().parse().map_err(|_| refuse())?;
            return Self::try_from(number);
        };
        let numerator: i64 = numerator.trim().parse().map_err(|_| refuse())?;
        let fraction = match denominator.trim().split_once('^') {
            Some(("2", power)) => power.parse::<u32>().map_err(|_| refuse())?,
            Some(_) => return Err(refuse()),
            None => {
                let denominator: u64 = denominator.trim().parse().map_err(|_| refuse())?;
                if !denominator.is_power_of_two() {
                    return Err(refuse());
                }
                denominator.trailing_zeros()
            }
        };
        if fraction > WRITTEN_FRACTION_BITS as u32 || numerator.unsigned_abs() >= 1 << 62 {
            return Err(refuse());
        }
        Ok(Self::new(numerator, -(fraction as i32)))
    }
}

impl fmt::Display for Dyadic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exponent {
            0 => write!(f, "{}", self.mantissa),
            e if e < 0 && e > -63 => write!(f, "{}/{}", self.mantissa, 1_u64 << -e),
            e if (0..62).contains(&e) && self.mantissa.unsigned_abs().leading_zeros() as i32 > e + 1 => {
                write!(f, "{}", self.mantissa << e)
            }
            e => write!(f, "{}*2^{e}", self.mantissa),
        }
    }
}

impl PartialOrd for Dyadic {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dyadic {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let (a, b, _) = self.aligned(*other);
        a.cmp(&b)
    }
}

impl Neg for Dyadic {
    type Output = Self;
    fn neg(self) -> Self {
        Self { mantissa: -self.mantissa, ..self }
    }
}

impl Add for Dyadic {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (a, b, exponent) = self.aligned(other);
        Self::from_wide(a + b, exponent)
    }
}

impl Sub for Dyadic {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Dyadic {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let product = i128::from(self.mantissa) * i128::from(other.mantissa);
        Self::from_wide(product, self.exponent + other.exponent)
    }
}

impl Serialize for Dyadic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Dyadic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Dyadic;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a dyadic rational such as 3/8, -0.625 or 2")
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Dyadic, E> {
                v.to_string().parse().map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Dyadic, E> {
                v.to_string().parse().map_err(E::custom)
            }
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Dyadic, E> {
                Dyadic::try_from(v).map_err(E::custom)
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Dyadic, E> {
                v.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_prints_what_people_write() {
        for (text, printed) in
            [("3", "3"), ("-6", "-6"), ("0.375", "3/8"), ("-10/16", "-5/8"), ("3/2^3", "3/8"), ("0", "0")]
        {
            assert_eq!(text.parse::<Dyadic>().unwrap().to_string(), printed, "{text}");
        }
        for text in ["0.3", "1/3", "1/0", "x", "inf", "nan", "1/2^40", "1/4/2", ""] {
            let message = text.parse::<Dyadic>().unwrap_err().to_string();
            assert!(message.contains("is not dyadic"), "{text}: {message}");
        }
    }

    #[test]
    fn signed_digits_are_canonical() {
        let digits = |m, e| Dyadic::new(m, e).signed_digits();
        assert_eq!(digits(7, -3), [(false, 0), (true, -3)]);
        assert_eq!(digits(-11, 0), [(true, 4), (false, 2), (false, 0)]);
        assert_eq!(digits(0, 0), []);
    }

    proptest! {
        #[test]
        fn arithmetic_is_exact(a in -4096_i64..4096, b in -4096_i64..4096, e in -8_i32..8, f in -8_i32..8) {
            let (x, y) = (Dyadic::new(a, e), Dyadic::new(b, f));
            prop_assert_eq!((x + y).to_f64(), x.to_f64() + y.to_f64());
            prop_assert_eq!((x - y).to_f64(), x.to_f64() - y.to_f64());
            prop_assert_eq!((x * y).to_f64(), x.to_f64() * y.to_f64());
            prop_assert_eq!(x.cmp(&y), x.to_f64().total_cmp(&y.to_f64()));
            prop_assert_eq!(x.to_string().parse::<Dyadic>().unwrap(), x);
            prop_assert_eq!(x.to_integer(8).unwrap(), (x.to_f64() * 256.0) as i64);
            let sum: f64 = x.signed_digits().iter()
                .map(|&(n, k)| if n { -f64::from(k).exp2() } else { f64::from(k).exp2() }).sum();
            prop_assert_eq!(sum, x.to_f64());
        }
    }
}
