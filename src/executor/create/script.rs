//! The script text that the shell of a job's container reads from its standard input. Pure.
//!
//! The text is one compound command, which the shell reads completely before it runs any of it. Its first step reports
//! that it was received (`reports.rs`). So a connection that breaks half-way runs nothing, and this is known. The job's
//! commands run in a subshell whose standard input is `/dev/null`: one that reads its input does not consume the script.
//! `bash`, `dash` and BusyBox's `ash` all accept this text.

use super::reports::{COMMAND_BEGINS, COMMAND_FAILED, REPORTS, SCRIPT_RECEIVED};
use super::shell::quote;
use super::terminal;
use crate::executor::script_lines::ScriptLines;
use crate::plan::job_plan::{EnvironmentVariable, JobPlan, LongCommands, ScriptItem, TerminalUse};

const GREEN: &str = "\x1b[32;1m";
const RESET: &str = "\x1b[0;m";

/// How many lines of a script follow the one with the `eval` that runs its body.
const EVAL_FROM_END: usize = 2;

/// How commands are printed before they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// In GitLab's bold green.
    Coloured,
    /// Without colours.
    Plain,
    /// Not printed: the output is that of the commands alone.
    Silent,
}

/// The result of the script, for `CI_JOB_STATUS` in `after_script`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    Success,
    Failed,
    Canceled,
    TimedOut,
}

/// The text for `hooks:pre_get_sources_script`. It does not enter the project directory, which does not exist yet.
pub fn pre_get_sources(plan: &JobPlan, echo: Echo) -> String {
    let mut body = variables(plan, None);
    commands(&mut body, &plan.pre_get_sources, echo, plan.log.long_commands);
    frame(&body, plan, &Traps::default())
}

/// The lines of `before_script` and `script` in [`step_script`].
pub fn step_lines(plan: &JobPlan, echo: Echo) -> ScriptLines {
    lines(prologue(plan, None), &plan.script, plan, echo)
}

/// The lines of `after_script` in the text for it.
pub fn after_lines(plan: &JobPlan, status: JobStatus, echo: Echo) -> ScriptLines {
    lines(after_prologue(plan, status, echo), &plan.after_script, plan, echo)
}

/// The lines of commands that follow `prologue`.
fn lines(prologue: String, items: &[ScriptItem], plan: &JobPlan, echo: Echo) -> ScriptLines {
    let mut body = prologue;
    let in_body = commands(&mut body, items, echo, plan.log.long_commands);
    // Lines of the body count from that of the `eval` which runs it, the last line but two.
    let framed =
        frame("", plan, &Traps::default()).lines().count().saturating_add(body.matches('\n').count());
    let eval = framed.saturating_sub(EVAL_FROM_END);
    let in_input = in_body.into_iter().map(|line| line.saturating_add(eval));
    // The first line of the body is that of the `eval`.
    ScriptLines::new(eval.saturating_sub(1), in_input.zip(items))
}

/// The text for `before_script` and `script`.
pub fn step_script(plan: &JobPlan, echo: Echo) -> String {
    let mut body = prologue(plan, None);
    match plan.terminal {
        TerminalUse::InPlaceOfScript => body.push_str(&terminal::wait_in_place(plan)),
        TerminalUse::Never | TerminalUse::AfterFailure => {
            commands(&mut body, &plan.script, echo, plan.log.long_commands);
        }
    }
    let traps = match plan.terminal {
        TerminalUse::AfterFailure => Traps::with_terminal(plan),
        TerminalUse::Never | TerminalUse::InPlaceOfScript => Traps::default(),
    };
    frame(&body, plan, &traps)
}

/// The text for `after_script`.
pub fn after_script(plan: &JobPlan, status: JobStatus, echo: Echo) -> String {
    let mut body = after_prologue(plan, status, echo);
    commands(&mut body, &plan.after_script, echo, plan.log.long_commands);
    frame(&body, plan, &Traps::default())
}

/// What comes before the commands of `after_script`.
fn after_prologue(plan: &JobPlan, status: JobStatus, echo: Echo) -> String {
    let mut body = prologue(plan, Some(status));
    match echo {
        Echo::Coloured => body.push_str(&print(&format!("{GREEN}Running after script...{RESET}"))),
        Echo::Plain => body.push_str(&print("Running after script...")),
        Echo::Silent => {}
    }
    body.push('\n');
    body
}

/// The file for `KEY=VALUE` lines that later stages of the job export.
pub fn environment_file(plan: &JobPlan) -> String {
    format!("{}.tmp/gitlab_runner_env", plan.project_dir)
}

/// Exports variables and enters the project directory.
fn prologue(plan: &JobPlan, status: Option<JobStatus>) -> String {
    let mut body = variables(plan, status);
    body.push_str(&format!("cd {}\n", quote(&plan.project_dir)));
    body
}

/// Exports the job's variables and those that earlier stages wrote to `GITLAB_ENV`.
fn variables(plan: &JobPlan, status: Option<JobStatus>) -> String {
    let mut body = String::new();
    // A shell exports no variable whose name it does not accept; the container's environment has it nevertheless.
    for EnvironmentVariable { key, value } in
        plan.variables.iter().filter(|variable| is_shell_name(&variable.key))
    {
        push_export(&mut body, key, value);
    }
    match status {
        Some(JobStatus::Success) => push_export(&mut body, "CI_JOB_STATUS", "success"),
        Some(JobStatus::Failed) => push_export(&mut body, "CI_JOB_STATUS", "failed"),
        Some(JobStatus::Canceled) => push_export(&mut body, "CI_JOB_STATUS", "canceled"),
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

/// Appends commands. Returns the line of the body in which each begins, from 0.
fn commands(body: &mut String, items: &[ScriptItem], echo: Echo, shown: LongCommands) -> Vec<usize> {
    let mut first_lines = Vec::new();
    let mut line = body.matches('\n').count();
    for (number, ScriptItem { text: item, .. }) in (1..).zip(items) {
        // A word comes first: what stands here belongs to the item before if that ends in `|` or a backslash.
        let (first, last) = match echo {
            Echo::Silent => (":".to_owned(), String::new()),
            // The last argument is the one that `$_` has after the line is printed.
            Echo::Plain | Echo::Coloured => {
                let line = echo_line(item, echo, shown);
                let last = line.lines().next().unwrap_or_default();
                (print(&line), format!(" : {};", quote(last)))
            }
        };
        line += first.matches('\n').count();
        // A trace would be a part of the report's output, which is discarded.
        body.push_str(&format!("{first}; {{ {}{last} }} 2>/dev/null", report(number)));
        // On the line after the report's.
        body.push('\n');
        first_lines.push(line + 1);
        line += 2 + item.matches('\n').count();
        body.push_str(item);
        body.push('\n');
    }
    first_lines
}

/// The report that a command begins. The user's command sees nothing of it but an exit code of 0 before, as it does of the
/// command that prints it. `command` passes over a function of the user with the name `echo`.
fn report(number: usize) -> String {
    format!("command echo \"{COMMAND_BEGINS}{number} ${{LINENO-}}\" >>/proc/$$/fd/{REPORTS} || :;")
}

/// The line printed before a command: the command's first line or all of it, in GitLab's format.
fn echo_line(item: &str, echo: Echo, shown: LongCommands) -> String {
    let text = match item.split_once('\n') {
        Some(_) if shown == LongCommands::AllLines => format!("$ {}", item.trim_end()),
        Some((first, _)) => format!("$ {} # collapsed multi-line command", first.trim_end()),
        None if item.is_empty() => return String::new(),
        None => format!("$ {item}"),
    };
    if echo == Echo::Coloured { format!("{GREEN}{text}{RESET}") } else { text }
}

/// A command that prints `line`. It uses `printf`, because dash's `echo` interprets backslashes.
fn print(line: &str) -> String {
    format!("printf '%s\\n' {}", quote(line))
}

fn push_export(body: &mut String, key: &str, value: &str) {
    body.push_str(&format!("export {key}={}\n", quote(value)));
}

/// The traps of the two shells, without line breaks.
struct Traps {
    /// That of the first shell for SIGTERM.
    term: &'static str,
    /// That of the commands' shell for SIGTERM.
    commands_term: String,
    /// What follows it in the first shell.
    first: String,
    /// What comes before the job's commands in theirs.
    commands: String,
}

impl Default for Traps {
    fn default() -> Self {
        let term = "exit 1";
        Self { term, commands_term: term.to_owned(), first: String::new(), commands: String::new() }
    }
}

impl Traps {
    /// Those of a script that waits for a terminal when it has failed. The commands may replace the trap of their shell;
    /// then the first shell waits, which has nothing of their variables.
    fn with_terminal(plan: &JobPlan) -> Self {
        Self {
            term: "trap - EXIT; exit 1",
            commands_term: format!("trap - EXIT; {}; exit 1", terminal::forgo(plan)),
            first: format!("; trap {} EXIT", quote(&terminal::wait_unless_done(plan))),
            commands: format!("trap {} EXIT; ", quote(&terminal::wait_after_failure(plan))),
        }
    }
}

/// Makes one compound command of everything, with the shell options and traps that the commands run with.
///
/// A shell runs nothing of a compound command before it has read the closing brace. Both outputs become one stream, so
/// that lines keep the order in which they are written. The trap is set twice because a subshell does not inherit it.
/// The commands are a positional parameter until they run: bash prints the text of a subshell that a signal has ended,
/// which would be all commands and variables.
///
/// In `bash`, a trap reports the line of a command that ends the script by failing. Functions and subshells do not inherit
/// it, because `set -E` would also apply to the traps of the user, which replace this one.
fn frame(body: &str, plan: &JobPlan, traps: &Traps) -> String {
    let Traps { term, commands_term, first, commands } = traps;
    let trace = if plan.debug_trace { "set -o xtrace\n" } else { "" };
    format!(
        "{{\necho '{SCRIPT_RECEIVED}' >&2\n\
         [ /proc/$$/fd/1 -ef /proc/$$/fd/2 ]\n\
         if [ $? = 1 ]; then exec {REPORTS}>&2; else exec {REPORTS}>/dev/null; fi\n\
         exec 2>&1\n\
         trap '{term}' TERM{first}\n{trace}\
         if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi\n\
         set -o errexit\nset +o noclobber\nset -- {}\n\
         (trap {} TERM; {{ if [ -n \"${{BASH_VERSION-}}\" ]; then trap {} ERR; fi; }} 2>/dev/null; \
         {commands}eval \"shift; $1\") </dev/null {REPORTS}>&-\nexit 0\n}}\n",
        quote(body),
        quote(commands_term),
        quote(&failure_report())
    )
}

/// The trap of `bash` for a command that fails. Without `set -e` such a command does not end the script, and a sourced file
/// has lines of its own.
fn failure_report() -> String {
    format!(
        "{{ case \"$-:${{BASH_SOURCE-}}\" in *e*:) command echo \"{COMMAND_FAILED}$LINENO\" >>/proc/$$/fd/{REPORTS};; esac; }} \
         2>/dev/null || :"
    )
}

fn is_shell_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests;
