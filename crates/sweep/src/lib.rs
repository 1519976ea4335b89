/*!
What a sweep is: one network, approximated in many ways, and what that shows.

1. [`points`] lists the ways: every set or configuration with every budget and every method. Each has a key, which is
   a part of file names and of command lines and does not depend on the other points; a [`Shard`] is a part of the list.
2. Whoever runs a point notes what became of it in a [`Record`]. The [`Fingerprint`] in it says of which network, settings and
   data it speaks; records of two fingerprints must not be mixed.
3. A [`Summary`] puts the records side by side: [`csv`], the [`front`] of the points that no other point beats, and the
   plot ([`svg`]).

**Invariant:** this crate runs no network, opens no file and prints nothing; the same records give the same bytes.
*/

mod fingerprint;
mod point;
mod shard;

mod record;

mod csv;
mod labels;
mod pareto;
mod plot;
mod summary;

#[cfg(test)]
mod testing;

pub use csv::csv;
pub use fingerprint::Fingerprint;
pub use pareto::{Better, front};
pub use plot::{PlotError, svg};
pub use point::{Budget, Levels, Method, NoBudget, Point, Setting, points};
pub use record::{Cost, Metric, Outcome, Record, Score};
pub use shard::{NoShard, Shard};
pub use summary::{Quality, Summary, summarize};
