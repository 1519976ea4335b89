//! The fit to calibration inputs, and how far it can be from the best.
//!
//! `moments`, `sensitivity` and `metric` say what a change of weights does; `lattice`, `linear`, `within`, `data_fit` and `unit` choose
//! levels by it; `refine` moves whole layers for the network's output; `certificate` and `certify` bound what could be gained.

pub(crate) mod calibration;
pub(crate) mod certificate;
pub(crate) mod certify;
pub(crate) mod data_fit;
pub(crate) mod lattice;
pub(crate) mod linear;
pub(crate) mod metric;
pub(crate) mod moments;
pub(crate) mod output_error;
pub(crate) mod refine;
pub(crate) mod sensitivity;
pub(crate) mod unit;
pub(crate) mod within;
