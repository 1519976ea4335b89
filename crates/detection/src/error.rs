//! What can be wrong with a window or a list of boxes, said with its place.

/// A fault of what this crate was given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A window without pixels, or one that never moves.
    #[error("a window of {width}x{height} with stride {stride}: each must be at least 1")]
    EmptyWindow {
        /// Its width.
        width: usize,
        /// Its height.
        height: usize,
        /// Its stride.
        stride: usize,
    },
    /// A line of a list of boxes that has no five fields.
    #[error("line {line}: {got} fields, but a box is `file x1 y1 x2 y2` (a file name has no blanks)")]
    FieldCount {
        /// Counted from 1.
        line: usize,
        /// Fields it has.
        got: usize,
    },
    /// A corner that is no finite number.
    #[error("line {line}: {field} is `{text}`, but it must be a number of pixels")]
    NotANumber {
        /// Counted from 1.
        line: usize,
        /// `x1`, `y1`, `x2` or `y2`.
        field: &'static str,
        /// What stands there.
        text: String,
    },
    /// A box that ends before it begins.
    #[error("line {line}: {axis}2 is {last} and {axis}1 is {first}, but a box ends where it begins or after")]
    Backwards {
        /// Counted from 1.
        line: usize,
        /// `x` or `y`.
        axis: char,
        /// The first column or row.
        first: f64,
        /// The last column or row.
        last: f64,
    },
}
