//! The specification: what an integer network computes, in the plainest words that are still quick enough.

use lacuna_network::Pool;
use ndarray::{Array3, ArrayView3, Axis, Zip, concatenate};

use crate::formats::form;
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
        self.execute(pixels, |node, inputs| apply(&self.nodes()[node].layer, inputs))
    }

    /// Node by node what `apply` makes of its inputs; `None` stands for inputs that differ in size.
    pub(crate) fn execute(
        &self,
        pixels: &Array3<u8>,
        apply: impl Fn(usize, &[ArrayView3<'_, i64>]) -> Option<Array3<i64>>,
    ) -> Result<Vec<Array3<i64>>, Error> {
        if pixels.dim().0 != self.input_maps() {
            let expected = self.input_maps();
            return Err(Error::Image(format!(
                "the image has {} maps, but the network reads {expected}",
                pixels.dim().0
            )));
        }
        let ((_, height, width), [rows, columns]) = (pixels.dim(), self.window());
        if height < rows || width < columns {
            return Err(Error::Image(format!(
                "an image of {width}x{height} (width x height) is smaller than the network's window of {columns}x{rows}"
            )));
        }
        let image = pixels.mapv(|p| i64::from(p) - PIXEL_OFFSET);
        let mut values: Vec<Array3<i64>> = Vec::with_capacity(self.nodes().len());
        for (index, node) in self.nodes().iter().enumerate() {
            let read = |source: &Source| match *source {
                Source::Input => image.view(),
                Source::Node(n) => values[n].view(),
            };
            let inputs: Vec<ArrayView3<'_, i64>> = node.inputs.iter().map(read).collect();
            let value = apply(index, &inputs);
            let value = value
                .ok_or_else(|| form(&node.name, "for this image its inputs differ in height or width"))?;
            values.push(value);
            debug_assert!(self.inside(index, &values[index]), "a value of `{}` left its interval", node.name);
        }
        Ok(values)
    }

    fn inside(&self, node: usize, value: &Array3<i64>) -> bool {
        value.indexed_iter().all(|((map, _, _), &v)| self.formats(node)[map].interval.contains(v))
    }
}

/// What a layer computes; `None` where a window does not fit its plane once, or branches differ in size.
pub(crate) fn apply(layer: &IntLayer, inputs: &[ArrayView3<'_, i64>]) -> Option<Array3<i64>> {
    let x = inputs[0];
    match layer {
        IntLayer::Conv2d(conv) => convolve(conv, x),
        IntLayer::SumPool(pool) => slide(pool, x, 0, |sum, v| sum + v),
        IntLayer::MaxPool(pool) => slide(pool, x, i64::MIN, i64::max),
        IntLayer::Rescale(r) => {
            let mut y = x.to_owned();
            for (m, mut map) in y.axis_iter_mut(Axis(0)).enumerate() {
                map.mapv_inplace(|v| r.clamp.clamp(round_shift(r.multiplier[m] * v + r.bias[m], r.shift[m])));
            }
            Some(y)
        }
        IntLayer::Curve(curve) => Some(x.mapv(|v| curve.apply(v))),
        IntLayer::Add { shifts } => {
            let mut sum = Array3::zeros(x.dim());
            for (v, shift) in inputs.iter().zip(shifts) {
                if v.dim() != x.dim() {
                    return None;
                }
                sum += &v.mapv(|v| v << shift);
            }
            Some(sum)
        }
        IntLayer::Concat { shifts } => {
            let shifted: Vec<_> =
                inputs.iter().zip(shifts).map(|(v, shift)| v.mapv(|v| v << shift)).collect();
            let shifted: Vec<_> = shifted.iter().map(|v| v.view()).collect();
            concatenate(Axis(0), &shifted).ok()
        }
    }
}

/// Tap by tap along rows, which is what makes it quick.
fn convolve(conv: &IntConv2d, x: ArrayView3<'_, i64>) -> Option<Array3<i64>> {
    let (_, kernel_height, kernel_width) = conv.kernels.dim();
    let plane = [x.dim().1, x.dim().2];
    let [rows, columns] = conv.sliding.outputs([kernel_height, kernel_width], plane)?;
    let mut y = Array3::zeros((conv.connections.len(), rows, columns));
    let mut kernel = 0;
    for (mut out, inputs) in y.axis_iter_mut(Axis(0)).zip(&conv.connections) {
        for &input in inputs {
            for ((ky, kx), &weight) in conv.kernels.index_axis(Axis(0), kernel).indexed_iter() {
                let (part, seen) = conv.sliding.overlap([ky, kx], [rows, columns], plane);
                if weight != 0 {
                    out.slice_mut(part).scaled_add(weight, &x.index_axis(Axis(0), input).slice(seen));
                }
            }
            kernel += 1;
        }
    }
    Some(y)
}

fn slide(
    pool: &Pool,
    x: ArrayView3<'_, i64>,
    start: i64,
    join: impl Fn(i64, i64) -> i64,
) -> Option<Array3<i64>> {
    let plane = [x.dim().1, x.dim().2];
    let [rows, columns] = pool.sliding.outputs(pool.size, plane)?;
    let mut y = Array3::from_elem((x.dim().0, rows, columns), start);
    for (mut out, x) in y.axis_iter_mut(Axis(0)).zip(x.axis_iter(Axis(0))) {
        for tap in (0..pool.size[0]).flat_map(|i| (0..pool.size[1]).map(move |j| [i, j])) {
            let (part, seen) = pool.sliding.overlap(tap, [rows, columns], plane);
            Zip::from(out.slice_mut(part)).and(x.slice(seen)).for_each(|y, &v| *y = join(*y, v));
        }
    }
    Some(y)
}
