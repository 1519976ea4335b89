//! The exact optimum of one kernel, of a million, and of those that share an output map.

pub(crate) mod bulk;
pub(crate) mod fit;
pub(crate) mod program;
pub(crate) mod signed_digits;
pub(crate) mod sweep;
