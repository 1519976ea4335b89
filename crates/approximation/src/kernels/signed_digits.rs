//! The nearest number that has few signed digits.
//!
//! A factor with `n` signed digits costs `n - 1` adders, so scales and coefficients are rounded to the nearest sum of
//! at most `n` terms `±2^e`. Taking the nearest power of two again and again is not always best, so both neighbouring
//! powers are followed.
//!
//! Why two are enough: a number whose canonical form leads with `2^k` lies between `2/3·2^k` and `4/3·2^k`. If `x` lies
//! in `[2^f, 2^(f+1))`, one that leads with `2^(f-1)` or less stays below `2/3·2^f`, and `2^f` itself is nearer; one
//! that leads with `2^(f+2)` or more stays above `8/3·2^f`, and `2^(f+1)` is nearer.

use lacuna_network::Dyadic;

/// The sum of at most `digits` terms `±2^e` nearest to `x`, with every `e` at least `lowest`; zero when `x` is nearer
/// to it than to `2^lowest`, or when it has none of the two neighbours.
///
/// `|x|` must lie below `2^(lowest + 60)`.
pub(crate) fn nearest_on_grid(x: f64, digits: u32, lowest: i32) -> Dyadic {
    let scaled = scale_by_power(x.abs(), -lowest);
    let mantissa = nearest_integer(scaled, digits);
    Dyadic::new(if x < 0.0 { -mantissa } else { mantissa }, lowest)
}

/// The sum of at most `digits` terms `±2^e` nearest to `x`, none of them more than `places` binary places below the
/// leading bit of `x`.
pub(crate) fn nearest(x: f64, digits: u32, places: u32) -> Dyadic {
    if x == 0.0 {
        return Dyadic::ZERO;
    }
    nearest_on_grid(x, digits, floor_log2(x.abs()) - places as i32)
}

/// A finite double as the dyadic rational that it is; zero when it lies below `2^-1060` or so.
pub(crate) fn exact(x: f64) -> Dyadic {
    if x == 0.0 {
        return Dyadic::ZERO;
    }
    let exponent = floor_log2(x.abs()) - 52;
    Dyadic::new(scale_by_power(x, -exponent) as i64, exponent)
}

/// Binary places that `digits` signed digits may span: three a digit, where the average gap is below two and a half.
pub(crate) fn places(digits: u32) -> u32 {
    3 * digits
}

/// The number of signed digits of a dyadic.
pub(crate) fn count(x: Dyadic) -> usize {
    digits_of(x.mantissa().unsigned_abs()) as usize
}

/// Nonzero digits of the canonical signed-digit form: where `3n` and `n` differ.
fn digits_of(n: u64) -> u32 {
    let n = u128::from(n);
    ((3 * n) ^ n).count_ones()
}

/// `floor(log2 x)` for finite `x > 0`, exactly, denormals included.
pub(crate) fn floor_log2(x: f64) -> i32 {
    let exponent = (x.to_bits() >> 52) as i32 & 0x7ff;
    if exponent > 0 { exponent - 1023 } else { floor_log2(x * 2f64.powi(200)) - 200 }
}

/// `x · 2^power` in two steps, so that no intermediate leaves the range while the result is in it.
pub(crate) fn scale_by_power(x: f64, power: i32) -> f64 {
    let half = power / 2;
    x * f64::from(half).exp2() * f64::from(power - half).exp2()
}

fn nearest_integer(x: f64, digits: u32) -> i64 {
    let rounded = x.round() as i64;
    if digits_of(rounded.unsigned_abs()) <= digits {
        return rounded;
    }
    if digits == 0 {
        return 0;
    }
    let magnitude = x.abs();
    let low = floor_log2(magnitude).max(0);
    let follow = |lead: i32| {
        let power = 1_i64 << lead;
        power + nearest_integer(magnitude - power as f64, digits - 1)
    };
    let (a, b) = (follow(low), follow(low + 1));
    let best = if (b as f64 - magnitude).abs() < (a as f64 - magnitude).abs() { b } else { a };
    if x < 0.0 { -best } else { best }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn counts_agree_with_the_canonical_form() {
        for k in -5000..5000 {
            let x = Dyadic::new(k, -4);
            assert_eq!(count(x), x.signed_digits().len(), "{x}");
        }
    }

    #[test]
    fn known_roundings() {
        let near = |x: f64, digits| nearest(x, digits, 12).to_f64();
        assert_eq!(near(0.0, 3), 0.0);
        assert_eq!(near(0.74, 1), 0.5);
        assert_eq!(near(0.76, 1), 1.0);
        assert_eq!(near(-0.7, 2), -0.75);
        assert_eq!(near(0.66, 2), 0.625);
        assert_eq!(near(11.0, 3), 11.0);
        assert_eq!(near(43.2, 3), 44.0, "43 has four digits, 44 = 32 + 16 - 4 three");
        assert_eq!(near(42.8, 3), 42.0);
        assert_eq!(nearest_on_grid(0.2, 4, -1).to_f64(), 0.0);
        assert_eq!(nearest_on_grid(0.3, 4, -1).to_f64(), 0.5);
        assert_eq!(floor_log2(f64::from_bits(1)), -1074);
        assert_eq!(nearest(f64::from_bits(1), 2, 6).to_f64(), f64::from_bits(1));
    }

    #[test]
    fn every_float_is_a_dyadic() {
        for x in [0.0, 1.0, -0.1, 1e30, f64::from(f32::MIN_POSITIVE), f64::from(f32::from_bits(1)), -3.25] {
            assert_eq!(exact(x).to_f64(), x);
        }
        assert_eq!(exact(0.375), Dyadic::new(3, -3));
    }

    /// Against all numbers on the grid that have so few digits.
    #[test]
    fn nothing_is_nearer() {
        let mut random = Random::seeded(1);
        for _ in 0..500 {
            let (x, digits) = (random.uniform() * 1024.0, random.below(6) as u32);
            let got = nearest_on_grid(x, digits, 0);
            assert!(count(got) <= digits as usize);
            let best = (0..=2048_u64)
                .filter(|&k| digits_of(k) <= digits)
                .map(|k| (k as f64 - x).abs())
                .fold(f64::INFINITY, f64::min);
            assert!((got.to_f64() - x).abs() <= best, "{x} with {digits}: {got}");
        }
    }
}
