//! `lacuna generate`: Verilog, testbench, vectors, model.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use ndarray::Array3;

use crate::folder::{refuse_to_replace, write_folder};
use crate::owned::Kind;
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
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let project = options.project.load()?;
    let approximation = project.approximate()?;
    project.warn_of_constants(&approximation);
    let network = project.quantize(&approximation)?;
    let design = project.design(&network)?;
    let [height, width] = project.hardware.frame;
    let frames = test_frames(network.input_maps(), height, width);
    let vectors = lacuna_rtl::vectors(&network, &frames).context("making the test vectors")?;
    let manifest = lacuna_rtl::manifest(&design, &project.hardware, &vectors);
    let mut files = lacuna_rtl::package(&design, &project.hardware, &network, vectors);
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
