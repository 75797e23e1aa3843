//! `GIT_CLEAN_FLAGS`: what `GIT_STRATEGY: fetch` leaves of the project directory of the job before.

use super::problem;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::Span;

/// What is removed. Sources are put in anew in any case, so that tracked files need no care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GitClean {
    /// `none`: nothing.
    Nothing,
    /// Everything, but for names in the project directory that one of these patterns stands for (`-e`).
    AllBut(Vec<String>),
}

impl GitClean {
    /// Reads the flags of `git clean`; without any they are `-ffdx`. Only `none` and exclusions make a difference here.
    pub(super) fn read(text: &str, span: Option<Span>, problems: &mut Vec<Diagnostic>) -> Self {
        if text.trim() == "none" {
            return Self::Nothing;
        }
        let (mut words, mut kept) = (text.split_whitespace(), Vec::new());
        while let Some(word) = words.next() {
            let pattern = match word {
                "-e" | "--exclude" => words.next(),
                _ => word.strip_prefix("--exclude=").or(word.strip_prefix("-e")),
            };
            let Some(pattern) = pattern else { continue };
            let name = pattern.trim_matches('/');
            if name.is_empty() || name.contains('/') || name.starts_with('!') {
                let message = format!(
                    "`{pattern}` of GIT_CLEAN_FLAGS is not kept: only names in the project directory are"
                );
                problems.push(problem::warning(span, message));
                continue;
            }
            kept.push(name.to_owned());
        }
        Self::AllBut(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: GitClean, problems: usize) {
        let mut found = Vec::new();
        assert_eq!(GitClean::read(text, None, &mut found), expect, "{text}");
        assert_eq!(found.len(), problems, "{text}");
    }

    #[test]
    fn exclusions_are_names_in_the_project_directory() {
        let but = |names: &[&str]| GitClean::AllBut(names.iter().map(|&name| name.to_owned()).collect());
        check("", but(&[]), 0);
        check("-ffdx", but(&[]), 0);
        check("none", GitClean::Nothing, 0);
        check(
            "-ffdx -e cache/ -e /vendor --exclude=*.log --exclude tmp -e.venv",
            but(&["cache", "vendor", "*.log", "tmp", ".venv"]),
            0,
        );
        check("-ffdx -e a/b -e !c", but(&[]), 2);
    }
}
