//! How a window slides over a plane: stride, dilation and padding, for convolutions and pools alike.

use ndarray::{Ix2, Slice, SliceInfo, SliceInfoElem};
use serde::{Deserialize, Serialize};

use crate::MAX_POOL;

/// Rows and columns of zeros (for a maximum: of nothing) around a plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Padding {
    /// Rows above.
    pub top: usize,
    /// Columns to the left.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the right.
    pub right: usize,
}

impl Padding {
    /// The same on all four sides.
    pub const fn all(width: usize) -> Self {
        Self { top: width, left: width, bottom: width, right: width }
    }

    /// Rows and columns added before the plane.
    pub const fn before(&self) -> [usize; 2] {
        [self.top, self.left]
    }

    /// Rows and columns added behind the plane.
    pub const fn after(&self) -> [usize; 2] {
        [self.bottom, self.right]
    }
}

/// Where the positions of a sliding window lie. Pairs are rows, columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sliding {
    /// From one position to the next; at least one.
    pub stride: [usize; 2],
    /// From one element of the window to the next; at least one.
    pub dilation: [usize; 2],
    /// Around the plane.
    pub padding: Padding,
}

/// What is made of what a window sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The sum of products with kernels.
    Products,
    /// The sum.
    Sum,
    /// The maximum, which must be one of something.
    Maximum,
}

impl Sliding {
    /// Whether a window of this size may move like this, for this use.
    ///
    /// # Errors
    /// What is out of bounds, and the bounds.
    pub fn check(&self, window: [usize; 2], usage: Use) -> Result<(), String> {
        if usage != Use::Products && window.iter().any(|side| !(1..=MAX_POOL).contains(side)) {
            return Err(format!("a pool's size must be between 1 and {MAX_POOL}"));
        }
        if self.stride.iter().chain(&self.dilation).any(|step| !(1..=MAX_POOL).contains(step)) {
            return Err(format!("strides and dilations must be between 1 and {MAX_POOL}"));
        }
        let (before, after) = (self.padding.before(), self.padding.after());
        if before.iter().chain(&after).any(|&side| side > MAX_POOL) {
            return Err(format!("padding must be at most {MAX_POOL}"));
        }
        if usage != Use::Maximum || self.padding == Padding::all(0) {
            return Ok(());
        }
        let [rows, columns] = self.reach(window);
        if [before, after].iter().any(|sides| sides[0] >= rows || sides[1] >= columns) {
            return Err(format!(
                "its padding must be less than its window of {columns}x{rows} (width x height)"
            ));
        }
        if self.dilation != [1, 1] {
            return Err("a maximum cannot have both padding and dilation: it might see nothing".to_owned());
        }
        Ok(())
    }

    /// Every position inside the plane.
    pub const fn plain() -> Self {
        Self::strided([1, 1])
    }

    /// Every `stride`-th position inside the plane.
    pub const fn strided(stride: [usize; 2]) -> Self {
        Self { stride, dilation: [1, 1], padding: Padding::all(0) }
    }

    /// Rows and columns from the first to the last element of a window of this size.
    pub fn reach(&self, window: [usize; 2]) -> [usize; 2] {
        [0, 1]
            .map(|axis| window[axis].saturating_sub(1).saturating_mul(self.dilation[axis]).saturating_add(1))
    }

    /// The size of the output for a plane of `plane`; `None` where the window does not fit once.
    pub fn outputs(&self, window: [usize; 2], plane: [usize; 2]) -> Option<[usize; 2]> {
        let reach = self.reach(window);
        let (before, after) = (self.padding.before(), self.padding.after());
        let side = |axis: usize| {
            let padded = plane[axis].checked_add(before[axis])?.checked_add(after[axis])?;
            Some(padded.checked_sub(reach[axis])? / self.stride[axis] + 1)
        };
        Some([side(0)?, side(1)?])
    }

    /// The smallest plane that gives an output of `outputs`, and at least one pixel.
    pub fn inputs(&self, window: [usize; 2], outputs: [usize; 2]) -> [usize; 2] {
        let reach = self.reach(window);
        let (before, after) = (self.padding.before(), self.padding.after());
        [0, 1].map(|axis| {
            let padded = (outputs[axis] - 1).saturating_mul(self.stride[axis]).saturating_add(reach[axis]);
            padded.saturating_sub(before[axis]).saturating_sub(after[axis]).max(1)
        })
    }

    /// The outputs for which element `tap` of the window lies inside the plane, and what they see there: equal shapes.
    pub fn overlap(&self, tap: [usize; 2], outputs: [usize; 2], plane: [usize; 2]) -> (Part, Part) {
        let [down, across] = [0, 1].map(|axis| self.inside(axis, tap[axis], outputs[axis], plane[axis]));
        let seen = |inside: Inside, stride: usize| match inside.end - inside.first {
            0 => Slice::from(0..0),
            count => {
                Slice::from(inside.from..inside.from + (count - 1) * stride + 1).step_by(stride as isize)
            }
        };
        let (rows, columns) = (seen(down, self.stride[0]), seen(across, self.stride[1]));
        let part = |rows: Slice, columns: Slice| {
            SliceInfo::try_from([rows.into(), columns.into()]).expect("two axes in, two axes out")
        };
        (part((down.first..down.end).into(), (across.first..across.end).into()), part(rows, columns))
    }

    /// The output positions, from the first on, at which element `tap` of the window (along one axis) lies inside the
    /// plane, and the place in the plane that the first of them sees.
    pub(crate) fn inside(&self, axis: usize, tap: usize, outputs: usize, plane: usize) -> Inside {
        let (stride, offset) = (self.stride[axis], tap * self.dilation[axis]);
        let before = self.padding.before()[axis];
        let first = before.saturating_sub(offset).div_ceil(stride);
        let end = (plane + before).saturating_sub(offset).div_ceil(stride).min(outputs);
        Inside { first, end: end.max(first), from: (first * stride + offset).saturating_sub(before) }
    }
}

/// The part of an axis where an element of a window sees the plane; see [`Sliding::inside`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inside {
    /// The first output position.
    pub(crate) first: usize,
    /// One past the last output position.
    pub(crate) end: usize,
    /// What the first position sees.
    pub(crate) from: usize,
}

/// A rectangular part of a plane, for `slice`.
pub type Part = SliceInfo<[SliceInfoElem; 2], Ix2, Ix2>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_inputs_and_taps_agree_with_counting() {
        for (stride, dilation, before, after, window) in [
            (1, 1, 0, 0, 3),
            (2, 1, 0, 0, 2),
            (2, 1, 1, 0, 3),
            (4, 1, 2, 2, 11),
            (1, 2, 2, 2, 3),
            (3, 2, 0, 1, 2),
            (3, 1, 4, 4, 2),
        ] {
            let padding = Padding { top: before, left: before, bottom: after, right: after };
            let sliding = Sliding { stride: [stride; 2], dilation: [dilation; 2], padding };
            for plane in 1..20 {
                let positions: Vec<usize> = (0..100)
                    .map(|n| n * stride)
                    .filter(|at| at + dilation * (window - 1) < plane + before + after)
                    .collect();
                let outputs = sliding.outputs([window; 2], [plane; 2]);
                assert_eq!(outputs, (!positions.is_empty()).then_some([positions.len(); 2]));
                let Some([outputs, _]) = outputs else { continue };
                assert!(sliding.inputs([window; 2], [outputs; 2])[0] <= plane);
                for tap in 0..window {
                    let sees = |at: usize| {
                        let at = at + tap * dilation;
                        (before..before + plane).contains(&at).then(|| at - before)
                    };
                    let seen: Vec<(usize, usize)> =
                        positions.iter().enumerate().filter_map(|(n, &at)| Some((n, sees(at)?))).collect();
                    let inside = sliding.inside(0, tap, outputs, plane);
                    assert_eq!(inside.end - inside.first, seen.len());
                    if let Some(&first) = seen.first() {
                        assert_eq!((inside.first, inside.from), first);
                    }
                }
            }
        }
    }
}
