//! A repository elsewhere, of which single files are read.
//!
//! git keeps what it fetches in a temporary repository, which is removed with the value. Nothing is checked out, so that
//! neither a hook, a filter (git-lfs has one) nor a submodule is run or fetched.

use std::collections::hash_map::RandomState;
use std::fs::{DirBuilder, remove_dir_all};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::network::{NetworkError, NetworkLimits, run};
use super::remote_refs::RemoteRefs;

/// The limits of a command that reads the temporary repository.
const LOCAL: NetworkLimits = NetworkLimits { time_max: Duration::from_secs(20), bytes_max: LOCAL_BYTES_MAX };

/// The longest answer of such a command: the entry of a tree, a hash or an address.
const LOCAL_BYTES_MAX: u64 = 64 << 10;

/// How long the list of refs may take. It may ask a person to touch a security key.
const REFS_TIME_MAX: Duration = Duration::from_secs(60);

/// The longest list of refs: some 200,000 tags.
const REFS_BYTES_MAX: u64 = 16 << 20;

/// How long git may fetch a commit, or all of them where the server gives no single one.
const FETCH_TIME_MAX: Duration = Duration::from_secs(300);

/// The random names that are tried for the temporary folder.
const NAMES_TRIED_MAX: usize = 16;

/// The name of the remote. The user's configuration has nothing about it.
const REMOTE: &str = "runner-lite-include";

/// A repository elsewhere.
#[derive(Debug)]
pub struct RemoteRepository {
    folder: TemporaryFolder,
    /// The remote's address, and the kind of clone.
    settings: Vec<String>,
}

impl RemoteRepository {
    /// Creates an empty repository in a temporary folder below `temporary`, to which `url` is a remote. Nothing is
    /// fetched yet.
    ///
    /// # Errors
    /// The folder cannot be created, or git is not installed.
    pub async fn open(temporary: &Path, url: &str) -> Result<Self, NetworkError> {
        let folder = TemporaryFolder::create(temporary)
            .map_err(|source| NetworkError::Temporary { folder: temporary.display().to_string(), source })?;
        let settings =
            vec![format!("remote.{REMOTE}.url={url}"), format!("remote.{REMOTE}.tagOpt=--no-tags")];
        // A template of the user's could have hooks.
        run(folder.path(), &[], "init", &["--quiet", "--bare", "--template="], LOCAL).await?;
        Ok(Self { folder, settings })
    }

    /// The address of the remote after the user's own `url.*.insteadOf`.
    pub async fn address(&self) -> Result<String, NetworkError> {
        let answer = self.run("ls-remote", &["--get-url", "--", REMOTE], LOCAL).await?;
        Ok(String::from_utf8_lossy(&answer).trim_end().to_owned())
    }

    /// Lists the refs that the patterns match, which are full names and may have a `*`.
    ///
    /// # Errors
    /// The server refuses, or takes longer than a minute.
    pub async fn refs(&self, patterns: &[String]) -> Result<RemoteRefs, NetworkError> {
        let arguments = ["--quiet", "--", REMOTE].into_iter().chain(patterns.iter().map(String::as_str));
        let limits = NetworkLimits { time_max: REFS_TIME_MAX, bytes_max: REFS_BYTES_MAX };
        let answer = self.run("ls-remote", &arguments.collect::<Vec<_>>(), limits).await?;
        Ok(RemoteRefs::parse(&String::from_utf8_lossy(&answer)))
    }

    /// Fetches a commit by its whole hash, without its history. Where a server gives only commits of its refs, all of them are
    /// fetched.
    ///
    /// # Errors
    /// The server has no such commit, refuses, or takes longer than five minutes.
    pub async fn fetch_commit(&self, hash: &str) -> Result<(), NetworkError> {
        let wanted = format!("+{hash}:refs/include/commit");
        let alone = self.fetch(&["--depth=1"], &[&wanted]).await;
        match alone {
            Err(NetworkError::Failed { .. }) => {
                self.fetch_all().await?;
                self.find_commit(hash).await.map(|_| ())
            }
            result => result,
        }
    }

    /// Fetches everything that branches and tags lead to, without the contents of files.
    ///
    /// # Errors
    /// The server refuses, or takes longer than five minutes.
    pub async fn fetch_all(&self) -> Result<(), NetworkError> {
        self.fetch(&[], &["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]).await
    }

    /// The whole hash of a fetched commit, of which `hash` may be the beginning.
    ///
    /// # Errors
    /// There is no such commit, or several.
    pub async fn find_commit(&self, hash: &str) -> Result<String, NetworkError> {
        let revision = format!("{hash}^{{commit}}");
        let answer = self.run("rev-parse", &["--verify", "--end-of-options", &*revision], LOCAL).await?;
        // Older versions of git repeat the option.
        let text = String::from_utf8_lossy(&answer);
        Ok(text.lines().last().unwrap_or_default().to_owned())
    }

    /// The content of a regular file in a fetched commit; `None` if there is none at this path.
    ///
    /// # Errors
    /// The file is longer than `bytes_max`, or it must be fetched and the server refuses.
    pub async fn file(
        &self,
        commit: &str,
        path: &str,
        bytes_max: u64,
    ) -> Result<Option<Vec<u8>>, NetworkError> {
        let entries = self.run("ls-tree", &["-z", "--full-tree", commit, "--", path], LOCAL).await?;
        let Some(blob) = find_blob(&String::from_utf8_lossy(&entries), path) else { return Ok(None) };
        let limits = NetworkLimits { time_max: FETCH_TIME_MAX, bytes_max };
        self.run("cat-file", &["blob", &*blob], limits).await.map(Some)
    }

    async fn fetch(&self, depth: &[&str], wanted: &[&str]) -> Result<(), NetworkError> {
        // A server that knows no filter sends the contents of all files as well.
        let flags = ["--quiet", "--no-tags", "--no-recurse-submodules", "--filter=blob:none"];
        let arguments = [&flags, depth, &["--", REMOTE], wanted].concat();
        let limits = NetworkLimits { time_max: FETCH_TIME_MAX, bytes_max: LOCAL_BYTES_MAX };
        self.run("fetch", &arguments, limits).await.map(|_| ())
    }

    async fn run(
        &self,
        operation: &'static str,
        arguments: &[&str],
        limits: NetworkLimits,
    ) -> Result<Vec<u8>, NetworkError> {
        run(self.folder.path(), &self.settings, operation, arguments, limits).await
    }
}

/// The hash of the file at `path` in a list of entries, which are `mode type hash<TAB>path<NUL>`. A symbolic link is no
/// regular file.
fn find_blob(entries: &str, path: &str) -> Option<String> {
    let entries = entries.split('\0').filter_map(|entry| entry.split_once('\t'));
    let (attributes, _) = entries.into_iter().find(|(_, name)| *name == path)?;
    let attributes: Vec<&str> = attributes.split(' ').collect();
    match attributes.as_slice() {
        [mode, "blob", hash] if mode.starts_with("100") => Some((*hash).to_owned()),
        _ => None,
    }
}

/// A folder with a random name that only the user can enter. It is removed with the value.
#[derive(Debug)]
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn create(parent: &Path) -> io::Result<Self> {
        let mut failure = io::Error::from(io::ErrorKind::AlreadyExists);
        for _ in 0..NAMES_TRIED_MAX {
            let name = format!("{REMOTE}-{:016x}", RandomState::new().build_hasher().finish());
            let folder = parent.join(name);
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Ok(Self(folder)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => failure = error,
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    /// A git that was just killed may still write; what it leaves is in the system's temporary folder.
    fn drop(&mut self) {
        let _ = remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_regular_file_at_the_very_path_is_found() {
        let hash = "1".repeat(40);
        let entries = format!(
            "100644 blob {hash}\ta.yml\x00120000 blob {hash}\tlink.yml\x00040000 tree {hash}\td.yml\0"
        );
        assert_eq!(find_blob(&entries, "a.yml"), Some(hash));
        for path in ["link.yml", "d.yml", "b.yml", ""] {
            assert_eq!(find_blob(&entries, path), None, "{path}");
        }
    }

    #[test]
    fn a_temporary_folder_is_the_users_alone_and_goes_with_the_value() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = TemporaryFolder::create(parent.path()).unwrap();
        assert_eq!(folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        drop(folder);
        assert_eq!(parent.path().read_dir().unwrap().count(), 0);
        assert!(TemporaryFolder::create(Path::new("/nowhere")).is_err());
    }
}
