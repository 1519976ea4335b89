//! Calibration inputs: a folder of images, or a tensor in a file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lacuna_approximation::Calibration;
use lacuna_network::{InputSpec, TrainedNetwork};
use ndarray::Array3;
use rayon::prelude::*;

use crate::tensor::Tensor;
use crate::{npy, photograph};

/// Where the inputs lie, and who said so.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// Such as `--calibration` or "key `calibration` of lacuna.yaml".
    pub(crate) said_by: String,
}

/// Reads the inputs of a network: all images below a folder in the order of their names, or all that a tensor holds.
pub(crate) fn read(place: &Place, input: &InputSpec, network: &TrainedNetwork) -> Result<Calibration> {
    let shown = || format!("{} ({})", place.path.display(), place.said_by);
    ensure!(place.path.exists(), "{}: there is no such file or folder", shown());
    let inputs = if place.path.is_dir() {
        of_folder(&place.path, input, network).with_context(shown)?
    } else {
        of_file(&place.path, network.input_maps()).with_context(shown)?
    };
    for (n, input) in inputs.iter().enumerate() {
        let (_, height, width) = input.dim();
        network.shapes(height, width).with_context(|| format!("input {n}")).with_context(shown)?;
    }
    Ok(Calibration { inputs })
}

fn of_file(path: &Path, maps: usize) -> Result<Vec<Array3<f32>>> {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let read = match ending {
        "npy" => npy::read,
        "safetensors" => Tensor::from_safetensors,
        _ => bail!("calibration data is a folder of images, a .npy or a .safetensors file"),
    };
    let bytes = fs::read(path).context("cannot read it")?;
    read(&bytes)?.inputs(maps)
}

fn of_folder(folder: &Path, input: &InputSpec, network: &TrainedNetwork) -> Result<Vec<Array3<f32>>> {
    let mut paths = Vec::new();
    images_below(folder, &mut paths)?;
    if paths.is_empty() {
        bail!("no image lies in the folder or below it");
    }
    let read = |path: &PathBuf| -> Result<Array3<f32>> {
        let shown = || path.display().to_string();
        let pixels = photograph::input(photograph::open(path)?, input).with_context(shown)?;
        let (_, height, width) = pixels.dim();
        network.shapes(height, width).with_context(shown)?;
        Ok(pixels.mapv(|p| (f32::from(p) - 128.0) / 128.0))
    };
    paths.par_iter().map(read).collect()
}

/// All images below a folder, sorted folder by folder.
pub(crate) fn images_below(folder: &Path, images: &mut Vec<PathBuf>) -> Result<()> {
    let shown = || format!("cannot read the folder {}", folder.display());
    let entries = fs::read_dir(folder).with_context(shown)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry.with_context(shown)?.path())).collect::<Result<_>>()?;
    paths.sort();
    for path in paths {
        // A link to a folder is left out: it may lead back here.
        if path.is_dir() && !path.is_symlink() {
            images_below(&path, images)?;
        } else if photograph::looks_like_image(&path) {
            images.push(path);
        }
    }
    Ok(())
}
