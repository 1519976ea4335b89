//! The `approximation:` section of a project file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::{Configuration, DyadicSet};

/// How to approximate a network. Every key has a default, so an empty section is a whole one.
///
/// ```yaml
/// approximation:
///   set: k/8 |k|<=16          # levels of all kernels, see DyadicSet
///   configuration: A_7,3,3    # sets of all conv layers by one key, see Configuration (default: `set` for all)
///   scale: kernel             # kernel, map or layer: what has a scale of its own
///   scale_digits: 3           # signed digits of a kernel's scale relative to its output map's
///   coefficient_digits: 4     # signed digits of an affine coefficient
///   bias_fraction_bits: 12    # grid of the biases
///   activation: best          # best, plan, asg, linear1, linear2, or the keys of BestCurve
///   solver: exact             # exact, program for the 0-1 program, or keep for weights as they are
///   network_digits: 700       # at most so many signed digits in all kernels together (default: no limit)
///   layer_digits: 300         # the same for the kernels of each conv layer
///   kernel_digits: 12         # the same for each 2-D kernel
///   kernel_zeros: 4           # at least so many zeros in each 2-D kernel
///   keep_gain: true           # each 2-D kernel's sum (its response to a constant) is kept
///   refinement_rounds: 6      # with calibration data: how often each layer is moved at the end
///   calibration: windows      # sample inputs; read by whoever calls, see Config::calibration
///   layers:
///     C1: { set: ternary }    # the same keys for one layer
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The levels of all kernels.
    pub set: DyadicSet,
    /// The sets of all conv layers by one name, instead of `set`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Configuration>,
    /// What has a scale of its own.
    pub scale: Scale,
    /// The most signed digits of a kernel's scale relative to its output map's.
    #[serde(deserialize_with = "digits")]
    pub scale_digits: u32,
    /// The most signed digits of an affine coefficient.
    #[serde(deserialize_with = "digits")]
    pub coefficient_digits: u32,
    /// Biases are multiples of `2^-bias_fraction_bits`.
    #[serde(deserialize_with = "fraction_bits")]
    pub bias_fraction_bits: u32,
    /// The curves that stand for activation functions.
    pub activation: Activation,
    /// How levels are chosen.
    pub solver: Solver,
    /// The most signed digits of all kernels together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_digits: Option<u64>,
    /// The most signed digits of the kernels of one conv layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_digits: Option<u64>,
    /// The most signed digits of one 2-D kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_digits: Option<u32>,
    /// The fewest zeros of one 2-D kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_zeros: Option<u32>,
    /// Whether the sum of each 2-D kernel is kept: exactly where the kernel has a free scale of its own and its sum does not
    /// round to zero, else to half a step of the set's grid.
    pub keep_gain: bool,
    /// With calibration data, how often at most every layer is moved in the end so that the network's output comes nearer
    /// to the trained one.
    pub refinement_rounds: u32,
    /// Where sample inputs lie: a folder of images, a `.npy` or a `.safetensors` file. This crate reads no file; whoever
    /// reads the project does, and calls [`approximate_with_data`](crate::approximate_with_data).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<PathBuf>,
    /// Other values of these keys for single layers, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub layers: BTreeMap<String, LayerConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            set: DyadicSet::default(),
            configuration: None,
            scale: Scale::Kernel,
            scale_digits: 3,
            coefficient_digits: 4,
            bias_fraction_bits: 12,
            activation: Activation::default(),
            solver: Solver::Exact,
            network_digits: None,
            layer_digits: None,
            kernel_digits: None,
            kernel_zeros: None,
            keep_gain: false,
            refinement_rounds: 6,
            calibration: None,
            layers: BTreeMap::new(),
        }
    }
}

impl Config {
    /// The same configuration for a network that it has been applied to: all weights are kept, nothing limits them.
    pub fn keeping(&self) -> Self {
        let curve_only =
            |own: &LayerConfig| LayerConfig { activation: own.activation.clone(), ..LayerConfig::default() };
        let layers = self.layers.iter().filter(|(_, own)| own.activation.is_some());
        Self {
            solver: Solver::Keep,
            activation: self.activation.clone(),
            layers: layers.map(|(name, own)| (name.clone(), curve_only(own))).collect(),
            ..Self::default()
        }
    }
}

/// The keys of [`Config`] that may be different for one layer; `None` takes the network's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LayerConfig {
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<DyadicSet>,
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "some_digits")]
    pub scale_digits: Option<u32>,
    /// Of an affine layer, or of the conv layer whose scale becomes an affine layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "some_digits")]
    pub coefficient_digits: Option<u32>,
    /// Of an affine layer, or of the conv layer whose bias becomes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "some_fraction_bits")]
    pub bias_fraction_bits: Option<u32>,
    /// Of an activation layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_digits: Option<u64>,
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_digits: Option<u32>,
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_zeros: Option<u32>,
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_gain: Option<bool>,
}

/// What has a scale of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Every 2-D kernel: relative to its output map's scale, a short dyadic. A kernel of one weight has none, since
    /// the scale would be the weight.
    Kernel,
    /// Every output map.
    Map,
    /// Only the layer.
    Layer,
}

/// How levels are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solver {
    /// The breakpoint sweep: the joint optimum over scale and levels.
    Exact,
    /// At the sweep's scale, the 0-1 program of the paper: the same answer a second way, slower.
    Program,
    /// All weights, coefficients and biases are kept exactly as they are (a float is a dyadic rational), whatever the set:
    /// for networks that have been approximated before.
    Keep,
}

/// The curve that stands for an activation function.
#[derive(Clone, Debug, PartialEq)]
pub enum Activation {
    /// Piecewise linear in four pieces (sigma2).
    Plan,
    /// Powers of two in every octave (sigma1).
    Asg,
    /// One slope of 1/4 and saturation (sigma3).
    Linear1,
    /// One slope of 1/2 and saturation (sigma4).
    Linear2,
    /// The best continuous curve for its number of segments.
    Best(BestCurve),
}

impl Default for Activation {
    fn default() -> Self {
        Self::Best(BestCurve::default())
    }
}

/// What the best curve is chosen from, and when it is good enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BestCurve {
    /// The least number of segments that comes this close is taken. Ignored where `segments` is given.
    pub max_error: f64,
    /// Exactly so many segments at most, saturation included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<u32>,
    /// The most signed digits of a slope: 1 (a power of two) or 2.
    #[serde(deserialize_with = "slope_digits")]
    pub slope_digits: u32,
    /// Breakpoints are multiples of `2^-breakpoint_fraction_bits`.
    #[serde(deserialize_with = "breakpoint_bits")]
    pub breakpoint_fraction_bits: u32,
}

impl Default for BestCurve {
    fn default() -> Self {
        Self { max_error: 0.01, segments: None, slope_digits: 2, breakpoint_fraction_bits: 4 }
    }
}

impl Serialize for Activation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plan => serializer.serialize_str("plan"),
            Self::Asg => serializer.serialize_str("asg"),
            Self::Linear1 => serializer.serialize_str("linear1"),
            Self::Linear2 => serializer.serialize_str("linear2"),
            Self::Best(best) => best.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Activation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`best`, `plan`, `asg`, `linear1`, `linear2`, or keys such as `{ segments: 6 }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Activation, E> {
                match text {
                    "best" => Ok(Activation::default()),
                    "plan" => Ok(Activation::Plan),
                    "asg" => Ok(Activation::Asg),
                    "linear1" => Ok(Activation::Linear1),
                    "linear2" => Ok(Activation::Linear2),
                    "quadratic1" | "quadratic2" => Err(E::custom(format_args!(
                        "`{text}` needs a squarer, which is a multiplication, and none is allowed; `best` with four segments \
                         is closer than both quadratics"
                    ))),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Activation, A::Error> {
                BestCurve::deserialize(de::value::MapAccessDeserializer::new(map)).map(Activation::Best)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// An integer within bounds. The check happens inside the visitor, where the reader knows the line.
struct Within {
    low: u32,
    high: u32,
}

impl Visitor<'_> for Within {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an integer between {} and {}", self.low, self.high)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u32, E> {
        u32::try_from(value)
            .ok()
            .filter(|value| (self.low..=self.high).contains(value))
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }
}

fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Within { low: 1, high: 16 })
}

fn fraction_bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Within { low: 0, high: 30 })
}

fn slope_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Within { low: 1, high: 2 })
}

fn breakpoint_bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    deserializer.deserialize_u32(Within { low: 0, high: 5 })
}

fn some_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    digits(deserializer).map(Some)
}

fn some_fraction_bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    fraction_bits(deserializer).map(Some)
}
