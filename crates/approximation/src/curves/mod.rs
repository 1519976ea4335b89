//! Piecewise-linear curves for activations: the best ones, the classical ones, tables.

pub(crate) mod activations;
pub(crate) mod argument;
pub(crate) mod best_curve;
pub(crate) mod curve;
pub(crate) mod curve_search;
pub(crate) mod named_curves;
pub(crate) mod parametric;
pub(crate) mod table;
