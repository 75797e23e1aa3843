//! What may help after a script failed, decided from its exit code and the end of its output. Pure.

use std::collections::VecDeque;

use crate::plan::job_plan::JobPlan;

/// How much of the end of the output is looked at: a compiler's message with its context is shorter.
const TAIL_BYTES_MAX: usize = 4 << 10;

/// The exit code of a shell that cannot execute a file.
const NOT_EXECUTABLE: i64 = 126;

/// The exit code of a shell that does not find a command.
const NOT_FOUND: i64 = 127;

/// Advice about the failure of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// The image has no such command.
    MissingCommand {
        /// The name of the command.
        command: String,
        /// The job's image.
        image: String,
    },
    /// A file that is named by its path, or the program that its first line names, is missing.
    MissingFile {
        /// Its path.
        path: String,
    },
    /// A script has Windows line ends.
    WindowsLineEnds,
    /// A file is not executable.
    NotExecutable {
        /// Its path.
        path: String,
    },
    /// `sh`, which runs the script because the image has no `bash`, has met syntax of `bash`.
    BashSyntax {
        /// The job's image.
        image: String,
    },
    /// The job has tried to reach a service as `localhost`.
    LocalhostForService {
        /// The host names of the services, one for each.
        hosts: Vec<String>,
    },
    /// A service that runs an engine needs to be privileged.
    UnprivilegedEngine {
        /// The image of the service.
        service: String,
    },
    /// A file system is full.
    DiskFull,
}

/// The end of a script's output.
#[derive(Debug, Default)]
pub struct OutputTail {
    bytes: VecDeque<u8>,
}

impl OutputTail {
    /// Takes the next piece of output.
    pub fn push(&mut self, piece: &[u8]) {
        let kept = piece.get(piece.len().saturating_sub(TAIL_BYTES_MAX)..).unwrap_or_default();
        let surplus = (self.bytes.len() + kept.len()).saturating_sub(TAIL_BYTES_MAX);
        self.bytes.drain(..surplus.min(self.bytes.len()));
        self.bytes.extend(kept);
    }

    /// The text so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.iter().copied().collect::<Vec<_>>()).into_owned()
    }
}

/// The hint about a script that ended with `exit_code` after output that ends with `tail`. `None` if nothing is certain
/// enough.
pub fn hint(plan: &JobPlan, exit_code: i64, tail: &str) -> Option<Hint> {
    let lines = || tail.lines().rev();
    let image = || plan.image.reference.clone();
    if lines().any(names_carriage_return) {
        return Some(Hint::WindowsLineEnds);
    }
    if lines().any(|line| line.contains("No space left on device")) {
        return Some(Hint::DiskFull);
    }
    if lines().any(is_bash_syntax) {
        return Some(Hint::BashSyntax { image: image() });
    }
    match exit_code {
        NOT_EXECUTABLE => {
            let path = lines().find_map(|line| subject(line, &["Permission denied"]))?;
            return Some(Hint::NotExecutable { path });
        }
        NOT_FOUND => {
            let told = ["command not found", "not found", "cannot execute: required file not found"];
            let command = lines().find_map(|line| subject(line, &told))?;
            return Some(match command.contains('/') {
                true => Hint::MissingFile { path: command },
                false => Hint::MissingCommand { command, image: image() },
            });
        }
        _ => {}
    }
    if let Some(engine) = plan.services.iter().find(|service| service.is_unprivileged_engine())
        && lines().any(is_engine_unreachable)
    {
        return Some(Hint::UnprivilegedEngine { service: engine.image.reference.clone() });
    }
    let hosts =
        plan.services.iter().filter_map(|service| service.aliases.last().cloned()).collect::<Vec<_>>();
    (!hosts.is_empty() && lines().any(is_refused_by_localhost)).then_some(Hint::LocalhostForService { hosts })
}

/// What a shell's message is about: `/bin/sh: eval: line 2: NAME: not found` and the like.
fn subject(line: &str, told: &[&str]) -> Option<String> {
    let line = line.trim_end();
    let before = told.iter().find_map(|told| line.strip_suffix(told)?.strip_suffix(": "))?;
    let (_, subject) = before.rsplit_once(": ")?;
    (!subject.is_empty() && !subject.contains(' ')).then(|| subject.to_owned())
}

/// Whether a shell has taken the carriage return of a Windows line end for a part of a name or an option.
fn names_carriage_return(line: &str) -> bool {
    let quoted = [r"\r'", "\r'"];
    let told = ["command not found", "invalid option", "No such file or directory", "not a valid identifier"];
    let is_quoted =
        quoted.iter().any(|sign| line.contains(sign)) && told.iter().any(|told| line.contains(told));
    let plain = ["\r: not found", "^M: bad interpreter", "\r: bad interpreter", "option \r"];
    is_quoted || plain.iter().any(|sign| line.contains(sign))
}

/// Whether `sh` has met syntax that `bash` has.
fn is_bash_syntax(line: &str) -> bool {
    let line = line.trim_end();
    let of_sh = line.starts_with("/bin/sh: ") || line.starts_with("/usr/bin/sh: ");
    let signs = ["yntax error: unexpected \"(\"", "yntax error: \"(\" unexpected", "ad substitution"];
    let missing =
        ["[[: not found", "source: not found", "shopt: not found", "declare: not found", "pushd: not found"];
    of_sh && (signs.iter().any(|sign| line.contains(sign)) || missing.iter().any(|sign| line.ends_with(sign)))
}

/// Whether a connection to this host itself was refused.
fn is_refused_by_localhost(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let is_local = line.contains("localhost") || line.contains("127.0.0.1") || line.contains("[::1]");
    let failed = ["refused", "failed to connect", "can't connect", "couldn't connect", "could not connect"];
    is_local && failed.iter().any(|sign| line.contains(sign))
}

/// Whether a client has no engine to talk to.
fn is_engine_unreachable(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.contains("cannot connect to the docker daemon") || line.contains("lookup docker")
}

#[cfg(test)]
mod tests;
