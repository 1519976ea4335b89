//! `lacuna check`: everything that can be wrong, before any work.

use anyhow::{Result, bail};
use clap::Args;
use lacuna_fixed_point::{Format, IntNetwork, Source};
use lacuna_rtl::{Gaps, Plan};

use crate::plan_table::{board_table, boards_that_fit, fits_none, misfit, plan_table};
use crate::project::{Project, ProjectArguments};
use crate::remedies::remedies;
use crate::synth::Board;
use crate::{preprocessing, print};

/// Options of `lacuna check`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// Choose how the layers are built for this board, a folder of `constraints`, and see what it takes there (instead of
    /// the project's key `board`)
    #[arg(long, value_name = "NAME")]
    board: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut project = options.project.load()?;
    if options.board.is_some() {
        project.hardware.board.clone_from(&options.board);
    }
    let board = project.board()?;
    let approximation = project.approximate()?;
    project.warn_of_constants(&approximation);
    let network = project.quantize(&approximation)?;
    let plan = project.plan(&network, board.as_ref())?;
    let design = &plan.design;
    let [height, width] = project.hardware.frame;
    let shapes = approximation.network.shapes(height, width)?;
    let rows: Vec<Vec<String>> = network
        .nodes()
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let formats = network.formats(index);
            let bits = formats.iter().map(|f| f.interval.width()).max().unwrap_or(0);
            let name = |source: &Source| match *source {
                Source::Input => "pixels".to_owned(),
                Source::Node(n) => network.nodes()[n].name.clone(),
            };
            let from: Vec<String> = node.inputs.iter().map(name).collect();
            let shape = shapes[index];
            vec![
                node.name.clone(),
                from.join(", "),
                format!("{}x{}x{}", shape.maps, shape.height, shape.width),
                bits.to_string(),
                fractions(formats),
            ]
        })
        .collect();
    let range = preprocessing::range_text(&project.model.input.range()?);
    print::note(&format!("pixels 0 to 255 enter the first layer as {range}"));
    print::note(&print::table(&["layer", "reads", "maps x height x width", "bits", "fraction"], &rows));
    print::note(&plan_table(&plan, &network));
    let clocks = plan.config.clocks_per_pixel;
    let mut pace = match clocks {
        1 => "a pixel a clock".to_owned(),
        clocks => format!("a pixel in {clocks} clocks, {} a frame", design.frame_clocks()),
    };
    if design.gaps != Gaps::default() {
        let Gaps { line, frame } = design.gaps;
        pace += &format!(
            " but for {line} clock(s) behind a line and {frame} behind a frame, when edges are added"
        );
    }
    if let Some(schedule) = &design.schedule {
        pace += &format!(", {} from a frame's first pixel to its last result", schedule.frame);
    }
    let view = project.trained.field_of_view();
    print::note(&format!(
        "{}: {} parameters; window {}, one result per {} x {} pixels; no value passes 62 bits; {} register ranks, {pace}.",
        project.path.display(),
        project.trained.parameters(),
        view.window.plane(),
        view.stride[1],
        view.stride[0],
        design.latency()
    ));
    let mut is_too_large = false;
    match board {
        Some(board) => on_board(&project, &network, &plan, &board)?,
        None => {
            print::note(&format!(
                "LUTs, flip-flops and block RAMs as estimated for an ECP5. Boards it is estimated to fit: {}.",
                names(&boards_that_fit(&plan))
            ));
            let too_large = fits_none(&plan);
            is_too_large = too_large.is_some();
            [project.chosen_unasked(&network, &plan), too_large]
                .iter()
                .flatten()
                .for_each(|text| print::note(text));
        }
    }
    print::note(if is_too_large { "Nothing else is wrong." } else { "All is well." });
    Ok(())
}

/// What the core takes on a board; if it does not fit, what would.
fn on_board(project: &Project, network: &IntNetwork, plan: &Plan, board: &Board) -> Result<()> {
    print::note(&board_table(plan, board));
    let mhz = project.hardware.clock_mhz.unwrap_or(board.description.clock_mhz);
    let frames = |plan: &Plan| mhz * 1e6 / plan.design.frame_clocks() as f64;
    let Some(fault) = misfit(plan, board) else {
        print::note(&format!("{mhz} MHz: {:.1} frames a second", frames(plan)));
        return Ok(());
    };
    let remedies = remedies(project, network, plan, board)?;
    bail!("{}: {fault}; what would: {}", project.path.display(), remedies.join(", or "))
}

fn names(boards: &[Board]) -> String {
    match boards {
        [] => "none".to_owned(),
        _ => boards.iter().map(|board| board.name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// The fraction bits of a layer's maps, one number where all have the same.
fn fractions(formats: &[Format]) -> String {
    let fractions = formats.iter().map(|f| f.fraction);
    let (least, most) = (fractions.clone().min().unwrap_or(0), fractions.max().unwrap_or(0));
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}
