use super::random::Random;

/// How often each key occurs, and a queue of the keys that occur often enough, the most frequent first.
///
/// A key waits in the bucket of the count it had when it was queued. Counts that fall leave it there until it is met;
/// counts that rise queue it again, and the stale entry is dropped when it is met.
pub(super) struct FrequencyQueue {
    /// The least count that is worth queueing.
    least: u32,
    slots: Vec<Slot>,
    used: usize,
    buckets: Vec<Vec<u64>>,
    /// Keys whose count has risen above their bucket.
    risen: Vec<u64>,
    bulk: bool,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: u64,
    count: u32,
    /// The bucket the key waits in, or 0.
    queued: u32,
}

const VACANT: Slot = Slot { key: u64::MAX, count: 0, queued: 0 };

impl FrequencyQueue {
    /// An empty queue in bulk mode: see [`Self::end_bulk`].
    pub(super) fn new(least: u32) -> Self {
        Self {
            least,
            slots: vec![VACANT; 1 << 8],
            used: 0,
            buckets: Vec::new(),
            risen: Vec::new(),
            bulk: true,
        }
    }

    /// Queues what was counted so far. Until then nothing is queued, which saves memory while counts only rise.
    pub(super) fn end_bulk(&mut self) {
        self.bulk = false;
        let slots = self.slots.iter().filter(|slot| slot.count >= self.least);
        let keys: Vec<u64> = slots.map(|slot| slot.key).collect();
        keys.into_iter().for_each(|key| self.enqueue(key));
    }

    pub(super) fn increment(&mut self, key: u64) {
        let mut place = self.place(key);
        if self.slots[place].key != key {
            if self.used * 8 > self.slots.len() * if self.is_large() { 5 } else { 3 } {
                self.grow();
                place = self.place(key);
            }
            self.used += 1;
            self.slots[place].key = key;
        }
        let slot = &mut self.slots[place];
        slot.count += 1;
        if !self.bulk && slot.count >= self.least && slot.count > slot.queued {
            self.risen.push(key);
        }
    }

    /// Takes one off the count of a key that was counted.
    pub(super) fn decrement(&mut self, key: u64) {
        let place = self.place(key);
        self.slots[place].count -= 1;
    }

    /// Takes a key that occurs most often, any of them with equal chance. It comes again when its count rises.
    pub(super) fn pop(&mut self, random: &mut Random) -> Option<(u64, u32)> {
        for key in std::mem::take(&mut self.risen) {
            self.enqueue(key);
        }
        loop {
            let bucket = self.buckets.last_mut()?;
            if bucket.is_empty() {
                self.buckets.pop();
                continue;
            }
            let key = bucket.swap_remove(random.below(bucket.len()));
            let top = self.buckets.len() as u32 - 1;
            let place = self.place(key);
            let slot = &mut self.slots[place];
            if slot.queued != top {
                continue;
            }
            slot.queued = 0;
            if slot.count == top {
                return Some((key, top));
            }
            self.enqueue(key);
        }
    }

    /// Puts a key that was popped back, if it still occurs often enough.
    pub(super) fn enqueue(&mut self, key: u64) {
        let place = self.place(key);
        let slot = &mut self.slots[place];
        if slot.count >= self.least && slot.count > slot.queued {
            slot.queued = slot.count;
            let bucket = slot.count as usize;
            if self.buckets.len() <= bucket {
                self.buckets.resize_with(bucket + 1, Vec::new);
            }
            self.buckets[bucket].push(key);
        }
    }

    /// Where a key is, or where it would be.
    fn place(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut place = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize & mask;
        while self.slots[place].key != key && self.slots[place].key != VACANT.key {
            place = (place + 1) & mask;
        }
        place
    }

    /// Whether saving memory matters more than short probes.
    fn is_large(&self) -> bool {
        self.slots.len() >= 1 << 22
    }

    /// Makes room: drops the keys that neither occur nor wait, and doubles the table if they were few.
    fn grow(&mut self) {
        let is_live = |slot: &Slot| slot.count > 0 || slot.queued > 0;
        let live = self.slots.iter().filter(|slot| is_live(slot)).count();
        let size = if live * if self.is_large() { 3 } else { 5 } > self.slots.len() {
            self.slots.len() * 2
        } else {
            self.slots.len()
        };
        let old = std::mem::replace(&mut self.slots, vec![VACANT; size]);
        self.used = live;
        for slot in old.into_iter().filter(is_live) {
            let place = self.place(slot.key);
            self.slots[place] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_by_their_present_count() {
        let mut random = Random::new(1);
        let mut queue = FrequencyQueue::new(2);
        for key in 0..1000 {
            (0..key % 7).for_each(|_| queue.increment(key));
        }
        queue.end_bulk();
        (0..1000).filter(|key| key % 7 == 6).for_each(|key| queue.decrement(key));
        (0..20).for_each(|_| queue.increment(3));
        assert_eq!(queue.pop(&mut random), Some((3, 23)));
        let mut last = u32::MAX;
        let mut taken = 0;
        while let Some((key, count)) = queue.pop(&mut random) {
            assert_eq!(count, if key % 7 == 6 { 5 } else { key as u32 % 7 });
            assert!(count <= last && count > 1);
            last = count;
            taken += 1;
        }
        assert_eq!(taken, (0..1000).filter(|key| key % 7 > 1 && *key != 3).count());
    }
}
