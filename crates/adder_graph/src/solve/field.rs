//! Arithmetic modulo the prime 2^61 - 1, in which vectors of integers are fingerprinted.
//!
//! A fingerprint is a fixed random linear form of the vector, so that the fingerprint of a sum is the sum of the
//! fingerprints, multiplying by a power of two is a rotation, and so is dividing by one.

const PRIME: u64 = (1 << 61) - 1;

pub(super) fn add(a: u64, b: u64) -> u64 {
    let sum = a + b;
    sum.min(sum.wrapping_sub(PRIME))
}

pub(super) fn subtract(a: u64, b: u64) -> u64 {
    let difference = a.wrapping_sub(b);
    difference.min(difference.wrapping_add(PRIME))
}

pub(super) fn negate(a: u64) -> u64 {
    subtract(0, a)
}

/// `a * 2^shift`; `shift` is at most 60.
pub(super) fn shift_left(a: u64, shift: u32) -> u64 {
    ((a << shift) & PRIME) | (a >> (61 - shift))
}

/// `a / 2^shift`; `shift` is at most 60.
pub(super) fn shift_right(a: u64, shift: u32) -> u64 {
    shift_left(a, (61 - shift) % 61)
}

/// The lesser of `a` and `-a`: what two vectors that differ in sign only have in common.
pub(super) fn unsigned(a: u64) -> u64 {
    a.min(PRIME - a)
}

/// The fingerprint of the unit vector of an input: pseudo-random, never zero.
pub(super) fn unit(input: usize) -> u64 {
    let mut random = super::random::Random::new(input as u64 ^ 0x5851_f42d_4c95_7f2d);
    1 + random.next() % (PRIME - 1)
}

pub(super) fn multiply(a: u64, factor: i64) -> u64 {
    let product = (u128::from(a) * u128::from(factor.unsigned_abs()) % u128::from(PRIME)) as u64;
    if factor < 0 { negate(product) } else { product }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_multiply_and_divide() {
        let a = unit(3);
        assert_eq!(shift_left(a, 5), multiply(a, 32));
        assert_eq!(shift_right(multiply(a, 40), 3), multiply(a, 5));
        assert_eq!(shift_right(a, 0), a);
        assert_eq!(add(multiply(a, 7), multiply(a, -7)), 0);
        assert_eq!(subtract(multiply(a, 3), multiply(a, 5)), multiply(a, -2));
        assert_eq!(unsigned(a), unsigned(negate(a)));
    }
}
