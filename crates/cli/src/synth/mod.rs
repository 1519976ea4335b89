//! From Verilog to a bitstream: boards, the tools' commands, what the tools say, and the same commands as a script.
//!
//! The commands stand in one place, `flow`. `lacuna synth` runs them in a scratch folder laid out as the folder of a core is,
//! and `standalone` prints them for whoever has no lacuna.

mod board;
mod core;
mod flow;
mod measure;
mod report;
mod standalone;
mod tool;

pub(crate) use board::Board;
pub(crate) use core::{Around, Core};
pub(crate) use flow::{Limits, synthesise};
pub(crate) use report::{Report, Verdict, in_words};
pub(crate) use standalone::standalone;
