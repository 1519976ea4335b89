//! Products by constant integer matrices as graphs of shared adders.
//!
//! `y[o] = sum_i x[i] * W[i][o]` with a constant `W` needs no multiplier: shifts are wires, and what remains is how few
//! additions do. [`solve`] turns a [`Matrix`] into an [`AdderGraph`], a straight-line program of two-input adders whose
//! matrix and whose intervals can be recomputed from it exactly.
//!
//! ```
//! use lacuna_adder_graph::{Config, Interval, Matrix, solve};
//!
//! let matrix = Matrix::from_rows(&[[3, 5], [-1, 7]]).unwrap();
//! let graph = solve(&matrix, &[Interval::signed(8); 2], &Config::adders()).unwrap();
//! assert_eq!(graph.eval(&[10, -20]), [50, -90]);
//! assert_eq!(graph.verify(&matrix), Ok(()));
//! ```

mod analysis;
mod config;
mod cost;
mod error;
mod graph;
mod interval;
mod matrix;
mod pipeline;
mod solve;

pub use config::{Config, Depth, Effort, Objective};
pub use cost::Cost;
pub use error::{Error, Place};
pub use graph::{Adder, AdderGraph, Node, Operand, Operation, Output};
pub use interval::Interval;
pub use matrix::Matrix;
pub use pipeline::{Pipeline, pipeline};
pub use solve::solve;
