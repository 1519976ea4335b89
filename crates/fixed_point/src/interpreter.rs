//! The specification: what an integer network computes, in the plainest words that are still quick enough.

use ndarray::{Array3, Axis, s};

use crate::{Error, IntConv2d, IntLayer, IntNetwork, PIXEL_OFFSET, Source, round_shift};

impl IntNetwork {
    /// The output `[maps, height, width]` for an image of unsigned 8-bit pixels `[maps, height, width]`.
    ///
    /// # Errors
    /// The image has the wrong number of maps or is smaller than the network's window.
    pub fn run(&self, pixels: &Array3<u8>) -> Result<Array3<i64>, Error> {
        Ok(self.run_all(pixels)?.pop().expect("an integer network has at least one node"))
    }

    /// The outputs of all nodes, in their order.
    ///
    /// # Errors
    /// As [`IntNetwork::run`].
    pub fn run_all(&self, pixels: &Array3<u8>) -> Result<Vec<Array3<i64>>, Error> {
        if pixels.dim().0 != self.input_maps() {
            let expected = self.input_maps();
            return Err(Error::Image(format!(
                "the image has {} maps, but the network reads {expected}",
                pixels.dim().0
            )));
        }
        let image = pixels.mapv(|p| i64::from(p) - PIXEL_OFFSET);
        let mut values: Vec<Array3<i64>> = Vec::with_capacity(self.nodes().len());
        for (index, node) in self.nodes().iter().enumerate() {
            let x = match node.input {
                Source::Input => &image,
                Source::Node(n) => &values[n],
            };
            let y = match &node.layer {
                IntLayer::Conv2d(conv) => convolve(conv, x),
                IntLayer::SumPool { size } => Some(sum_pool(*size, x)),
                IntLayer::Rescale(r) => {
                    let mut y = x.clone();
                    for (m, mut map) in y.axis_iter_mut(Axis(0)).enumerate() {
                        map.mapv_inplace(|v| {
                            r.clamp.clamp(round_shift(r.multiplier[m] * v + r.bias[m], r.shift[m]))
                        });
                    }
                    Some(y)
                }
                IntLayer::Curve(curve) => Some(x.mapv(|v| curve.apply(v))),
            };
            match y {
                Some(y) if !y.is_empty() => values.push(y),
                _ => {
                    let (_, height, width) = pixels.dim();
                    let [rows, columns] = self.window();
                    return Err(Error::Image(format!(
                        "an image of {width}x{height} (width x height) is smaller than the network's window of {columns}x{rows}"
                    )));
                }
            }
            debug_assert!(self.inside(index, &values[index]), "a value of `{}` left its interval", node.name);
        }
        Ok(values)
    }

    fn inside(&self, node: usize, value: &Array3<i64>) -> bool {
        value.indexed_iter().all(|((map, _, _), &v)| self.formats(node)[map].interval.contains(v))
    }
}

/// `None` where the kernel is larger than the image. Tap by tap along rows, which is what makes it quick.
fn convolve(conv: &IntConv2d, x: &Array3<i64>) -> Option<Array3<i64>> {
    let (_, kernel_height, kernel_width) = conv.kernels.dim();
    let height = (x.dim().1 + 1).checked_sub(kernel_height)?;
    let width = (x.dim().2 + 1).checked_sub(kernel_width)?;
    let mut y = Array3::zeros((conv.connections.len(), height, width));
    let mut kernel = 0;
    for (mut out, inputs) in y.axis_iter_mut(Axis(0)).zip(&conv.connections) {
        for &input in inputs {
            for ((ky, kx), &weight) in conv.kernels.index_axis(Axis(0), kernel).indexed_iter() {
                if weight != 0 {
                    out.scaled_add(weight, &x.slice(s![input, ky..ky + height, kx..kx + width]));
                }
            }
            kernel += 1;
        }
    }
    Some(y)
}

fn sum_pool(size: usize, x: &Array3<i64>) -> Array3<i64> {
    let (maps, height, width) = x.dim();
    let (rows, columns) = (height / size, width / size);
    let mut y = Array3::zeros((maps, rows, columns));
    if y.is_empty() {
        return y;
    }
    for (i, j) in (0..size).flat_map(|i| (0..size).map(move |j| (i, j))) {
        // Every block's value at row i and column j, all blocks at once.
        y += &x.slice(s![.., i..rows * size;size, j..columns * size;size]);
    }
    y
}
