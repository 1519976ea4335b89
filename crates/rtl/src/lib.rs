/*!
From the integer network to files of Verilog.

[`design`] lowers an [`IntNetwork`](lacuna_fixed_point::IntNetwork) to a [`Design`]: a graph of stages, each with the
exact widths of what comes in and goes out. A convolution becomes a sliding window and an adder graph, a rescaling an
adder graph and a rounding stage; sum pools and curves are stages of their own. [`render`] prints a design through the
templates in `hdl_templates`, one module a file. [`vectors`] writes what goes in and what must come out, as the
testbench reads it.

All stages speak the same small protocol: data with `valid` and `sof` (start of frame), and one clock enable for the
whole core, which the output register drives. Stages count columns for themselves from the start of a frame, so a frame
cut short harms nothing behind it.

**Invariant:** this crate touches no file: it returns [`SourceFile`]s.
*/

mod board_top;
mod bus;
mod config;
mod curve_text;
mod design;
mod error;
mod estimate;
mod folded;
mod folded_values;
mod graph_text;
mod join_text;
mod lowering;
mod matrix_core;
mod package;
mod place_text;
mod plan;
mod plane_text;
mod pool_text;
mod render;
mod requantize_text;
mod schedule;
mod serial;
mod sharing;
mod spi_top;
mod stage;
mod table_text;
mod unrolled;
mod vectors;
mod verilog;
mod weight_stream;
mod weights;

pub use board_top::{BOARD_TOP, board_top};
pub use bus::Bus;
pub use design::{
    Build, Config, Design, Digits, Feed, JoinFeed, Lanes, Origin, Plane, Stage, StageKind, Style,
};
pub use error::Error;
pub use estimate::{Cells, Estimate, Family, estimate, spi_shell};
pub use folded::{Alphabet, FoldedConv, FoldedDepthwise, FoldedRescale, PooledConv};
pub use lowering::design;
pub use matrix_core::{matrix_core, matrix_makefile};
pub use package::{Manifest, StageFigures, manifest, package};
pub use plan::{Part, Plan, Request, is_large, plan};
pub use render::{SourceFile, render};
pub use schedule::{Gaps, Schedule};
pub use serial::{SerialGraph, SerialWindow};
pub use sharing::shared_adders;
pub use spi_top::spi_top;
pub use vectors::{Vectors, vectors};
pub use verilog::check_core_name;
