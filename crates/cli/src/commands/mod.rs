//! The subcommands.

pub(crate) mod adders;
pub(crate) mod approximate;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod detect;
pub(crate) mod evaluate;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod run;
pub(crate) mod simulate;
pub(crate) mod sweep;
pub(crate) mod synth;
