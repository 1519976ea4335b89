//! Where a convolution's scale and bias go: forward, into an affine layer.
//!
//! A convolution in canonical form has dyadic kernels and no bias. What it was, `g·K·x + b` map by map, is restored by
//! the affine layer behind it. Sums of blocks lie in between and are linear, so with `s²` the product of their areas
//!
//! ```text
//! c · Σ (g·K·x + b) + d  =  (c·g) · Σ K·x  +  (c·s²·b + d)
//! ```
//!
//! Only where every value on the way has exactly one reader is that allowed. Otherwise the convolution gets an affine
//! layer of its own, `<conv>.scale`, with coefficient `g` and bias `b`.

use lacuna_network::{Layer, Network, Source};

/// What happens to a convolution's scale and bias.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Destination {
    /// The affine node with this index takes them up; `area` input values are summed on the way.
    Affine { node: usize, area: f64 },
    /// A new affine node follows the convolution.
    Inserted,
}

/// Where the scale of the convolution at `conv` goes.
pub(crate) fn destination<W, C>(network: &Network<W, C>, conv: usize) -> Destination {
    let (mut at, mut area) = (conv, 1.0);
    loop {
        let &[reader] = network.consumers(Source::Node(at)).as_slice() else {
            return Destination::Inserted;
        };
        match &network.nodes()[reader].layer {
            Layer::SumPool(pool) if pool.block_side().is_some() => {
                area *= pool.area() as f64;
                at = reader;
            }
            Layer::Affine(_) => return Destination::Affine { node: reader, area },
            _ => return Destination::Inserted,
        }
    }
}

/// `<conv>.scale`, or the first such name that is free.
pub(crate) fn scale_name<W, C>(network: &Network<W, C>, conv: &str) -> String {
    let taken = |name: &str| network.nodes().iter().any(|node| node.name == name);
    let mut name = format!("{conv}.scale");
    while taken(&name) {
        name.push('_');
    }
    name
}
