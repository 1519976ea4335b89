//! From a trained network to an approximated one, and back into a file.

pub(crate) mod approximate;
pub(crate) mod building;
pub(crate) mod canonical;
pub(crate) mod plain;
pub(crate) mod saved;
pub(crate) mod with_data;
