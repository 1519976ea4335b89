//! How a core is built where the project says nothing of it: no board, no pace, no layers.
//!
//! A small network takes a pixel every clock, each weight with adders of its own. A larger one would fit no board, and be compiled by a
//! simulator for minutes, so its layers share units at a pace at which the core stays modest.

use lacuna_fixed_point::{IntNetwork, Source};
use lacuna_rtl::{Error, Plan, Request};

use crate::synth::Board;

/// Weights beyond which a network is large.
const LARGE: usize = 1 << 11;

/// Weights beyond which a layer of a large network shares its units.
const LARGE_LAYER: usize = 1 << 9;

/// LUTs of an ECP5 that the core of a large network may take: what can be compiled and simulated within a minute or so.
const MODEST: u64 = 24_000;

/// Products a clock that folded layers of so many LUTs manage at best: where the paces begin that are tried.
const PRODUCTS: usize = 45;

/// Paces that are tried, each half as slow again as the one before.
const PACES: usize = 5;

/// Whether a network is large and nothing is said of its hardware.
pub(crate) fn applies(network: &IntNetwork, hardware: &Request) -> bool {
    let nothing_said =
        hardware.board.is_none() && hardware.clocks_per_pixel.is_none() && hardware.layers.is_empty();
    nothing_said && weights(network) > LARGE
}

/// The core of such a network: the first that is modest, else the smallest of those that were tried.
pub(crate) fn plan(name: &str, network: &IntNetwork, hardware: &Request) -> Result<Plan, Error> {
    let part = Board::largest().part();
    let pixels = hardware.frame.iter().product::<usize>().max(1);
    let mut clocks = products(network, hardware.frame).div_ceil(pixels.saturating_mul(PRODUCTS)).max(1);
    let mut best: Option<Plan> = None;
    let mut tried = 0;
    while tried < PACES {
        let request =
            Request { clocks_per_pixel: Some(clocks), largest_unrolled: LARGE_LAYER, ..hardware.clone() };
        match lacuna_rtl::plan(name, network, &request, &part, true) {
            Ok(plan) => {
                // A slower pace has fewer and deeper ROMs as well, which fill their block RAMs better.
                let rank = |plan: &Plan| {
                    let total = &plan.estimate.total;
                    (!total.over(&part.cells).is_empty(), total.luts)
                };
                if rank(&plan) <= (false, MODEST) {
                    return Ok(plan);
                }
                if best.as_ref().is_none_or(|best| rank(&plan) < rank(best)) {
                    best = Some(plan);
                }
                tried += 1;
                clocks = (clocks * 3).div_ceil(2);
            }
            Err(Error::TooSlow { clocks: needed, .. }) if needed as usize > clocks => {
                clocks = needed as usize;
            }
            Err(error) => return best.ok_or(error),
        }
    }
    best.ok_or(Error::NoPlan)
}

/// What was chosen, in a sentence.
pub(crate) fn said(network: &IntNetwork, plan: &Plan) -> String {
    format!(
        "{} weights are too many for an adder each, and nothing is said of the hardware: layers share units, a pixel in {} \
         clocks; `board`, `clocks_per_pixel` or `layers` of `hardware` would choose otherwise",
        weights(network),
        plan.config.clocks_per_pixel
    )
}

fn weights(network: &IntNetwork) -> usize {
    network.nodes().iter().map(|node| node.layer.weights()).sum()
}

/// Weights times places, of all layers.
fn products(network: &IntNetwork, frame: [usize; 2]) -> usize {
    let mut planes: Vec<[usize; 2]> = Vec::new();
    let mut products = 0_usize;
    for node in network.nodes() {
        let read = match node.inputs.first() {
            Some(Source::Node(n)) => planes[*n],
            _ => frame,
        };
        let plane = match node.layer.window() {
            // A frame that is too small is refused when the core is made.
            Some((window, sliding)) => sliding.outputs(window, read).unwrap_or([0, 0]),
            None => read,
        };
        let places = plane[0].saturating_mul(plane[1]);
        products = products.saturating_add(places.saturating_mul(node.layer.weights()));
        planes.push(plane);
    }
    products
}
