//! What an approximation cost and saved.

pub(crate) mod figures;
pub(crate) mod report;
