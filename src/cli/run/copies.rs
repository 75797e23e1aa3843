//! Copies the artifacts of jobs out of the store (`--artifacts-to`).

use std::path::{Path, PathBuf};

use crate::cli::options::CopyTarget;
use crate::cli::user_message::UserMessage;
use crate::error_chain::chain;
use crate::report::artifacts::extracted_text;
use crate::store::{ExtractError, ExtractFolder, Extracted, StoredJob};

/// Copies the artifacts of a job, and tells what was copied; nothing is told of a job without any. `root` is the working
/// tree.
///
/// # Errors
/// The message about artifacts that cannot be copied.
pub async fn copy(
    job: StoredJob,
    target: CopyTarget,
    root: PathBuf,
) -> Result<Option<UserMessage>, UserMessage> {
    let folder = folder(&job.record().name, &target, &root);
    let name = job.record().name.clone();
    let shown = folder.display().to_string();
    let refused =
        |error: String| UserMessage::Error(format!("the artifacts of `{name}` are not copied: {error}"));
    let copied = tokio::task::spawn_blocking(move || extract(&job, &folder)).await;
    let copied = copied.map_err(|error| refused(error.to_string()))?;
    let copied = copied.map_err(|error| refused(chain(&error)))?;
    Ok(copied.map(|extracted| {
        let amount = extracted_text(&extracted);
        UserMessage::Text(format!("Copied the artifacts of `{name}` to {shown}: {amount}"))
    }))
}

fn extract(job: &StoredJob, folder: &Path) -> Result<Option<Extracted>, ExtractError> {
    let Some(archive) = job.archive()? else { return Ok(None) };
    ExtractFolder::open(folder)?.extract(&archive, |_| true).map(Some)
}

/// The folder for the artifacts of a job.
fn folder(job: &str, target: &CopyTarget, root: &Path) -> PathBuf {
    match target {
        CopyTarget::WorkingTree => root.to_owned(),
        CopyTarget::Folder(folder) => folder.join(file_name(job)),
    }
}

/// The name of a job as that of a folder: characters that a folder's name cannot have are written as in a URL, and so is
/// `%`, so that no two jobs share a folder.
fn file_name(job: &str) -> String {
    if matches!(job, "." | "..") {
        return job.replace('.', "%2E");
    }
    job.replace('%', "%25").replace('/', "%2F").replace('\0', "%00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_jobs_share_a_folder() {
        let jobs = ["a/b", "a-b", "a%2Fb", "a\0b", "a%00b", ".", "..", "%2E", "%2E%2E", "-", "--", "%"];
        let mut names: Vec<String> = jobs.iter().map(|job| file_name(job)).collect();
        assert!(names.iter().all(|name| !name.contains(['/', '\0']) && !matches!(&**name, "." | "..")));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), jobs.len(), "{names:?}");
    }

    #[test]
    fn every_job_has_a_folder_of_its_own_name_in_the_target() {
        let target = CopyTarget::Folder("out".into());
        let folder = |job| folder(job, &target, Path::new("/work"));
        assert_eq!(folder("test: [ruby, 2.7]"), Path::new("out/test: [ruby, 2.7]"));
        assert_eq!(folder("a/../b"), Path::new("out/a%2F..%2Fb"));
        assert_eq!(folder(".."), Path::new("out/%2E%2E"));
        assert_eq!(super::folder("x", &CopyTarget::WorkingTree, Path::new("/work")), Path::new("/work"));
    }
}
