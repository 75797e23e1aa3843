//! What rules are evaluated with: the files of the project and the variables.

use std::rc::Rc;

use super::path_pattern::PathPattern;

/// The number of comparisons of patterns with paths after which GitLab gives up and assumes a match.
const COMPARISONS_MAX: usize = 50_000;

/// The files of the project. The methods are called only if a rule needs them, because listing files takes time.
pub trait RuleFiles {
    /// The files that differ from `compare_to`, or by default from what the pipeline is compared with. `None` means
    /// that there is nothing to compare with: then every file counts as changed.
    fn changed_files(&self, compare_to: Option<&str>) -> Option<Rc<[String]>>;
    /// All files of the project.
    fn all_files(&self) -> Rc<[String]>;
}

pub trait RuleVariables {
    /// The value of a variable for `if`, with references in it not expanded.
    fn variable(&self, name: &str) -> Option<&str>;
    /// Expands a path of `changes` or `exists`; references to undefined variables stay.
    fn expand(&self, text: &str) -> String;
}

/// Whether a pattern matches a changed file.
pub fn any_changed(files: &dyn RuleFiles, patterns: &[String], compare_to: Option<&str>) -> bool {
    files
        .changed_files(compare_to)
        .is_none_or(|changed| any_matches(patterns.iter().map(String::as_str), &changed))
}

/// Whether a pattern matches a file, or a folder if it ends with `/`. Names without a wildcard and endings
/// (`**/*.rb`) do not count towards the limit of comparisons.
pub fn any_exists(patterns: &[String], files: &[String]) -> bool {
    let (exact, patterns): (Vec<&str>, Vec<&str>) = patterns
        .iter()
        .map(|pattern| &**pattern)
        .partition(|pattern| !pattern.contains(['*', '?', '[', '{']));
    let exact_matches = |file: &String| {
        exact.iter().any(|name| if name.ends_with('/') { file.starts_with(name) } else { file == name })
    };
    let of_top_level = |pattern: &&str| !pattern.contains('/') && !pattern.contains("**");
    let only_top_level = exact.iter().chain(&patterns).all(of_top_level);
    let (endings, patterns): (Vec<&str>, Vec<&str>) =
        patterns.into_iter().partition(|pattern| ending(pattern).is_some());
    let ends =
        |file: &String| endings.iter().filter_map(|pattern| ending(pattern)).any(|end| file.ends_with(end));
    if files.iter().any(|file| exact_matches(file) || ends(file)) {
        return true;
    }
    if only_top_level {
        let files: Vec<&str> = files.iter().map(String::as_str).filter(|file| !file.contains('/')).collect();
        return any_matches(patterns.into_iter(), &files);
    }
    any_matches(patterns.into_iter(), files)
}

/// The ending `.rb` of the pattern `**/*.rb`. GitLab compares such patterns directly, without a limit.
fn ending(pattern: &str) -> Option<&str> {
    let ending = pattern.strip_prefix("**/*")?;
    (ending.starts_with('.') && !ending.contains(['/', '*', '?', '[', '{'])).then_some(ending)
}

fn any_matches<'t>(patterns: impl ExactSizeIterator<Item = &'t str>, files: &[impl AsRef<str>]) -> bool {
    if patterns.len().saturating_mul(files.len()) > COMPARISONS_MAX {
        return true;
    }
    patterns
        .into_iter()
        .map(PathPattern::new)
        .any(|pattern| files.iter().any(|file| pattern.matches(file.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Changed(Vec<String>);

    impl RuleFiles for Changed {
        fn changed_files(&self, _: Option<&str>) -> Option<Rc<[String]>> {
            Some(self.0.clone().into())
        }

        fn all_files(&self) -> Rc<[String]> {
            Rc::default()
        }
    }

    fn changed(patterns: &[String], files: &[String]) -> bool {
        any_changed(&Changed(files.to_owned()), patterns, None)
    }

    fn files(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn one_match_of_a_pattern_and_a_file_is_enough() {
        let all = files(&["Dockerfile", "docs/a/b.md", "src/x.rs"]);
        for (texts, expect) in [
            (&["Dockerfile"][..], true),
            (&["dockerfile"], false),
            (&["b.md"], false),
            (&["docs"], false),
            (&["docs/"], true),
            (&["docs/a/"], true),
            (&["doc/"], false),
            (&["**/*.md"], true),
            (&["*.md"], false),
            (&["x", "src/*"], true),
            (&["docs/**"], false),
            (&["docs/**/*"], true),
            (&[], false),
        ] {
            assert_eq!(any_exists(&files(texts), &all), expect, "{texts:?}");
        }
        assert!(!changed(&files(&["docs/"]), &all), "a folder does not change");
        assert!(changed(&files(&["nothing", "src/*.rs"]), &all));
        assert!(!changed(&files(&["*"]), &[]));
    }

    #[test]
    fn too_many_comparisons_count_as_a_match_for_patterns_only() {
        let many: Vec<String> = (0..=COMPARISONS_MAX).map(|number| format!("d/{number}.txt")).collect();
        assert!(any_exists(&files(&["d/*.c"]), &many));
        assert!(any_exists(&files(&["d/[x]", "d/1.txt"]), &many));
        assert!(!any_exists(&files(&["Dockerfile"]), &many), "names are always compared");
        assert!(!any_exists(&files(&["**/*.c"]), &many), "endings are always compared");
        assert!(!any_exists(&files(&["*.c"]), &many), "only the files of the top level are compared");
        assert!(changed(&files(&["Dockerfile"]), &many));
        let half = &many[..COMPARISONS_MAX / 2];
        assert!(!changed(&files(&["a", "b"]), half));
        assert!(changed(&files(&["a", "b", "c"]), half));
    }
}
