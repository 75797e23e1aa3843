//! The wording of notices about the sources of a job.

use std::path::Path;

use crate::amount::{counted, size};
use crate::workspace::list::Method;
use crate::workspace::pack::SkipReason;

pub(super) fn source_left_out(path: &Path, reason: SkipReason) -> String {
    let reason = match reason {
        SkipReason::Special => "is not a file, directory or link",
        SkipReason::Changed => "was removed or replaced while the sources were copied,",
        SkipReason::EmptySubmodule => {
            return format!(
                "the submodule `{}` is empty on this host, and so in the job; `git submodule update --init` gets its files",
                path.display()
            );
        }
        SkipReason::LfsPointer => {
            return format!("`{}` is a Git LFS pointer; `git lfs pull` gets the file", path.display());
        }
    };
    format!("`{}` {reason} and was left out", path.display())
}

pub(super) fn owner_unknown(user: &str) -> String {
    format!(
        "FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR has no effect: only the image knows the numeric id of its user `{user}`"
    )
}

pub(super) fn sources_copied(files: u64, bytes: u64, method: Method) -> String {
    let amount = files_amount(files, bytes);
    let how = match method {
        Method::Git => "uncommitted changes included",
        Method::Commit => "as committed",
        Method::Everything => "everything in the folder, which has no git repository",
    };
    format!("Copied {amount}, {how}")
}

/// Formats `1 file (12 B)`.
pub(super) fn files_amount(files: u64, bytes: u64) -> String {
    format!("{} ({})", counted(files, "file"), size(bytes))
}
