//! `lacuna check`: everything that can be wrong, before any work.

use anyhow::Result;
use clap::Args;
use lacuna_fixed_point::Source;

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
            let from = match node.input {
                Source::Input => "pixels",
                Source::Node(n) => &network.nodes()[n].name,
            };
            let shape = shapes[index];
            vec![
                node.name.clone(),
                from.to_owned(),
                format!("{}x{}x{}", shape.maps, shape.height, shape.width),
                bits.to_string(),
                formats[0].fraction.to_string(),
            ]
        })
        .collect();
    print::note(&print::table(&["layer", "reads", "maps x height x width", "bits", "fraction"], &rows));
    let view = project.trained.field_of_view();
    print::note(&format!(
        "{}: {} parameters; window {}, one result per {} x {} pixels; no value passes 62 bits; {} register ranks. All is well.",
        project.path.display(),
        project.trained.parameters(),
        view.window.plane(),
        view.stride,
        view.stride,
        design.latency()
    ));
    Ok(())
}
