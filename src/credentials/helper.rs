//! Runs `docker-credential-NAME`, with docker's protocol for programs that store passwords.
//!
//! Invariant: no error quotes a helper's answer, except for the text of a refusal.

use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::{Map, Value};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

use crate::registry::auth_config::{Auth, HelperName};
use crate::secret::Secret;

/// How long a helper may take. One that asks for a passphrase in a window waits for a person.
const WITHIN: Duration = Duration::from_secs(30);

/// The largest answer; a store that lists a thousand registries stays far below.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// How many characters of a refusal are shown.
const REFUSAL_CHARS_MAX: usize = 200;

/// The text that a helper prints, with an exit code other than 0, if it has no credentials. This is not an error.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// The user name that marks the secret as an identity token.
const TOKEN_USER: &str = "<token>";

/// A helper that failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("credential helper `{program}`: {problem}")]
pub struct HelperError {
    program: String,
    problem: HelperProblem,
}

/// Why a helper failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum HelperProblem {
    #[error("there is no such program on the PATH")]
    Missing,
    #[error("it cannot be run: {0}")]
    Io(String),
    #[error("it has not answered after {} s and was stopped", WITHIN.as_secs())]
    Hangs,
    #[error("it answered with more than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    #[error("it failed ({status}){refusal}")]
    Failed { status: String, refusal: String },
    #[error("its answer is not the JSON that the protocol asks for")]
    Garbage,
}

/// Asks for the credentials of `key`; `None` if the helper has none.
pub async fn get(name: &HelperName, key: &str, path: Option<&OsString>) -> Result<Option<Auth>, HelperError> {
    let answer = match ask(name, "get", key, path).await {
        Ok(Some(answer)) => answer,
        Ok(None) => return Ok(None),
        Err(problem) => return Err(HelperError { program: name.program(), problem }),
    };
    let garbage = || HelperError { program: name.program(), problem: HelperProblem::Garbage };
    let answer: Map<String, Value> = serde_json::from_slice(&answer).map_err(|_| garbage())?;
    // Go ignores the case of JSON keys, and so every other client does.
    let field = |wanted: &str| {
        let found = answer.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted));
        found.and_then(|(_, value)| value.as_str()).map(str::to_owned)
    };
    let (username, secret) = field("username").zip(field("secret")).ok_or_else(garbage)?;
    let auth = match &*username {
        TOKEN_USER => Auth { identity_token: Secret::new(secret), ..Auth::default() },
        _ => Auth { username, password: Secret::new(secret), ..Auth::default() },
    };
    Ok(Some(Auth { server: key.to_owned(), ..auth }).filter(|auth| !auth.is_empty()))
}

/// Asks for the keys for which the helper stores credentials.
pub async fn list(name: &HelperName, path: Option<&OsString>) -> Result<Vec<String>, HelperError> {
    let failed = |problem| HelperError { program: name.program(), problem };
    // Some helpers wait for a line here as well; docker's own client sends this one.
    let answer = ask(name, "list", "unused", path).await.map_err(failed)?.unwrap_or_else(|| b"{}".to_vec());
    let keys: Option<Map<String, Value>> =
        serde_json::from_slice(&answer).map_err(|_| failed(HelperProblem::Garbage))?;
    Ok(keys.into_iter().flatten().map(|(key, _)| key).collect())
}

/// Runs the helper with `input` on its standard input and returns its output; `None` if it has no credentials.
async fn ask(
    name: &HelperName,
    action: &str,
    input: &str,
    path: Option<&OsString>,
) -> Result<Option<Vec<u8>>, HelperProblem> {
    #[expect(clippy::disallowed_methods, reason = "the one place that runs credential helpers")]
    let mut command = Command::new(name.program());
    command.arg(action).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => HelperProblem::Missing,
        _ => HelperProblem::Io(error.to_string()),
    })?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        // The helper may end without reading its input, so the error is ignored.
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let talk = async {
        // Both streams are read, because a helper with a long error text would block otherwise.
        let ((), answer, complaint) = tokio::join!(write, read_answer(stdout), read_answer(stderr));
        let answer = answer?;
        let status = child.wait().await.map_err(|error| HelperProblem::Io(error.to_string()))?;
        Ok((status, answer, complaint.unwrap_or_default()))
    };
    let (status, answer, complaint) = timeout(WITHIN, talk).await.map_err(|_| HelperProblem::Hangs)??;
    let said = String::from_utf8_lossy(&answer);
    match status.success() {
        true => Ok(Some(answer)),
        false if said.trim() == NOT_FOUND => Ok(None),
        false => Err(failed(status, &said, &String::from_utf8_lossy(&complaint))),
    }
}

/// Reads the stream to its end, or up to the limit.
async fn read_answer(stream: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, HelperProblem> {
    let Some(stream) = stream else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    let limit = ANSWER_BYTES_MAX as u64 + 1;
    let read = stream.take(limit).read_to_end(&mut bytes).await;
    read.map_err(|error| HelperProblem::Io(error.to_string()))?;
    if bytes.len() > ANSWER_BYTES_MAX { Err(HelperProblem::TooLong) } else { Ok(bytes) }
}

/// The error of a failed helper. By the protocol it prints the reason; an output with an object is something else,
/// which may contain a secret and is not shown.
fn failed(status: ExitStatus, said: &str, complained: &str) -> HelperProblem {
    let line = |text: &str| text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    let refusal = line(said).or_else(|| line(complained)).filter(|_| !said.contains(['{', '"']));
    let shown = |text: String| -> String { text.chars().take(REFUSAL_CHARS_MAX).collect() };
    let refusal = refusal.map(|text| format!(": {}", shown(text))).unwrap_or_default();
    HelperProblem::Failed { status: status.to_string(), refusal }
}

#[cfg(test)]
#[path = "helper/tests.rs"]
pub(in crate::credentials) mod tests;
