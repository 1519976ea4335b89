//! A serial graph clock by clock, as the hardware does it: for the unit tests.

use std::collections::BTreeMap;

use super::SerialGraph;
use super::sums::Source;

/// The registers of a graph.
struct Registers {
    /// Digits by node and wait.
    digits: BTreeMap<(usize, u32), u64>,
    /// Earlier bits at a node and wait, the latest highest.
    past: BTreeMap<(usize, u32), u64>,
    carries: Vec<u64>,
    collected: Vec<u128>,
}

/// The outputs for inputs that come one after another, `gaps[n]` idle clocks in front of the `n`-th.
pub(super) fn simulate(serial: &SerialGraph, inputs: &[Vec<i64>], gaps: &[usize]) -> Vec<Vec<i64>> {
    let (digit, clocks) = (serial.digit, serial.clocks as i64);
    let bits = digit * serial.clocks as u32;
    let ones = (1_u64 << digit) - 1;
    let count = serial.graph.inputs().len();
    let (first, taps) = (&serial.timing.first, &serial.taps.of);
    let mut announced = Vec::new();
    let mut next = 0;
    for gap in gaps {
        next += *gap as i64;
        announced.push(next);
        next += clocks;
    }
    let complement = |value: u64, whether: bool| if whether { !value & ones } else { value };
    let mut old = Registers {
        digits: BTreeMap::new(),
        past: BTreeMap::new(),
        carries: vec![1; serial.sums.len()],
        collected: vec![0; serial.endings.len()],
    };
    let mut garbage = 12345_u64;
    let mut results = Vec::new();
    for clock in 0..next + i64::from(serial.latency()) + 1 {
        // What stands on the inputs in this clock; between two beats anything may.
        for node in 0..count {
            garbage = garbage.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            let at = announced.iter().rposition(|&time| time < clock);
            let place = at.map(|n| (n, clock - announced[n] - 1)).filter(|&(_, place)| place < clocks);
            let value = match place {
                Some((n, place)) => {
                    let low = (place * i64::from(digit)).min(63) as u32;
                    complement((inputs[n][node] >> low) as u64 & ones, serial.polarity.of(node, 0))
                }
                None => garbage >> 20 & ones,
            };
            old.digits.insert((node, 0), value);
        }
        let starts = |stage: u32| announced.binary_search(&(clock - i64::from(stage))).is_ok();
        let read = |old: &Registers, source: Source, wait: u32| {
            let value = old.digits.get(&(source.node, wait)).copied().unwrap_or(0);
            let most = taps[source.node].get(&wait).copied().unwrap_or(0);
            let past = old.past.get(&(source.node, wait)).copied().unwrap_or(0);
            ((u128::from(value) << most | u128::from(past)) >> (most - source.shift)) as u64 & ones
        };
        // Sums follow from what they read in the same clock.
        let mut carries = Vec::new();
        for (n, sum) in serial.sums.iter().enumerate() {
            let node = count + n;
            let wait = |source: Source| serial.timing.wait(source, node);
            let right_is = serial.polarity.of(sum.right.node, wait(sum.right)) != serial.polarity.inverts(n);
            let right = complement(read(&old, sum.right, wait(sum.right)), serial.polarity.inverts(n));
            let left_is = match sum.left {
                Some(left) => serial.polarity.of(left.node, wait(left)),
                None => !right_is,
            };
            assert_eq!(left_is != right_is, sum.subtract, "operands have the polarities that the sum wants");
            let left = sum.left.map_or(complement(0, left_is), |left| read(&old, left, wait(left)));
            let total = left + right + old.carries[n];
            old.digits.insert((node, 0), complement(total & ones, left_is != serial.polarity.of(node, 0)));
            let begins = starts(first[node] - 1);
            carries.push(if begins { u64::from(right_is) } else { total >> digit });
        }
        if announced.binary_search(&(clock - i64::from(serial.latency()))).is_ok() {
            results.push(outputs(serial, &old));
        }
        let mut new =
            Registers { digits: BTreeMap::new(), past: BTreeMap::new(), carries, collected: Vec::new() };
        for (node, taps) in taps.iter().enumerate() {
            let longest = taps.keys().next_back().copied().unwrap_or(0);
            for wait in 1..=longest {
                let turned = serial.polarity.of(node, wait) != serial.polarity.of(node, wait - 1);
                let before = old.digits.get(&(node, wait - 1)).copied().unwrap_or(0);
                new.digits.insert((node, wait), complement(before, turned));
            }
            for (&wait, &most) in taps.iter().filter(|(_, most)| **most > 0) {
                let value = old.digits.get(&(node, wait)).copied().unwrap_or(0);
                let past = old.past.get(&(node, wait)).copied().unwrap_or(0);
                let all = (u128::from(value) << most | u128::from(past)) >> digit;
                let fill = if serial.polarity.of(node, wait) { (1_u64 << most) - 1 } else { 0 };
                new.past.insert((node, wait), if starts(first[node] + wait - 1) { fill } else { all as u64 });
            }
        }
        for (output, ending) in serial.endings.iter().enumerate() {
            let last = ending.stream.map_or(0, |node| last_digit(serial, &old, node, complement));
            new.collected.push(u128::from(last) << (bits - digit) | old.collected[output] >> digit);
        }
        old = new;
    }
    results
}

fn last_digit(
    serial: &SerialGraph,
    registers: &Registers,
    node: usize,
    complement: impl Fn(u64, bool) -> u64,
) -> u64 {
    let wait = serial.timing.wait_of_output(node);
    let value = registers.digits.get(&(node, wait)).copied().unwrap_or(0);
    complement(value, serial.polarity.of(node, wait))
}

fn outputs(serial: &SerialGraph, registers: &Registers) -> Vec<i64> {
    let output = |(ending, &collected): (&super::Ending, &u128)| {
        if ending.stream.is_none() {
            return 0;
        }
        let signed = (collected << (128 - ending.bits)) as i128 >> (128 - ending.bits);
        (if ending.shift >= 0 { signed << ending.shift } else { signed >> -ending.shift }) as i64
    };
    serial.endings.iter().zip(&registers.collected).map(output).collect()
}
