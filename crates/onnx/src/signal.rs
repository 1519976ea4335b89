//! Computed values, and where in their tensors the maps, rows and columns lie.

use lacuna_network::{Shape, Source};

use crate::error::{Fault, refuse};

/// A direction of a value as the network sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Maps,
    Rows,
    Columns,
}

/// A function at the very end of a model that a network's output does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Softmax,
    LogSoftmax,
    ArgMax,
}

impl Ending {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::LogSoftmax => "log_softmax",
            Self::ArgMax => "argmax",
        }
    }
}

/// A value of the network as a tensor of the model.
///
/// Every axis of the tensor runs over some of the network's directions, the last of them fastest: `[[], [Maps], [Rows],
/// [Columns]]` is a batch of one as PyTorch has it, and `[[], [Rows, Columns, Maps]]` is what Keras calls flattened. A
/// direction stands in exactly one place, and nowhere if its size is one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Signal {
    pub(crate) source: Source,
    pub(crate) shape: Shape,
    pub(crate) axes: Vec<Vec<Axis>>,
    /// What has been left out on the way here.
    pub(crate) ending: Option<Ending>,
}

impl Signal {
    pub(crate) fn new(source: Source, shape: Shape, mut axes: Vec<Vec<Axis>>) -> Self {
        for axis in &mut axes {
            axis.retain(|&direction| size(shape, direction) > 1);
        }
        Self { source, shape, axes, ending: None }
    }

    /// `[1, maps, height, width]`.
    pub(crate) fn planes(source: Source, shape: Shape) -> Self {
        Self::new(source, shape, vec![vec![], vec![Axis::Maps], vec![Axis::Rows], vec![Axis::Columns]])
    }

    pub(crate) fn rank(&self) -> usize {
        self.axes.len()
    }

    pub(crate) fn size(&self, direction: Axis) -> usize {
        size(self.shape, direction)
    }

    /// The tensor's shape.
    pub(crate) fn dims(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.iter().map(|&d| self.size(d)).product()).collect()
    }

    fn with_axes(&self, axes: Vec<Vec<Axis>>) -> Self {
        Self { axes, ..self.clone() }
    }

    /// An axis from a number that counts from the end where it is negative.
    pub(crate) fn axis(&self, axis: i64) -> Result<usize, Fault> {
        axis_of(axis, self.rank())
    }

    /// Whether the tensor is `[1, maps, height, width]`.
    pub(crate) fn check_planes(&self) -> Result<(), Fault> {
        if self.rank() != 4 {
            return refuse(format!(
                "its input has shape {:?}: only images with two directions, [1, maps, height, width], are supported",
                self.dims()
            ));
        }
        let wanted = [None, Some(Axis::Maps), Some(Axis::Rows), Some(Axis::Columns)];
        let fits = |(axis, wanted): (&Vec<Axis>, Option<Axis>)| axis.iter().all(|&d| Some(d) == wanted);
        if self.axes.iter().zip(wanted).all(fits) {
            return Ok(());
        }
        Err(Fault::Layout(format!(
            "its input of shape {:?} must be [1, maps, height, width], but its axes are {}",
            self.dims(),
            self.described()
        )))
    }

    /// The axes in words.
    pub(crate) fn described(&self) -> String {
        let word = |direction: &Axis| match direction {
            Axis::Maps => "maps",
            Axis::Rows => "height",
            Axis::Columns => "width",
        };
        let axis = |axis: &Vec<Axis>| match axis.is_empty() {
            true => "1".to_owned(),
            false => axis.iter().map(word).collect::<Vec<_>>().join("*"),
        };
        format!("[{}]", self.axes.iter().map(axis).collect::<Vec<_>>().join(", "))
    }

    pub(crate) fn transposed(&self, order: &[usize]) -> Result<Self, Fault> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if sorted.iter().copied().ne(0..self.rank()) {
            return refuse(format!("`perm: {order:?}` is no order of {} axes", self.rank()));
        }
        Ok(self.with_axes(order.iter().map(|&axis| self.axes[axis].clone()).collect()))
    }

    /// The same elements in a tensor of another shape.
    pub(crate) fn reshaped(&self, target: &[usize]) -> Result<Self, Fault> {
        let mut directions =
            self.axes.iter().flatten().copied().map(|direction| (direction, self.size(direction)));
        let mut axes = Vec::with_capacity(target.len());
        for &side in target {
            let (mut axis, mut product) = (Vec::new(), 1_usize);
            while product < side {
                let Some((direction, size)) = directions.next() else { break };
                axis.push(direction);
                product = product.saturating_mul(size);
            }
            if product != side {
                return Err(Fault::Layout(format!(
                    "it makes {target:?} of {:?}, which tears maps, height or width apart ({})",
                    self.dims(),
                    self.described()
                )));
            }
            axes.push(axis);
        }
        if directions.next().is_some() {
            return refuse(format!("{target:?} and {:?} have different numbers of elements", self.dims()));
        }
        Ok(self.with_axes(axes))
    }

    pub(crate) fn unsqueezed(&self, axes: &[i64]) -> Result<Self, Fault> {
        let rank = self.rank() + axes.len();
        let mut at = axes.iter().map(|&a| axis_of(a, rank)).collect::<Result<Vec<_>, _>>()?;
        at.sort_unstable();
        let mut new = self.axes.clone();
        for axis in at {
            if axis > new.len() {
                return refuse(format!("the axes {axes:?} do not fit a tensor of {} axes", self.rank()));
            }
            new.insert(axis, Vec::new());
        }
        Ok(self.with_axes(new))
    }

    pub(crate) fn squeezed(&self, axes: Option<&[i64]>) -> Result<Self, Fault> {
        let dims = self.dims();
        let gone: Vec<usize> = match axes {
            None => (0..self.rank()).filter(|&axis| dims[axis] == 1).collect(),
            Some(axes) => axes.iter().map(|&a| self.axis(a)).collect::<Result<_, _>>()?,
        };
        if let Some(&axis) = gone.iter().find(|&&axis| dims[axis] != 1) {
            return refuse(format!("axis {axis} of {dims:?} is not 1"));
        }
        let kept = self.axes.iter().enumerate().filter(|(axis, _)| !gone.contains(axis));
        Ok(self.with_axes(kept.map(|(_, axis)| axis.clone()).collect()))
    }
}

/// An axis of `rank` from a number that counts from the end where it is negative.
pub(crate) fn axis_of(axis: i64, rank: usize) -> Result<usize, Fault> {
    let from_end = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
    match usize::try_from(from_end) {
        Ok(axis) if axis < rank => Ok(axis),
        _ => refuse(format!("there is no axis {axis} in a tensor of {rank} axes")),
    }
}

fn size(shape: Shape, direction: Axis) -> usize {
    match direction {
        Axis::Maps => shape.maps,
        Axis::Rows => shape.height,
        Axis::Columns => shape.width,
    }
}

/// The shape that a `Reshape` asks for: -1 is what remains, 0 what was there.
pub(crate) fn reshape_target(
    dims: &[usize],
    target: &[i64],
    zero_is_zero: bool,
) -> Result<Vec<usize>, Fault> {
    let total: usize = dims.iter().product();
    let side = |(axis, &side): (usize, &i64)| match side {
        0 if !zero_is_zero => match dims.get(axis) {
            Some(&side) => Ok(Some(side)),
            None => refuse(format!("the shape {target:?} keeps axis {axis}, which {dims:?} does not have")),
        },
        -1 => Ok(None),
        side => match usize::try_from(side) {
            Ok(side) => Ok(Some(side)),
            Err(_) => refuse(format!("the shape {target:?} has a negative side")),
        },
    };
    let sides = target.iter().enumerate().map(side).collect::<Result<Vec<Option<usize>>, Fault>>()?;
    let known = sides.iter().flatten().try_fold(1_usize, |product, &side| product.checked_mul(side));
    let open = sides.iter().filter(|side| side.is_none()).count();
    let rest = match (known, open) {
        (Some(known), 0) if known == total => Some(1),
        (Some(known), 1) if known > 0 && total.is_multiple_of(known) => Some(total / known),
        _ => None,
    };
    match rest {
        Some(rest) => Ok(sides.into_iter().map(|side| side.unwrap_or(rest)).collect()),
        None => refuse(format!("{dims:?} cannot become {target:?}")),
    }
}
