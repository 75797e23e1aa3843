//! Selects files as GitLab Runner does: its matches, its counts and its lines, for all archives in one walk.
//!
//! The Runner looks for the matches of a path, and then walks each of them. This walk goes through the tree once: it knows in
//! every folder which patterns may still match below it (`rules.rs`), and how many matches of each path contain it. A folder
//! that no pattern can reach is not read.

mod archive;
mod rules;
mod walk;

pub use archive::{SelectedArchive, SelectedEntry};
pub use walk::select;

#[cfg(test)]
mod tests;
