//! The shell text that makes a script wait for a terminal, and the commands of that terminal. Pure.
//!
//! Before it waits, the script writes what its shell knows into files beside the project directory: `bash` its variables
//! and functions, other shells their exported variables, because no standard command prints the rest. The terminal's
//! shell reads them. The script waits until the file `over` exists; if that file contains a number, the script
//! exits with it.

use super::reports::{REPORTS, SCRIPT_WAITS};
use super::shell::{SCRIPT_SHELLS, quote};
use crate::plan::job_plan::JobPlan;

/// The variable that has the exit code of the script while it waits.
const EXIT_CODE: &str = "RUNNER_LITE_EXIT_CODE";

/// The variable by which the processes of a further shell are found.
const MARK: &str = "RUNNER_LITE_SHELL";

/// Where the script and the terminal leave what they tell each other.
struct TerminalFiles {
    folder: String,
    /// The variables and functions.
    state: String,
    /// The working directory.
    directory: String,
    /// The first commands of the terminal's shell.
    start: String,
    /// Present once the terminal is over.
    over: String,
}

impl TerminalFiles {
    fn of(plan: &JobPlan) -> Self {
        let folder = format!("{}.tmp", plan.project_dir);
        let file = |name: &str| quote(&format!("{folder}/runner-lite.{name}"));
        let (state, directory) = (file("state"), file("directory"));
        Self { state, directory, start: file("start"), over: file("over"), folder: quote(&folder) }
    }
}

/// The commands of a trap `EXIT` that wait for a terminal if the script has failed.
pub(super) fn wait_after_failure(plan: &JobPlan) -> String {
    format!(
        "{{ {EXIT_CODE}=$?; trap - EXIT; set +ex; }} 2>/dev/null; if [ \"${EXIT_CODE}\" != 0 ]; then {}; fi; \
         exit \"${EXIT_CODE}\"",
        wait(plan, ":")
    )
}

/// The commands of a trap `EXIT` of the first shell: they wait unless the shell of the commands has done it.
pub(super) fn wait_unless_done(plan: &JobPlan) -> String {
    let TerminalFiles { over, .. } = TerminalFiles::of(plan);
    format!(
        "{{ {EXIT_CODE}=$?; trap - EXIT; set +ex; }} 2>/dev/null; \
         if [ \"${EXIT_CODE}\" != 0 ] && ! [ -e {over} ]; then cd {}; {}; fi; exit \"${EXIT_CODE}\"",
        quote(&plan.project_dir),
        wait(plan, ":")
    )
}

/// The commands by which the shell of the commands gives up the terminal, so that the first shell does not wait for it either:
/// the job has been stopped.
pub(super) fn forgo(plan: &JobPlan) -> String {
    let TerminalFiles { folder, over, .. } = TerminalFiles::of(plan);
    format!("{{ {}; : >|{over}; }} 2>/dev/null", found_without_path("mkdir", &format!("-p {folder}")))
}

/// The commands that take the place of a script.
pub(super) fn wait_in_place(plan: &JobPlan) -> String {
    let refused =
        "echo 'runner-lite: no terminal: the standard error of the container does not arrive' >&2; exit 1";
    format!("{{ {EXIT_CODE}=0; set +ex; }} 2>/dev/null\n{}\nexit \"${EXIT_CODE}\"\n", wait(plan, refused))
}

/// Saves the shell's state, reports, and waits. `otherwise` runs if reports do not arrive.
///
/// `command` passes over functions of the script with the same names. The programs are also looked for where they usually
/// are, because the script may have changed `PATH`. The terminal's shell removes the state, which has the job's secrets,
/// when it has read it.
fn wait(plan: &JobPlan, otherwise: &str) -> String {
    let TerminalFiles { folder, state, directory, start, over } = TerminalFiles::of(plan);
    let first = quote(&format!(
        "unset ENV; runner_lite_term=$TERM; . {state} 2>/dev/null; TERM=$runner_lite_term; unset runner_lite_term; \
         IFS= command read -r runner_lite_directory <{directory} && command cd \"$runner_lite_directory\"; \
         unset runner_lite_directory; command -p rm -f {state} {directory} {start} 2>/dev/null"
    ));
    let mkdir = found_without_path("mkdir", &format!("-p {folder}"));
    let pause = found_without_path("sleep", "1");
    format!(
        "if [ -w /proc/$$/fd/{REPORTS} ] && ! [ /proc/$$/fd/{REPORTS} -ef /dev/null ]; then (umask 077; {mkdir}; \
         if [ -n \"${{BASH_VERSION-}}\" ]; then {{ command declare -p; command declare -f; }} >{state}; \
         else command export -p >{state}; fi; command pwd >{directory}; command printf '%s\\n' {first} >{start}) 2>/dev/null; \
         if command echo \"{SCRIPT_WAITS}${EXIT_CODE}\" >>/proc/$$/fd/{REPORTS}; then \
         while ! [ -e {over} ]; do {{ command sleep 0.2 || {pause}; }} 2>/dev/null || break; done; \
         if [ -s {over} ]; then command read -r {EXIT_CODE} <{over}; fi; fi; \
         else {otherwise}; fi",
    )
}

/// Runs a program that `PATH` may not lead to.
fn found_without_path(program: &str, arguments: &str) -> String {
    ["command ", "/bin/", "/usr/bin/"].map(|place| format!("{place}{program} {arguments}")).join(" || ")
}

/// The command of the terminal: an interactive shell in the script's last state, `bash` if the image has it.
pub fn open_shell(plan: &JobPlan) -> Vec<String> {
    let TerminalFiles { start, .. } = TerminalFiles::of(plan);
    let text = format!(
        "cd {} 2>/dev/null; for shell in {}; do if [ -x \"$shell\" ]; then case $shell in \
         */bash) exec \"$shell\" --rcfile {start} -i ;; *) ENV={start} exec \"$shell\" -i ;; esac; fi; done; \
         echo 'runner-lite: the image has no shell' >&2; exit 127",
        quote(&plan.project_dir),
        SCRIPT_SHELLS.join(" ")
    );
    ["sh", "-c", &text].map(str::to_owned).to_vec()
}

/// The command of a further shell beside the script: with the variables of the container and those that earlier stages of the
/// job have written to `GITLAB_ENV`, in the project directory; `bash` if the image has it. All processes that it starts have
/// `mark` in their environment.
pub fn another_shell(mark: &str) -> Vec<String> {
    let text = format!(
        "export {MARK}={}; cd \"$CI_PROJECT_DIR\" 2>/dev/null; export GITLAB_ENV=\"$CI_PROJECT_DIR.tmp/gitlab_runner_env\"; \
         if [ -r \"$GITLAB_ENV\" ]; then while IFS= read -r line || [ -n \"$line\" ]; do case \"$line\" in \
         [A-Za-z_]*=*) export \"$line\";; esac; done <\"$GITLAB_ENV\"; fi; \
         for shell in {}; do if [ -x \"$shell\" ]; then exec \"$shell\" -i; fi; done; exec sh -i",
        quote(mark),
        SCRIPT_SHELLS.join(" ")
    );
    ["sh", "-c", &text].map(str::to_owned).to_vec()
}

/// The command that tells that shell, and what it has started, that the terminal is gone. It needs `tr` and `grep`; that of
/// busybox reads no further than a NUL.
pub fn hang_up_shell(mark: &str) -> Vec<String> {
    let text = format!(
        "for process in /proc/[0-9]*; do if tr '\\0' '\\n' <\"$process/environ\" | grep -q -x -F -e {}; \
         then kill -HUP \"${{process#/proc/}}\"; fi; done 2>/dev/null",
        quote(&format!("{MARK}={mark}"))
    );
    ["sh", "-c", &text].map(str::to_owned).to_vec()
}

/// A command that succeeds if the image has a shell.
pub fn is_there_a_shell() -> Vec<String> {
    ["sh", "-c", ":"].map(str::to_owned).to_vec()
}

/// The command that lets the script go on; with an exit code, the script ends with it.
pub fn close_shell(plan: &JobPlan, exit_code: Option<i64>) -> Vec<String> {
    let TerminalFiles { folder, over, state, directory, start } = TerminalFiles::of(plan);
    let content = exit_code.map(|code| format!("echo {code}")).unwrap_or_else(|| ":".to_owned());
    // The file appears with its content: the script reads it as soon as it is there.
    let text = format!(
        "rm -f {state} {directory} {start}; mkdir -p {folder}; {content} >{over}.new && mv {over}.new {over}"
    );
    ["sh", "-c", &text].map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests;
