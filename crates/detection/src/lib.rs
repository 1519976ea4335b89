/*!
Everything between a photograph and boxes except the network, and everything between boxes and figures.

A detector looks at a photograph in many sizes, since its network knows faces of one size only:

1. [`grey`] makes a photograph grey, [`pyramid`] says in which sizes it is looked at, and [`level_image`] makes one.
2. A network, of which this crate knows the [`Window`] alone, gives every level a map of scores.
3. [`detections`] makes one [`Detection`] of the many windows that see the same face.
4. [`draw`] shows them; [`score`] compares them with boxes that people drew, read by [`parse_boxes`].

[`auc`] grades a network on single windows, without a scan; [`verdict`], [`top`] and [`agreement`] grade one that tells many
classes apart.

The steps are those of `training/README.md`, section Detection, to the order in which candidates stand and the order in
which overlaps are rounded: what a network is worth must not depend on who measures it. Their numbers are the defaults
of [`Config`], the `detector:` section of a project file. Two details are left to libraries: a JPEG decoder and a
resizing filter may differ from another by one level of grey.

The network's level does not matter: float, approximated and integer networks are scanned alike, so figures of two of
them differ by what happened to the network and by nothing else. Coarse networks may fire anywhere, so nothing is
capped, and grouping finds neighbours through an index instead of comparing all pairs.

**Invariant:** this crate knows no network, opens no file and prints nothing; the same input gives the same detections
in the same order.
*/

mod auc;
mod boxes;
mod candidates;
mod classes;
mod config;
mod deviation;
mod draw;
mod error;
mod figures;
mod geometry;
mod grey;
mod grouping;
mod pyramid;

pub use auc::auc;
pub use boxes::parse_boxes;
pub use classes::{Verdict, agreement, auc_of_two, top, verdict};
pub use config::Config;
pub use deviation::Deviation;
pub use draw::draw;
pub use error::Error;
pub use figures::{Photograph, Scores, average_precision, recall_at, score};
pub use geometry::BoundingBox;
pub use grey::grey;
pub use grouping::{Detection, detections};
pub use pyramid::{Level, Window, level_image, pyramid};
