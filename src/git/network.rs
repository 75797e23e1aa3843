//! Runs git commands that use the network, in a folder of their own.
//!
//! Invariants: the project's configuration never applies, because `GIT_DIR` names a repository that was just created
//! elsewhere; the user's own does, with its credentials. Only the protocols of `PROTOCOLS` are used, so that no address
//! runs a program. Dropping the future ends git itself; a helper that git has started may go on until its server answers.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, copy, sink};
use tokio::process::Command;
use tokio::time::timeout;

use super::command::command;

/// How much of standard error is kept: its last lines, after those of a login by ssh, have the reason.
const STDERR_BYTES_MAX: u64 = 64 << 10;

/// The lines of git's messages that an error quotes.
const SAID_LINES_MAX: usize = 3;

/// The protocols that git may use, whatever its configuration says. `ext` and `file` would run programs.
const PROTOCOLS: &str = "http:https:ssh:git";

/// Keys that no configuration decides: whoever fetches a file neither needs submodules nor cleans up.
const SETTINGS: [&str; 5] = [
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.writeCommitGraph=false",
];

/// Why a repository elsewhere cannot be read.
#[derive(Debug, Error)]
pub enum NetworkError {
    #[error("`git` is not installed")]
    NotInstalled,
    #[error("cannot run `git {operation}`: {source}")]
    Io { operation: &'static str, source: io::Error },
    /// git's own words, of which those about an address have no password.
    #[error("git says: {said}")]
    Failed { said: String },
    #[error("`git {operation}` has not ended within {} s and was stopped", after.as_secs())]
    Timeout { operation: &'static str, after: Duration },
    #[error("`git {operation}` answers with more than {bytes_max} bytes")]
    TooLong { operation: &'static str, bytes_max: u64 },
    #[error("cannot create a temporary folder in `{folder}`: {source}")]
    Temporary { folder: String, source: io::Error },
}

/// The limits of a git command.
#[derive(Debug, Clone, Copy)]
pub(super) struct NetworkLimits {
    pub(super) time_max: Duration,
    /// The longest standard output.
    pub(super) bytes_max: u64,
}

/// Runs `git operation arguments…` in the repository `git_directory` with `settings`, which are `key=value`, and returns
/// its standard output.
pub(super) async fn run(
    git_directory: &Path,
    settings: &[String],
    operation: &'static str,
    arguments: &[impl AsRef<OsStr>],
    limits: NetworkLimits,
) -> Result<Vec<u8>, NetworkError> {
    let mut command = command(git_directory);
    command.env("GIT_DIR", git_directory).env("GIT_ALLOW_PROTOCOL", PROTOCOLS);
    // GitLab's repositories have this kind of hashes, whatever the user's own new ones have.
    command.env("GIT_DEFAULT_HASH", "sha1");
    // A blob is fetched when it is read.
    command.env("GIT_NO_LAZY_FETCH", "0").env("GIT_LITERAL_PATHSPECS", "1");
    let settings = SETTINGS.into_iter().chain(settings.iter().map(String::as_str));
    settings.for_each(|setting| {
        command.arg("-c").arg(setting);
    });
    command.arg(operation).args(arguments).stdin(Stdio::null());
    let mut command = Command::from(command);
    let mut child = command.kill_on_drop(true).spawn().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => NetworkError::NotInstalled,
        _ => NetworkError::Io { operation, source },
    })?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let talk = async {
        let output = read_output(stdout, operation, limits.bytes_max);
        let (output, errors) = tokio::join!(output, read_errors(stderr));
        let output = output?;
        let status = child.wait().await.map_err(|source| NetworkError::Io { operation, source })?;
        match status.success() {
            true => Ok(output),
            false => Err(NetworkError::Failed { said: reason(&String::from_utf8_lossy(&errors)) }),
        }
    };
    let ended = timeout(limits.time_max, talk).await;
    ended.unwrap_or(Err(NetworkError::Timeout { operation, after: limits.time_max }))
}

/// Reads standard output. What exceeds the limit is read on and forgotten, so that git ends.
async fn read_output(
    stream: Option<impl AsyncRead + Unpin>,
    operation: &'static str,
    bytes_max: u64,
) -> Result<Vec<u8>, NetworkError> {
    let Some(mut stream) = stream else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    let failed = |source| NetworkError::Io { operation, source };
    (&mut stream).take(bytes_max).read_to_end(&mut bytes).await.map_err(failed)?;
    match copy(&mut stream, &mut sink()).await.map_err(failed)? {
        0 => Ok(bytes),
        _ => Err(NetworkError::TooLong { operation, bytes_max }),
    }
}

/// Reads standard error to its end and returns its beginning.
async fn read_errors(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let Some(mut stream) = stream else { return Vec::new() };
    let mut bytes = Vec::new();
    // Without its messages, git has failed all the same.
    let _ = (&mut stream).take(STDERR_BYTES_MAX).read_to_end(&mut bytes).await;
    let _ = copy(&mut stream, &mut sink()).await;
    bytes
}

/// The reason in git's messages, in one line. What a helper such as ssh has said stands before git's own `fatal:`.
fn reason(stderr: &str) -> String {
    let is_reason = |line: &&str| !line.is_empty() && !line.starts_with("warning: ");
    let lines = stderr.lines().map(str::trim).filter(is_reason);
    // git's advice for a failed connection follows its reason.
    let lines = lines.take_while(|line| !line.starts_with("Please make sure you have the correct access"));
    let lines: Vec<&str> = lines.map(|line| line.trim_start_matches("fatal: ")).collect();
    match lines.get(lines.len().saturating_sub(SAID_LINES_MAX)..) {
        Some(last) if !last.is_empty() => last.join("; "),
        _ => "no reason".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: NetworkLimits = NetworkLimits { time_max: Duration::from_secs(20), bytes_max: 1_000 };

    /// Runs a shell command as a git alias.
    async fn shell(script: &str, limits: NetworkLimits) -> Result<Vec<u8>, NetworkError> {
        let alias = format!("alias.probe=!{script}");
        let arguments = [&*alias, "probe"];
        run(Path::new("/"), &[], "-c", &arguments, limits).await
    }

    #[tokio::test]
    async fn output_and_time_are_limited_and_the_reason_is_quoted() {
        assert_eq!(shell("echo x", LIMITS).await.unwrap(), b"x\n");
        let error = shell("head -c 3000000 /dev/zero", LIMITS).await.unwrap_err();
        assert!(matches!(error, NetworkError::TooLong { .. }), "{error}");
        let short = NetworkLimits { time_max: Duration::from_millis(50), ..LIMITS };
        let error = shell("exec sleep 5", short).await.unwrap_err();
        assert!(matches!(error, NetworkError::Timeout { .. }), "{error}");
        let error = shell("echo fatal: no >&2; exit 3", LIMITS).await.unwrap_err();
        assert_eq!(error.to_string(), "git says: no");
    }

    #[tokio::test]
    async fn no_other_protocol_is_used_whatever_the_environment_says() {
        let answer = shell("echo $GIT_ALLOW_PROTOCOL $GIT_DIR", LIMITS).await.unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), "http:https:ssh:git /\n");
    }

    #[test]
    fn the_reason_is_what_was_said_last_without_gits_general_advice() {
        let ssh = "warning: x\ngit@h: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\n\
                   Please make sure you have the correct access rights\nand the repository exists.\n";
        let expect = "git@h: Permission denied (publickey).; Could not read from remote repository.";
        assert_eq!(reason(ssh), expect);
        assert_eq!(reason("1\n2\n3\nfatal: 4\n"), "2; 3; 4");
        assert_eq!(reason(""), "no reason");
    }
}
