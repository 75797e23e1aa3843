//! The files in the keys of caches: which of them exist in the working tree, and their ids.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::project::open_beneath::{PROJECT, open_beneath};
use crate::cli::project::working_tree::WorkingTree;
use crate::error_chain::chain;
use crate::git::file_history::{blob_id, file_history};
use crate::pipeline::cache::HashedIds;
use crate::pipeline::glob;
use crate::pipeline::include::UnreadableFile;
use crate::pipeline::rule_context::RuleFiles;
use crate::plan::key_hashes::KeyFiles;

/// GitLab takes the ids from the commit of the pipeline. Here uncommitted changes count as well, because the job runs
/// with them.
impl KeyFiles for WorkingTree {
    fn ids(&self, patterns: &[String], hashed: HashedIds) -> Vec<String> {
        match hashed {
            HashedIds::Blobs => {
                matching(self, patterns).iter().filter_map(|path| self.content_id(path)).collect()
            }
            // GitLab takes patterns literally here.
            HashedIds::Commits => patterns.iter().flat_map(|path| self.history_ids(path)).collect(),
        }
    }
}

impl WorkingTree {
    /// The id of the file's content; `None` without such a file.
    fn content_id(&self, path: &str) -> Option<String> {
        let problem = match open_beneath(self.root(), Path::new(path), PROJECT) {
            Ok(file) => match file.metadata().and_then(|metadata| blob_id(metadata.len(), &file)) {
                Ok(id) => return Some(id),
                Err(error) => error.to_string(),
            },
            Err(UnreadableFile::Missing) => return None,
            Err(UnreadableFile::Refused(problem)) => problem,
        };
        self.warn(format!("`{path}` is ignored in the key of the cache: {problem}"));
        None
    }

    /// The id of the last commit that changed the file, and the id of its content if that is not committed.
    fn history_ids(&self, path: &str) -> Vec<String> {
        let content = self.content_id(path);
        let history = file_history(self.root(), path).unwrap_or_else(|error| {
            if !error.is_without_repository() {
                self.warn(format!("the key of the cache lacks commits of `{path}`: {}", chain(&error)));
            }
            Default::default()
        });
        let uncommitted = content.filter(|content| history.committed.as_ref() != Some(content));
        history.last_commit.into_iter().chain(uncommitted).collect()
    }
}

/// The paths that these patterns mean. Without a wildcard a path stands for itself, so that files need not be listed.
fn matching(files: &dyn RuleFiles, patterns: &[String]) -> BTreeSet<String> {
    let (wild, literal): (Vec<&String>, Vec<&String>) =
        patterns.iter().partition(|pattern| pattern.contains('*'));
    let mut paths: BTreeSet<String> = literal.into_iter().cloned().collect();
    if !wild.is_empty() {
        let all = files.all_files();
        let matched = all.iter().filter(|path| wild.iter().any(|pattern| glob::matches(pattern, path)));
        paths.extend(matched.cloned());
    }
    paths
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A project without git with these files.
    fn project(files: &[(&str, &str)]) -> (TempDir, WorkingTree) {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let tree = WorkingTree::compared_with_parent(folder.path().to_owned(), None);
        (folder, tree)
    }

    fn ids(tree: &WorkingTree, patterns: &[&str], hashed: HashedIds) -> Vec<String> {
        tree.ids(&patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>(), hashed)
    }

    fn id(content: &str) -> String {
        blob_id(u64::try_from(content.len()).unwrap(), content.as_bytes()).unwrap()
    }

    #[test]
    fn files_count_with_their_content_and_patterns_match_files_in_folders() {
        let (_folder, tree) = project(&[("a.lock", "1"), ("sub/b.lock", "2"), ("sub/deep/b.lock", "3")]);
        let blobs = HashedIds::Blobs;
        assert_eq!(ids(&tree, &["a.lock", "none"], blobs), [id("1")]);
        assert_eq!(ids(&tree, &["sub/*.lock"], blobs), [id("2")]);
        assert_eq!(ids(&tree, &["**/b.lock", "a.lock"], blobs), [id("1"), id("2"), id("3")]);
        assert_eq!(ids(&tree, &["sub", "none", "*.txt"], blobs), [""; 0]);
        let warnings = tree.take_warnings();
        assert_eq!(warnings.len(), 1, "a folder is no file: {warnings:?}");
        assert_eq!(ids(&tree, &["a.lock"], HashedIds::Commits), [id("1")], "without git");
        assert_eq!(tree.take_warnings(), []);
    }

    #[test]
    fn a_link_out_of_the_project_does_not_count() {
        let (folder, tree) = project(&[("a", "1")]);
        symlink("/etc/passwd", folder.path().join("out")).unwrap();
        symlink("a", folder.path().join("in")).unwrap();
        assert_eq!(ids(&tree, &["out", "in", "../x"], HashedIds::Blobs), [id("1")]);
        let warnings = format!("{:?}", tree.take_warnings());
        assert!(warnings.contains("`out` is ignored in the key of the cache"), "{warnings}");
        assert!(warnings.contains("leads out of the project"), "{warnings}");
    }
}
