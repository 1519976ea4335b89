//! Products by constant integer matrices, without a multiplier: graphs of shared two-input adders.
//!
//! `y[o] = sum_i x[i] * W[i][o]` with a constant `W` needs shifts, which are wires, and additions. How few additions is a hard
//! question (already for one input it is the multiple constant multiplication problem, which is NP-hard), and its answer is
//! the size of an FIR filter, a transform, or a layer of a neural network in hardware. [`solve()`] looks for a small graph,
//! [`AdderGraph`] is one, and what a graph computes and how wide its wires are can be recomputed from it exactly.
//!
//! ```
//! use lacuna_adder_graph::{Config, Interval, Matrix, solve};
//!
//! let matrix = Matrix::from_rows(&[[3, 5], [-1, 7]]).unwrap();
//! let graph = solve(&matrix, &[Interval::signed(8); 2], &Config::adders()).unwrap();
//! assert_eq!(graph.eval(&[10, -20]), [50, -90]);
//! assert_eq!(graph.verify(&matrix), Ok(()));
//! ```
//!
//! # What a graph is
//!
//! A straight-line program over the integers: each [`Adder`] adds or subtracts two earlier nodes, each shifted to the left.
//! Every node is a linear form of the inputs. Its coefficient vector, propagated through the graph, gives the matrix that the
//! graph computes ([`AdderGraph::matrix`]) and, with the intervals of the inputs, the exact range of each wire
//! ([`AdderGraph::intervals`]). A graph that was put together is therefore proved, not tested, and [`solve()`] returns no other.
//!
//! # How graphs are found
//!
//! *Two-term sharing.* All weights are written in canonical signed digits, so an output is a sum of terms
//! `+-x[i] << s`. The pair of terms that occurs most often, up to a common shift and sign, becomes a symbol of its own,
//! until no pair occurs twice (R. Hartley, "Subexpression sharing in filters using canonic signed digit multipliers", 1996;
//! the greedy rule for binary matrices is C. Paar's, 1997). Counts are kept in a hash table and a bucket queue, so a change
//! costs as much as the rows it touches are long.
//!
//! *Ruin and rebuild.* A few neighbouring symbols are replaced by their definitions and what appears is shared again; the
//! result stays unless it is worse (P. Shaw's large neighbourhood search, 1998).
//!
//! *Turning round.* Reversing all edges of a graph gives one for the transposed matrix, in which sums are forks and forks are
//! sums, and the number of adders changes only by the difference of inputs and outputs (the transposition principle, usually
//! credited to B. Tellegen, 1952). A solution is improved both ways round in turn: what is a fixed order of summation one
//! way round is a free choice the other. This is worth more than anything else on matrices of few bits.
//!
//! *Adders by value.* In blocks of a few inputs a column is a short vector, and sums that share no digits often have the
//! value wanted all the same. Vectors are made one after the other, each from those already there, in one adder if that is
//! possible, else by way of the value that brings the most vectors within one adder: A. Dempster and M. Macleod's idea of a
//! growing set of fundamentals (1995), with a look-ahead like that of Y. Voronenko and M. Püschel's "Multiplierless multiple
//! constant multiplication" (2007), for vectors. A fingerprint, which is a random linear form modulo `2^61 - 1`, makes a
//! look-up independent of the length of the vectors. Then some adders are removed and their vectors made anew, as long as
//! that is not worse.
//!
//! [`Effort`] sets how many steps each of these may take. Steps are counted, never seconds, so that the same seed gives the
//! same graph on any machine. A depth limit leaves two-term sharing and its improvement, with a budget for each row: terms
//! of depths `d` can be summed within depth `D` if the sum of `2^d` is at most `2^D` (Kraft's inequality).
//!
//! # What is counted
//!
//! [`Cost::adders`] counts two-input adders and subtractors. An output that is the negative of a node takes another carry
//! chain. Subtractions are turned round so that this is rarely needed, and what remains is in [`Cost::negations`], not in
//! `adders`. da4ml counts likewise: its `CombLogic.ops` are the adders, and `out_negs`, the signs of the outputs, cost
//! nothing there.
//!
//! [`Cost::lut_estimate`] counts ECP5 cells, LUT4 + 2 CCU2C, after Yosys `synth_ecp5`, if each adder is a module of its own
//! that leaves the bits below its carry chain out: a chain of `n` bits takes `ceil(n / 2)` CCU2C.

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
