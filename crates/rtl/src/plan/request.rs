//! What a project says about its hardware.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LARGE;
use crate::design::{frame, optional_adders, optional_clocks};
use crate::{Build, Config};

/// The `hardware` section of a project file. What it leaves open is chosen by [`plan`](crate::plan).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "keys such as `frame: [240, 320]`")]
pub struct Request {
    /// Height and width of the frames the core is made for: at most 65535 each, and 2^24 pixels.
    #[serde(deserialize_with = "frame")]
    pub frame: [usize; 2],
    /// Adders in a row between two registers: between 1 and 64. Without it one, or as many as the planner needs for the core to fit.
    #[serde(deserialize_with = "optional_adders", skip_serializing_if = "Option::is_none")]
    pub adders_per_stage: Option<u32>,
    /// Clocks from one pixel to the next, at least: 1 to 2^20. Without it the least with which the core fits.
    #[serde(deserialize_with = "optional_clocks", skip_serializing_if = "Option::is_none")]
    pub clocks_per_pixel: Option<usize>,
    /// The board that the core is to fit: its layers are chosen for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub board: Option<String>,
    /// The clock, where it is not the board's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_mhz: Option<f64>,
    /// How layers are built, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub layers: BTreeMap<String, Build>,
    /// Weights of a layer up to which the planner may give it adders of its own; no key of a project.
    #[serde(skip)]
    pub largest_unrolled: usize,
}

impl Default for Request {
    fn default() -> Self {
        let Config { frame, layers, .. } = Config::default();
        Self {
            frame,
            adders_per_stage: None,
            clocks_per_pixel: None,
            board: None,
            clock_mhz: None,
            layers,
            largest_unrolled: LARGE,
        }
    }
}

impl Request {
    /// The core that takes every layer as it is named here.
    pub fn config(&self, clocks_per_pixel: usize) -> Config {
        Config {
            frame: self.frame,
            adders_per_stage: self.adders_per_stage.unwrap_or(Config::default().adders_per_stage),
            clocks_per_pixel,
            layers: self.layers.clone(),
        }
    }
}
