//! `lacuna check`: everything that can be wrong, before any work.

use anyhow::Result;
use clap::Args;
use lacuna_fixed_point::{Format, Source};
use lacuna_rtl::{Design, Gaps, Schedule};

use crate::print;
use crate::project::ProjectArguments;

/// Options of `lacuna check`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    project: ProjectArguments,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let project = options.project.load()?;
    let approximation = project.approximate()?;
    project.warn_of_constants(&approximation);
    let network = project.quantize(&approximation)?;
    let design = project.design(&network)?;
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
    print::note(&print::table(&["layer", "reads", "maps x height x width", "bits", "fraction"], &rows));
    let mut pace = match project.hardware.clocks_per_pixel {
        1 => "a pixel a clock".to_owned(),
        clocks => format!("a pixel in {clocks} clocks, {} a frame", design.frame_clocks()),
    };
    if design.gaps != Gaps::default() {
        let Gaps { line, frame } = design.gaps;
        pace +=
            &format!(" but for {line} clocks behind a line and {frame} behind a frame, when edges are added");
    }
    if let Some(schedule) = &design.schedule {
        print::note(&folded_stages(&design, schedule));
        pace += &format!(", {} from a frame's first pixel to its last result", schedule.frame);
    }
    let view = project.trained.field_of_view();
    print::note(&format!(
        "{}: {} parameters; window {}, one result per {} x {} pixels; no value passes 62 bits; {} register ranks, {pace}. All is well.",
        project.path.display(),
        project.trained.parameters(),
        view.window.plane(),
        view.stride[1],
        view.stride[0],
        design.latency()
    ));
    Ok(())
}

/// Which stages share their units, how busy those are, and how long what waits for them can become.
fn folded_stages(design: &Design, schedule: &Schedule) -> String {
    let stages = design.stages.iter().zip(&schedule.waiting).zip(&schedule.busy);
    let rows: Vec<Vec<String>> = stages
        .filter(|(_, busy)| **busy > 0.0)
        .map(|((stage, waiting), busy)| vec![stage.summary(), format!("{busy:.0} %"), waiting.to_string()])
        .collect();
    print::table(&["folded stage", "busy", "words that wait"], &rows)
}

/// The fraction bits of a layer's maps, one number where all have the same.
fn fractions(formats: &[Format]) -> String {
    let fractions = formats.iter().map(|f| f.fraction);
    let (least, most) = (fractions.clone().min().unwrap_or(0), fractions.max().unwrap_or(0));
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}
