//! `include`: merges other files below the file that names them.
//!
//! Files of other projects, of other servers and of GitLab itself are read from vendored copies. Without a copy, a
//! warning names the include, and the rest of the pipeline stays usable.

mod entry;
mod foreign;
mod includer;
mod load_context;
mod location;
mod missing_includes;
mod own_project;

pub use foreign::{ForeignInclude, ForeignProject, ForeignVersion};
pub(super) use includer::Includer;
pub use load_context::{LoadContext, NoFiles, UnreadableFile};
pub(super) use missing_includes::mention_missing_includes;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
