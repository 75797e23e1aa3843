//! Source files, the YAML tree with a span on every node, and diagnostics.
//!
//! Only `yaml` knows the parser, and nothing else in the crate may parse YAML.

#![warn(missing_docs)]

pub mod comment;
pub mod diagnostic;
pub mod document_ranges;
pub mod map;
pub mod mapped_text;
pub mod merge;
pub mod node;
pub mod reading_budget;
pub mod scalar;
mod syntax_advice;
pub mod top_level_keys;
pub mod yaml;
