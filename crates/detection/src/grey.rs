//! Photographs in grey.

use image::{DynamicImage, GrayImage, Luma};

/// A photograph as 8-bit grey, by ITU-R 601 luma: 0.299 R + 0.587 G + 0.114 B in 16-bit fixed point, rounded.
///
/// The weights are those of JPEG and of the pictures the networks are trained on; `image`'s own conversion has those
/// of BT.709. What is grey already stays as it is. An alpha channel is ignored; deeper samples are rounded to 8 bits
/// first.
pub fn grey(photograph: &DynamicImage) -> GrayImage {
    let (width, height) = (photograph.width(), photograph.height());
    match photograph {
        // A sample that is not a number is black.
        DynamicImage::ImageRgb32F(image) => {
            GrayImage::from_fn(width, height, |x, y| luma(image[(x, y)].0.map(level)))
        }
        DynamicImage::ImageRgba32F(image) => GrayImage::from_fn(width, height, |x, y| {
            let [red, green, blue, _] = image[(x, y)].0;
            luma([red, green, blue].map(level))
        }),
        _ if photograph.color().has_color() => {
            let image = photograph.to_rgb8();
            GrayImage::from_fn(width, height, |x, y| luma(image[(x, y)].0))
        }
        _ => photograph.to_luma8(),
    }
}

/// The nearest of 256 levels to a sample between 0 and 1.
fn level(sample: f32) -> u8 {
    (sample.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn luma([red, green, blue]: [u8; 3]) -> Luma<u8> {
    let sum = u32::from(red) * 19595 + u32::from(green) * 38470 + u32::from(blue) * 7471;
    Luma([((sum + 0x8000) >> 16) as u8])
}

#[cfg(test)]
mod tests {
    use image::{GrayAlphaImage, ImageBuffer, LumaA, Rgb, Rgb32FImage, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn one(photograph: impl Into<DynamicImage>) -> u8 {
        grey(&photograph.into())[(0, 0)].0[0]
    }

    #[test]
    fn weights_of_rec_601() {
        for (pixel, expected) in [
            ([255, 0, 0], 76),
            ([0, 255, 0], 150),
            ([0, 0, 255], 29),
            ([255, 255, 255], 255),
            ([1, 2, 3], 2),
            ([200, 100, 50], 124),
        ] {
            assert_eq!(one(RgbImage::from_pixel(1, 1, Rgb(pixel))), expected, "{pixel:?}");
        }
        for level in 0..=255 {
            assert_eq!(one(RgbImage::from_pixel(1, 1, Rgb([level; 3]))), level);
        }
    }

    #[test]
    fn every_kind_of_photograph() {
        assert_eq!(one(GrayImage::from_pixel(1, 1, Luma([7]))), 7);
        assert_eq!(one(GrayAlphaImage::from_pixel(1, 1, LumaA([7, 0]))), 7, "alpha is ignored");
        assert_eq!(one(RgbaImage::from_pixel(1, 1, Rgba([200, 100, 50, 0]))), 124, "alpha is ignored");
        assert_eq!(one(ImageBuffer::from_pixel(1, 1, Luma([0x1234_u16]))), 0x12);
        assert_eq!(one(ImageBuffer::from_pixel(1, 1, LumaA([0xffff_u16, 9]))), 255);
        let deep = [200, 100, 50].map(|level: u16| level * 257);
        assert_eq!(one(ImageBuffer::from_pixel(1, 1, Rgb(deep))), 124);
        assert_eq!(one(ImageBuffer::from_pixel(1, 1, Rgba([deep[0], deep[1], deep[2], 0]))), 124);
        assert_eq!(one(Rgb32FImage::from_pixel(1, 1, Rgb([2.0, f32::NAN, -1.0]))), 76);
        assert_eq!(one(ImageBuffer::from_pixel(1, 1, Rgba([1.0_f32, 1.0, 1.0, 0.0]))), 255);
        assert_eq!(grey(&DynamicImage::new_rgb8(0, 3)).dimensions(), (0, 3));
    }
}
