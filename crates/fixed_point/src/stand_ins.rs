//! Images to see how far values reach where nobody gave any.
//!
//! They are noise that falls with frequency as it does in photographs, and what becomes of it with hard edges: planes of
//! two tones, and strokes, white on black and black on white. Seeded, so the same every time.

use std::collections::BTreeMap;

use lacuna_approximation::ApproxNetwork;
use lacuna_network::Shape;
use ndarray::{Array2, Array3, Axis};

use crate::{Config, Error, PIXEL_FRACTION, reaches};

/// As many of each kind.
const OF_A_KIND: usize = 3;

/// Half the width of a stroke, where a plane spans from -1 to 1.
const STROKE: f32 = 0.06;

/// How much of a map is its own; the rest all maps share, as the colours of a photograph do.
const COLOUR: f32 = 0.3;

#[derive(Clone, Copy)]
enum Kind {
    Cloud,
    TwoTones,
    Strokes,
    DarkStrokes,
}

/// What a network was trained on makes it answer more strongly than noise does: by so much its values reach farther.
const STRONGER: f64 = 2.0;

/// As [`reaches`], where there are no sample inputs: how far the values of a network will reach on images of this shape.
///
/// # Errors
/// The shape does not fit the network.
pub fn expected_reaches(
    network: &ApproxNetwork,
    config: &Config,
    shape: Shape,
) -> Result<BTreeMap<String, f64>, Error> {
    let found = reaches(network, config, &stand_ins(shape))?;
    Ok(found.into_iter().map(|(layer, reach)| (layer, reach * STRONGER)).collect())
}

/// A dozen images `[maps, height, width]` of pixels as a network sees them, `(p - 128) / 128`.
fn stand_ins(shape: Shape) -> Vec<Array3<f32>> {
    let mut random = Random(1);
    let kinds = [Kind::Cloud, Kind::TwoTones, Kind::Strokes, Kind::DarkStrokes];
    kinds.iter().cycle().take(OF_A_KIND * kinds.len()).map(|&kind| image(shape, kind, &mut random)).collect()
}

fn image(shape: Shape, kind: Kind, random: &mut Random) -> Array3<f32> {
    let one = f32::from(1_u8 << PIXEL_FRACTION);
    let shared = cloud(shape, random);
    let mut image = Array3::zeros((shape.maps, shape.height, shape.width));
    for mut map in image.axis_iter_mut(Axis(0)) {
        let own = if shape.maps > 1 { cloud(shape, random) } else { shared.clone() };
        map.assign(&(&shared * (1.0 - COLOUR) + own * COLOUR));
    }
    image.mapv(|v: f32| {
        let tone = match kind {
            Kind::Cloud => v,
            Kind::TwoTones => 1.0_f32.copysign(v),
            Kind::Strokes => 1.0_f32.copysign(STROKE - v.abs()),
            Kind::DarkStrokes => 1.0_f32.copysign(v.abs() - STROKE),
        };
        (tone * one).round().clamp(-one, one - 1.0) / one
    })
}

/// Noise of which every octave is as strong as its cells are long, from -1 to 1.
fn cloud(shape: Shape, random: &mut Random) -> Array2<f32> {
    let mut plane = Array2::<f32>::zeros((shape.height, shape.width));
    let mut cell = shape.height.max(shape.width).next_power_of_two();
    loop {
        let lattice =
            Array2::from_shape_fn((shape.height / cell + 2, shape.width / cell + 2), |_| random.next());
        for ((y, x), value) in plane.indexed_iter_mut() {
            let (down, across) = ((y % cell) as f32 / cell as f32, (x % cell) as f32 / cell as f32);
            let (i, j) = (y / cell, x / cell);
            let between = |i| lattice[(i, j)] * (1.0 - across) + lattice[(i, j + 1)] * across;
            *value += cell as f32 * (between(i) * (1.0 - down) + between(i + 1) * down);
        }
        if cell == 1 {
            break;
        }
        cell /= 2;
    }
    let (lo, hi) = plane.iter().fold((f32::MAX, f32::MIN), |(lo, hi), &v| (lo.min(v), hi.max(v)));
    let half = ((hi - lo) / 2.0).max(f32::MIN_POSITIVE);
    plane.mapv(|v| (v - lo) / half - 1.0)
}

/// A linear congruential generator with Knuth's constants.
struct Random(u64);

impl Random {
    /// Uniform between -1 and 1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_images_and_the_same_every_time() {
        for shape in [Shape { maps: 3, height: 19, width: 40 }, Shape { maps: 1, height: 1, width: 1 }] {
            let images = stand_ins(shape);
            assert_eq!(images, stand_ins(shape));
            for image in &images {
                assert_eq!(image.dim(), (shape.maps, shape.height, shape.width));
                assert!(image.iter().all(|v| (-1.0..1.0).contains(v) && (v * 128.0).fract() == 0.0));
            }
        }
    }

    #[test]
    fn strokes_are_thin_and_clouds_smooth() {
        let images = stand_ins(Shape { maps: 1, height: 64, width: 64 });
        let white = |image: &Array3<f32>| image.iter().filter(|v| **v > 0.0).count() as f64 / 4096.0;
        for kinds in images.chunks_exact(4) {
            let difference: f32 = kinds[0]
                .windows((1, 1, 2))
                .into_iter()
                .map(|pair| (pair[(0, 0, 0)] - pair[(0, 0, 1)]).abs())
                .sum();
            assert!(difference / 4032.0 < 0.15, "{difference}");
            assert!((0.02..0.35).contains(&white(&kinds[2])), "{}", white(&kinds[2]));
            assert!((0.65..0.98).contains(&white(&kinds[3])), "{}", white(&kinds[3]));
        }
    }
}
