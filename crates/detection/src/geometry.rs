//! Boxes in a photograph and how much they overlap.

use serde::Serialize;

/// An upright rectangle in pixels of a photograph; the right and bottom edges are exclusive, so that `x2 - x1` is its
/// width.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BoundingBox {
    /// Left edge.
    pub x1: f64,
    /// Top edge.
    pub y1: f64,
    /// Right edge, exclusive.
    pub x2: f64,
    /// Bottom edge, exclusive.
    pub y2: f64,
}

impl BoundingBox {
    /// Right edge less left edge.
    pub fn width(&self) -> f64 {
        self.x2 - self.x1
    }

    /// Bottom edge less top edge.
    pub fn height(&self) -> f64 {
        self.y2 - self.y1
    }

    /// Width times height.
    pub fn area(&self) -> f64 {
        self.width() * self.height()
    }

    /// Intersection over union: 1 for equal boxes, 0 for boxes that share no area.
    ///
    /// Windows of one level can overlap by exactly a bound: 32x36 pixels by 0.6 when they lie two strides of 4 beside
    /// each other, by 0.5 when three above each other. Rounding then decides, so the order of operations here is part
    /// of the definition.
    pub fn iou(&self, other: &Self) -> f64 {
        let width = self.x2.min(other.x2) - self.x1.max(other.x1);
        let height = self.y2.min(other.y2) - self.y1.max(other.y1);
        if width > 0.0 && height > 0.0 {
            let common = width * height;
            common / (self.area() + other.area() - common)
        } else {
            0.0
        }
    }

    /// The box that lies this far inside: left, top, right, bottom, as fractions of width and height.
    pub(crate) fn inset(&self, [left, top, right, bottom]: [f64; 4]) -> Self {
        let (width, height) = (self.width(), self.height());
        Self {
            x1: self.x1 + left * width,
            y1: self.y1 + top * height,
            x2: self.x2 - right * width,
            y2: self.y2 - bottom * height,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(x1: f64, y1: f64, x2: f64, y2: f64) -> BoundingBox {
        BoundingBox { x1, y1, x2, y2 }
    }

    #[test]
    fn overlap_of_hand_worked_boxes() {
        let a = bounds(0.0, 0.0, 4.0, 2.0);
        assert_eq!(a.iou(&a), 1.0);
        assert_eq!(a.iou(&bounds(2.0, 0.0, 6.0, 2.0)), 4.0 / 12.0);
        assert_eq!(a.iou(&bounds(1.0, 0.5, 2.0, 1.5)), 1.0 / 8.0);
        assert_eq!(a.iou(&bounds(4.0, 0.0, 8.0, 2.0)), 0.0, "edges are exclusive");
        assert_eq!(a.iou(&bounds(0.0, 3.0, 4.0, 5.0)), 0.0);
    }

    #[test]
    fn what_has_no_area_overlaps_nothing() {
        let point = bounds(1.0, 1.0, 1.0, 1.0);
        assert_eq!(point.iou(&point), 0.0);
        let backwards = bounds(4.0, 2.0, 0.0, 0.0);
        assert_eq!(backwards.iou(&backwards), 0.0);
    }

    #[test]
    fn an_inset_is_relative_to_the_box() {
        let inset = bounds(10.0, 20.0, 50.0, 120.0).inset([0.25, 0.1, -0.5, 0.0]);
        assert_eq!(inset, bounds(20.0, 30.0, 70.0, 120.0));
    }
}
