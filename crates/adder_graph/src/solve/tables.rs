//! Two tables of fingerprints: which node has a value, and which values are probably one adder away.

const VACANT: u64 = u64::MAX;

/// An exact map from fingerprints to what they belong to. Linear probing, no tombstones.
pub(super) struct Dictionary {
    keys: Vec<u64>,
    values: Vec<u32>,
    len: usize,
}

impl Dictionary {
    pub(super) fn new() -> Self {
        Self::with_slots(64)
    }

    fn with_slots(slots: usize) -> Self {
        Self { keys: vec![VACANT; slots], values: vec![0; slots], len: 0 }
    }

    pub(super) fn get(&self, key: u64) -> Option<u32> {
        let mask = self.keys.len() - 1;
        let mut slot = key as usize & mask;
        loop {
            match self.keys[slot] {
                found if found == key => return Some(self.values[slot]),
                VACANT => return None,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Inserts a key that may be there already: then the first value stays.
    pub(super) fn insert(&mut self, key: u64, value: u32) {
        if self.len * 8 > self.keys.len() {
            let old = std::mem::replace(self, Self::with_slots(self.keys.len() * 2));
            for (key, value) in old.keys.into_iter().zip(old.values) {
                if key != VACANT {
                    self.insert(key, value);
                }
            }
        }
        let mask = self.keys.len() - 1;
        let mut slot = key as usize & mask;
        while self.keys[slot] != VACANT {
            if self.keys[slot] == key {
                return;
            }
            slot = (slot + 1) & mask;
        }
        self.keys[slot] = key;
        self.values[slot] = value;
        self.len += 1;
    }

    /// Removes a key if it stands for this value.
    pub(super) fn remove(&mut self, key: u64, value: u32) {
        let mask = self.keys.len() - 1;
        let mut hole = key as usize & mask;
        while self.keys[hole] != key {
            if self.keys[hole] == VACANT {
                return;
            }
            hole = (hole + 1) & mask;
        }
        if self.values[hole] != value {
            return;
        }
        self.len -= 1;
        let mut slot = hole;
        loop {
            slot = (slot + 1) & mask;
            let key = self.keys[slot];
            if key == VACANT {
                break;
            }
            let home = key as usize & mask;
            if slot.wrapping_sub(home) & mask >= slot.wrapping_sub(hole) & mask {
                self.keys[hole] = key;
                self.values[hole] = self.values[slot];
                hole = slot;
            }
        }
        self.keys[hole] = VACANT;
    }
}

/// A set of fingerprints that forgets nothing and is wrong about a few in a thousand that were never inserted: a Bloom
/// filter of three bits in one word.
pub(super) struct Filter {
    words: Vec<u64>,
    shift: u32,
}

impl Filter {
    /// A filter for about so many keys.
    pub(super) fn new(keys: usize) -> Self {
        let words = (keys / 6).max(64).next_power_of_two();
        Self { words: vec![0; words], shift: 60 - words.trailing_zeros() }
    }

    /// Whether the key, an unsigned fingerprint, was probably inserted.
    pub(super) fn contains(&self, key: u64) -> bool {
        let bits = Self::bits(key);
        self.words[self.word(key)] & bits == bits
    }

    pub(super) fn insert(&mut self, key: u64) {
        let word = self.word(key);
        self.words[word] |= Self::bits(key);
    }

    /// The highest bits of the fingerprint, which is below 2^60.
    fn word(&self, key: u64) -> usize {
        (key >> self.shift) as usize & (self.words.len() - 1)
    }

    fn bits(key: u64) -> u64 {
        1 << (key & 63) | 1 << (key >> 6 & 63) | 1 << (key >> 12 & 63)
    }
}
