//! A project on its server, of which commits are found and files are read.

use std::time::Duration;

use tokio::time::sleep;

use super::errors::ProjectError;
use crate::error_chain::chain;
use crate::git::network::NetworkError;
use crate::git::remote_repository::RemoteRepository;
use crate::include_copies::version::{FoundCommit, WantedCommit};
use crate::pipeline::include::ForeignProject;
use crate::report::console;
use crate::source::yaml::FILE_BYTES_MAX;

/// How long git works before a line tells what it does.
const TOLD_AFTER: Duration = Duration::from_secs(1);

/// A project on its server.
pub(super) struct RemoteProject {
    /// `group/project@ref`, for messages.
    name: String,
    address: String,
    wanted: WantedCommit,
    repository: RemoteRepository,
    /// The commit that was fetched last.
    fetched: Option<String>,
}

impl RemoteProject {
    /// Prepares a temporary repository for the project at `address`.
    pub(super) async fn open(
        project: &ForeignProject,
        address: String,
        temporary: &std::path::Path,
    ) -> Result<Self, ProjectError> {
        let name = project.folder();
        let repository = RemoteRepository::open(temporary, &address).await;
        let repository =
            repository.map_err(|error| ProjectError::system(format!("`{name}`: {}", chain(&error))))?;
        Ok(Self { name, address, wanted: WantedCommit::of(project), repository, fetched: None })
    }

    /// Finds the newest commit of the version.
    pub(super) async fn newest(&self) -> Result<FoundCommit, ProjectError> {
        let patterns = self.wanted.patterns();
        if patterns.is_empty() {
            return self.wanted.find(&Default::default()).ok_or_else(|| self.no_version());
        }
        let refs = self.told_when_slow("Asking for the refs of", self.repository.refs(&patterns)).await;
        let refs = refs.map_err(|error| self.failed(&error))?;
        if let Some(found) = self.wanted.find(&refs) {
            return Ok(found);
        }
        let hash = self.wanted.short_hash().ok_or_else(|| self.no_version())?;
        let all = self.told_when_slow("Fetching all commits of", self.repository.fetch_all()).await;
        all.map_err(|error| self.failed(&error))?;
        let commit = self.repository.find_commit(hash).await.map_err(|_| self.no_version())?;
        Ok(FoundCommit { name: hash.to_owned(), commit })
    }

    /// Fetches a commit, once.
    pub(super) async fn fetch(&mut self, commit: &str) -> Result<(), ProjectError> {
        if self.fetched.as_deref() == Some(commit) {
            return Ok(());
        }
        let fetched = self.told_when_slow("Fetching", self.repository.fetch_commit(commit)).await;
        fetched.map_err(|error| self.failed(&error))?;
        self.fetched = Some(commit.to_owned());
        Ok(())
    }

    /// Reads a file of the fetched commit; `None` if it has none at this path.
    pub(super) async fn file(&self, path: &str) -> Result<Option<Vec<u8>>, ProjectError> {
        let Some(commit) = &self.fetched else { return Ok(None) };
        let read = self.repository.file(commit, path, FILE_BYTES_MAX as u64);
        match self.told_when_slow("Fetching files of", read).await {
            Err(NetworkError::TooLong { bytes_max, .. }) => {
                let message =
                    format!("`{}`: `{path}` is larger than {bytes_max} bytes, GitLab's limit", self.name);
                Err(ProjectError::invalid(message))
            }
            result => result.map_err(|error| self.failed(&error)),
        }
    }

    /// Writes a line if `work` takes longer than a second.
    async fn told_when_slow<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            result = &mut work => return result,
            () = sleep(TOLD_AFTER) => {}
        }
        console::line(format!("{what} {} from {} …", self.name, self.address));
        work.await
    }

    fn failed(&self, error: &NetworkError) -> ProjectError {
        let Self { name, address, .. } = self;
        ProjectError::system(format!("`{name}` cannot be fetched from `{address}`: {}", chain(error)))
    }

    fn no_version(&self) -> ProjectError {
        let Self { name, address, wanted, .. } = self;
        ProjectError::invalid(match wanted {
            WantedCommit::DefaultBranch => format!("`{name}`: the repository `{address}` has no commit"),
            WantedCommit::Release { begins, name: version } => {
                let numbers =
                    begins.iter().map(u64::to_string).chain(["N".to_owned(), "N".to_owned(), "N".to_owned()]);
                let form = numbers.take(3).collect::<Vec<_>>().join(".");
                format!(
                    "`{name}`: the repository `{address}` has no tag `{form}` for the version `{version}`"
                )
            }
            WantedCommit::Name(version) | WantedCommit::Hash(version) => {
                format!("`{name}`: the repository `{address}` has no branch, tag or commit `{version}`")
            }
        })
    }
}
