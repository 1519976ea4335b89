/*!
Networks as Lacuna sees them before any hardware exists.

A [`Network`] is a directed graph of layers, stored in topological order. It is generic over what a weight is and what
an activation curve is, so that the same structure carries the first two of Lacuna's five values:

- [`TrainedNetwork`]: `f32` weights and the functions the network was trained with. Read from the model section of
  a project file ([`ModelSpec`]) and a safetensors file by [`load`].
- the approximated network: [`Dyadic`] weights and piecewise-linear curves, made by the crate `lacuna-approximation`.

Both are executable through [`Network::run`], over whole images of any size: every layer slides a window or works
element by element, so a network trained on a window slides over an image by itself (as long as none is padded).

The layers are a closed enum on purpose: every later stage matches on all of them, and a new layer does not compile
until each stage says what it does with it.

**Invariant:** this crate knows nothing of solvers, bit widths or Verilog, and touches no file: it reads bytes.
*/

mod convolve;
mod dyadic;
mod error;
mod execute;
mod graph;
mod input;
mod layer;
mod model;
mod number;
mod save;
mod sliding;
mod weights;
mod written;

pub use convolve::{convolve, patches};
pub use dyadic::{Dyadic, NotDyadic};
pub use error::Error;
pub use execute::{Curve, Real, Weight};
pub use graph::{FieldOfView, MAX_POOL, MAX_SIDE, Network, Node, Reading, Shape, Source, view_of};
pub use input::{InputSpec, Order, Resize};
pub use layer::{Affine, Conv2d, Function, Layer, NotAFunction, Pool};
pub use model::{Connections, LayerKind, LayerSpec, ModelSpec};
pub use number::{height_and_width, whole_number};
pub use save::save;
pub use sliding::{Padding, Part, Sliding, Use};
pub use weights::load;

/// A network as it was trained: `f32` weights, real activation functions.
pub type TrainedNetwork = Network<f32, Function>;
