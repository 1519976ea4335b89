//! Damaged files: whatever stands in them, the binary says what is wrong and ends, without a panic, soon, in little memory.
//!
//! The damage is random but seeded; a failure names its round, which `ROUND=<n>` repeats alone.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::{picture, project, run};
use rayon::prelude::*;

/// Kilobytes of address space that a run may take.
const MEMORY: u32 = 2_000_000;

/// What a person might write for a number, and what nobody should.
const NUMBERS: [&str; 16] = [
    "0",
    "-1",
    "1",
    "2",
    "3",
    "7",
    "65535",
    "65536",
    "4294967296",
    "18446744073709551615",
    "1e400",
    "-0.0",
    ".nan",
    "~",
    "[]",
    "0.3",
];

/// Weights and other bits that a float can be.
const FLOATS: [f32; 10] =
    [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN, f32::MIN_POSITIVE, 1e-45, 0.0, -0.0, 1e30, 1e-30];

/// A repeatable stream of numbers (xorshift).
struct Random(u64);

impl Random {
    fn seeded(round: u64) -> Self {
        Self((round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Runs the binary with little memory.
fn limited(folder: &Path, kilobytes: u32, arguments: &[&str]) -> Output {
    let script = format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_lacuna")]).args(arguments);
    // One thread: each has address space of its own.
    command.current_dir(folder).env("PATH", "").env("RAYON_NUM_THREADS", "1").env("RUST_BACKTRACE", "0");
    command.output().expect("the binary can be started")
}

/// Damages a file of a project in many ways and runs the binary each time.
fn damage(
    rounds: u64,
    name: &str,
    file: &str,
    before: &[&[&str]],
    arguments: &[&str],
    mutate: fn(&mut Random, &[u8]) -> Vec<u8>,
) {
    let original = project(name);
    picture(20, 16).save(original.path().join("photo.png")).expect("the image can be written");
    for step in before {
        assert!(run(original.path(), step).status.success(), "{step:?}");
    }
    let bytes = fs::read(original.path().join(file)).expect("the file can be read");
    let only: Option<u64> = std::env::var("ROUND").ok().and_then(|round| round.parse().ok());
    let rounds = only.map_or(0..rounds, |round| round..round + 1);
    let failures: Vec<String> = rounds
        .into_par_iter()
        .filter_map(|round| {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            common::copy_folder(original.path(), folder.path());
            let damaged = mutate(&mut Random::seeded(round), &bytes);
            fs::write(folder.path().join(file), &damaged).expect("the file can be written");
            let start = Instant::now();
            let output = limited(folder.path(), MEMORY, arguments);
            let text = String::from_utf8_lossy(&output.stderr);
            let ended = matches!(output.status.code(), Some(0 | 1)) && !text.contains("panicked");
            let soon = start.elapsed() < Duration::from_secs(20);
            (!ended || !soon)
                .then(|| format!("round {round}: {} after {:?}\n{text}", output.status, start.elapsed()))
        })
        .collect();
    assert!(failures.is_empty(), "{file}\n{}", failures.join("\n"));
}

/// One to three small changes to a text.
fn damaged_text(random: &mut Random, original: &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=random.below(3) {
        bytes = match random.below(8) {
            0..=3 => with_other_number(random, &bytes),
            4 => with_other_byte(random, &bytes),
            5 => with_other_lines(random, &bytes),
            6 => with_other_word(random, &bytes),
            _ => bytes[..random.below(bytes.len())].to_vec(),
        };
    }
    bytes
}

/// Where the runs of bytes of one kind begin and end.
fn runs(bytes: &[u8], kind: impl Fn(u8) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    for (n, inside) in bytes.iter().map(|&b| kind(b)).chain([false]).enumerate() {
        match (start, inside) {
            (None, true) => start = Some(n),
            (Some(first), false) => {
                found.push((first, n));
                start = None;
            }
            _ => {}
        }
    }
    found
}

fn replaced(bytes: &[u8], (first, end): (usize, usize), by: &[u8]) -> Vec<u8> {
    [&bytes[..first], by, &bytes[end..]].concat()
}

fn with_other_number(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let numbers = runs(bytes, |b| b.is_ascii_digit());
    if numbers.is_empty() {
        return bytes.to_vec();
    }
    replaced(bytes, random.of(&numbers), random.of(&NUMBERS).as_bytes())
}

fn with_other_byte(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let at = random.below(bytes.len());
    let end = (at + random.below(3)).min(bytes.len());
    let by = [random.below(256) as u8];
    replaced(bytes, (at.min(end), end), &by[..random.below(2)])
}

fn with_other_word(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let words = runs(bytes, |b| b.is_ascii_alphanumeric() || b == b'_');
    if words.is_empty() {
        return bytes.to_vec();
    }
    let (first, end) = random.of(&words);
    let by = bytes[first..end].to_vec();
    replaced(bytes, random.of(&words), &by)
}

/// A line goes, comes twice, or changes places with another.
fn with_other_lines(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
    let (a, b) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(3) {
        0 => drop(lines.remove(a)),
        1 => lines.insert(b, lines[a]),
        _ => lines.swap(a, b),
    }
    lines.join(&b'\n')
}

/// Extreme floats, flipped bits and lost bytes.
fn damaged_weights(random: &mut Random, original: &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    for _ in 0..=random.below(4) {
        match random.below(8) {
            0 if bytes.len() > header => bytes[random.below(header)] ^= 1 << random.below(8),
            1 => bytes.truncate(random.below(bytes.len())),
            2 => bytes.extend_from_slice(&FLOATS[2].to_le_bytes()),
            _ if bytes.len() >= header + 4 => {
                let at = header + 4 * random.below((bytes.len() - header) / 4);
                bytes[at..at + 4].copy_from_slice(&random.of(&FLOATS).to_le_bytes());
            }
            _ => {}
        }
    }
    bytes
}

#[test]
fn a_damaged_project_file() {
    damage(300, "every_key", "lacuna.yaml", &[], &["check", "."], damaged_text);
}

#[test]
fn damaged_weights_of_a_project() {
    damage(200, "every_key", "weights.safetensors", &[], &["check", "."], damaged_weights);
}

#[test]
fn a_damaged_manifest() {
    let generate: &[&str] = &["generate", ".", "-o", "core"];
    let simulate = ["simulate", "core", "--input", "photo.png"];
    damage(150, "tiny", "core/manifest.json", &[generate], &simulate, damaged_text);
}

#[test]
fn a_damaged_reference_model() {
    let generate: &[&str] = &["generate", ".", "-o", "core"];
    let simulate = ["simulate", "core", "--input", "photo.png"];
    damage(150, "tiny", "core/model/network.json", &[generate], &simulate, damaged_text);
}

/// Refused in less than a second and in less than 200 MB.
#[test]
fn huge_dimensions() {
    let folder = project("tiny");
    let file = folder.path().join("lacuna.yaml");
    let text = fs::read_to_string(&file).expect("the file can be read");
    for (there, huge) in [
        ("maps: 2", "maps: 9223372036854775807"),
        ("maps: 2", "maps: 65535"),
        ("[3, 3]", "[65535, 65535]"),
        ("size: 2", "size: 32768"),
        ("[12, 16]", "[65535, 65535]"),
        ("[12, 16]", "[9223372036854775807, 9223372036854775807]"),
        ("name: tiny", "name: tiny\ninput: {maps: 1024}"),
        ("name: tiny", "name: tiny\ninput: {maps: 9223372036854775807}"),
        ("name: tiny", "name: tiny\nfixed_point: {activation_bits: 4294967295}"),
        ("name: tiny", "name: tiny\napproximation: {set: k/8 |k|<=9223372036854775807}"),
    ] {
        fs::write(&file, text.replace(there, huge)).expect("the file can be written");
        let start = Instant::now();
        let output = limited(folder.path(), 200_000, &["generate", ".", "-o", "core"]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{huge}: {message}");
        assert!(start.elapsed() < Duration::from_secs(1), "{huge} took {:?}", start.elapsed());
        assert!(!folder.path().join("core").exists(), "{huge}");
    }
}
