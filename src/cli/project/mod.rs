//! The project: where its pipeline file is, what is read with it, and what is wrong with it. Nothing here writes to
//! the terminal: functions return their messages, and the command tells them.

mod committed_tree;
mod diagnostic_renderer;
mod env_file;
mod foreign_includes;
mod include_files;
mod inert_variables;
mod key_files;
mod loaded_project;
mod location;
mod open_beneath;
mod pipeline_file;
mod repository_facts;
mod stored_project;
mod working_tree;

pub use self::diagnostic_renderer::DiagnosticRenderer;
pub use self::foreign_includes::ForeignIncludes;
pub use self::loaded_project::LoadedProject;
pub use self::location::{PIPELINE_FILE, PipelineLocation};
pub use self::pipeline_file::PipelineFile;
pub use self::stored_project::{
    JobInRun, LAST_RUN, RunAtAGlance, find_run, jobs_of, number_and_name, open_store, runs_at_a_glance,
    runs_of, store_failure, unknown_stored_job, unreadable_warning,
};
