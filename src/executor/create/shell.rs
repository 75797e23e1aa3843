//! Commands of containers: one that finds a shell and becomes it, and one that clears the project directory.

use crate::plan::job_plan::{JobPlan, ProjectDirContent};

/// Replaces `sh` by the first shell of this list that the image has, in GitLab Runner's order.
const DETECT_SHELL: &str = "for shell in /usr/local/bin/bash /usr/bin/bash /bin/bash /usr/local/bin/sh /usr/bin/sh \
     /bin/sh /busybox/sh; do if [ -x \"$shell\" ]; then exec \"$shell\"; fi; done; echo shell not found; exit 1";

/// Shells that accept `-c`.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "yash"];

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

/// The command of the build container, which finds a shell and becomes it.
pub fn find_shell(kind: EntrypointKind) -> Vec<String> {
    let words: &[&str] = match kind {
        EntrypointKind::RunsArguments => &["sh", "-c", DETECT_SHELL],
        EntrypointKind::BareShell => &["-c", DETECT_SHELL],
    };
    words.iter().map(|&word| word.to_owned()).collect()
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
mod tests {
    use super::*;

    #[test]
    fn only_a_shell_without_arguments_is_a_bare_shell() {
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
