//! The hardware tests, a file a subject: `cargo test -p lacuna-testbenches folded` runs those of `folded.rs`.

mod estimates;
mod exact;
mod faults;
mod folded;
mod gates;
mod graphs;
mod host;
mod joins;
mod planes;
mod planned;
mod second_printing;
mod serial;
mod streams;
mod synth;
mod synthesis;
mod weights;
mod workflow;
