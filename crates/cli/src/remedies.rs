//! What would make a core fit where it does not: tried, not guessed.

use anyhow::Result;
use lacuna_fixed_point::IntNetwork;
use lacuna_rtl::Plan;

use crate::plan_table::misfit;
use crate::project::Project;
use crate::synth::Board;

/// Kernels with a signed digit a weight, whose folded layers have the fewest units.
const COARSE: &str = "set: '{0, ±1/2, ±1, ±2}'\nscale: map";

/// Bits of activations and of what they are applied to: tables of 256 words, and short adders.
const SHORT: [u32; 2] = [6, 8];

/// What would fit a board that `plan` does not: a slower pace, a larger board, coarser weights. Those that leave the results as they are
/// come first.
///
/// # Errors
/// The network cannot be approximated otherwise.
pub(crate) fn remedies(
    project: &Project,
    network: &IntNetwork,
    plan: &Plan,
    board: &Board,
) -> Result<Vec<String>> {
    let mut remedies = Vec::new();
    let mhz = |board: &Board| project.hardware.clock_mhz.unwrap_or(board.description.clock_mhz);
    let pace = |plan: &Plan, board: &Board| {
        let clocks = plan.config.clocks_per_pixel;
        let frames = mhz(board) * 1e6 / plan.design.frame_clocks() as f64;
        format!("`clocks_per_pixel: {clocks}`, {frames:.1} frames a second at {} MHz", mhz(board))
    };
    let fits = |project: &Project, network: &IntNetwork, board: &Board| {
        let plan = project.plan(network, Some(board)).ok()?;
        misfit(&plan, board).is_none().then_some(plan)
    };
    let slower = |project: &Project| {
        let mut slower = project.clone();
        slower.hardware.clocks_per_pixel = None;
        slower
    };
    if project.hardware.clocks_per_pixel.is_some()
        && let Some(plan) = fits(&slower(project), network, board)
    {
        remedies.push(pace(&plan, board));
    }
    let luts = board.description.resources.luts;
    let mut larger: Vec<Board> =
        Board::all().into_iter().filter(|other| other.description.resources.luts > luts).collect();
    larger.sort_by_key(|board| board.description.resources.luts);
    let larger = larger.iter().find_map(|other| match misfit(plan, other) {
        None => Some(format!("the board {} or a larger one as it is", other.name)),
        Some(_) => {
            let plan = fits(&slower(project), network, other)?;
            Some(format!("the board {} or a larger one, with {}", other.name, pace(&plan, other)))
        }
    });
    remedies.extend(larger);
    remedies.extend(coarser(project, board, &slower, &fits, &pace)?);
    if remedies.is_empty() {
        remedies
            .push("a smaller `frame`, layers with fewer weights, or weights that are streamed".to_owned());
    }
    Ok(remedies)
}

/// Weights and activations of fewer bits, which change the results: the first that fits.
fn coarser(
    project: &Project,
    board: &Board,
    slower: &dyn Fn(&Project) -> Project,
    fits: &dyn Fn(&Project, &IntNetwork, &Board) -> Option<Plan>,
    pace: &dyn Fn(&Plan, &Board) -> String,
) -> Result<Option<String>> {
    let mut weights = slower(project);
    weights.approximation = serde_yaml::from_str(COARSE)?;
    weights.calibration = None;
    let mut both = weights.clone();
    [both.fixed_point.activation_bits, both.fixed_point.preactivation_bits] = SHORT;
    let sets = "`approximation: {set: \"{0, ±1/2, ±1, ±2}\", scale: map}`";
    let [short, before] = SHORT;
    let bits =
        format!("{sets} with `fixed_point: {{activation_bits: {short}, preactivation_bits: {before}}}`");
    for (what, coarse) in [(sets.to_owned(), weights), (bits, both)] {
        let network = coarse.quantize(&coarse.approximate()?)?;
        if let Some(plan) = fits(&coarse, &network, board) {
            let pace = pace(&plan, board);
            return Ok(Some(format!(
                "{what} ({pace}; other results, which `lacuna evaluate` or `compare` judges)"
            )));
        }
    }
    Ok(None)
}
