//! The fit to calibration inputs for networks whose maps together would need too many second moments: the maps of a layer share
//! them.

pub(crate) mod samples;
pub(crate) mod shared_fit;
pub(crate) mod shared_moments;
pub(crate) mod streamed;
pub(crate) mod together;
pub(crate) mod with_shared;
