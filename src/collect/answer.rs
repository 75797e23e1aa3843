//! What was collected: the layout of the tar stream that `runner-lite collect` writes, and its JSON entries.
//!
//! For every archive N of the request, in its order: `N/selection.json` (a [`SelectedFiles`]), the files as `N/files/PATH`, sorted
//! by path, and `N/end.json` (an [`ArchiveEnd`]). The last entry is `end.json` (an [`AnswerEnd`]). A stream without it is
//! incomplete, and an archive without its own end may not be stored.

use serde::{Deserialize, Serialize};

/// The name of the last entry.
pub const END_ENTRY: &str = "end.json";

/// What an archive will contain, and how it was selected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectedFiles {
    /// The name of the archive with its variables expanded; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// In the order in which GitLab Runner prints them.
    pub findings: Vec<Finding>,
    /// The number of files, directories and links that will follow; those that vanish in the meantime included.
    pub entries: u64,
    /// The number of files and links among them.
    pub files: u64,
    /// The size of the files.
    pub bytes: u64,
    /// Identifies the selected files and their attributes; see `fingerprint.rs`. The store keeps it with a cache.
    pub fingerprint: String,
    /// The fingerprint is the known one, so that no entry follows.
    pub unchanged: bool,
}

/// One line of GitLab Runner's log about the selection. Texts are as they stand in the pipeline file with variables expanded,
/// unless noted; bytes that are not UTF-8 are replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// The variables in the name of the archive could not be expanded; it was used as it is. `reason` is as below.
    InvalidName { reason: String },
    /// The variables in `text` could not be expanded; it was used as it is. `reason` is in the words of GitLab Runner.
    InvalidPath { text: String, reason: String },
    /// The path is empty after the expansion.
    EmptyPath,
    /// The path is not below the project's folder.
    Outside { path: String },
    /// The pattern is malformed.
    BadPattern { path: String },
    /// The braces of a pattern stand for more alternatives than are looked for.
    TooManyAlternatives { path: String, max: usize },
    /// The path leads over the symbolic link `link`, whose target is not in the project.
    LinkOut { path: String, link: String },
    /// Nothing matches.
    NoMatch { path: String },
    /// Something matches. `count` counts an entry as often as it is met, as GitLab Runner does.
    Matched { path: String, count: u64 },
    /// `untracked` found so many files.
    Untracked { count: u64 },
    /// `untracked` found none.
    NoUntracked,
    /// A rule of `exclude` is not below the project's folder and has no effect.
    ExcludeOutside { rule: String },
    /// A rule of `exclude` is malformed and has no effect.
    BadExclude { rule: String },
    /// A rule of `exclude` left out something, counted as in [`Finding::Matched`].
    Excluded { rule: String, count: u64 },
    /// Files below the project's `.git` are selected.
    GitFolder,
}

/// What an archive has got.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveEnd {
    /// The number of entries sent.
    pub entries: u64,
    /// The number of files and links among them.
    pub files: u64,
    /// The size of the files.
    pub bytes: u64,
    /// Files that changed after they had been selected.
    pub changed: Vec<ChangedFile>,
    /// How many more of them there are.
    pub changed_more: u64,
    /// The archive is too large, so that it is incomplete and must not be stored.
    pub exceeded: Option<Exceeded>,
    /// The content of this file could not be read to its end, so that the archive is incomplete and must not be stored.
    pub unreadable: Option<UnreadContent>,
}

/// A file whose content cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadContent {
    /// Relative to the project's folder; bytes that are not UTF-8 are replaced.
    pub path: String,
    /// What the system says.
    pub reason: String,
}

/// A file that changed after it had been selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    /// Relative to the project's folder; bytes that are not UTF-8 are replaced.
    pub path: String,
    pub change: Change,
}

/// How a file changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was removed or replaced; it is left out.
    Vanished,
    /// It became shorter while it was read; the rest is filled with zeros.
    Shrank,
    /// It could not be read, for this reason; it is left out.
    Unreadable(String),
}

/// An archive that is larger than it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exceeded {
    /// The size of the selected files.
    pub bytes: u64,
    /// The size that was allowed.
    pub bytes_max: u64,
    /// The largest folders, at most two levels below the project's, or files in it; the largest first.
    pub largest: Vec<LargeFolder>,
}

/// A folder, with the size of the selected files in and below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargeFolder {
    /// Relative to the project's folder; bytes that are not UTF-8 are replaced.
    pub path: String,
    pub bytes: u64,
}

/// The end of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerEnd {
    /// The number of archives in the answer.
    pub archives: u64,
}

/// The entry with the [`SelectedFiles`] of an archive.
pub fn selection_entry(archive: u32) -> String {
    format!("{archive}/selection.json")
}

/// The folder of the archive's files, with a slash at the end.
pub fn files_prefix(archive: u32) -> String {
    format!("{archive}/files/")
}

/// The entry with the [`ArchiveEnd`] of an archive.
pub fn archive_end_entry(archive: u32) -> String {
    format!("{archive}/end.json")
}
