//! The names of the sections of a job's log.

use crate::executor::event::{ScriptResult, Section};

/// The headline of a section, in GitLab Runner's words; `None` if it has none.
pub(super) fn headline(section: Section) -> Option<&'static str> {
    Some(match section {
        Section::PrepareExecutor => "Preparing the \"docker\" executor",
        Section::PrepareScript => "Preparing environment",
        Section::GetSources => "Getting source from Git repository",
        Section::StepScript => "Executing \"step_script\" stage of the job script",
        Section::AfterScript => "Running after_script",
        Section::RestoreCache => "Restoring cache",
        Section::DownloadArtifacts => "Downloading artifacts",
        Section::SaveCaches(ScriptResult::Success) => "Saving cache for successful job",
        Section::SaveCaches(ScriptResult::Failure) => "Saving cache for failed job",
        Section::StoreArtifacts(ScriptResult::Success) => "Uploading artifacts for successful job",
        Section::StoreArtifacts(ScriptResult::Failure) => "Uploading artifacts for failed job",
        Section::Result => return None,
    })
}

/// What a line about the duration of a section calls it.
pub(super) fn name(section: Section) -> &'static str {
    match section {
        Section::StepScript => "script",
        Section::AfterScript => "after_script",
        _ => headline(section).unwrap_or_default(),
    }
}
