//! Photographs as the network wants them.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use image::{DynamicImage, GrayImage, ImageReader};
use ndarray::Array3;

/// Reads an image of any supported format, told by its contents.
pub(crate) fn open(path: &Path) -> Result<DynamicImage> {
    let shown = path.display();
    let reader = ImageReader::open(path)
        .with_context(|| format!("cannot read {shown}"))?
        .with_guessed_format()
        .with_context(|| format!("cannot read {shown}"))?;
    let what = format!("{shown} is no image that can be read (PNG, JPEG, PNM or GIF)");
    ensure!(reader.format().is_some(), what);
    let image = reader.decode().map_err(|error| anyhow!("{what}: {error}"))?;
    ensure!(image.width() > 0 && image.height() > 0, "{shown} has no pixels");
    Ok(image)
}

/// A grey image as the one map of a network's input.
pub(crate) fn pixels(image: &GrayImage) -> Array3<u8> {
    let shape = (1, image.height() as usize, image.width() as usize);
    Array3::from_shape_vec(shape, image.as_raw().clone()).expect("an image has as many pixels as it is large")
}

/// An image as the maps of a network's input: grey for one map, red, green and blue for three.
pub(crate) fn input_maps(image: &DynamicImage, maps: usize) -> Result<Array3<u8>> {
    match maps {
        1 => Ok(pixels(&lacuna_detection::grey(image))),
        3 => {
            let image = image.to_rgb8();
            let shape = (3, image.height() as usize, image.width() as usize);
            Ok(Array3::from_shape_fn(shape, |(m, y, x)| image.get_pixel(x as u32, y as u32)[m]))
        }
        _ => anyhow::bail!("the network reads {maps} maps; an image gives 1 (grey) or 3 (red, green, blue)"),
    }
}

/// Whether a file is taken for an image when a folder is read.
pub(crate) fn looks_like_image(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    ["png", "jpg", "jpeg", "pgm", "ppm", "pbm", "pnm", "gif"].contains(&extension.as_str())
}
