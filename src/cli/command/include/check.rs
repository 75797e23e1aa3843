//! Compares the lock file with the servers. Nothing is written.

use std::collections::BTreeSet;
use std::path::Path;

use super::errors::{Errors, ProjectError};
use super::fetch::{Servers, check_names, files_by_project, find_includes, read_lock, system_error};
use super::remote_project::RemoteProject;
use crate::cli::command_error::CommandError;
use crate::cli::options::FetchIncludesOptions;
use crate::include_copies::folder::CopiesFolder;
use crate::include_copies::lock::Lock;
use crate::include_copies::summary::{CopiedProject, CopyStatus, CopySummary, UnfetchedFile};
use crate::pipeline::include::ForeignProject;

/// Looks for newer commits of all locked projects, and for files without a copy.
///
/// # Errors
/// The pipeline file or the lock file cannot be read. Errors of single projects are returned beside the summary.
pub(super) async fn check(options: &FetchIncludesOptions) -> Result<(CopySummary, Errors), CommandError> {
    let found = find_includes(options)?;
    let folder = CopiesFolder::existing(Path::new(&options.folder), found.facts.root());
    let folder = folder.map_err(system_error)?;
    let lock = match &folder {
        Some(folder) => read_lock(folder, &options.folder)?,
        None => Lock::default(),
    };
    let servers = Servers::find(options, &found).await;
    let wanted = files_by_project(&found.includes);
    let projects: BTreeSet<&ForeignProject> =
        wanted.keys().chain(lock.projects().map(|(project, _)| project)).collect();
    let (mut summary, mut errors) = (CopySummary::default(), Errors::default());
    for project in projects {
        let files = wanted.get(project).map_or(&[][..], Vec::as_slice);
        let has = |path: &String| {
            let copy = project.copy_of(path);
            folder.as_ref().is_some_and(|folder| folder.has(&copy))
        };
        let missing: Vec<String> = files
            .iter()
            .filter(|paths| !paths.iter().any(has))
            .filter_map(|paths| paths.first().cloned())
            .collect();
        let checked = match check_names(project, files) {
            Ok(()) => check_project(project, missing, &lock, &servers, options).await,
            Err(error) => Err(error),
        };
        match checked {
            Ok(checked) => summary.projects.push(checked),
            Err(error) => errors.push(error),
        }
    }
    summary.unfetched = found.includes.iter().filter_map(UnfetchedFile::of).collect();
    summary.unfetched.dedup();
    Ok((summary, errors))
}

async fn check_project(
    project: &ForeignProject,
    missing: Vec<String>,
    lock: &Lock,
    servers: &Servers,
    options: &FetchIncludesOptions,
) -> Result<CopiedProject, ProjectError> {
    let mut checked = CopiedProject {
        project: project.clone(),
        status: if missing.is_empty() { CopyStatus::Placed } else { CopyStatus::Missing },
        resolved: None,
        commit: None,
        newest: None,
        files: missing,
    };
    let Some(locked) = lock.get(project) else { return Ok(checked) };
    let remote = RemoteProject::open(project, servers.address(project)?, &options.temporary).await?;
    let newest = remote.newest().await?;
    checked.commit = Some(locked.commit.clone());
    checked.resolved = Some(newest.name);
    checked.status = match (checked.files.is_empty(), newest.commit == locked.commit) {
        (false, _) => CopyStatus::Missing,
        (true, true) => CopyStatus::Unchanged,
        (true, false) => CopyStatus::Newer,
    };
    checked.newest = Some(newest.commit).filter(|newest| *newest != locked.commit);
    Ok(checked)
}
