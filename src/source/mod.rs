//! Text with places: files, the YAML tree with a span on every node, and diagnostics.
//!
//! Only `yaml` knows which parser reads the text, and nothing else in the crate may read YAML.

#![warn(missing_docs)]

pub mod derived;
pub mod diagnostic;
pub mod documents;
pub mod entries;
pub mod map;
pub mod merge;
pub mod node;
pub mod scalar;
pub mod yaml;
