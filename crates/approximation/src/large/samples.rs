//! What a convolution's window sees at some positions of many inputs, and what the trained unit makes of it.
//!
//! A unit is linear, `z = q·φ + d` (see `moments`), so its targets follow from the trained network's inputs at the same
//! positions; nothing of the trained network behind them has to be computed. Neighbouring positions tell nearly the
//! same, so a few tens of thousands, spread evenly over the inputs and over each plane, do for any layer.

use lacuna_network::{Conv2d, Sliding};
use ndarray::{Array2, Array3, ArrayView2, Axis};
use rayon::prelude::*;

/// Samples of a layer: so many per weight of a map, within limits.
const PER_TAP: usize = 8;
const LEAST: usize = 16_384;
const MOST: usize = 24_576;

/// Shifts the sampled positions from input to input: the golden ratio.
const SHIFT: f64 = 0.618_033_988_749_894_8;

/// The window of a unit and the block of its positions that is summed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) size: [usize; 2],
    pub(crate) sliding: Sliding,
    pub(crate) block: usize,
}

/// Samples, one a row: inputs from the approximated network and the targets of the maps that see them.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    pub(crate) inputs: Array2<f32>,
    pub(crate) targets: Array2<f32>,
}

impl Window {
    pub(crate) fn of(conv: &Conv2d<f32>, block: usize) -> Self {
        Self { size: conv.kernel_size().into(), sliding: conv.sliding, block }
    }

    /// Rows and columns of the unit's output.
    pub(crate) fn outputs(&self, x: &Array3<f32>) -> [usize; 2] {
        let (_, height, width) = x.dim();
        self.sliding.outputs(self.size, [height, width]).unwrap_or([0, 0]).map(|n| n / self.block)
    }

    /// The rows `φ` at these positions of the output.
    pub(crate) fn sampled(&self, x: &Array3<f32>, maps: &[usize], positions: &[[usize; 2]]) -> Array2<f32> {
        let taps = maps.len() * self.size[0] * self.size[1];
        let mut rows = Array2::zeros((positions.len(), taps));
        let (_, height, width) = x.dim();
        let plane = [height, width];
        let Sliding { stride, dilation, padding } = self.sliding;
        let before = padding.before();
        for (mut row, at) in rows.outer_iter_mut().zip(positions) {
            let row = row.as_slice_mut().unwrap_or_default();
            for block in (0..self.block).flat_map(|dy| (0..self.block).map(move |dx| [dy, dx])) {
                // Where an element of the window lies in the plane, if it does.
                let place = |axis: usize, tap: usize| {
                    let padded = (at[axis] * self.block + block[axis]) * stride[axis] + tap * dilation[axis];
                    padded.checked_sub(before[axis]).filter(|&at| at < plane[axis])
                };
                let mut tap = 0;
                for &map in maps {
                    for ky in 0..self.size[0] {
                        let y = place(0, ky);
                        for kx in 0..self.size[1] {
                            if let (Some(y), Some(x_at)) = (y, place(1, kx)) {
                                row[tap] += x[[map, y, x_at]];
                            }
                            tap += 1;
                        }
                    }
                }
            }
        }
        rows.mapv_inplace(|v: f32| if v.is_finite() { v } else { 0.0 });
        rows
    }
}

/// Samples a unit: `trained` and `approximated` are its inputs in both networks, one array per calibration input, and the
/// rows of `weights` are the maps that read `maps`, with `offset` the constants of their targets.
pub(crate) fn samples(
    window: Window,
    maps: &[usize],
    weights: &ArrayView2<'_, f32>,
    offset: &[f32],
    trained: &[&Array3<f32>],
    approximated: &[&Array3<f32>],
) -> Samples {
    let taps = weights.ncols();
    let wanted = (PER_TAP * taps).clamp(LEAST, MOST).div_ceil(trained.len().max(1));
    let parts: Vec<(Array2<f32>, Array2<f32>)> = trained
        .par_iter()
        .zip(approximated)
        .enumerate()
        .map(|(n, (trained, approximated))| {
            let positions = spread(window.outputs(trained), wanted, n);
            let mut targets = window.sampled(trained, maps, &positions).dot(&weights.t());
            targets += &ArrayView2::from_shape((1, offset.len()), offset).expect("one row");
            (window.sampled(approximated, maps, &positions), targets)
        })
        .collect();
    let rows = parts.iter().map(|(inputs, _)| inputs.nrows()).sum();
    let mut all =
        Samples { inputs: Array2::zeros((rows, taps)), targets: Array2::zeros((rows, offset.len())) };
    let mut at = 0;
    for (inputs, targets) in parts {
        let end = at + inputs.nrows();
        all.inputs.slice_axis_mut(Axis(0), (at..end).into()).assign(&inputs);
        all.targets.slice_axis_mut(Axis(0), (at..end).into()).assign(&targets);
        at = end;
    }
    all
}

/// At most `wanted` positions of a plane, evenly spread and shifted from one input to the next.
fn spread([rows, columns]: [usize; 2], wanted: usize, input: usize) -> Vec<[usize; 2]> {
    let all = rows * columns;
    let count = wanted.min(all);
    let shift = (input as f64 * SHIFT).fract();
    (0..count)
        .map(|k| {
            let at = ((k as f64 + shift) * all as f64 / count as f64) as usize;
            let at = at.min(all - 1);
            [at / columns, at % columns]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use lacuna_network::Padding;

    use super::*;
    use crate::data::moments::features;
    use crate::testing::Random;

    #[test]
    fn samples_are_what_nested_loops_see() {
        let mut random = Random::seeded(51);
        for (stride, dilation, before, after, size, block) in [
            ([1, 1], [1, 1], 0, 0, [3, 3], 1),
            ([1, 1], [1, 1], 0, 0, [5, 3], 2),
            ([2, 2], [1, 1], 1, 0, [3, 2], 1),
            ([4, 3], [1, 1], 2, 2, [7, 11], 1),
            ([1, 1], [2, 3], 2, 1, [3, 3], 2),
            ([2, 1], [2, 1], 3, 4, [2, 3], 2),
        ] {
            let padding = Padding { top: before, left: before, bottom: after, right: after };
            let window = Window { size, sliding: Sliding { stride, dilation, padding }, block };
            let x = Array3::from_shape_simple_fn((3, 17, 19), || random.normal() as f32);
            let [rows, columns] = window.outputs(&x);
            let positions: Vec<[usize; 2]> =
                (0..rows).flat_map(|r| (0..columns).map(move |c| [r, c])).collect();
            assert_eq!(spread([rows, columns], usize::MAX, 3), positions);
            let maps = [0, 2];
            let sampled = window.sampled(&x, &maps, &positions);
            let all = features(&x, &maps, size.into(), window.sliding, block);
            assert_eq!(sampled.dim(), all.dim());
            let pixel = |map: usize, y: usize, x_at: usize| {
                let inside = y >= before && x_at >= before && y - before < 17 && x_at - before < 19;
                if inside { f64::from(x[[map, y - before, x_at - before]]) } else { 0.0 }
            };
            for (n, &[r, c]) in positions.iter().enumerate() {
                let mut tap = 0;
                for map in maps {
                    for (ky, kx) in (0..size[0]).flat_map(|ky| (0..size[1]).map(move |kx| (ky, kx))) {
                        let mut sum = 0.0;
                        for (dy, dx) in (0..block).flat_map(|dy| (0..block).map(move |dx| (dy, dx))) {
                            let y = (r * block + dy) * stride[0] + ky * dilation[0];
                            sum += pixel(map, y, (c * block + dx) * stride[1] + kx * dilation[1]);
                        }
                        assert!((f64::from(sampled[[n, tap]]) - sum).abs() < 1e-5);
                        assert!((all[[n, tap]] - sum).abs() < 1e-9);
                        tap += 1;
                    }
                }
            }
        }
    }

    #[test]
    fn positions_differ_and_cover_the_plane() {
        for input in 0..20 {
            let positions = spread([13, 9], 40, input);
            assert_eq!(positions.len(), 40);
            assert!(positions.is_sorted_by(|a, b| a < b));
            assert!(positions[39][0] >= 12 && positions[0][0] == 0);
        }
        assert!(spread([0, 5], 3, 0).is_empty());
    }
}
