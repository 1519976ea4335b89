//! Photographs as the network wants them.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use image::imageops::FilterType;
use image::{DynamicImage, GrayImage, ImageReader, Rgb, RgbImage};
use lacuna_detection::Window;
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

/// A photograph in frames of one size, mid-grey around it: fitted in, then 1.2 times smaller each time as long as it is
/// no smaller than the network's window.
pub(crate) fn frames(
    image: DynamicImage,
    maps: usize,
    [height, width]: [usize; 2],
    [rows, columns]: [usize; 2],
) -> Result<Vec<Array3<u8>>> {
    let size = (image.width(), image.height());
    let fitting = |whole: u32, frame: usize| f64::from(whole) / frame as f64;
    let first_scale = fitting(size.0, width).max(fitting(size.1, height));
    let config = lacuna_detection::Config { first_scale, scale_factor: 1.2, ..Default::default() };
    let mut levels = lacuna_detection::pyramid(size, Window::new(columns, rows, 1)?, &config);
    if levels.is_empty() {
        // Long and thin: less than a window, but a frame all the same.
        levels = lacuna_detection::pyramid(size, Window::new(1, 1, 1)?, &config);
        levels.truncate(1);
    }
    let image = if maps == 1 { DynamicImage::ImageLuma8(lacuna_detection::grey(&image)) } else { image };
    let frame = |level: lacuna_detection::Level| {
        let (w, h) = (level.width.min(width as u32), level.height.min(height as u32));
        let mut frame =
            DynamicImage::ImageRgb8(RgbImage::from_pixel(width as u32, height as u32, Rgb([128; 3])));
        if maps == 1 {
            frame = DynamicImage::ImageLuma8(frame.to_luma8());
        }
        image::imageops::replace(&mut frame, &image.resize_exact(w, h, FilterType::Triangle), 0, 0);
        input_maps(&frame, maps)
    };
    levels.into_iter().map(frame).collect()
}

/// Whether a file is taken for an image when a folder is read.
pub(crate) fn looks_like_image(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    ["png", "jpg", "jpeg", "pgm", "ppm", "pbm", "pnm", "gif"].contains(&extension.as_str())
}
