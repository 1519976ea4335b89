//! How the layers of a core are built and what it will need, as tables.

use lacuna_fixed_point::{IntLayer, IntNetwork};
use lacuna_rtl::{Build, Cells, Family, Plan, Style, estimate};

use crate::print;
use crate::synth::{Board, in_words};

/// A row per layer: how it is built, how often a pixel comes, how busy it is, what it will need.
pub(crate) fn plan_table(plan: &Plan, network: &IntNetwork) -> String {
    let Plan { design, estimate, config, .. } = plan;
    let clocks = design.frame_clocks();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for node in network.nodes() {
        let own: Vec<usize> =
            (0..design.stages.len()).filter(|&n| design.stages[n].layer == node.name).collect();
        let Some(&first) = own.first() else { continue };
        let plane = design.stages[first].plane;
        let cells = own.iter().fold(Cells::default(), |sum, &n| sum.plus(estimate.stages[n]));
        let busy = design
            .schedule
            .as_ref()
            .map(|schedule| own.iter().map(|&n| schedule.busy[n]).fold(0.0, f64::max));
        let waiting = design.schedule.as_ref().map(|s| own.iter().map(|&n| s.waiting[n]).max().unwrap_or(0));
        rows.push(vec![
            node.name.clone(),
            built(config.layers.get(&node.name), &node.layer),
            format!("{:.1}", clocks as f64 / (plane.height * plane.width).max(1) as f64),
            busy.filter(|busy| *busy > 0.0).map_or(String::new(), |busy| format!("{busy:.0} %")),
            waiting.filter(|waiting| *waiting > 0).map_or(String::new(), |waiting| waiting.to_string()),
            cells.luts.to_string(),
            cells.ffs.to_string(),
            cells.brams.to_string(),
        ]);
    }
    for (name, cells) in [("around the layers", estimate.around), ("all", estimate.total)] {
        let figures = [cells.luts, cells.ffs, cells.brams].map(|figure| figure.to_string());
        rows.push([vec![name.to_owned()], vec![String::new(); 4], figures.to_vec()].concat());
    }
    let header =
        ["layer", "built", "clocks a pixel", "busy", "words that wait", "LUTs", "flip-flops", "block RAMs"];
    print::table(&header, &rows)
}

fn built(build: Option<&Build>, layer: &IntLayer) -> String {
    match (build, layer) {
        (Some(Build::Folded(lanes)), IntLayer::Conv2d(_)) => {
            format!("{} map(s) in, {} out at a time", lanes.inputs, lanes.outputs)
        }
        (Some(Build::Serial(digits)), _) => format!("digit-serial, {} clocks", digits.serial),
        (Some(Build::Folded(lanes)), _) => format!("{} map(s) at a time", lanes.inputs),
        (Some(Build::Style(Style::PoolFirst)), _) => "behind its pool".to_owned(),
        (Some(Build::Style(Style::PoolFirstFolded)), _) => "behind its pool, units shared".to_owned(),
        (Some(Build::Style(Style::Table)), _) => "a table".to_owned(),
        (_, IntLayer::Conv2d(_)) | (Some(Build::Style(Style::Unrolled)), _) => "unrolled".to_owned(),
        (None, _) => "as they come".to_owned(),
    }
}

/// What the core will need on a board, beside what there is.
pub(crate) fn board_table(plan: &Plan, board: &Board) -> String {
    let family = board.description.family;
    let needs = estimate(&plan.design, family.cells()).total;
    let rows: Vec<Vec<String>> = needs
        .beside(&board.description.resources)
        .filter(|(name, ..)| *name != "dsps")
        .map(|(name, needed, has)| {
            let share =
                if has > 0 { format!("{:.0} %", 100.0 * needed as f64 / has as f64) } else { "-".to_owned() };
            let over = needed.saturating_sub(has);
            let over = if over > 0 { over.to_string() } else { String::new() };
            vec![in_words(family, name).to_owned(), needed.to_string(), has.to_string(), share, over]
        })
        .collect();
    let title = format!("estimate for {}", board.description.title);
    print::table(&[&title, "needed", "there are", "share", "too many"], &rows)
}

/// What does not fit, by how much, if anything.
pub(crate) fn misfit(plan: &Plan, board: &Board) -> Option<String> {
    let family = board.description.family;
    let needs = estimate(&plan.design, family.cells()).total;
    let over = needs.over(&board.description.resources).into_iter().map(|(name, needed, has)| {
        let what = in_words(family, name);
        format!("{what}: some {needed} needed, {has} there, {} too many", needed - has)
    });
    let over: Vec<String> = over.collect();
    (!over.is_empty()).then(|| {
        format!(
            "the core is estimated not to fit {} ({}): {}",
            board.name,
            board.description.part,
            over.join("; ")
        )
    })
}

/// A warning, if a core for no board in particular fits none.
pub(crate) fn fits_none(plan: &Plan) -> Option<String> {
    boards_that_fit(plan).is_empty().then(|| {
        let (needs, largest) = (estimate(&plan.design, Family::Ecp5).total, Board::largest());
        let has = largest.description.resources;
        format!(
            "warning: the core fits no board: some {} LUT4 and {} block RAMs of an ECP5 ({} has {} and {}); `--board NAME` chooses how \
             layers share units, and how often pixels may come; weights of fewer signed digits take less: `--calibration PATH`, or \
             `approximation: {{set: \"{{0, ±1/2, ±1, ±2}}\", scale: map}}`",
            needs.luts, needs.brams, largest.name, has.luts, has.brams
        )
    })
}

/// The smallest of the boards that the core fits as it is, and all of them.
pub(crate) fn boards_that_fit(plan: &Plan) -> Vec<Board> {
    let mut boards: Vec<Board> =
        Board::all().into_iter().filter(|board| misfit(plan, board).is_none()).collect();
    boards.sort_by_key(|board| board.description.resources.luts);
    boards
}
