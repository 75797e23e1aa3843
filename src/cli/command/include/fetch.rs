//! Fetches what is missing: the pipeline is read, the missing files are fetched, and it is read again with them, because
//! they may include further files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::errors::{Errors, ProjectError};
use super::origin_server::find_server;
use super::remote_project::RemoteProject;
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::options::{FetchIncludesOptions, FetchMode};
use crate::cli::project::{DiagnosticRenderer, ForeignIncludes, PipelineLocation};
use crate::include_copies::folder::{CopiesFolder, FolderError};
use crate::include_copies::lock::{LOCK_BYTES_MAX, LOCK_FILE, Lock, LockedProject};
use crate::include_copies::names::{check_file, check_project};
use crate::include_copies::server::{GitServer, address_on};
use crate::include_copies::summary::{CopiedProject, CopyStatus, CopySummary, UnfetchedFile};
use crate::include_copies::version::FoundCommit;
use crate::pipeline::include::{ForeignInclude, ForeignProject};
use crate::plan::job_plan::EnvironmentVariable;
use crate::report::mask::Mask;
use crate::source::diagnostic::{Code, Severity};

/// The most times that the pipeline is read: each reading names at least one new file, and GitLab includes 150.
const READINGS_MAX: usize = 151;

/// Fetches what is missing, and with `--update` what is newer.
///
/// # Errors
/// The pipeline file cannot be read, or the folder cannot be used. Errors of single projects are returned beside the
/// summary.
pub(super) async fn fetch(options: &FetchIncludesOptions) -> Result<(CopySummary, Errors), CommandError> {
    let mut found = find_includes(options)?;
    let folder = CopiesFolder::create(Path::new(&options.folder), found.facts.root());
    let folder = folder.map_err(system_error)?;
    let mut fetching = Fetching::begin(options, folder, &found).await?;
    let mut done: BTreeSet<ForeignInclude> = BTreeSet::new();
    for _ in 0..READINGS_MAX {
        let new: Vec<ForeignInclude> =
            found.includes.iter().filter(|include| !done.contains(include)).cloned().collect();
        let wanted = files_by_project(&new);
        if wanted.is_empty() {
            break;
        }
        for (project, files) in wanted {
            if let Err(error) = fetching.provide(&project, &files).await {
                fetching.errors.push(error);
            }
        }
        done.extend(new);
        found = find_includes(options)?;
    }
    fetching.update_others().await;
    Ok(fetching.end(options, &found))
}

/// The files that the pipeline includes from elsewhere.
pub(super) fn find_includes(options: &FetchIncludesOptions) -> Result<ForeignIncludes, CommandError> {
    let location = PipelineLocation::find(&options.project);
    ForeignIncludes::find(&options.project, location).map_err(CommandError::invalid_configuration)
}

/// The files of each project, each with the paths at which it may be.
pub(super) fn files_by_project(includes: &[ForeignInclude]) -> BTreeMap<ForeignProject, Vec<Vec<String>>> {
    let mut files: BTreeMap<ForeignProject, Vec<Vec<String>>> = BTreeMap::new();
    for include in includes {
        if let ForeignInclude::File { project, paths } = include {
            let known = files.entry(project.clone()).or_default();
            if !known.contains(paths) {
                known.push(paths.clone());
            }
        }
    }
    files
}

/// Reads the lock file.
pub(super) fn read_lock(folder: &CopiesFolder, path: &str) -> Result<Lock, CommandError> {
    let text = folder.read(LOCK_FILE, LOCK_BYTES_MAX).map_err(system_error)?;
    let lock = text.map_or(Ok(Lock::default()), |text| Lock::parse(&text));
    lock.map_err(|error| {
        let message =
            format!("`{path}/{LOCK_FILE}`: {error}; repair it, or delete it with the folder's other files");
        CommandError::new(CommandErrorKind::InvalidConfiguration, message)
    })
}

/// The error of a folder.
pub(super) fn system_error(error: FolderError) -> CommandError {
    CommandError::new(CommandErrorKind::System, error)
}

/// Where projects are.
pub(super) struct Servers {
    /// The server of `include:project`, or why it is unknown.
    server: Result<GitServer, String>,
    /// Further names of this server.
    names: Vec<String>,
}

impl Servers {
    pub(super) async fn find(options: &FetchIncludesOptions, found: &ForeignIncludes) -> Self {
        // A file of the repository does not count: it could make a stranger's server stand for another one.
        let is_name =
            |variable: &&EnvironmentVariable| ["CI_SERVER_FQDN", "CI_SERVER_HOST"].contains(&&*variable.key);
        let arguments = found.facts.variables.iter().filter(is_name);
        let names = arguments.map(|variable| variable.value.clone()).collect();
        Self { server: find_server(options, found.facts.root()).await, names }
    }

    /// The address of a project.
    pub(super) fn address(&self, project: &ForeignProject) -> Result<String, ProjectError> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        match (&self.server, &project.host) {
            (Ok(server), _) => Ok(server.address(project, &names)),
            (Err(_), Some(host)) if !names.contains(&&**host) => Ok(address_on(host, project)),
            (Err(reason), _) => Err(ProjectError::system(format!("`{}`: {reason}", project.folder()))),
        }
    }
}

/// The state of a fetch.
struct Fetching<'o> {
    options: &'o FetchIncludesOptions,
    folder: CopiesFolder,
    lock: Lock,
    servers: Servers,
    /// The projects that were looked at, with their repositories.
    open: BTreeMap<ForeignProject, (RemoteProject, FoundCommit)>,
    projects: BTreeMap<ForeignProject, CopiedProject>,
    /// The projects whose files were wanted, whether they could be fetched or not.
    tried: BTreeSet<ForeignProject>,
    errors: Errors,
}

impl<'o> Fetching<'o> {
    async fn begin(
        options: &'o FetchIncludesOptions,
        folder: CopiesFolder,
        found: &ForeignIncludes,
    ) -> Result<Self, CommandError> {
        let lock = read_lock(&folder, &options.folder)?;
        let servers = Servers::find(options, found).await;
        let (open, projects, tried) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Ok(Self { options, folder, lock, servers, open, projects, tried, errors: Errors::default() })
    }

    /// Makes sure that there is a copy of each file.
    async fn provide(
        &mut self,
        project: &ForeignProject,
        wanted: &[Vec<String>],
    ) -> Result<(), ProjectError> {
        self.tried.insert(project.clone());
        check_names(project, wanted)?;
        let locked = self.lock.get(project).cloned();
        let is_update = self.options.mode == FetchMode::Update && locked.is_some();
        let is_missing = |paths: &&Vec<String>| !paths.iter().any(|path| self.has(project, path));
        if !is_update && !wanted.iter().any(|paths| is_missing(&paths)) {
            let status = if locked.is_some() { CopyStatus::Unchanged } else { CopyStatus::Placed };
            self.note(project, status, locked.as_ref(), Vec::new());
            return Ok(());
        }
        let (mut remote, newest) = self.open(project, locked.as_ref()).await?;
        let result = self.copy_files(project, wanted, locked, &mut remote, &newest).await;
        self.open.insert(project.clone(), (remote, newest));
        result
    }

    /// Updates what is locked and was not included this time: other variables or events may include it.
    async fn update_others(&mut self) {
        if self.options.mode != FetchMode::Update {
            return;
        }
        // The error of a project that was tried before is known.
        let is_other = |project: &&ForeignProject| !self.tried.contains(*project);
        let others: Vec<ForeignProject> =
            self.lock.projects().map(|(project, _)| project).filter(is_other).cloned().collect();
        for project in others {
            if let Err(error) = self.provide(&project, &[]).await {
                self.errors.push(error);
            }
        }
    }

    /// The repository of a project and the commit that is fetched: the locked one, or with `--update` the newest. It stays
    /// the same during the whole command.
    async fn open(
        &mut self,
        project: &ForeignProject,
        locked: Option<&LockedProject>,
    ) -> Result<(RemoteProject, FoundCommit), ProjectError> {
        if let Some(known) = self.open.remove(project) {
            return Ok(known);
        }
        let address = self.servers.address(project)?;
        let remote = RemoteProject::open(project, address, &self.options.temporary).await?;
        let commit = match (self.options.mode, locked) {
            (FetchMode::Missing, Some(LockedProject { resolved, commit, .. })) => {
                FoundCommit { name: resolved.clone(), commit: commit.clone() }
            }
            _ => remote.newest().await?,
        };
        Ok((remote, commit))
    }

    /// Reads the files, writes them, and then the lock file. Nothing is written if one of the files cannot be read.
    async fn copy_files(
        &mut self,
        project: &ForeignProject,
        wanted: &[Vec<String>],
        locked: Option<LockedProject>,
        remote: &mut RemoteProject,
        newest: &FoundCommit,
    ) -> Result<(), ProjectError> {
        let moved = locked.as_ref().is_some_and(|locked| locked.commit != newest.commit);
        let (mut contents, mut gone) = (BTreeMap::new(), BTreeSet::new());
        for path in locked.iter().filter(|_| moved).flat_map(|locked| &locked.files) {
            remote.fetch(&newest.commit).await?;
            match remote.file(path).await? {
                Some(content) => drop(contents.insert(path.clone(), content)),
                None => drop(gone.insert(path.clone())),
            }
        }
        for paths in wanted {
            let is_there = |path: &String| {
                contents.contains_key(path) || (self.has(project, path) && !gone.contains(path))
            };
            if paths.iter().any(is_there) {
                continue;
            }
            remote.fetch(&newest.commit).await?;
            let (path, content) = first_file(project, paths, remote, newest).await?;
            contents.insert(path, content);
        }
        let status = match (moved, contents.is_empty()) {
            (true, _) => CopyStatus::Updated,
            (false, true) => CopyStatus::Unchanged,
            (false, false) => CopyStatus::Fetched,
        };
        let written: Vec<String> = contents.keys().cloned().collect();
        let mut files = locked.map(|locked| locked.files).unwrap_or_default();
        files.retain(|path| !gone.contains(path));
        files.extend(written.iter().cloned());
        let entry = LockedProject { resolved: newest.name.clone(), commit: newest.commit.clone(), files };
        let changed = self.write(project, contents, &gone, entry.clone());
        changed.map_err(|error| ProjectError::system(error.to_string()))?;
        self.note(project, status, Some(&entry), written);
        Ok(())
    }

    fn write(
        &mut self,
        project: &ForeignProject,
        contents: BTreeMap<String, Vec<u8>>,
        gone: &BTreeSet<String>,
        entry: LockedProject,
    ) -> Result<(), FolderError> {
        contents.iter().try_for_each(|(path, content)| self.folder.write(&project.copy_of(path), content))?;
        gone.iter().try_for_each(|path| self.folder.remove(&project.copy_of(path)))?;
        if self.lock.get(project) != Some(&entry) {
            self.lock.set(project.clone(), entry);
            self.folder.write(LOCK_FILE, self.lock.text().as_bytes())?;
        }
        Ok(())
    }

    fn has(&self, project: &ForeignProject, path: &str) -> bool {
        self.folder.has(&project.copy_of(path))
    }

    /// Notes what became of a project. Of several readings, the first that has changed something counts, with all files.
    fn note(
        &mut self,
        project: &ForeignProject,
        status: CopyStatus,
        locked: Option<&LockedProject>,
        files: Vec<String>,
    ) {
        let noted = self.projects.entry(project.clone()).or_insert_with(|| CopiedProject {
            project: project.clone(),
            status,
            resolved: None,
            commit: None,
            newest: None,
            files: Vec::new(),
        });
        if matches!(noted.status, CopyStatus::Unchanged | CopyStatus::Placed) {
            noted.status = status;
        }
        noted.resolved = locked.map(|locked| locked.resolved.clone());
        noted.commit = locked.map(|locked| locked.commit.clone());
        noted.files.extend(files);
    }

    /// The summary, and the errors with those of the pipeline file.
    fn end(self, options: &FetchIncludesOptions, found: &ForeignIncludes) -> (CopySummary, Errors) {
        let mut errors = self.errors;
        // A file that could not be fetched is missed by the reader, too.
        if errors.kind().is_none() {
            errors.push_invalid(file_errors(options, found));
        }
        let mut unfetched: Vec<UnfetchedFile> = Vec::new();
        for file in found.includes.iter().filter_map(UnfetchedFile::of) {
            if !unfetched.contains(&file) {
                unfetched.push(file);
            }
        }
        (CopySummary { projects: self.projects.into_values().collect(), unfetched }, errors)
    }
}

/// Checks all names of an include before anything is done with them.
pub(super) fn check_names(project: &ForeignProject, wanted: &[Vec<String>]) -> Result<(), ProjectError> {
    let refused = |error| ProjectError::invalid(format!("`{}` is not fetched: {error}", project.folder()));
    check_project(project).map_err(refused)?;
    wanted.iter().flatten().try_for_each(|path| check_file(path)).map_err(refused)
}

/// The first of the paths at which the commit has a file, with its content.
async fn first_file(
    project: &ForeignProject,
    paths: &[String],
    remote: &RemoteProject,
    newest: &FoundCommit,
) -> Result<(String, Vec<u8>), ProjectError> {
    for path in paths {
        if let Some(content) = remote.file(path).await? {
            return Ok((path.clone(), content));
        }
    }
    let (folder, commit, paths) = (project.folder(), &newest.commit, paths.join("` or `"));
    Err(ProjectError::invalid(format!(
        "`{folder}` has no file `{paths}` at the commit {commit} ({})",
        newest.name
    )))
}

/// The errors of the pipeline file and of the files that it includes.
fn file_errors(
    options: &FetchIncludesOptions,
    found: &ForeignIncludes,
) -> Vec<crate::cli::user_message::UserMessage> {
    let mut mask = Mask::default();
    mask.add(&found.facts.masked_values());
    let (style, strictness) = (options.project.error_style, options.project.strictness);
    let renderer = DiagnosticRenderer { map: found.map.clone(), mask, style, strictness };
    let is_error = |code: Code, severity: Severity| severity == Severity::Error && code != Code::NeedsNetwork;
    let errors = found.diagnostics.iter().filter(|problem| is_error(problem.code, problem.severity));
    errors.map(|problem| renderer.render(problem)).collect()
}
