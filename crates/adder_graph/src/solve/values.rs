mod near;
mod vector;

use super::field;
use super::random::Random;
use super::tables::{Dictionary, Filter};
use super::term::Term;
use vector::normalized;
pub(super) use vector::{digits, fingerprint, parity};

/// Adders by value: which integer vectors are there, and which are one or two adders away.
///
/// A node is a vector of factors, one a lane (an input of the block). Vectors are compared by fingerprint, so a look-up
/// costs the same for any number of lanes.
pub(super) struct Values {
    lanes: usize,
    /// The greatest magnitude of a factor in a new node.
    bound: i32,
    /// Length of a run in `shifted`.
    stride: usize,
    nodes: Vec<Node>,
    vectors: Vec<i32>,
    /// Fingerprints of each node times 1, 2, 4, ... as far as its factors stay within the bound.
    shifted: Vec<u64>,
    users: Vec<Vec<u32>>,
    live: Vec<u32>,
    free: Vec<u32>,
    dictionary: Dictionary,
    /// Sums of two shifted nodes. Nodes that are gone leave theirs behind until it is made anew.
    near: Filter,
    entries: usize,
    capacity: usize,
    targets: Vec<Target>,
    work: u64,
}

/// A vector to be made, odd, its first factor that is not zero positive.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) fingerprint: u64,
    pub(super) vector: Vec<i32>,
}

#[derive(Clone, Debug)]
struct Node {
    fingerprint: u64,
    /// The node is their sum, unless it is an input.
    terms: [Term; 2],
    target: Option<u32>,
    shifts: u32,
    /// Where the node stands in `live`, or `GONE`.
    position: u32,
    /// Which lanes have odd factors, 64 lanes folded into a word.
    parity: u64,
}

const GONE: u32 = u32::MAX;

impl Values {
    /// The inputs alone, and the distinct targets among the vectors, all of as many lanes. Factors are below 2^20.
    pub(super) fn new(lanes: usize, vectors: &[Vec<i32>]) -> Self {
        let greatest = vectors.iter().flatten().map(|factor| factor.abs()).max().unwrap_or(1).max(1);
        let bound = 2 * greatest;
        let mut values = Self {
            lanes,
            bound,
            stride: bound.ilog2() as usize + 1,
            nodes: Vec::new(),
            vectors: Vec::new(),
            shifted: Vec::new(),
            users: Vec::new(),
            live: Vec::new(),
            free: Vec::new(),
            dictionary: Dictionary::new(),
            near: Filter::new(1),
            entries: 0,
            capacity: 0,
            targets: Vec::new(),
            work: 0,
        };
        for lane in 0..lanes {
            let mut unit = vec![0; lanes];
            unit[lane] = 1;
            values.insert(field::unit(lane), [Term::of(lane as u32); 2], &unit);
        }
        let mut odd: Vec<Vec<i32>> = vectors.iter().filter_map(|vector| normalized(vector)).collect();
        odd.sort_unstable();
        odd.dedup();
        odd.retain(|vector| vector.iter().map(|factor| factor.unsigned_abs()).sum::<u32>() > 1);
        values.targets =
            odd.into_iter().map(|vector| Target { fingerprint: fingerprint(&vector), vector }).collect();
        values
    }

    pub(super) fn lanes(&self) -> usize {
        self.lanes
    }

    pub(super) fn adders(&self) -> usize {
        self.live.len() - self.lanes
    }

    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Look-ups made so far.
    pub(super) fn work(&self) -> u64 {
        self.work
    }

    pub(super) fn count_work(&mut self, steps: u64) {
        self.work += steps;
    }

    pub(super) fn live(&self) -> &[u32] {
        &self.live
    }

    pub(super) fn users(&self, node: u32) -> &[u32] {
        &self.users[node as usize]
    }

    /// The terms that a node is the sum of, if it is not an input.
    pub(super) fn terms(&self, node: u32) -> [Term; 2] {
        self.nodes[node as usize].terms
    }

    pub(super) fn target_of(&self, node: u32) -> Option<u32> {
        self.nodes[node as usize].target
    }

    pub(super) fn set_target(&mut self, node: u32, target: u32) {
        self.nodes[node as usize].target = Some(target);
    }

    pub(super) fn is_input(&self, node: u32) -> bool {
        (node as usize) < self.lanes
    }

    /// Room for marks by node.
    pub(super) fn capacity(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn vector(&self, node: u32) -> &[i32] {
        &self.vectors[node as usize * self.lanes..][..self.lanes]
    }

    /// How many multiples of a node are at hand: 1, 2, 4, ...
    pub(super) fn multiples(&self, node: u32) -> u32 {
        self.nodes[node as usize].shifts + 1
    }

    /// The fingerprint of a node times `2^shift`.
    pub(super) fn multiple(&self, node: u32, shift: u32) -> u64 {
        self.shifted[node as usize * self.stride + shift as usize]
    }

    /// The term that has this fingerprint, if there is a node for it.
    pub(super) fn find(&self, fingerprint: u64) -> Option<Term> {
        let value = self.dictionary.get(field::unsigned(fingerprint))?;
        let (node, shift) = (value >> 5, value & 31);
        let negative = self.shifted[node as usize * self.stride + shift as usize] != fingerprint;
        Some(Term { symbol: node, shift, negative })
    }

    /// The term of some vector, if there is a node for it, whatever the shift.
    pub(super) fn find_vector(&self, vector: &[i32]) -> Option<Term> {
        let value = fingerprint(vector);
        let zeros = vector.iter().fold(0, |bits, factor| bits | factor).trailing_zeros().min(31);
        (0..=zeros).find_map(|up| {
            let found = self.find(field::shift_right(value, up))?;
            Some(Term { shift: found.shift + up, ..found })
        })
    }

    /// The vector of the sum of two terms. Factors out of range are wrong: a graph made from them fails its proof.
    fn sum(&self, terms: [Term; 2]) -> Vec<i32> {
        let [a, b] =
            terms.map(|term| (self.vector(term.symbol), term.shift, if term.negative { -1 } else { 1 }));
        let times = |x: &i32, shift: u32, sign: i32| x.wrapping_shl(shift).wrapping_mul(sign);
        a.0.iter().zip(b.0).map(|(x, y)| times(x, a.1, a.2).wrapping_add(times(y, b.1, b.2))).collect()
    }

    /// Makes the sum of two terms a node, unless it has one already, is zero or out of bounds.
    pub(super) fn make(&mut self, terms: [Term; 2], bounded: bool) -> Option<u32> {
        let vector = self.sum(terms);
        if vector.iter().all(|&factor| factor == 0)
            || bounded && vector.iter().any(|factor| factor.abs() > self.bound)
        {
            return None;
        }
        if self.find_vector(&vector).is_some() {
            return None;
        }
        Some(self.insert(fingerprint(&vector), terms, &vector))
    }

    /// The sum of two terms, made if it is not there. A sum that is zero is taken for its first term.
    pub(super) fn add(&mut self, a: Term, b: Term) -> Term {
        let shift = a.shift.min(b.shift);
        let terms = [a, b].map(|term| Term { shift: term.shift - shift, ..term });
        let sum = self.find_sum(terms).or_else(|| self.make(terms, false).map(Term::of));
        sum.map_or(a, |sum| Term { shift: sum.shift + shift, ..sum })
    }

    /// Makes the value in one adder, if that is possible.
    pub(super) fn reach(&mut self, value: u64, random: &mut Random) -> Option<u32> {
        let terms = self.pair(value, random)?;
        let node = self.make(terms, true)?;
        let made = self.nodes[node as usize].fingerprint;
        if field::unsigned(made) == field::unsigned(value) {
            return Some(node);
        }
        self.remove(node);
        self.free.push(node);
        None
    }

    /// The term that the sum of two terms is, if there is a node for it.
    pub(super) fn find_sum(&self, terms: [Term; 2]) -> Option<Term> {
        self.find_vector(&self.sum(terms))
    }

    /// How many signed digits the factors have of a value that is one adder away; none if it is not.
    pub(super) fn digits_of_sum(&mut self, value: u64, random: &mut Random) -> u32 {
        self.pair(value, random).map_or(0, |terms| digits(&self.sum(terms)))
    }

    /// Visits the multiples of nodes that leave another one when they are taken from the value, with either sign.
    pub(super) fn splits(&self, value: u64, mut visit: impl FnMut(u64)) {
        for &node in &self.live {
            let base = node as usize * self.stride;
            for &own in &self.shifted[base..=base + self.nodes[node as usize].shifts as usize] {
                for part in [own, field::negate(own)] {
                    if self.find(field::subtract(value, part)).is_some() {
                        visit(part);
                    }
                }
            }
        }
    }

    /// Two terms whose sum is the value.
    fn pair(&mut self, value: u64, random: &mut Random) -> Option<[Term; 2]> {
        let start = random.below(self.live.len());
        self.work += 4 * self.live.len() as u64;
        for &symbol in self.live[start..].iter().chain(&self.live[..start]) {
            let base = symbol as usize * self.stride;
            for shift in 0..=self.nodes[symbol as usize].shifts {
                let own = self.shifted[base + shift as usize];
                let term = Term { symbol, shift, negative: false };
                if let Some(other) = self.find(field::subtract(value, own)) {
                    return Some([term, other]);
                }
                if let Some(other) = self.find(field::add(value, own)) {
                    return Some([Term { negative: true, ..term }, other]);
                }
            }
        }
        None
    }

    fn insert(&mut self, fingerprint: u64, terms: [Term; 2], vector: &[i32]) -> u32 {
        let node = self.free.pop().unwrap_or_else(|| {
            let blank = Node { fingerprint, terms, target: None, shifts: 0, position: GONE, parity: 0 };
            self.nodes.push(blank);
            self.users.push(Vec::new());
            self.shifted.resize(self.shifted.len() + self.stride, 0);
            self.vectors.resize(self.vectors.len() + self.lanes, 0);
            self.nodes.len() as u32 - 1
        });
        let greatest = vector.iter().map(|factor| factor.abs()).max().unwrap_or(1).max(1);
        let shifts = (self.bound / greatest).max(1).ilog2();
        for shift in 0..=shifts {
            self.shifted[node as usize * self.stride + shift as usize] =
                field::shift_left(fingerprint, shift);
        }
        self.vectors[node as usize * self.lanes..][..self.lanes].copy_from_slice(vector);
        self.nodes[node as usize] =
            Node { fingerprint, terms, target: None, shifts, position: GONE, parity: parity(vector) };
        self.attach(node);
        if self.entries > self.capacity {
            self.renew();
        } else {
            self.enter_sums(node, self.live.len() - 1);
        }
        node
    }

    /// Puts a node that was removed back. Its operands must be there.
    pub(super) fn attach(&mut self, node: u32) {
        let Node { terms, shifts, .. } = self.nodes[node as usize];
        self.nodes[node as usize].position = self.live.len() as u32;
        self.live.push(node);
        for shift in 0..=shifts {
            let key = field::unsigned(self.shifted[node as usize * self.stride + shift as usize]);
            self.dictionary.insert(key, node << 5 | shift);
        }
        if !self.is_input(node) {
            terms.iter().for_each(|term| self.users[term.symbol as usize].push(node));
        }
    }

    /// Takes a node out, so that it can be put back until its number is [released](Self::release).
    pub(super) fn remove(&mut self, node: u32) {
        let Node { terms, shifts, position, .. } = self.nodes[node as usize];
        self.live.swap_remove(position as usize);
        if let Some(&moved) = self.live.get(position as usize) {
            self.nodes[moved as usize].position = position;
        }
        self.nodes[node as usize].position = GONE;
        for shift in 0..=shifts {
            let key = field::unsigned(self.shifted[node as usize * self.stride + shift as usize]);
            self.dictionary.remove(key, node << 5 | shift);
        }
        for term in terms {
            let users = &mut self.users[term.symbol as usize];
            if let Some(i) = users.iter().rposition(|&user| user == node) {
                users.swap_remove(i);
            }
        }
    }

    /// Gives the number of a removed node to the next one that is made.
    pub(super) fn release(&mut self, node: u32) {
        self.free.push(node);
    }

    /// Removes nodes that neither are a target nor have users.
    pub(super) fn sweep(&mut self) {
        let mut i = self.live.len();
        while i > 0 {
            i -= 1;
            let Some(&node) = self.live.get(i) else { continue };
            if !self.is_input(node) && self.target_of(node).is_none() && self.users(node).is_empty() {
                self.remove(node);
                self.release(node);
                i = self.live.len();
            }
        }
    }

    /// The live nodes that are no inputs, each after its operands.
    pub(super) fn in_order(&self) -> Vec<u32> {
        let mut done = vec![false; self.nodes.len()];
        done[..self.lanes].fill(true);
        let mut order = Vec::with_capacity(self.live.len());
        let mut stack = self.live.clone();
        while let Some(&node) = stack.last() {
            let waits = self.terms(node).map(|term| term.symbol);
            let waits = waits.into_iter().filter(|&operand| !done[operand as usize]);
            let size = stack.len();
            if !done[node as usize] {
                stack.extend(waits);
            }
            if stack.len() == size {
                stack.pop();
                if !done[node as usize] {
                    done[node as usize] = true;
                    order.push(node);
                }
            }
        }
        order
    }
}
