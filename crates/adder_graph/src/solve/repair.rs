use super::field;
use super::random::Random;
use super::values::{Target, Values, digits};

/// How many nodes an attempt may remove.
const MOST_REMOVED: usize = 10;
/// How many random first steps are tried where three adders are needed.
const GUESSES: usize = 4;

/// Improves a set of adders by removing a few and making the targets among them again in some other way; the result
/// stays unless it takes more adders. Ends after `work` look-ups.
pub(super) fn improve(values: &mut Values, work: u64, random: &mut Random) {
    let end = values.work() + work;
    let mut marks = Vec::new();
    while values.work() < end && values.adders() > 0 {
        values.count_work(50);
        let removed = chosen(values, &mut marks, random);
        if removed.is_empty() {
            continue;
        }
        let mut targets: Vec<u32> = removed.iter().filter_map(|&node| values.target_of(node)).collect();
        let limit = values.adders();
        removed.iter().for_each(|&node| values.remove(node));
        let mut repair = Repair { values, random, made: Vec::new(), limit };
        let (done, made) = (repair.make_all(&mut targets), repair.made);
        if done {
            removed.iter().for_each(|&node| values.release(node));
            drop_unused(values, made);
        } else {
            for &node in made.iter().rev() {
                values.remove(node);
                values.release(node);
            }
            removed.iter().rev().for_each(|&node| values.attach(node));
        }
    }
}

/// Some nodes with all that depend on them, and then the nodes that nobody else needs. Users come before operands.
fn chosen(values: &Values, marks: &mut Vec<bool>, random: &mut Random) -> Vec<u32> {
    marks.clear();
    marks.resize(values.capacity(), false);
    let mut chosen: Vec<u32> = Vec::new();
    for _ in 0..1 + random.below(2) {
        let first = random.pick(values.live());
        if values.is_input(first) || marks[first as usize] {
            continue;
        }
        let start = chosen.len();
        let mut next = start;
        marks[first as usize] = true;
        chosen.push(first);
        while next < chosen.len() && chosen.len() <= MOST_REMOVED {
            for &user in values.users(chosen[next]) {
                if !std::mem::replace(&mut marks[user as usize], true) {
                    chosen.push(user);
                }
            }
            next += 1;
        }
        if chosen.len() > MOST_REMOVED {
            chosen.drain(start..).for_each(|node| marks[node as usize] = false);
        }
    }
    let mut next = 0;
    while next < chosen.len() {
        for operand in values.terms(chosen[next]).map(|term| term.symbol) {
            let needed = values.is_input(operand)
                || values.target_of(operand).is_some()
                || values.users(operand).iter().any(|&user| !marks[user as usize]);
            if !needed && !std::mem::replace(&mut marks[operand as usize], true) {
                chosen.push(operand);
            }
        }
        next += 1;
    }
    chosen
}

/// Removes those of some nodes that turned out not to be needed.
fn drop_unused(values: &mut Values, mut nodes: Vec<u32>) {
    let unused =
        |values: &Values, node: u32| values.users(node).is_empty() && values.target_of(node).is_none();
    while let Some(place) = nodes.iter().position(|&node| unused(values, node)) {
        let node = nodes.swap_remove(place);
        values.remove(node);
        values.release(node);
    }
}

/// Makes a value two adders short of a target, by one random guess of what it is made from.
pub(super) fn reach_far(values: &mut Values, target: &Target, random: &mut Random) -> Option<Vec<u32>> {
    let mut repair = Repair { values, random, made: Vec::new(), limit: usize::MAX };
    let node = repair.random.pick(repair.values.live());
    let rest = repair.rest(target, node)?;
    let mut halfway = Vec::new();
    repair.values.halfway(&rest, 1, repair.random, &mut halfway);
    halfway.into_iter().any(|value| repair.make(value).is_some()).then_some(repair.made)
}

struct Repair<'a> {
    values: &'a mut Values,
    random: &'a mut Random,
    made: Vec<u32>,
    /// The most adders allowed in all.
    limit: usize,
}

impl Repair<'_> {
    /// Makes all these targets, nearest first.
    fn make_all(&mut self, targets: &mut Vec<u32>) -> bool {
        let mut halfway: Vec<u64> = Vec::new();
        while !targets.is_empty() {
            let before = targets.len();
            let mut i = 0;
            while i < targets.len() {
                let value = self.values.targets()[targets[i] as usize].fingerprint;
                let node = self.values.find(value).map(|term| term.symbol);
                let node = node.or_else(|| if self.values.is_near(value) { self.make(value) } else { None });
                match node {
                    Some(node) => {
                        self.values.set_target(node, targets[i]);
                        targets.swap_remove(i);
                    }
                    None => i += 1,
                }
            }
            if targets.len() < before {
                continue;
            }
            if self.values.adders() + targets.len() + 1 > self.limit {
                return false;
            }
            // What brings the most targets within one adder?
            halfway.clear();
            let enough = if targets.len() > 1 { usize::MAX } else { 1 };
            for &target in targets.iter() {
                let target = self.values.targets()[target as usize].clone();
                let start = halfway.len();
                self.values.halfway(&target, enough, self.random, &mut halfway);
                halfway[start..].sort_unstable();
                let mut last = None;
                let mut kept = start;
                for i in start..halfway.len() {
                    if last.replace(halfway[i]) != Some(halfway[i]) {
                        halfway[kept] = halfway[i];
                        kept += 1;
                    }
                }
                halfway.truncate(kept);
            }
            halfway.sort_unstable();
            if let Some(value) = self.most_frequent(&halfway)
                && self.make(value).is_some()
            {
                continue;
            }
            let place = self.random.below(targets.len());
            let target = self.values.targets()[targets[place] as usize].clone();
            let room = self.limit - self.values.adders() - (targets.len() - 1);
            if !self.make_far(&target, room) {
                return false;
            }
        }
        self.values.adders() <= self.limit
    }

    /// The value that occurs most often in a sorted list; one of them if there are several.
    fn most_frequent(&mut self, sorted: &[u64]) -> Option<u64> {
        let mut best = None;
        let (mut most, mut ties) = (0, 0);
        for run in sorted.chunk_by(|a, b| a == b) {
            if run.len() > most {
                (most, ties, best) = (run.len(), 1, Some(run[0]));
            } else if run.len() == most {
                ties += 1;
                if self.random.below(ties) == 0 {
                    best = Some(run[0]);
                }
            }
        }
        best
    }

    /// Makes a value in one adder, if the limit allows it.
    fn make(&mut self, value: u64) -> Option<u32> {
        if self.values.adders() >= self.limit {
            return None;
        }
        let node = self.values.reach(value, self.random)?;
        self.made.push(node);
        Some(node)
    }

    /// Makes a vector in at most `room` adders.
    fn make_far(&mut self, target: &Target, room: usize) -> bool {
        let value = target.fingerprint;
        if room == 0 {
            return false;
        }
        if self.values.find(value).is_some() || self.values.is_near(value) && self.make(value).is_some() {
            return true;
        }
        if room < 2 {
            return false;
        }
        let mut halfway = Vec::new();
        self.values.halfway(target, 1, self.random, &mut halfway);
        if halfway.into_iter().any(|value| self.make(value).is_some()) {
            return self.make_far(target, room - 1);
        }
        if room < 3 {
            return false;
        }
        for _ in 0..GUESSES {
            let node = self.random.pick(self.values.live());
            let Some(rest) = self.rest(target, node) else { continue };
            let mut halfway = Vec::new();
            self.values.halfway(&rest, 1, self.random, &mut halfway);
            if halfway.into_iter().any(|value| self.make(value).is_some()) {
                return self.make_far(&rest, 1) && self.make_far(target, 1);
            }
        }
        if room < 4 {
            return false;
        }
        // Far away: the node that leaves the fewest signed digits, about.
        let mut best = None;
        for i in 0..self.values.live().len() {
            let node = self.values.live()[i];
            if let Some(rest) = self.rest(target, node) {
                let key = 2 * digits(&rest.vector) + self.random.below(3) as u32;
                if best.as_ref().is_none_or(|&(least, _)| key < least) {
                    best = Some((key, rest));
                }
            }
        }
        let Some((_, rest)) = best else { return false };
        (self.values.find(rest.fingerprint).is_some() || self.make_far(&rest, room - 1))
            && self.make_far(target, 1)
    }

    /// What is left of a target besides some multiple of a node, made odd: the sign and shift are those that leave the
    /// fewest digits, or any, by chance.
    fn rest(&mut self, target: &Target, node: u32) -> Option<Target> {
        let random = self.random.below(4) == 0;
        let mut best: Option<(u32, u32, i32)> = None;
        for shift in 0..self.values.multiples(node) {
            for sign in [1, -1] {
                let rest =
                    target.vector.iter().zip(self.values.vector(node)).map(|(t, v)| t - sign * (v << shift));
                let key =
                    if random { self.random.below(1 << 10) as u32 } else { rest.map(|r| digits(&[r])).sum() };
                if best.is_none_or(|(least, _, _)| key < least) {
                    best = Some((key, shift, sign));
                }
            }
        }
        self.values.count_work(2);
        let (_, shift, sign) = best?;
        let rest = target.vector.iter().zip(self.values.vector(node)).map(|(t, v)| t - sign * (v << shift));
        let vector: Vec<i32> = rest.collect();
        let zeros = vector.iter().fold(0, |bits, factor| bits | factor).trailing_zeros();
        if zeros == 32 {
            return None;
        }
        let own = self.values.multiple(node, shift);
        let value = if sign > 0 {
            field::subtract(target.fingerprint, own)
        } else {
            field::add(target.fingerprint, own)
        };
        let vector = vector.into_iter().map(|factor| factor >> zeros).collect();
        Some(Target { fingerprint: field::shift_right(value, zeros), vector })
    }
}
