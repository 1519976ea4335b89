//! How hardware is to be built: a core in every detail that can be chosen.

use std::collections::BTreeMap;

use lacuna_network::{MAX_SIDE, height_and_width, whole_number};
use serde::{Deserialize, Deserializer, Serialize};

/// The most pixels of a frame: the test vectors hold whole frames.
pub(crate) const MAX_PIXELS: usize = 1 << 24;

/// The most adders between two registers.
pub(crate) const MAX_ADDERS: u32 = 64;

/// The most clocks between two pixels.
const MAX_CLOCKS: usize = 1 << 20;

/// A core in every detail that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "keys such as `frame: [240, 320]`")]
pub struct Config {
    /// Height and width of the frames the core is made for: at most 65535 each, and 2^24 pixels.
    #[serde(deserialize_with = "frame")]
    pub frame: [usize; 2],
    /// Adders in a row between two registers: between 1 and 64.
    #[serde(deserialize_with = "adders_per_stage")]
    pub adders_per_stage: u32,
    /// Clocks from one pixel to the next, at least: 1 to 2^20. Folded layers need the time.
    #[serde(deserialize_with = "clocks_per_pixel")]
    pub clocks_per_pixel: usize,
    /// How layers are built, by name; all others take a pixel a clock.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub layers: BTreeMap<String, Build>,
}

/// How a layer is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected `unrolled`, `pool_first`, `pool_first_folded`, `table`, how many maps at a time, such as `{inputs: 1, outputs: 4}`, or the clocks of a result, such as `{serial: 4}`"
)]
pub enum Build {
    /// In one way alone.
    Style(Style),
    /// A few maps at a time.
    Folded(Lanes),
    /// A few bits at a time.
    Serial(Digits),
}

/// A way to build a layer that has no numbers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// All maps at once, each weight in its own place.
    Unrolled,
    /// A convolution behind the 2 x 2 sum pool that follows it, which gives the same; each weight in its own place.
    PoolFirst,
    /// The same with a unit for every kernel of an input map; input maps take turns.
    PoolFirstFolded,
    /// An activation as a table of all its arguments.
    Table,
}

/// Maps that a folded layer takes and gives at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lanes {
    /// Maps of a beat that comes in.
    pub inputs: usize,
    /// Output maps that a convolution computes together; other layers have as many as `inputs`.
    #[serde(default = "one")]
    pub outputs: usize,
    /// Where the codes of a convolution's weights come from.
    #[serde(default, skip_serializing_if = "Origin::is_rom")]
    pub weights: Origin,
    /// Bits of a word of a depthwise convolution's earlier lines that go to a RAM of two single-port banks.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub large_bits: usize,
}

/// Where the codes of a folded convolution's weights come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A ROM beside the units.
    #[default]
    Rom,
    /// A port of the core: whoever is outside sends them in the order in which they are needed.
    Streamed,
}

impl Lanes {
    /// So many maps in and out at a time, with weights from a ROM.
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, weights: Origin::Rom, large_bits: 0 }
    }
}

impl Origin {
    fn is_rom(&self) -> bool {
        *self == Self::Rom
    }
}

fn is_zero(bits: &usize) -> bool {
    *bits == 0
}

/// How fast a digit-serial layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digits {
    /// Clocks that a result may take, and digits that a value has: 2 to 64.
    pub serial: usize,
}

fn one() -> usize {
    1
}

fn clocks_per_pixel<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    whole_number(deserializer, 1, MAX_CLOCKS)
}

pub(crate) fn optional_clocks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    clocks_per_pixel(deserializer).map(Some)
}

pub(crate) fn frame<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[usize; 2], D::Error> {
    height_and_width(deserializer, MAX_SIDE, MAX_PIXELS)
}

pub(crate) fn adders_per_stage<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    whole_number(deserializer, 1, MAX_ADDERS as usize).map(|adders| adders as u32)
}

pub(crate) fn optional_adders<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    adders_per_stage(deserializer).map(Some)
}

impl Default for Config {
    /// Frames of 320 x 240 (width x height), a register after every adder.
    fn default() -> Self {
        Self { frame: [240, 320], adders_per_stage: 1, clocks_per_pixel: 1, layers: BTreeMap::new() }
    }
}
