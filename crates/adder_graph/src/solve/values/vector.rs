//! Vectors of factors.

use super::super::field;

/// The vector made odd, its first factor that is not zero made positive; none if it is zero.
pub(super) fn normalized(vector: &[i32]) -> Option<Vec<i32>> {
    let zeros = vector.iter().fold(0, |bits, factor| bits | factor).trailing_zeros();
    let first = vector.iter().find(|&&factor| factor != 0)?;
    Some(vector.iter().map(|factor| (factor >> zeros) * first.signum()).collect())
}

pub(in super::super) fn fingerprint(vector: &[i32]) -> u64 {
    let products = vector.iter().enumerate().filter(|&(_, &factor)| factor != 0);
    products.fold(0, |sum, (lane, &factor)| {
        field::add(sum, field::multiply(field::unit(lane), i64::from(factor)))
    })
}

/// How many signed digits the factors of a vector have.
pub(in super::super) fn digits(vector: &[i32]) -> u32 {
    let count = |&factor: &i32| {
        let magnitude = factor.unsigned_abs();
        (magnitude ^ (3 * magnitude)).count_ones()
    };
    vector.iter().map(count).sum()
}

/// Which lanes have odd factors.
pub(in super::super) fn parity(vector: &[i32]) -> u64 {
    vector.iter().enumerate().fold(0, |bits, (lane, factor)| bits ^ ((*factor as u64 & 1) << (lane & 63)))
}
