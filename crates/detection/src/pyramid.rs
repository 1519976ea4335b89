//! The sizes in which a photograph is looked at.

use std::iter;

use image::GrayImage;
use image::imageops::{self, FilterType};

use crate::{Config, Error};

/// What a network sees at once, and how far apart two of its outputs look: its field of view, in pixels of a level.
///
/// Invariant: width, height and stride are at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    width: usize,
    height: usize,
    stride: usize,
}

impl Window {
    /// A window of this width and height, moved in steps of `stride`.
    ///
    /// # Errors
    /// One of the three is 0.
    pub fn new(width: usize, height: usize, stride: usize) -> Result<Self, Error> {
        if width == 0 || height == 0 || stride == 0 {
            return Err(Error::EmptyWindow { width, height, stride });
        }
        Ok(Self { width, height, stride })
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Rows and columns from one window to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }
}

/// One level of a pyramid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Pixels of the photograph per pixel of the level.
    pub scale: f64,
    /// Columns of the level.
    pub width: u32,
    /// Rows of the level.
    pub height: u32,
}

/// The levels of a photograph of this width and height, the finest first: as many as hold a window.
///
/// A photograph without pixels, or one too small for the window even on the first level, has none.
pub fn pyramid((width, height): (u32, u32), window: Window, config: &Config) -> Vec<Level> {
    if width == 0 || height == 0 {
        return Vec::new();
    }
    let level = |scale: f64| Level { scale, width: side(width, scale), height: side(height, scale) };
    let fits = |level: &Level| level.width as usize >= window.width && level.height as usize >= window.height;
    let next = |before: &Level| {
        let scale = before.scale * config.scale_factor;
        // No level has less than one pixel, so a window of one pixel would fit for ever.
        let smaller = scale > before.scale && (before.width, before.height) != (1, 1);
        smaller.then(|| level(scale))
    };
    iter::successors(Some(level(config.first_scale)), next).take_while(fits).collect()
}

/// One side of a level: rounded to the nearest, halves up, and at least one pixel.
fn side(side: u32, scale: f64) -> u32 {
    ((f64::from(side) / scale + 0.5).floor() as u32).max(1)
}

/// The photograph in the size of one level, resized at once from the original by an antialiased triangle filter.
///
/// A photograph without pixels gives a black level.
pub fn level_image(photograph: &GrayImage, level: Level) -> GrayImage {
    imageops::resize(photograph, level.width, level.height, FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    fn face_finder() -> Window {
        Window::new(32, 36, 4).unwrap()
    }

    #[test]
    fn the_levels_of_a_small_frame() {
        let levels = pyramid((100, 75), face_finder(), &Config::default());
        let sizes: Vec<_> = levels.iter().map(|level| (level.width, level.height)).collect();
        // 144 x 108 and 1.2 times less each, from 69.44 x 52.08 on with fractions; the next would be 40 x 30.
        assert_eq!(sizes, [(144, 108), (120, 90), (100, 75), (83, 63), (69, 52), (58, 43), (48, 36)]);
        assert_eq!(levels[0].scale, 1.0 / 1.44);
        assert_eq!(levels[3].scale, 1.0 / 1.44 * 1.2 * 1.2 * 1.2);
    }

    #[test]
    fn what_is_too_small_has_no_level() {
        let levels = |width, height| pyramid((width, height), face_finder(), &Config::default()).len();
        assert_eq!(levels(0, 100), 0);
        assert_eq!(levels(100, 0), 0);
        assert_eq!(levels(21, 100), 0); // 30.24 columns
        assert_eq!(levels(100, 24), 0); // 34.56 rows
        assert_eq!(levels(22, 25), 1); // 31.68 and 36 round to 32 and 36
    }

    #[test]
    fn ends_whatever_the_configuration() {
        let dot = Window::new(1, 1, 1).unwrap();
        assert!(pyramid((100, 3), dot, &Config::default()).len() < 40);
        for (first_scale, scale_factor) in
            [(1.0, 1.0), (1.0, 0.5), (-1.0, 2.0), (f64::NAN, 2.0), (1.0, f64::NAN)]
        {
            let config = Config { first_scale, scale_factor, ..Config::default() };
            assert!(pyramid((100, 100), dot, &config).len() <= 1, "{config:?}");
        }
    }

    #[test]
    fn a_window_has_pixels_and_moves() {
        for (width, height, stride) in [(0, 1, 1), (1, 0, 1), (1, 1, 0)] {
            assert_eq!(Window::new(width, height, stride), Err(Error::EmptyWindow { width, height, stride }));
        }
    }

    fn resized(photograph: &GrayImage, width: u32, height: u32) -> GrayImage {
        level_image(photograph, Level { scale: 1.0, width, height })
    }

    #[test]
    fn resizing_keeps_what_has_its_size_and_what_is_flat() {
        let noise = GrayImage::from_fn(17, 11, |x, y| Luma([(x * 91 + y * y * 57) as u8]));
        assert_eq!(resized(&noise, 17, 11), noise);
        let flat = GrayImage::from_pixel(17, 11, Luma([93]));
        assert_eq!(resized(&flat, 5, 31), GrayImage::from_pixel(5, 31, Luma([93])));
        assert_eq!(resized(&GrayImage::new(0, 4), 3, 2), GrayImage::new(3, 2));
        assert_eq!(resized(&noise, 0, 2), GrayImage::new(0, 2));
        assert_eq!(resized(&noise, 3, 0), GrayImage::new(3, 0));
    }

    #[test]
    fn resizing_by_half_weighs_neighbours_1_3_3_1() {
        let step = GrayImage::from_fn(8, 1, |x, _| Luma([if x < 4 { 0 } else { 160 }]));
        assert_eq!(resized(&step, 4, 1).into_raw(), [0, 20, 140, 160]);
    }

    #[test]
    fn resizing_to_double_mixes_neighbours_1_to_3() {
        let step = GrayImage::from_raw(2, 1, vec![0, 100]).unwrap();
        assert_eq!(resized(&step, 4, 1).into_raw(), [0, 25, 75, 100]);
    }
}
