//! Runs a git command with a clean environment, and with limits on its time and output.
//!
//! Invariant: every git process is killed, if it still runs, and waited for.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::error::GitError;

/// How much of standard error is kept: its first line has the reason.
const STDERR_BYTES_MAX: u64 = 8 << 10;

/// The size of a piece of output: the default capacity of a pipe on Linux.
const PIECE_BYTES_MAX: usize = 64 << 10;

/// How many pieces may wait to be read; then git waits.
const PIECES_MAX: usize = 4;

/// The pause between checks whether a git that has closed its output has ended.
const EXIT_POLL: Duration = Duration::from_millis(1);

/// Environment variables that make git use another repository than that of the current directory. git sets them for
/// hooks (`git rev-parse --local-env-vars`). Variables that only pass configuration are kept, because the user may need
/// them.
const REDIRECTING_VARIABLES: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Configuration that outranks the repository's, so that no key of it runs a program, or opens a file for nothing.
const SETTINGS: &[&str] = &[
    // Empty is `false` for git 2.36 and newer, and no program for older ones.
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "log.showSignature=false",
    "log.mailmap=false",
    "diff.autoRefreshIndex=false",
    "protocol.allow=never",
];

/// Variables that outrank the repository's configuration, or ask for something else that it must not decide.
const ENVIRONMENT: &[(&str, &str)] = &[
    // The texts of errors are parsed.
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    // Otherwise `status` writes the refreshed index, and runs a hook.
    ("GIT_OPTIONAL_LOCKS", "0"),
    // Otherwise git fetches a missing object of a partial clone, with programs that the configuration names. Versions
    // before 2.45 may not know the variable; for them no protocol is allowed, `protocol.NAME.allow` notwithstanding.
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", ""),
];

/// A running git process.
#[derive(Debug)]
pub(super) struct RunningGit {
    operation: &'static str,
    directory: PathBuf,
    child: Child,
    stdout: Receiver<io::Result<Vec<u8>>>,
    stderr: Receiver<Vec<u8>>,
}

impl RunningGit {
    /// Starts `git -C directory operation arguments…` with `settings`, which are `key=value`, and with the root of the
    /// working tree, if it is known.
    pub(super) fn start(
        directory: &Path,
        root: Option<&Path>,
        settings: &[OsString],
        operation: &'static str,
        arguments: &[impl AsRef<OsStr>],
    ) -> Result<Self, GitError> {
        let mut command = command(directory);
        if let Some(root) = root {
            command.env("GIT_WORK_TREE", root);
        }
        settings.iter().for_each(|setting| {
            command.arg("-c").arg(setting);
        });
        let spawned = command.arg(operation).args(arguments).spawn();
        let mut child = spawned.map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => GitError::NotInstalled,
            _ => GitError::Start { operation, source },
        })?;
        let (pieces, stdout) = sync_channel(PIECES_MAX);
        let (text, stderr) = sync_channel(1);
        if let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) {
            thread::spawn(move || send_pieces(output, &pieces));
            thread::spawn(move || text.send(read_head(errors)));
        }
        Ok(Self { operation, directory: directory.to_owned(), child, stdout, stderr })
    }

    /// The subcommand, such as `status`.
    pub(super) fn operation(&self) -> &'static str {
        self.operation
    }

    /// The whole standard output, cut after `bytes_max`.
    ///
    /// # Errors
    /// git ends with a code that is not in `fine_codes`, or takes longer than `time_max` from now.
    pub(super) fn output(
        mut self,
        bytes_max: usize,
        fine_codes: &[i32],
        time_max: Duration,
    ) -> Result<Vec<u8>, GitError> {
        let deadline = Instant::now() + time_max;
        let timeout = GitError::Timeout { operation: self.operation, after: time_max };
        let mut output = Vec::new();
        loop {
            let piece = match self.piece(deadline.saturating_duration_since(Instant::now())) {
                Err(GitError::Timeout { .. }) => return Err(timeout),
                answer => answer?,
            };
            let Some(piece) = piece else { break };
            output.extend_from_slice(&piece);
            if output.len() > bytes_max {
                output.truncate(bytes_max);
                return Ok(output);
            }
        }
        self.finish(fine_codes, time_max)?;
        Ok(output)
    }

    /// The next piece of output; `None` at its end.
    ///
    /// # Errors
    /// No output arrives within `idle_max`.
    pub(super) fn piece(&mut self, idle_max: Duration) -> Result<Option<Vec<u8>>, GitError> {
        match self.stdout.recv_timeout(idle_max) {
            Ok(Ok(piece)) => Ok(Some(piece)),
            Ok(Err(source)) => Err(GitError::Read { operation: self.operation, source }),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                Err(GitError::Timeout { operation: self.operation, after: idle_max })
            }
        }
    }

    /// Waits for git to end, after the end of its output.
    ///
    /// # Errors
    /// git ends with a code that is not in `fine_codes`, or runs for longer than `time_max`.
    pub(super) fn finish(&mut self, fine_codes: &[i32], time_max: Duration) -> Result<(), GitError> {
        let deadline = Instant::now() + time_max;
        let stderr = self.stderr.recv_timeout(time_max).unwrap_or_default();
        let status = self.wait_until(deadline, time_max)?;
        if status.code().is_some_and(|code| fine_codes.contains(&code)) {
            return Ok(());
        }
        Err(GitError::from_stderr(self.operation, &self.directory, &stderr))
    }

    fn wait_until(&mut self, deadline: Instant, time_max: Duration) -> Result<ExitStatus, GitError> {
        let operation = self.operation;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < deadline => thread::park_timeout(EXIT_POLL),
                Ok(None) => return Err(GitError::Timeout { operation, after: time_max }),
                Err(source) => return Err(GitError::Read { operation, source }),
            }
        }
    }
}

impl Drop for RunningGit {
    /// Both calls fail without effect if git has ended and was waited for.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(directory: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place that runs git")]
    let mut command = Command::new("git");
    for name in REDIRECTING_VARIABLES {
        command.env_remove(name);
    }
    command.envs(ENVIRONMENT.iter().copied()).arg("--no-pager");
    SETTINGS.iter().for_each(|setting| {
        command.args(["-c", setting]);
    });
    command
        // `Command::current_dir` would report a missing directory as a missing git.
        .arg("-C")
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Sends the output until its end, or until the receiver is dropped.
fn send_pieces(mut output: impl Read, pieces: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; PIECE_BYTES_MAX];
    loop {
        let piece = match output.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => Ok(buffer[..length].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        if pieces.send(piece).is_err() {
            return;
        }
    }
}

/// Reads the beginning of the text and discards the rest, so that git never blocks.
fn read_head(mut errors: impl Read) -> Vec<u8> {
    let mut head = Vec::new();
    if errors.by_ref().take(STDERR_BYTES_MAX).read_to_end(&mut head).is_ok() {
        let _ = io::copy(&mut errors, &mut io::sink());
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts a shell command as a git alias.
    fn start(shell: &str) -> RunningGit {
        let directory = Path::new("/");
        RunningGit::start(directory, None, &[], "-c", &[&*format!("alias.probe=!{shell}"), "probe"]).unwrap()
    }

    #[test]
    fn variables_of_a_hook_are_removed() {
        let command = command(Path::new("/"));
        let removed = |name: &str| command.get_envs().any(|(key, value)| key == name && value.is_none());
        assert!(["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"].into_iter().all(removed));
    }

    #[test]
    fn a_git_without_output_is_given_up() {
        let error = start("exec sleep 5").output(10, &[0], Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, GitError::Timeout { operation: "-c", .. }), "{error}");
    }

    #[test]
    fn a_git_that_closes_its_output_and_goes_on_is_given_up() {
        let error = start("exec sleep 5 >&- 2>&-").output(10, &[0], Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, GitError::Timeout { .. }), "{error}");
    }

    #[test]
    fn endless_output_is_cut() {
        let output = start("exec yes").output(1_000_001, &[0], Duration::from_secs(60)).unwrap();
        assert_eq!(output.len(), 1_000_001);
    }

    #[test]
    fn an_endless_standard_error_neither_blocks_nor_fills_the_memory() {
        let shell = "head -c 10000000 /dev/zero >&2; echo fatal: full >&2; exit 3";
        let error = start(shell).output(10, &[0], Duration::from_secs(60)).unwrap_err();
        assert!(matches!(error, GitError::Failed { .. }), "{error}");
        assert!(start("exit 3").output(10, &[3], Duration::from_secs(60)).is_ok());
    }
}
