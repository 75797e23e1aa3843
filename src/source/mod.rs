//! Text with places: files, the YAML tree with a span on every node, and diagnostics.

pub mod map;
