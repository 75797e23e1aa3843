//! The `runner-lite` program.

fn main() {}
