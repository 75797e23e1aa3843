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
    /// Parses the flags of `git clean`, by default `-ffdx`. Of all flags only `none` and exclusions have an effect; a problem
    /// names those that ask for something else than the default.
    pub(super) fn parse(text: &str, span: Option<Span>, problems: &mut Vec<Diagnostic>) -> Self {
        if text.trim() == "none" {
            return Self::Nothing;
        }
        let (mut words, mut kept, mut others) = (text.split_whitespace(), Vec::new(), Vec::new());
        while let Some(word) = words.next() {
            let pattern = match word {
                "-e" | "--exclude" => words.next(),
                _ => word.strip_prefix("--exclude=").or(word.strip_prefix("-e")),
            };
            let Some(pattern) = pattern else {
                others.push(word);
                continue;
            };
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
        if !others.is_empty() && !are_default(&others) {
            let others = others.join(" ");
            let message = format!("`{others}` of GIT_CLEAN_FLAGS has no effect here: all files are removed");
            problems.push(problem::warning(span, message).help("only `none` and `-e NAME` have an effect"));
        }
        Self::AllBut(kept)
    }
}

/// Whether the flags ask for what is done anyway: files are removed, also in folders, and also those that git ignores.
fn are_default(flags: &[&str]) -> bool {
    let letters = flags.iter().map(|flag| match *flag {
        "--force" => Some("f"),
        "--quiet" => Some("q"),
        flag => flag.strip_prefix('-'),
    });
    let letters = letters.collect::<Option<String>>().unwrap_or_default();
    let are_known = letters.bytes().all(|letter| b"fdxq".contains(&letter));
    are_known && letters.contains('d') && letters.contains('x')
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
        check("-f --force -d -xq", but(&[]), 0);
        // Files that git ignores would be kept, or nothing would be removed.
        check("-ffd -n -e tmp", but(&["tmp"]), 1);
        check("-ffdX", but(&[]), 1);
    }
}
