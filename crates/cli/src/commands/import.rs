//! `lacuna import`: an ONNX model becomes a project.

use std::fmt::Write;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use lacuna_network::{LayerKind, LayerSpec, Shape};
use lacuna_onnx::{Imported, Part};

use crate::owned::{Kind, MANIFEST};
use crate::preprocessing::Preprocessing;
use crate::{flow, folder, print};

/// The longest model, in bytes.
const MAX_MODEL: u64 = 1 << 31;

/// Bits of activations and of what curves are applied to, for networks whose activations have no end.
const OPEN_BITS: (u32, u32) = (10, 14);

/// Smaller images in a row of features are not suspected.
const LEAST_SIDE: usize = 8;

/// Options of `lacuna import`.
#[derive(Args)]
pub(crate) struct Options {
    /// The model, an ONNX file
    model: PathBuf,
    /// The project's folder; it must be new or empty
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Maps, height and width of the input, where the model does not fix them or takes them as a row of features
    #[arg(long, value_name = "MAPS,HEIGHT,WIDTH", value_parser = input_shape)]
    input_shape: Option<Shape>,
    #[command(flatten)]
    preprocessing: Preprocessing,
}

fn input_shape(text: &str) -> Result<Shape, String> {
    let numbers: Vec<usize> = text.split(',').filter_map(|side| side.trim().parse().ok()).collect();
    match numbers.as_slice() {
        &[maps, height, width] if !numbers.contains(&0) && text.split(',').count() == 3 => {
            Ok(Shape { maps, height, width })
        }
        _ => Err("it must be three numbers above zero: maps, height, width, such as 3,224,224".to_owned()),
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let shown = options.model.display();
    let place = || shown.to_string();
    let metadata = fs::metadata(&options.model).with_context(|| format!("cannot read {shown}"))?;
    ensure!(metadata.is_file(), "cannot read {shown}: it is no file");
    ensure!(metadata.len() <= MAX_MODEL, "{shown}: more than 2 GB are no ONNX model");
    let bytes = fs::read(&options.model).with_context(|| format!("cannot read {shown}"))?;
    let folder = folder::parent_of(&options.model);
    let mut read_part = |part: &Part<'_>| read_part(folder, part);
    let mut imported = lacuna_onnx::import(bytes, options.input_shape, &mut read_part).with_context(place)?;
    let name = core_name(&options.output);
    let said = options.preprocessing.apply(imported.pixels, &mut imported.spec.input).with_context(place)?;
    let text = project_text(&name, &options.model, &imported, &said)?;
    let generator = concat!("lacuna ", env!("CARGO_PKG_VERSION"));
    let manifest = serde_json::json!({ "generator": generator }).to_string();
    let files = [
        ("lacuna.yaml", text.as_bytes()),
        ("weights.safetensors", imported.weights.as_slice()),
        (MANIFEST, manifest.as_bytes()),
    ];
    folder::write_files(&options.output, Kind::Import, &files)?;
    let Shape { maps, height, width } = imported.input;
    let layers = imported.network.nodes().len();
    print::note(&format!(
        "{}: {layers} layers, {} parameters, for {maps} map(s) of {width} x {height} pixels{}",
        options.output.display(),
        imported.network.parameters(),
        imported.ending.map_or(String::new(), |ending| format!("; the {ending} at the end is left out")),
    ));
    print::note(&said);
    if imported.is_row
        && let Some(side) = side_of_an_image(maps)
    {
        print::note(&format!(
            "hint: its {maps} features are read as maps of one pixel; if they are the pixels of a grey image row by row, import it with \
             `--input-shape 1,{side},{side}`"
        ));
    }
    Ok(())
}

/// The side of the square image that so many features may be.
fn side_of_an_image(features: usize) -> Option<usize> {
    let side = features.isqrt();
    (side >= LEAST_SIDE && side * side == features).then_some(side)
}

/// Reads a part of a file that lies in the model's folder, links followed.
fn read_part(folder: &Path, part: &Part<'_>) -> Result<Vec<u8>, String> {
    let name = part.file;
    let fail = |error: std::io::Error| format!("cannot read `{name}`: {error}");
    let home = fs::canonicalize(folder).map_err(fail)?;
    let path = fs::canonicalize(folder.join(name)).map_err(fail)?;
    if !path.starts_with(&home) {
        return Err(format!("its data lies in `{name}`, which leads out of the model's folder"));
    }
    let metadata = fs::metadata(&path).map_err(fail)?;
    let end = part.offset.checked_add(part.length as u64);
    if !metadata.is_file() || end.is_none_or(|end| end > metadata.len()) {
        return Err(format!(
            "`{name}` has {} bytes, but {} at {} are needed",
            metadata.len(),
            part.length,
            part.offset
        ));
    }
    let mut file = File::open(&path).map_err(fail)?;
    file.seek(SeekFrom::Start(part.offset)).map_err(fail)?;
    let mut bytes = vec![0; part.length];
    file.read_exact(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// The folder's name as far as it can name a Verilog module.
fn core_name(output: &Path) -> String {
    let last = output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = last.chars().map(plain).collect();
    let name = name.trim_matches('_');
    if name.is_empty() {
        "network".to_owned()
    } else if lacuna_rtl::check_core_name(name).is_ok() {
        name.to_owned()
    } else {
        // A digit in front, a keyword such as `large`, or one of our own modules.
        format!("net_{name}")
    }
}

/// Whether a layer's values grow with its input's.
fn has_no_end(layer: &LayerSpec) -> bool {
    matches!(&layer.kind, LayerKind::Activation(function) if !function.is_bounded())
}

/// The project file, as a person would write it.
fn project_text(name: &str, model: &Path, imported: &Imported, pixels: &str) -> Result<String> {
    let Shape { height, width, .. } = imported.input;
    let from = model.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut text = format!("# From {}, by `lacuna import`.\n", from.escape_debug());
    if let Some(ending) = imported.ending {
        let _ = writeln!(text, "# output: {ending} (left out: the values here are what it is computed from)");
    }
    let _ = writeln!(text, "name: {}\nweights: weights.safetensors", flow::scalar(name));
    let _ = writeln!(text, "# {pixels}\ninput: {}\n\nlayers:", flow::line(&imported.spec.input)?);
    for layer in &imported.spec.layers {
        let _ = writeln!(text, "  - {}", flow::line(layer)?);
    }
    if imported.spec.layers.iter().any(has_no_end) {
        let (activation, preactivation) = OPEN_BITS;
        let _ = writeln!(
            text,
            "\n# ReLU and its like have no end: rare large values, and a sign that most never need, take two bits\n\
             fixed_point: {{activation_bits: {activation}, preactivation_bits: {preactivation}}}"
        );
    }
    let _ = writeln!(text, "\nhardware:\n  frame: [{height}, {width}]          # height, width");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::side_of_an_image;

    #[test]
    fn only_squares_of_some_size_may_be_images() {
        assert_eq!(side_of_an_image(784), Some(28));
        assert_eq!([63, 49, 192, 785].map(side_of_an_image), [None; 4]);
    }
}
