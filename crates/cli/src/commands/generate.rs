//! `lacuna generate`: Verilog, testbench, vectors, model.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use lacuna_rtl::Plan;
use ndarray::Array3;

use crate::folder::{refuse_to_replace, write_folder};
use crate::owned::Kind;
use crate::plan_table::{fits_none, misfit, plan_table};
use crate::print;
use crate::project::ProjectArguments;
use crate::synth::standalone;

/// Options of `lacuna generate`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
    /// The folder to write: rtl/ sim/ synth/ model/ manifest.json
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Choose how the layers are built for this board, a folder of `constraints` (instead of the project's key
    /// `board`)
    #[arg(long, value_name = "NAME")]
    board: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut project = options.project.load()?;
    if options.board.is_some() {
        project.hardware.board.clone_from(&options.board);
    }
    let approximation = project.approximate()?;
    project.warn_of_constants(&approximation);
    let network = project.quantize(&approximation)?;
    let board = project.board()?;
    let plan = project.plan(&network, board.as_ref())?;
    if plan.chosen {
        print::note(&plan_table(&plan, &network));
    }
    match board {
        Some(board) => {
            if let Some(fault) = misfit(&plan, &board) {
                print::note(&format!("warning: {fault} (`lacuna check` says what would)"));
            }
        }
        None => [project.chosen_unasked(&network, &plan), fits_none(&plan)]
            .iter()
            .flatten()
            .for_each(|text| print::note(text)),
    }
    let Plan { design, config, .. } = plan;
    let [height, width] = project.hardware.frame;
    let frames = test_frames(network.input_maps(), height, width);
    let vectors = lacuna_rtl::vectors(&network, &frames).context("making the test vectors")?;
    let manifest = lacuna_rtl::manifest(&design, &config, &vectors);
    let mut files = lacuna_rtl::package(&design, &config, &network, vectors);
    files.extend(standalone(&manifest.top, &files)?);
    refuse_to_replace(&project.path, &options.output)?;
    write_folder(&options.output, Kind::Core, &files)?;
    let bytes: usize = files.iter().filter(|f| f.path.starts_with("rtl/")).map(|f| f.text.len()).sum();
    print::note(&format!(
        "{}: {} modules, {} kB of Verilog, {} adders, {} multipliers, {} register ranks; {} beats in, {} out",
        options.output.display(),
        manifest.sources.len(),
        bytes.div_ceil(1000),
        manifest.adders,
        manifest.multipliers,
        manifest.latency,
        manifest.beats[0],
        manifest.beats[1]
    ));
    Ok(())
}

/// Two frames that reach far into every interval: noise in blocks of several sizes over a slope, seeded.
fn test_frames(maps: usize, height: usize, width: usize) -> Vec<Array3<u8>> {
    let mut state = 0x9e37_79b9_u32;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    [3_usize, 16]
        .into_iter()
        .map(|block| {
            let across = width.div_ceil(block);
            let noise: Vec<u32> =
                (0..maps * height.div_ceil(block) * across).map(|_| random() % 256).collect();
            Array3::from_shape_fn((maps, height, width), |(m, y, x)| {
                let coarse = noise[(m * height.div_ceil(block) + y / block) * across + x / block];
                let slope = (x * 255 / width) as u32;
                // Blocks are full noise on the left and fade into the slope on the right.
                ((coarse * (width - x) as u32 + slope * x as u32) / width as u32) as u8
            })
        })
        .collect()
}
