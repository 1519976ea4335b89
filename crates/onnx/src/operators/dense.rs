//! Fully connected layers: convolutions as large as the plane they read.

use lacuna_network::{Connections, Sliding};

use super::conv::floats;
use crate::error::{Fault, refuse};
use crate::layers::{Conv, Kind, Layers};
use crate::operation::Operation;
use crate::signal::{Axis, Signal};
use crate::tensor::Tensor;

pub(crate) fn gemm(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    if op.int("transA", 0) != 0 {
        return refuse("`transA` is not supported: the first operand must be [1, features]");
    }
    let matrix = Matrix::new(op.required(1, "the weights")?, op.int("transB", 0) != 0)?;
    if x.rank() != 2 {
        return refuse(format!("its input has shape {:?}, but must be [1, features]", x.dims()));
    }
    let (alpha, beta) = (op.float("alpha", 1.0), op.float("beta", 1.0));
    let bias = match op.constant(2)? {
        None => vec![0.0; matrix.columns],
        Some(tensor) => {
            let values = floats(tensor, "biases")?;
            if values.len() != 1 && values.len() != matrix.columns {
                return refuse(format!("it has {} biases for {} features", values.len(), matrix.columns));
            }
            (0..matrix.columns).map(|n| beta * f64::from(values[n % values.len()])).collect()
        }
    };
    product(x, &matrix, alpha, bias, layers)
}

pub(crate) fn matmul(op: &Operation<'_>, layers: &mut Layers) -> Result<Signal, Fault> {
    let x = op.signal(0)?;
    let matrix = Matrix::new(op.required(1, "the weights")?, false)?;
    let bias = vec![0.0; matrix.columns];
    product(x, &matrix, 1.0, bias, layers)
}

/// A constant matrix, stored by rows or by columns.
struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    fn new(tensor: &'a Tensor, transposed: bool) -> Result<Self, Fault> {
        let &[a, b] = tensor.shape.as_slice() else {
            return refuse(format!("its weights have shape {:?}, but must be a matrix", tensor.shape));
        };
        if a == 0 || b == 0 {
            return refuse(format!("its weights have shape {:?}, which holds nothing", tensor.shape));
        }
        let (rows, columns) = if transposed { (b, a) } else { (a, b) };
        Ok(Self { values: floats(tensor, "weights")?, rows, columns, transposed })
    }

    fn at(&self, row: usize, column: usize) -> f32 {
        let index = if self.transposed { column * self.rows + row } else { row * self.columns + column };
        self.values[index]
    }
}

/// The product of the last axis with a matrix.
fn product(
    x: &Signal,
    matrix: &Matrix<'_>,
    factor: f64,
    bias: Vec<f64>,
    layers: &mut Layers,
) -> Result<Signal, Fault> {
    let Some((last, others)) = x.axes.split_last() else { return refuse("its input has no axes") };
    let dims = x.dims();
    if dims.last() != Some(&matrix.rows) {
        return refuse(format!("its input of shape {dims:?} does not fit weights of {} rows", matrix.rows));
    }
    // Either each pixel on its own, or all that there is at once.
    let whole_plane = last.iter().any(|&direction| direction != Axis::Maps);
    let elsewhere = others.iter().flatten().any(|&direction| whole_plane || direction == Axis::Maps);
    if elsewhere {
        return Err(Fault::Layout(format!(
            "it multiplies the last axis of {}: it must run over the maps, or over maps, height and width together",
            x.described()
        )));
    }
    let kernel = if whole_plane { [x.shape.height, x.shape.width] } else { [1, 1] };
    let maps = x.shape.maps;
    // Where a map, row and column lie in the last axis.
    let (mut strides, mut stride) = ([0_usize; 3], 1);
    for &direction in last.iter().rev() {
        strides[direction as usize] = stride;
        stride *= x.size(direction);
    }
    let [by_map, by_row, by_column] = strides;
    let mut kernels = Vec::with_capacity(matrix.values.len());
    for output in 0..matrix.columns {
        for map in 0..maps {
            for row in 0..kernel[0] {
                for column in 0..kernel[1] {
                    let weight = matrix.at(map * by_map + row * by_row + column * by_column, output);
                    kernels.push((f64::from(weight) * factor) as f32);
                }
            }
        }
    }
    let connections = Connections::Dense { maps: matrix.columns };
    let conv = Conv { kernel, connections, kernels, bias, sliding: Sliding::plain() };
    let (source, shape) = layers.push(Kind::Conv(conv), x.source)?;
    let mut axes = others.to_vec();
    axes.push(vec![Axis::Maps]);
    Ok(Signal::new(source, shape, axes))
}
