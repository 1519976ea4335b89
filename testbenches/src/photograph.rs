//! What the face detector is made for: windows of a photograph.

use lacuna_fixed_point::IntNetwork;
use ndarray::{Array3, s};

use crate::repository;

/// Rows and columns that the detector looks at.
pub const WINDOW: [usize; 2] = [36, 32];

/// Two windows `[1, rows, columns]` of the photograph of an astronaut: the one that is most and the one that is least like a face.
pub fn windows(network: &IntNetwork) -> [Array3<u8>; 2] {
    let photograph = image::open(repository().join("models/cff/astronaut.jpg")).expect("it is a photograph");
    let side = 140;
    let small = image::imageops::thumbnail(&photograph.to_luma8(), side, side);
    let pixels = Array3::from_shape_fn((1, side as usize, side as usize), |(_, y, x)| {
        small.get_pixel(x as u32, y as u32).0[0]
    });
    let scores = network.run(&pixels).expect("the photograph is large enough");
    let place = |best: &dyn Fn(i64, i64) -> bool| {
        let mut found = ((0, 0), scores[(0, 0, 0)]);
        for ((_, row, column), &score) in scores.indexed_iter() {
            if best(score, found.1) {
                found = ((4 * row, 4 * column), score);
            }
        }
        let ((y, x), _) = found;
        pixels.slice(s![.., y..y + WINDOW[0], x..x + WINDOW[1]]).to_owned()
    };
    let [face, none] = [place(&|a, b| a > b), place(&|a, b| a < b)];
    let score = |window: &Array3<u8>| network.run(window).expect("it is a window")[(0, 0, 0)];
    assert!(score(&face) > 0 && score(&none) < 0, "{} and {}", score(&face), score(&none));
    [face, none]
}
