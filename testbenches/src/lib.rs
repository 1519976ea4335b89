/*!
Hardware tests: the generated Verilog against the reference model.

The tests of this package need Verilator (Debian's and the current one), Icarus, Yosys, nextpnr with its packers, and Snakemake for the workflow;
`tools/setup.sh test` installs them. A tool that is missing is a failure that names it, never a skip. `cargo test` at the top leaves this package
out; `make test` runs it.

[`Core`] is a generated core in a folder of its own, [`Simulation`] one that a simulator has compiled: vectors are
streamed through it again and again without compiling anew.
*/

mod cells;
mod core;
mod estimated;
mod networks;
mod photograph;
mod tools;

pub use cells::{Found, found, found_in_stages};
pub use core::{Core, Simulation, Simulator, Verdict};
pub use estimated::Estimated;
pub use networks::{
    Branches, Shape, Wiring, cff, digits, hosted_cff, noise, random_branches, random_network, small_cff,
};
pub use photograph::{WINDOW, windows};
pub use tools::{Output, lacuna, repository, run, verilator_versions, yosys_versions};
