//! The shell text that a job's container reads on its standard input. Pure.
//!
//! The commands are one quoted word that the shell reads as a whole before it runs the first of them, in a subshell
//! whose standard input is `/dev/null`: a command that reads its input finds it empty and never eats the script, and a
//! connection that breaks half-way runs nothing. `bash`, `dash` and BusyBox's `ash` all read this text.

use super::shell::quote;
use crate::plan::job_plan::{EnvironmentVariable, JobPlan};

const GREEN: &str = "\x1b[32;1m";
const RESET: &str = "\x1b[0;m";

/// Whether echoed commands are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// In GitLab's bold green.
    Coloured,
    /// As plain text.
    Plain,
    /// Not at all: only what the commands themselves print.
    Silent,
}

/// How the script ended, for `after_script`'s `CI_JOB_STATUS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// `success`
    Success,
    /// `failed`
    Failed,
    /// `timedout`
    TimedOut,
}

/// `hooks:pre_get_sources_script`, for a shell of its own: there is no project directory yet.
pub fn pre_get_sources(plan: &JobPlan, echo: Echo) -> String {
    let mut body = variables(plan, None);
    commands(&mut body, &plan.pre_get_sources, echo);
    frame(&body, plan)
}

/// `before_script` and `script`.
pub fn step_script(plan: &JobPlan, echo: Echo) -> String {
    let mut body = prologue(plan, None);
    commands(&mut body, &plan.script, echo);
    frame(&body, plan)
}

/// `after_script`, for a fresh shell.
pub fn after_script(plan: &JobPlan, status: JobStatus, echo: Echo) -> String {
    let mut body = prologue(plan, Some(status));
    match echo {
        Echo::Coloured => say(&mut body, &format!("{GREEN}Running after script...{RESET}")),
        Echo::Plain => say(&mut body, "Running after script..."),
        Echo::Silent => {}
    }
    commands(&mut body, &plan.after_script, echo);
    frame(&body, plan)
}

/// Where a job may write `KEY=VALUE` lines that its later stages export.
fn environment_file(plan: &JobPlan) -> String {
    format!("{}.tmp/gitlab_runner_env", plan.project_dir)
}

/// Variables and the project directory.
fn prologue(plan: &JobPlan, status: Option<JobStatus>) -> String {
    let mut body = variables(plan, status);
    body.push_str(&format!("cd {}\n", quote(&plan.project_dir)));
    body
}

/// Variables, and those that earlier stages have written to `GITLAB_ENV`.
fn variables(plan: &JobPlan, status: Option<JobStatus>) -> String {
    let mut body = String::new();
    // What is no shell name cannot be exported; it is in the container's environment all the same.
    for EnvironmentVariable { key, value } in
        plan.variables.iter().filter(|variable| is_shell_name(&variable.key))
    {
        push_export(&mut body, key, value);
    }
    match status {
        Some(JobStatus::Success) => push_export(&mut body, "CI_JOB_STATUS", "success"),
        Some(JobStatus::Failed) => push_export(&mut body, "CI_JOB_STATUS", "failed"),
        Some(JobStatus::TimedOut) => push_export(&mut body, "CI_JOB_STATUS", "timedout"),
        None => {}
    }
    push_export(&mut body, "GITLAB_ENV", &environment_file(plan));
    body.push_str(
        "if [ -r \"$GITLAB_ENV\" ]; then while IFS= read -r line || [ -n \"$line\" ]; do case \"$line\" in \
         [A-Za-z_]*=*) export \"$line\";; esac; done <\"$GITLAB_ENV\"; fi\n",
    );
    body
}

fn commands(body: &mut String, items: &[String], echo: Echo) {
    for item in items {
        if echo != Echo::Silent {
            say(body, &echo_line(item, echo));
        }
        body.push_str(item);
        body.push('\n');
    }
}

/// What is printed before a command runs: its first line, as GitLab prints it.
fn echo_line(item: &str, echo: Echo) -> String {
    let text = match item.split_once('\n') {
        Some((first, _)) => format!("$ {} # collapsed multi-line command", first.trim_end()),
        None if item.is_empty() => return String::new(),
        None => format!("$ {item}"),
    };
    if echo == Echo::Coloured { format!("{GREEN}{text}{RESET}") } else { text }
}

/// `printf`, because dash's `echo` reads backslashes.
fn say(body: &mut String, line: &str) {
    body.push_str(&format!("printf '%s\\n' {}\n", quote(line)));
}

fn push_export(body: &mut String, key: &str, value: &str) {
    body.push_str(&format!("export {key}={}\n", quote(value)));
}

/// The settings under which the body runs, and the body.
fn frame(body: &str, plan: &JobPlan) -> String {
    let trace = if plan.debug_trace { "set -o xtrace\n" } else { "" };
    format!(
        "trap 'exit 1' TERM\n{trace}\
         if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi\n\
         set -o errexit\nset +o noclobber\n\
         (eval {}) </dev/null\nexit 0\n",
        quote(body)
    )
}

fn is_shell_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests;
