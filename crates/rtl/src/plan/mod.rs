/*!
Choosing how each layer is built: unrolled, digit-serial, folded with so many maps at a time, behind its pool, as a table, so that all
keep up with the pixels and the core takes as few cells as the estimate knows how. All ways give the same results bit for bit.

What was pinned in the project stays. With a part to fit, every other layer is chosen; without, only so many weights that no part
would hold an adder for each make the planner choose at all, and everything else is built as it always was. Where the
project gives no `clocks_per_pixel`, it is the least with which the core fits the part.

The search is exact in what it compares ([`search`]), and heuristic in two points: only widths worth trying are tried ([`options`]), and the
queues, whose lengths are known when the whole core is, are guessed until then. What is returned is the real design with its real
schedule, estimated anew.
*/

mod options;
mod request;
mod search;

use lacuna_fixed_point::{IntNetwork, IntNode};

use crate::estimate::{Cells, Estimate, Family, estimate};
use crate::lowering::{check, design_with};
use crate::unrolled::Graphs;
use crate::{Config, Design, Error};
pub use request::Request;
use search::{Candidate, search};

/// Weights of a layer beyond which it is not unrolled unless the project says so, and of all layers beyond which they are chosen.
const LARGE: usize = 1 << 13;

/// Weights of a layer that no block RAMs of a part hold: they are no search's business.
const TOO_LARGE: usize = 1 << 22;

/// Share of a part's LUTs that a core of the planner's own pace may fill, and beyond which registers are saved: routing needs room, and
/// estimates are off by some per cent.
const FILL: f64 = 0.9;

/// Adders in a row between two registers where a core with a register behind each does not fit.
const FEW_REGISTERS: u32 = 2;

/// The part that a core is to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What its cells are.
    pub family: Family,
    /// How many there are.
    pub cells: Cells,
}

/// A core with every choice made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How it is built: the request's pins and the planner's.
    pub config: Config,
    /// The core.
    pub design: Design,
    /// What it needs on the part.
    pub estimate: Estimate,
    /// Whether layers, or the pace, were chosen here.
    pub chosen: bool,
}

impl Cells {
    /// How many times too large this is for a part in LUTs or RAMs, whichever is scarcest; 1 where all fit.
    fn rank(&self, part: &Part) -> f64 {
        let share = |needed: u64, has: u64| needed as f64 / has.max(1) as f64;
        let has = &part.cells;
        [share(self.luts, has.luts), share(self.brams, has.brams), share(self.large_brams, has.large_brams)]
            .into_iter()
            .fold(1.0, f64::max)
    }
}

impl Part {
    /// The same with so much of its LUTs as may be filled.
    fn filled(self) -> Self {
        let luts = (self.cells.luts as f64 * FILL) as u64;
        Self { cells: Cells { luts, ..self.cells }, ..self }
    }
}

/// Whether the planner has to choose although no part was given: the layers that nobody has pinned have so many weights that they
/// would not fit any part with an adder or so for each, or the search for their adder graphs would take long.
pub fn is_large(network: &IntNetwork, request: &Request) -> bool {
    let free = network.nodes().iter().filter(|node| !request.layers.contains_key(&node.name));
    free.map(|node| node.layer.weights()).sum::<usize>() > LARGE
}

/// Builds a network as the request says, and chooses what it leaves open if `choose`.
///
/// Where no pace fits the part, the plan is the smallest that was found; [`Cells::over`] tells.
///
/// # Errors
/// The network has no such hardware, or a layer cannot keep up with the pace that was asked for.
pub fn plan(
    name: &str,
    network: &IntNetwork,
    request: &Request,
    part: &Part,
    choose: bool,
) -> Result<Plan, Error> {
    let graphs = Graphs::default();
    if !choose {
        let config = request.config(request.clocks_per_pixel.unwrap_or(1));
        let design = design_with(name, network, &config, &graphs)?;
        let estimate = estimate(&design, part.family);
        return Ok(Plan { config, design, estimate, chosen: false });
    }
    let is_too_large =
        |node: &&IntNode| node.layer.weights() > TOO_LARGE && !request.layers.contains_key(&node.name);
    if let Some(node) = network.nodes().iter().find(is_too_large) {
        return Err(Error::TooManyWeights { layer: node.name.clone(), most: TOO_LARGE });
    }
    let room = part.filled();
    let planner = Planner { name, network, request, part: room, room, graphs };
    match request.clocks_per_pixel {
        Some(clocks) => Planner { part: *part, ..planner }.at(clocks).map(|(plan, _)| plan),
        None => planner.least(),
    }
}

struct Planner<'a> {
    name: &'a str,
    network: &'a IntNetwork,
    request: &'a Request,
    /// What the core is to fit.
    part: Part,
    /// What it fits with room to route.
    room: Part,
    graphs: Graphs,
}

impl Planner<'_> {
    /// The best core at this pace, and whether it fits: with a register behind every adder, else with fewer registers, unless the request
    /// says how many.
    fn at(&self, clocks: usize) -> Result<(Plan, bool), Error> {
        let config = self.request.config(clocks);
        let (plan, fits) = self.with(config.clone())?;
        let has_room = plan.estimate.total.over(&self.room.cells).is_empty();
        if has_room || self.request.adders_per_stage.is_some() {
            return Ok((plan, fits));
        }
        Ok(match self.with(Config { adders_per_stage: FEW_REGISTERS, ..config }) {
            Ok((other, fits)) if self.size(&other) < self.size(&plan) => (other, fits),
            _ => (plan, fits),
        })
    }

    /// How far a core is from fitting the part, and how large it is.
    fn size(&self, plan: &Plan) -> (f64, u64) {
        let cells = plan.estimate.total;
        (cells.rank(&self.part), cells.luts)
    }

    /// The best core with these registers, at this pace, and whether it fits.
    fn with(&self, config: Config) -> Result<(Plan, bool), Error> {
        check(self.name, self.network, &config)?;
        let candidates =
            search(self.network, &config, &self.part, &self.graphs, self.request.largest_unrolled)?;
        let mut first = None;
        // Queues were guessed: the next candidates have fewer block RAMs.
        for Candidate { layers, .. } in candidates.into_iter().take(4) {
            let config = Config { layers, ..config.clone() };
            let design = match design_with(self.name, self.network, &config, &self.graphs) {
                Ok(design) => design,
                Err(error) if first.is_none() => return Err(error),
                Err(_) => continue,
            };
            let estimate = estimate(&design, self.part.family);
            let fits = estimate.total.over(&self.part.cells).is_empty();
            let plan = Plan { config, design, estimate, chosen: true };
            if fits {
                return Ok((plan, true));
            }
            first.get_or_insert(plan);
        }
        Ok((first.expect("a search that succeeds has a candidate"), false))
    }

    /// The core at the least pace that fits; paces are tried in steps of a half.
    fn least(&self) -> Result<Plan, Error> {
        let pixels: usize = self.request.frame.iter().product();
        let mut clocks = 1;
        let mut best: Option<Plan> = None;
        let mut slower = 0;
        loop {
            match self.at(clocks) {
                Ok((plan, true)) => return Ok(plan),
                Ok((plan, false)) => {
                    let smaller = best.as_ref().is_none_or(|best| self.size(&plan) < self.size(best));
                    slower = if smaller { 0 } else { slower + 1 };
                    if smaller {
                        best = Some(plan);
                    }
                }
                // With fewer than these no way of those tried keeps up.
                Err(Error::TooSlow { clocks: needed, .. }) if needed as usize > clocks => {
                    clocks = needed as usize;
                    continue;
                }
                Err(error) => return Err(error),
            }
            // Once more clocks change nothing, no pace will do.
            if slower > 3 || clocks.saturating_mul(pixels) > 1 << 28 {
                return best.ok_or(Error::NoPlan);
            }
            clocks = (clocks * 3).div_ceil(2);
        }
    }
}
