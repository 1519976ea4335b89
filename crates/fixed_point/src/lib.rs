/*!
The integer network: what the hardware computes, to the last bit.

[`quantize`] turns an approximated network, whose weights are dyadic rationals, into an [`IntNetwork`]: integers on
every wire, each wire with a number of fraction bits and the exact interval of the values it can take. Its interpreter,
[`IntNetwork::run`], is **the specification**: everything that comes later (adder graphs, Verilog) must equal it bit for
bit. That is why the interpreter multiplies with `*` and shares no code with the crates it judges.

Three kinds of arithmetic exist, each stated once:

- *Exact*: convolutions, pools and sums of branches never round. Their results are as wide as they need to be, and [`IntNetwork::new`]
  proves by interval arithmetic that no value, and no partial sum in any order, leaves 62 bits.
- *Rounding*: [`round_shift`] divides by a power of two, rounding halves up.
- *Saturation*: [`Interval::clamp`], where a rescaling or a curve meets the width its wire was given.

An input pixel `p` (8 bits, unsigned) enters as `p - 128` with seven fraction bits, that is as `(p - 128) / 128`.

**Invariant:** this crate knows no adder graphs: the judge shares no code with the judged.
*/

mod curve;
mod error;
mod fast;
mod formats;
mod interpreter;
mod interval;
mod network;
mod quantize;
mod ranges;
mod stand_ins;

pub use curve::{IntCurve, IntSegment, Symmetry};
pub use error::Error;
pub use fast::FastNetwork;
pub use interval::{Interval, round_shift};
pub use lacuna_network::Source;
pub use network::{Format, IntConv2d, IntLayer, IntNetwork, IntNode, Rescale};
pub use quantize::{Config, quantize};
pub use ranges::reaches;
pub use stand_ins::expected_reaches;

/// Fraction bits of an input pixel: `(p - 128) / 2^7`.
pub const PIXEL_FRACTION: i32 = 7;

/// The values an input pixel takes inside the network.
pub const PIXEL_INTERVAL: Interval = Interval { lo: -128, hi: 127 };

/// What is subtracted from an unsigned pixel on entering the network.
pub const PIXEL_OFFSET: i64 = 128;
