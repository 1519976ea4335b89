//! Where labels go, so that none covers another.

/// A rectangle in pixels: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

impl Area {
    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(&self, other: &Self) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }

    /// A marker.
    pub(crate) fn around((x, y): (i32, i32), radius: i32) -> Self {
        Self { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }
    }

    /// A line along an axis.
    pub(crate) fn between((x0, y0): (i32, i32), (x1, y1): (i32, i32)) -> Self {
        Self { left: x0.min(x1) - 1, top: y0.min(y1) - 1, right: x0.max(x1) + 1, bottom: y0.max(y1) + 1 }
    }
}

/// Height of a line of text, and its mean width per character, both at the plot's font size.
pub(crate) const TEXT_HEIGHT: i32 = 14;
const MEAN_WIDTH: f64 = 6.6;

/// Pixels between a marker's middle and its label.
const GAP: i32 = 8;

/// Rings of places around a marker that are tried.
const RINGS: i32 = 6;

/// Pixels that a line of text takes.
pub(crate) fn text_width(text: &str) -> i32 {
    (text.chars().count() as f64 * MEAN_WIDTH).ceil() as i32
}

/// The top left corners of labels for points, in their order: near the point, within the frame, clear of what is taken
/// and of the labels before. Where there is no such place the label is left out.
pub(crate) fn place(
    labels: &[((i32, i32), String)],
    mut taken: Vec<Area>,
    frame: Area,
) -> Vec<Option<(i32, i32)>> {
    let mut places = Vec::with_capacity(labels.len());
    for ((x, y), text) in labels {
        let width = text_width(text);
        let near = (0..RINGS).flat_map(|ring| {
            let (out, step) = (GAP + ring * TEXT_HEIGHT, TEXT_HEIGHT / 2);
            [
                (x - width - GAP, y - step - out),
                (x - width / 2, y - TEXT_HEIGHT - out),
                (x + GAP, y + out - step),
                (x - width / 2, y + out),
                (x + GAP, y - step - out),
                (x - width - GAP, y + out - step),
            ]
        });
        let area = |(left, top)| Area { left, top, right: left + width, bottom: top + TEXT_HEIGHT };
        let free =
            |at: &(i32, i32)| frame.holds(&area(*at)) && taken.iter().all(|other| !other.meets(&area(*at)));
        let place = near.clone().find(free);
        taken.extend(place.map(area));
        places.push(place);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{Area, TEXT_HEIGHT, place, text_width};

    const FRAME: Area = Area { left: 0, top: 0, right: 400, bottom: 300 };

    #[test]
    fn labels_cover_neither_each_other_nor_markers() {
        let markers: Vec<(i32, i32)> = (0..12).map(|n| (100 + 12 * n, 200 - 9 * n)).collect();
        let labels: Vec<((i32, i32), String)> =
            markers.iter().map(|&at| (at, "k/8 |k|<=16".to_owned())).collect();
        let taken = markers.iter().map(|&at| Area::around(at, 5)).collect();
        let places = place(&labels, taken, FRAME);
        let areas: Vec<Area> = places
            .iter()
            .zip(&labels)
            .filter_map(|(place, (_, text))| {
                let (left, top) = (*place)?;
                Some(Area { left, top, right: left + text_width(text), bottom: top + TEXT_HEIGHT })
            })
            .collect();
        assert!(areas.len() > 6, "most labels find a place: {places:?}");
        for (n, one) in areas.iter().enumerate() {
            assert!(FRAME.holds(one));
            assert!(areas[..n].iter().all(|other| !other.meets(one)));
            assert!(markers.iter().all(|&at| !Area::around(at, 5).meets(one)));
        }
    }

    #[test]
    fn a_label_without_a_place_is_left_out() {
        let wide = "x".repeat(200);
        assert_eq!(place(&[((50, 50), wide)], vec![Area::around((50, 50), 5)], FRAME), [None]);
    }
}
