//! A short name for bytes, the same on every machine.

use std::fmt;

/// Tells inputs of a sweep apart: 64 bits of FNV-1a over named parts. It guards against mistakes, not against malice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Of nothing so far.
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes one more part into account. Names and lengths count too, so bytes cannot move from one part to the next.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        for part in [name.as_bytes(), bytes] {
            self.mix(&(part.len() as u64).to_le_bytes());
            self.mix(part);
        }
    }

    /// The lower half, for names that need not be long.
    pub(crate) fn short(self) -> u32 {
        (self.0 ^ (self.0 >> 32)) as u32
    }

    fn mix(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    fn of(parts: &[(&str, &str)]) -> String {
        let mut fingerprint = Fingerprint::new();
        parts.iter().for_each(|(name, bytes)| fingerprint.add(name, bytes.as_bytes()));
        fingerprint.to_string()
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        let mut fingerprint = Fingerprint::new();
        fingerprint.mix(b"foobar");
        assert_eq!(fingerprint.to_string(), "85944171f73967e8", "the value its authors publish");
    }

    #[test]
    fn borders_between_parts_count() {
        let all = [
            of(&[]),
            of(&[("", "")]),
            of(&[("ab", "c")]),
            of(&[("a", "bc")]),
            of(&[("a", "b"), ("c", "")]),
            of(&[("c", ""), ("a", "b")]),
        ];
        for (n, one) in all.iter().enumerate() {
            assert!(all[..n].iter().all(|other| other != one), "{n}");
        }
    }
}
