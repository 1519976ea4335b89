//! Photographs as the network wants them.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use image::imageops::FilterType;
use image::{DynamicImage, GrayImage, ImageReader, Rgb, RgbImage};
use lacuna_detection::Window;
use lacuna_network::{InputSpec, Order, Resize};
use ndarray::{Array3, Axis};

/// The most pixels of an image that is resized: 64 million.
const MAX_PIXELS: u64 = 1 << 26;

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
fn input_maps(image: &DynamicImage, maps: usize) -> Result<Array3<u8>> {
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

/// An image as the input of a network: resized, the middle cut out, the colours in order, as `input` says.
pub(crate) fn input(image: DynamicImage, input: &InputSpec) -> Result<Array3<u8>> {
    let mut maps = input_maps(&sized(image, input)?, input.maps)?;
    if input.order == Order::Bgr {
        maps.invert_axis(Axis(0));
    }
    Ok(maps.as_standard_layout().into_owned())
}

/// An image of the size that the input has; as it is where it has none.
fn sized(mut image: DynamicImage, input: &InputSpec) -> Result<DynamicImage> {
    let size = input.size()?.map(|[height, width]| [width as u32, height as u32]);
    let before = [image.width(), image.height()];
    let shorter = |side: f64| before.map(|own| f64::from(own) * side / f64::from(before[0].min(before[1])));
    let wanted = match (input.resize, size) {
        (None, None) => return Ok(image),
        (Some(Resize::Exact([height, width])), _) => [width as f64, height as f64],
        (Some(Resize::Shorter(side)), _) => shorter(side as f64),
        (None, Some(size)) => {
            let grows = f64::from(size[0]) / f64::from(before[0]);
            let grows = grows.max(f64::from(size[1]) / f64::from(before[1]));
            before.map(|own| f64::from(own) * grows)
        }
    };
    let wanted = wanted.map(|side| side.round() as u64);
    ensure!(
        wanted[0].saturating_mul(wanted[1]) <= MAX_PIXELS,
        "it is too long and thin: of {} x {} pixels (width x height) it would become {} x {}",
        before[0],
        before[1],
        wanted[0],
        wanted[1]
    );
    let wanted = wanted.map(|side| (side as u32).max(1));
    if wanted != before {
        if input.maps == 1 {
            image = DynamicImage::ImageLuma8(lacuna_detection::grey(&image));
        }
        image = image.resize_exact(wanted[0], wanted[1], FilterType::Triangle);
    }
    let Some(size) = size else { return Ok(image) };
    ensure!(
        wanted[0] >= size[0] && wanted[1] >= size[1],
        "it is resized to {} x {} pixels (width x height), of which {} x {} cannot be cut: make `input.resize` larger",
        wanted[0],
        wanted[1],
        size[0],
        size[1]
    );
    Ok(image.crop_imm((wanted[0] - size[0]) / 2, (wanted[1] - size[1]) / 2, size[0], size[1]))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Red counts columns, green rows, blue is 7.
    fn photograph(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 7])))
    }

    fn three(height: usize, width: usize) -> InputSpec {
        InputSpec { maps: 3, height: Some(height), width: Some(width), ..InputSpec::default() }
    }

    #[test]
    fn the_middle_is_cut_out_and_colours_come_in_their_order() {
        let spec = InputSpec { resize: Some(Resize::Shorter(20)), ..three(10, 12) };
        let pixels = input(photograph(30, 20), &spec).expect("large enough");
        assert_eq!(pixels.dim(), (3, 10, 12));
        assert_eq!([pixels[(0, 0, 0)], pixels[(1, 0, 0)], pixels[(2, 0, 0)]], [9, 5, 7]);
        let turned =
            input(photograph(30, 20), &InputSpec { order: Order::Bgr, ..spec }).expect("large enough");
        for map in 0..3 {
            assert_eq!(turned.index_axis(Axis(0), map), pixels.index_axis(Axis(0), 2 - map));
        }
    }

    #[test]
    fn images_are_resized_to_the_shorter_side_exactly_or_just_enough() {
        let size = |width, height, spec: InputSpec| {
            let image = sized(photograph(width, height), &spec).expect("large enough");
            [image.width(), image.height()]
        };
        let free = InputSpec { maps: 3, ..InputSpec::default() };
        assert_eq!(size(31, 17, free.clone()), [31, 17]);
        assert_eq!(size(30, 20, InputSpec { resize: Some(Resize::Shorter(50)), ..free.clone() }), [75, 50]);
        assert_eq!(size(30, 20, InputSpec { resize: Some(Resize::Exact([5, 9])), ..free }), [9, 5]);
        // All columns but not all rows are there: the proportions have stayed.
        let image = input(photograph(40, 80), &three(20, 20)).expect("any size will do");
        assert_eq!(image.dim(), (3, 20, 20));
        assert!(image[(0, 10, 0)] <= 1 && image[(0, 10, 19)] >= 38);
        assert!((20..=22).contains(&image[(1, 0, 10)]) && (57..=59).contains(&image[(1, 19, 10)]));
        assert_eq!(input(photograph(3, 2), &three(20, 20)).expect("any size will do").dim(), (3, 20, 20));
    }

    #[test]
    fn what_cannot_be_cut_is_said() {
        let small = InputSpec { resize: Some(Resize::Shorter(10)), ..three(12, 12) };
        let fault = input(photograph(30, 20), &small).expect_err("ten rows are too few").to_string();
        assert!(fault.contains("resized to 15 x 10") && fault.contains("12 x 12 cannot be cut"), "{fault}");
        let thin = InputSpec { resize: Some(Resize::Shorter(60000)), ..three(12, 12) };
        let fault = input(photograph(300, 1), &thin).expect_err("too many pixels").to_string();
        assert!(fault.contains("too long and thin"), "{fault}");
    }
}
