//! `GIT_CLEAN_FLAGS`: which files of an earlier job stay in the project directory with `GIT_STRATEGY: fetch`.

use super::problem;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::Span;

/// The files to remove. All sources are copied again in any case, so tracked files need no exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GitClean {
    /// `none`: no file.
    Nothing,
    /// All files, except those in the project directory whose name matches one of these patterns (`-e`).
    AllBut(Vec<String>),
}

impl GitClean {
    /// Parses the flags of `git clean`, by default `-ffdx`. Of all flags only `none` and exclusions have an effect.
    pub(super) fn parse(text: &str, span: Option<Span>, problems: &mut Vec<Diagnostic>) -> Self {
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
        assert_eq!(GitClean::parse(text, None, &mut found), expect, "{text}");
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
