//! The patterns of `artifacts get`: the language of `artifacts:paths`, applied to the paths of an archive.

use std::cell::Cell;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::collect::glob::{GlobError, GlobPart, compile};

/// A pattern, and whether it has matched so far.
pub(super) struct ArchiveGlob {
    pub(super) text: String,
    alternatives: Vec<Vec<GlobPart>>,
    pub(super) has_matched: Cell<bool>,
}

impl ArchiveGlob {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// The text is not a pattern.
    pub(super) fn new(text: &str) -> Result<Self, GlobError> {
        let alternatives = compile(text.as_bytes())?;
        Ok(Self { text: text.to_owned(), alternatives, has_matched: Cell::new(false) })
    }

    /// Whether the pattern matches the path, or a folder that contains it.
    pub(super) fn selects(&self, path: &Path) -> bool {
        let names: Vec<&[u8]> = path.as_os_str().as_bytes().split(|byte| *byte == b'/').collect();
        let selects = self.alternatives.iter().any(|parts| !parts.is_empty() && matches(parts, &names));
        if selects {
            self.has_matched.set(true);
        }
        selects
    }
}

/// Whether the parts of a pattern match all of the names, or the first of them.
fn matches(parts: &[GlobPart], names: &[&[u8]]) -> bool {
    match (parts, names) {
        ([], _) => true,
        ([GlobPart::AnyFolders, rest @ ..], _) => {
            (0..=names.len()).any(|skipped| matches(rest, names.get(skipped..).unwrap_or_default()))
        }
        ([part, rest @ ..], [name, names @ ..]) => part.matches(name) && matches(rest, names),
        ([_, ..], []) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(glob: &str, selected: &[&str], others: &[&str]) {
        let glob = ArchiveGlob::new(glob).unwrap();
        for (paths, expect) in [(selected, true), (others, false)] {
            for path in paths {
                assert_eq!(glob.selects(Path::new(path)), expect, "{} {path}", glob.text);
            }
        }
    }

    #[test]
    fn a_pattern_selects_what_it_matches_and_everything_below() {
        check("out", &["out", "out/a", "out/b/c"], &["outer", "a/out"]);
        check("out/", &["out", "out/a"], &["o"]);
        check("out/*", &["out/a", "out/b/c", "out/.hid"], &["out"]);
        check("**/*.txt", &["a.txt", "b/c/a.txt"], &["a.txt.gz"]);
        check("out/**", &["out", "out/a/b"], &["in"]);
        check("a/**/b", &["a/b", "a/x/y/b", "a/b/c"], &["a/x"]);
        check("{a,b}/?", &["a/x", "b/y"], &["c/x", "a"]);
    }

    #[test]
    fn a_pattern_that_does_not_end_is_an_error() {
        assert!(ArchiveGlob::new("a[").is_err() && ArchiveGlob::new("{a").is_err());
    }
}
