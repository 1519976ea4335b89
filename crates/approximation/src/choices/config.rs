//! The `approximation:` section of a project file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::choices::bounds::{
    digits, fraction_bits, some_count, some_digits, some_fraction_bits, some_large_count,
};
use crate::{Activation, Configuration, DyadicSet};

/// How to approximate a network. Every key has a default, so an empty section is a whole one.
///
/// ```yaml
/// approximation:
///   set: k/8 |k|<=16          # levels of all kernels, see DyadicSet
///   # configuration: A_7,3,3  # instead of `set`: the sets of all conv layers by one name, see Configuration
///   scale: kernel             # kernel, map or layer: what has a scale of its own
///   scale_digits: 3           # signed digits of a kernel's scale relative to its output map's
///   coefficient_digits: 4     # signed digits of an affine coefficient
///   bias_fraction_bits: 12    # grid of the biases
///   activation: best          # best, plan, asg, linear1, linear2, the keys of BestCurve, or { table: 64 }
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
#[serde(deny_unknown_fields, default, expecting = "keys such as `set: ternary`")]
pub struct Config {
    /// The levels of all kernels; the default set where neither this nor a configuration is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<DyadicSet>,
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
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_large_count")]
    pub network_digits: Option<u64>,
    /// The most signed digits of the kernels of one conv layer.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_large_count")]
    pub layer_digits: Option<u64>,
    /// The most signed digits of one 2-D kernel.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_count")]
    pub kernel_digits: Option<u32>,
    /// The fewest zeros of one 2-D kernel.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_count")]
    pub kernel_zeros: Option<u32>,
    /// Whether the sum of each 2-D kernel is kept: exactly where the kernel has a free scale of its own and its sum does not
    /// round to zero, else to half a step of the set's grid.
    pub keep_gain: bool,
    /// With calibration data, how often at most every layer is moved in the end so that the network's output comes nearer
    /// to the trained one. Large networks, those the report calls `shared_data`, are left as they are.
    pub refinement_rounds: u32,
    /// Where sample inputs lie: a folder of images or idx files, a `.npy` or a `.safetensors` file. This crate reads no file; whoever
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
            set: None,
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
    pub solver: Option<Solver>,
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_large_count")]
    pub layer_digits: Option<u64>,
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_count")]
    pub kernel_digits: Option<u32>,
    /// Of a conv layer.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_count")]
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
    /// the scale would be the weight. With calibration data, a large network's maps of more than 64 weights have one scale
    /// each all the same.
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
