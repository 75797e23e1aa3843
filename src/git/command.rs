//! Runs a git command with a clean environment, and with limits on its time and output.
//!
//! Invariant: every git process is killed, if it still runs, and waited for.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::error::GitError;

/// How much of standard error is kept: its first line has the reason.
const STDERR_BYTES_MAX: usize = 8 << 10;

/// The size of a piece of output: the default capacity of a pipe on Linux. git waits while a pipe is full.
const PIECE_BYTES_MAX: usize = 64 << 10;

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

/// A running git process. No thread reads its output: a thread costs a tenth of what the process does.
#[derive(Debug)]
pub(super) struct RunningGit {
    operation: &'static str,
    directory: PathBuf,
    child: Child,
    /// `None` after its end.
    stdout: Option<ChildStdout>,
    /// `None` after its end.
    stderr: Option<ChildStderr>,
    /// The beginning of standard error.
    errors: Vec<u8>,
}

/// Which of git's outputs can be read without waiting, at their end, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Readable {
    stdout: bool,
    stderr: bool,
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
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        Ok(Self { operation, directory: directory.to_owned(), child, stdout, stderr, errors: Vec::new() })
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
        let deadline = Instant::now() + idle_max;
        while let Some(stdout) = &mut self.stdout {
            let readable = wait(Some(stdout), self.stderr.as_ref(), deadline);
            let readable = readable.map_err(|source| self.unreadable(source))?;
            if readable == Readable::default() && Instant::now() >= deadline {
                return Err(GitError::Timeout { operation: self.operation, after: idle_max });
            }
            if readable.stderr {
                self.read_errors()?;
            }
            if readable.stdout
                && let Some(piece) = self.read_output()?
            {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    /// Waits for git to end, after the end of its output.
    ///
    /// # Errors
    /// git ends with a code that is not in `fine_codes`, or runs for longer than `time_max`.
    pub(super) fn finish(&mut self, fine_codes: &[i32], time_max: Duration) -> Result<(), GitError> {
        let deadline = Instant::now() + time_max;
        while self.stderr.is_some() && Instant::now() < deadline {
            let readable = wait(None, self.stderr.as_ref(), deadline);
            if readable.map_err(|source| self.unreadable(source))?.stderr {
                self.read_errors()?;
            }
        }
        let status = self.wait_until(deadline, time_max)?;
        if status.code().is_some_and(|code| fine_codes.contains(&code)) {
            return Ok(());
        }
        Err(GitError::from_stderr(self.operation, &self.directory, &self.errors))
    }

    /// Reads a piece of standard output; `None` at its end, or if a signal has come in between.
    fn read_output(&mut self) -> Result<Option<Vec<u8>>, GitError> {
        let Some(stdout) = &mut self.stdout else { return Ok(None) };
        let mut piece = vec![0; PIECE_BYTES_MAX];
        match stdout.read(&mut piece) {
            Ok(0) => {
                self.stdout = None;
                Ok(None)
            }
            Ok(length) => {
                piece.truncate(length);
                Ok(Some(piece))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
            Err(source) => Err(self.unreadable(source)),
        }
    }

    /// Reads a piece of standard error and keeps its beginning, so that git never blocks.
    fn read_errors(&mut self) -> Result<(), GitError> {
        let Some(stderr) = &mut self.stderr else { return Ok(()) };
        let mut piece = [0; STDERR_BYTES_MAX];
        match stderr.read(&mut piece) {
            Ok(0) => self.stderr = None,
            Ok(length) => {
                let kept = length.min(STDERR_BYTES_MAX - self.errors.len());
                self.errors.extend_from_slice(&piece[..kept]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(self.unreadable(source)),
        }
        Ok(())
    }

    fn unreadable(&self, source: io::Error) -> GitError {
        GitError::Read { operation: self.operation, source }
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

/// A git command in `directory` that uses neither the network nor another repository, with both outputs piped.
pub(super) fn command(directory: &Path) -> Command {
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

/// Waits until one of the outputs can be read, or a signal comes, or the deadline.
fn wait(
    stdout: Option<&ChildStdout>,
    stderr: Option<&ChildStderr>,
    deadline: Instant,
) -> io::Result<Readable> {
    let output = stdout.map(|output| PollFd::from_borrowed_fd(output.as_fd(), PollFlags::IN));
    let errors = stderr.map(|errors| PollFd::from_borrowed_fd(errors.as_fd(), PollFlags::IN));
    let mut waiting: Vec<PollFd<'_>> = output.into_iter().chain(errors).collect();
    let left = Timespec::try_from(deadline.saturating_duration_since(Instant::now()));
    match poll(&mut waiting, left.ok().as_ref()) {
        Err(Errno::INTR) => return Ok(Readable::default()),
        result => result?,
    };
    let mut ready = waiting.iter().map(|waiting| !waiting.revents().is_empty());
    let mut next = || ready.next().unwrap_or_default();
    Ok(Readable { stdout: stdout.is_some() && next(), stderr: stderr.is_some() && next() })
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
