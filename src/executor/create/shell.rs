//! The commands that containers of a job are created with: the one that finds a shell, and the one that clears the
//! project directory.

use crate::plan::job_plan::{JobPlan, ProjectDirContent};

/// Replaces the shell by the first one of this list that the image has, in GitLab Runner's order.
const DETECT_SHELL: &str = "for shell in /usr/local/bin/bash /usr/bin/bash /bin/bash /usr/local/bin/sh /usr/bin/sh \
     /bin/sh /busybox/sh; do if [ -x \"$shell\" ]; then exec \"$shell\"; fi; done; echo shell not found; exit 1";

/// Names of shells that take `-c`.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "yash"];

/// How an entrypoint takes the command that finds the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntrypointKind {
    /// As GitLab Runner assumes: it runs its arguments, or there is none.
    RunsArguments,
    /// A shell by itself, as in `entrypoint: ["/bin/bash"]`. GitLab Runner's `bash sh -c …` ends with exit code 126.
    BareShell,
}

/// Says what kind of entrypoint a job's `image:entrypoint` is.
pub fn entrypoint_kind(entrypoint: Option<&[String]>) -> EntrypointKind {
    match entrypoint {
        Some([program]) if SHELLS.contains(&program.rsplit('/').next().unwrap_or_default()) => {
            EntrypointKind::BareShell
        }
        _ => EntrypointKind::RunsArguments,
    }
}

/// The build container's command: finds a shell and becomes it.
pub fn command(kind: EntrypointKind) -> Vec<String> {
    let words: &[&str] = match kind {
        EntrypointKind::RunsArguments => &["sh", "-c", DETECT_SHELL],
        EntrypointKind::BareShell => &["-c", DETECT_SHELL],
    };
    words.iter().map(|&word| word.to_owned()).collect()
}

/// The command that clears the project directory of the job before, where that is wanted: everything in it but what
/// is to be kept.
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

/// A pattern in which only `*`, `?` and `[…]` mean something to the shell.
fn shell_pattern(pattern: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "*?[]-._".contains(c);
    pattern.chars().map(|c| if is_plain(c) { c.to_string() } else { format!("\\{c}") }).collect()
}

/// A single-quoted word: the one quoting that all shells read alike.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_shell_by_itself_is_a_bare_shell() {
        let kind = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            entrypoint_kind(Some(&words))
        };
        assert_eq!(kind(&["/bin/bash"]), EntrypointKind::BareShell);
        assert_eq!(kind(&["sh"]), EntrypointKind::BareShell);
        assert_eq!(kind(&["/bin/sh", "-c"]), EntrypointKind::RunsArguments);
        assert_eq!(kind(&[""]), EntrypointKind::RunsArguments);
        assert_eq!(kind(&["/usr/bin/super-sql", "run"]), EntrypointKind::RunsArguments);
        assert_eq!(entrypoint_kind(None), EntrypointKind::RunsArguments);
    }
}
