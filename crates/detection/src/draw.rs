//! Boxes on a photograph.

use image::{Rgb, RgbImage};

use crate::{BoundingBox, Detection};

/// A light line between two dark ones stands out from any background.
const LIGHT: Rgb<u8> = Rgb([255, 220, 0]);
const DARK: Rgb<u8> = Rgb([0, 0, 0]);

/// Draws the outline of every detection, three pixels wide, the least confident first. What lies outside the
/// photograph is left out.
pub fn draw(photograph: &mut RgbImage, detections: &[Detection]) {
    for detection in detections.iter().rev() {
        for (margin, colour) in [(1, DARK), (-1, DARK), (0, LIGHT)] {
            outline(photograph, &detection.bounds, margin, colour);
        }
    }
}

/// Draws the outermost pixels of a box that is first widened by a margin.
fn outline(photograph: &mut RgbImage, bounds: &BoundingBox, margin: i64, colour: Rgb<u8>) {
    // Casts saturate, and what is not a number becomes 0.
    let first = |edge: f64| (edge.round() as i64).saturating_sub(margin);
    let last = |edge: f64| (edge.round() as i64).saturating_sub(1).saturating_add(margin);
    let (left, top) = (first(bounds.x1), first(bounds.y1));
    let (right, bottom) = (last(bounds.x2), last(bounds.y2));
    if left > right || top > bottom {
        return;
    }
    let (width, height) = (i64::from(photograph.width()), i64::from(photograph.height()));
    let mut put = |x: i64, y: i64| {
        if (0..width).contains(&x) && (0..height).contains(&y) {
            photograph.put_pixel(x as u32, y as u32, colour);
        }
    };
    for x in left.max(0)..=right.min(width - 1) {
        put(x, top);
        put(x, bottom);
    }
    for y in top.max(0)..=bottom.min(height - 1) {
        put(left, y);
        put(right, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(x1: f64, y1: f64, x2: f64, y2: f64) -> String {
        let mut photograph = RgbImage::from_pixel(9, 8, Rgb([90; 3]));
        let bounds = BoundingBox { x1, y1, x2, y2 };
        draw(&mut photograph, &[Detection { bounds, confidence: 1.0 }]);
        let symbol = |pixel: &Rgb<u8>| match *pixel {
            LIGHT => '#',
            DARK => ':',
            _ => '.',
        };
        photograph.rows().map(|row| row.map(symbol).chain(['\n']).collect::<String>()).collect()
    }

    #[test]
    fn a_light_line_between_dark_ones() {
        assert_eq!(
            drawn(1.0, 1.4, 7.6, 7.0),
            ":::::::::\n\
             :#######:\n\
             :#:::::#:\n\
             :#:...:#:\n\
             :#:...:#:\n\
             :#:::::#:\n\
             :#######:\n\
             :::::::::\n"
        );
    }

    #[test]
    fn what_is_outside_is_left_out() {
        assert_eq!(drawn(-20.0, -20.0, 3.0, 1e300), ".:#:.....\n".repeat(8),);
        assert_eq!(
            drawn(f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY),
            ".........\n".repeat(8)
        );
        drawn(f64::NAN, f64::NAN, f64::NAN, f64::NAN);
        drawn(5.0, 5.0, 1.0, 1.0);
        draw(
            &mut RgbImage::new(0, 0),
            &[Detection { bounds: BoundingBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 }, confidence: 0.0 }],
        );
    }
}
