//! Calibration inputs: a folder of images or of idx files, or a tensor in a file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use image::DynamicImage;
use lacuna_approximation::Calibration;
use lacuna_network::{InputSpec, TrainedNetwork};
use ndarray::{Array3, Axis};
use rayon::prelude::*;

use crate::listing::images_below;
use crate::tensor::Tensor;
use crate::{idx, npy, photograph};

/// Where the inputs lie, and who said so.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// Such as `--calibration` or "key `calibration` of lacuna.yaml".
    pub(crate) said_by: String,
}

/// So many images at most are taken of an idx file.
const IDX_IMAGES: usize = 1000;

/// Reads the inputs of a network: the first of an idx file in a folder, else all images below it in the order of their names, or
/// all that a tensor holds.
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
        _ => {
            bail!("calibration data is a folder (of images, or of idx files), a .npy or a .safetensors file")
        }
    };
    let bytes = fs::read(path).context("cannot read it")?;
    read(&bytes)?.inputs(maps)
}

fn of_folder(folder: &Path, input: &InputSpec, network: &TrainedNetwork) -> Result<Vec<Array3<f32>>> {
    let pixels = |image, shown: &dyn Fn() -> String| -> Result<Array3<f32>> {
        let pixels = photograph::input(image, input).with_context(shown)?;
        let (_, height, width) = pixels.dim();
        network.shapes(height, width).with_context(shown)?;
        Ok(pixels.mapv(|p| (f32::from(p) - 128.0) / 128.0))
    };
    if let Some((path, images)) = idx::training(folder, IDX_IMAGES)? {
        let shown = path.display();
        idx::check_maps(&path, network.input_maps())?;
        let image = |n: usize| DynamicImage::ImageLuma8(idx::image(&images, n));
        let read = |n: usize| pixels(image(n), &|| format!("{shown}, image {n} (counted from 0)"));
        return (0..images.len_of(Axis(0))).into_par_iter().map(read).collect();
    }
    let paths = images_below(folder)?;
    if paths.is_empty() {
        bail!(
            "no image lies in the folder or below it, and no idx file of images such as train-images-idx3-ubyte in it"
        );
    }
    let read = |path: &PathBuf| pixels(photograph::open(path)?, &|| path.display().to_string());
    paths.par_iter().map(read).collect()
}
