//! How much a log contains, and the least verbose log that has a line about each thing.

use crate::executor::event::Section;
use crate::executor::files_notice::FilesNotice;
use crate::executor::notice::{Notice, NoticeLevel};

/// How much a log contains. Each verbosity has all lines of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// The output of the job's commands, warnings and failures (`-q`).
    Quiet,
    /// What a reader of the job's output wants to know.
    Normal,
    /// Everything that GitLab Runner's log has (`-v`).
    Verbose,
}

/// The least verbose log that has the notice.
pub(super) fn of_notice(notice: &Notice) -> Verbosity {
    match notice {
        Notice::JobOfRun { .. }
        | Notice::ContainerHostSelected { .. }
        | Notice::PullPoliciesSelected { .. }
        | Notice::PullPolicyAttempted { .. }
        | Notice::LocalImageFound { .. }
        | Notice::ImageSelected { .. }
        | Notice::CredentialsSelected { .. }
        | Notice::PullStarted { .. }
        | Notice::PullFinished { layers: 0, .. }
        | Notice::ServiceStarting { .. }
        | Notice::ServicesAwaited { .. }
        | Notice::UmaskUnused
        | Notice::ServiceCheckMoved { .. } => Verbosity::Verbose,
        _ => of_level(notice.level()),
    }
}

/// The least verbose log that has the notice.
pub(super) fn of_files_notice(notice: &FilesNotice) -> Verbosity {
    of_level(notice.level())
}

/// The least verbose log that shows where the section begins.
pub(super) fn of_section(section: Section) -> Verbosity {
    match section {
        Section::PrepareScript | Section::GetSources => Verbosity::Verbose,
        _ => Verbosity::Normal,
    }
}

/// The least verbose log that has the headline of the section. What follows those of the preparation and of scripts speaks
/// for itself.
pub(super) fn of_headline(section: Section) -> Verbosity {
    match section {
        Section::PrepareExecutor | Section::StepScript | Section::AfterScript => Verbosity::Verbose,
        _ => of_section(section),
    }
}

/// The least verbose log that says how long the section took.
pub(super) fn of_duration(section: Section) -> Verbosity {
    match section {
        Section::PrepareExecutor => Verbosity::Verbose,
        _ => of_section(section),
    }
}

fn of_level(level: NoticeLevel) -> Verbosity {
    match level {
        NoticeLevel::Information | NoticeLevel::Remark => Verbosity::Normal,
        NoticeLevel::Warning | NoticeLevel::Error | NoticeLevel::JobError | NoticeLevel::Fatal => {
            Verbosity::Quiet
        }
    }
}
