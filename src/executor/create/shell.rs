//! Commands of containers: one that finds a shell and becomes it, and one that clears the project directory.

use super::delivery::Delivery;
use super::reports::{FILES_REFUSED, FILES_WANTED, NO_SHELL, NO_TAR, SHELL_STARTS};
use crate::plan::job_plan::{JobPlan, ProjectDirContent};

/// The first line of the input of a command that can unpack files: an archive follows.
pub const FILES_FOLLOW: &str = "files\n";

/// The first line of the input of a command that can unpack files: the script follows.
pub const SCRIPT_FOLLOWS: &str = "script\n";

/// The shells that run scripts, in GitLab Runner's order.
pub const SCRIPT_SHELLS: [&str; 7] = [
    "/usr/local/bin/bash",
    "/usr/bin/bash",
    "/bin/bash",
    "/usr/local/bin/sh",
    "/usr/bin/sh",
    "/bin/sh",
    "/busybox/sh",
];

/// Replaces `sh` by the first of these shells that the image has.
fn detect_shell() -> String {
    let shells = SCRIPT_SHELLS.join(" ");
    format!(
        "for shell in {shells}; do \
         if [ -x \"$shell\" ]; then echo '{SHELL_STARTS}' >&2; exec \"$shell\"; fi; done; echo '{NO_SHELL}' >&2; echo shell not found; exit 1"
    )
}

/// Shells that accept `-c`.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "yash"];

/// The digits of the highest process number that Linux allows, 4,194,304.
const PID_DIGITS_MAX: usize = 7;

/// How an entrypoint treats the command that finds a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntrypointKind {
    /// It runs its arguments, as GitLab Runner assumes, or is absent.
    RunsArguments,
    /// A shell without arguments, as in `entrypoint: ["/bin/bash"]`. GitLab Runner's `bash sh -c …` fails with exit
    /// code 126.
    BareShell,
}

/// Classifies `image:entrypoint` of a job.
pub fn entrypoint_kind(entrypoint: Option<&[String]>) -> EntrypointKind {
    match entrypoint {
        Some([program]) if SHELLS.contains(&program.rsplit('/').next().unwrap_or_default()) => {
            EntrypointKind::BareShell
        }
        _ => EntrypointKind::RunsArguments,
    }
}

/// The command of the job's container, which finds a shell and becomes it; with [`Delivery::Stream`], it can unpack the
/// job's files before.
pub fn find_shell(plan: &JobPlan, delivery: Delivery) -> Vec<String> {
    let detect = match delivery {
        Delivery::Stream => unpack(plan) + &detect_shell(),
        Delivery::Upload => detect_shell(),
    };
    let kind = entrypoint_kind(plan.image.entrypoint.as_deref());
    let words: &[&str] = match kind {
        EntrypointKind::RunsArguments => &["sh", "-c", &detect],
        EntrypointKind::BareShell => &["-c", &detect],
    };
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Commands that unpack an archive from the standard input, and make the script, its last file, the standard input.
///
/// If the script is there, all of the archive was: a `tar` that sees the end of its input may take it for that of the
/// archive. The message of a `tar` counts as a failure, because some leave files out and exit with 0. Old versions of
/// BusyBox leave out links that lead out of the directory unless `EXTRACT_UNSAFE_SYMLINKS` is set. Without a `tar` the
/// command ends, because its shell would read the archive as a script.
fn unpack(plan: &JobPlan) -> String {
    let script = quote(&script_path(plan));
    format!(
        "read -r way; if [ \"$way\" = files ]; then command -v tar >/dev/null 2>&1 || {{ echo '{NO_TAR}' >&2; exit 1; }}; \
         echo '{FILES_WANTED}' >&2; \
         if said=$(cd / && umask 0 && unset TAR_OPTIONS && EXTRACT_UNSAFE_SYMLINKS=1 tar -x -p -f - 2>&1) && \
         [ -z \"$said\" ] && [ -f {script} ]; then exec <{script}; rm -f {script}; \
         else echo '{FILES_REFUSED}' >&2; echo \"$said\" >&2; exit 1; fi; fi; "
    )
}

/// The file in which a script is delivered with the other files. No variable of type file has this name.
pub fn script_path(plan: &JobPlan) -> String {
    format!("{}.tmp/runner-lite.script", plan.project_dir)
}

/// The command that ends the processes of a container, as GitLab Runner does: SIGTERM goes to one process after the
/// other, in descending order of their numbers, and the next one follows when the last has ended, or after 6 s. So
/// the children of the script end before the shell that runs it, which has 0.1 s to say so and to end by itself. The
/// first process and the command itself are left out. It needs no program of the image but `sh` and `sleep`; where
/// `sleep` knows whole seconds alone, the times are ten times as long.
pub fn terminate_processes() -> Vec<String> {
    // In the order of a pattern, numbers with equally many digits ascend.
    let numbers: Vec<String> = (1..=PID_DIGITS_MAX).map(|digits| "[0-9]".repeat(digits)).collect();
    let text = format!(
        "cd /proc || exit; pids=; for pid in {}; do case $pid in *[!0-9]*) ;; *) pids=\"$pid $pids\" ;; esac; done; \
         for pid in $pids; do if [ $pid -ne 1 ] && [ $pid -ne $$ ] && kill -TERM $pid 2>/dev/null; then tries=60; \
         while sleep 0.1 2>/dev/null || sleep 1; [ $tries -gt 0 ] && read -r state 2>/dev/null <$pid/stat; do \
         case $state in *') Z '*) break ;; esac; tries=$((tries - 1)); done; fi; done",
        numbers.join(" ")
    );
    ["sh", "-c", &text].map(str::to_owned).to_vec()
}

/// The command that ends the interactive shells of a container, which ignore SIGTERM: processes with a terminal get SIGHUP.
/// The scripts of a job have none. The command itself has none, and needs no program of the image but `sh`.
pub fn hang_up_terminals() -> Vec<String> {
    // Behind the name, which may contain anything, are the state, the parent, the group, the session and the terminal.
    let text = "cd /proc || exit; for pid in [0-9]*; do read -r stat 2>/dev/null <$pid/stat || continue; \
                set -- ${stat##*) }; [ \"${5:-0}\" = 0 ] || kill -HUP $pid 2>/dev/null; done";
    ["sh", "-c", text].map(str::to_owned).to_vec()
}

/// The command that removes the files of earlier jobs from the project directory, except those that the plan keeps.
/// `None` if the plan keeps all of them.
pub fn clear_project_dir(plan: &JobPlan) -> Option<Vec<String>> {
    let ProjectDirContent::Removed { but } = &plan.project_dir_content else { return None };
    let kept: Vec<_> = but.iter().map(|pattern| shell_pattern(pattern)).collect();
    let kept = if kept.is_empty() { String::new() } else { format!("{}) ;; ", kept.join("|")) };
    let text = format!(
        "cd {} 2>/dev/null || exit 0; for name in .[!.]* ..?* *; do case \"$name\" in {kept}*) rm -rf -- \"$name\" || exit ;; \
         esac; done",
        quote(&plan.project_dir)
    );
    Some(["sh", "-c", &text].map(str::to_owned).to_vec())
}

/// Quotes everything in a pattern but `*`, `?` and `[…]`.
fn shell_pattern(pattern: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "*?[]-._".contains(c);
    pattern.chars().map(|c| if is_plain(c) { c.to_string() } else { format!("\\{c}") }).collect()
}

/// Returns `text` as a single-quoted word, the only quoting that all shells treat alike.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests;
