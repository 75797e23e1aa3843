//! The project: where its pipeline file is, what is read with it, and the findings of reading it.

pub mod env_file;
pub mod findings;
pub mod loaded_project;
pub mod local_files;
pub mod local_tree;
pub mod location;
pub mod pipeline_file;
