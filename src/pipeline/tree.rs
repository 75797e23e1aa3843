//! The project's files as rules see them.

use std::rc::Rc;

use super::path_pattern::PathPattern;

/// Comparisons of a pattern with a path after which GitLab stops and takes it for a match.
const COMPARISONS_MAX: usize = 50_000;

/// The files of the project, asked for only where a rule needs them.
pub trait Tree {
    /// The files that differ from what the pipeline is compared with, or from `compare_to`; `None` where there is
    /// nothing to compare with: then everything counts as changed.
    fn changed(&self, compare_to: Option<&str>) -> Option<Rc<[String]>>;
    /// All files.
    fn files(&self) -> Rc<[String]>;
}

/// Whether a file that has changed is one that a pattern stands for.
pub fn any_changed(tree: &dyn Tree, patterns: &[String], compare_to: Option<&str>) -> bool {
    tree.changed(compare_to).is_none_or(|changed| any_matches(patterns, &changed))
}

/// Whether one of the patterns stands for one of the paths. As in GitLab, too many are not compared.
pub fn any_matches(patterns: &[String], paths: &[String]) -> bool {
    if patterns.len().saturating_mul(paths.len()) > COMPARISONS_MAX {
        return true;
    }
    patterns.iter().any(|pattern| {
        let pattern = PathPattern::new(pattern);
        paths.iter().any(|path| pattern.matches(path))
    })
}
