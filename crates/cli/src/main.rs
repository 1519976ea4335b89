//! The binary `lacuna`.
fn main() {}
