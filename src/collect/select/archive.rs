//! What is found for one archive, while the walk goes on and at its end.

use super::rules::{Alternative, State, close, first_states, step};
use crate::collect::answer::Finding;
use crate::collect::environment::PathVariables;
use crate::collect::expand::expand;
use crate::collect::glob::GlobError;
use crate::collect::glob::braces::ALTERNATIVES_MAX;
use crate::collect::place::{PlaceError, place};
use crate::collect::request::ArchiveRequest;
use crate::collect::tar_stream::Attributes;
use crate::collect::tree::NodeKind;

/// A file, directory or link that an archive gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedEntry {
    /// Relative to the project's folder.
    pub path: Box<[u8]>,
    /// Where the tree has it, if that is somewhere else: a pattern led over a link.
    pub source: Option<Box<[u8]>>,
    /// The target of a link, else empty.
    pub link: Box<[u8]>,
    pub attributes: Attributes,
    /// The nanoseconds beyond `attributes.modified`.
    pub modified_ns: u32,
}

/// The files of an archive, sorted by path, and what is told about them.
#[derive(Debug, Default)]
pub struct SelectedArchive {
    /// The name of the archive with its variables expanded.
    pub name: String,
    pub findings: Vec<Finding>,
    pub entries: Vec<SelectedEntry>,
}

/// An archive while the walk goes on.
#[derive(Debug, Default)]
pub(super) struct OpenArchive {
    name: String,
    /// What is told before the first path.
    before: Vec<Finding>,
    pub(super) paths: Vec<OpenPath>,
    excludes: Excludes,
    /// How many files `untracked` has found; `None` if it is not asked.
    pub(super) untracked: Option<u64>,
    pub(super) entries: Vec<SelectedEntry>,
}

/// A path of an archive, and what it has found.
#[derive(Debug)]
pub(super) struct OpenPath {
    /// After the expansion of variables.
    text: String,
    /// Its line, if it is not the number of what it finds.
    finding: Option<Finding>,
    /// Braces find everything once, however many of their alternatives match it.
    pub(super) has_braces: bool,
    pub(super) found: u64,
    /// A link on its way that leads out of the project.
    pub(super) link_out: Option<String>,
}

#[derive(Debug, Default)]
struct Excludes {
    /// After the expansion of variables; with how much each has left out.
    rules: Vec<(String, u64)>,
    alternatives: Vec<Alternative>,
}

impl OpenArchive {
    /// Reads the request. The alternatives of its paths go to `alternatives`, with indices of `paths` from `first_path` on.
    pub(super) fn new(
        request: &ArchiveRequest,
        project_dir: &[u8],
        variables: &PathVariables,
        alternatives: &mut Vec<Alternative>,
        first_path: usize,
    ) -> Self {
        let mut archive = Self { untracked: request.untracked.then_some(0), ..Self::default() };
        archive.name = lossy(&expand(&request.name, variables).unwrap_or_else(|reason| {
            archive.before.push(Finding::InvalidName { reason });
            request.name.clone().into_bytes()
        }));
        let paths: Vec<Vec<u8>> =
            request.paths.iter().map(|path| archive.expanded(path, variables)).collect();
        let excludes: Vec<Vec<u8>> =
            request.exclude.iter().map(|rule| archive.expanded(rule, variables)).collect();
        for text in paths {
            let owner = first_path + archive.paths.len();
            archive.paths.push(OpenPath::new(&text, project_dir, owner, alternatives));
        }
        for rule in excludes {
            archive.exclude(&rule, project_dir);
        }
        archive
    }

    /// Expands the variables in a path; one that cannot be expanded is used as it is.
    fn expanded(&mut self, text: &str, variables: &PathVariables) -> Vec<u8> {
        expand(text, variables).unwrap_or_else(|reason| {
            self.before.push(Finding::InvalidPath { text: text.to_owned(), reason });
            text.as_bytes().to_vec()
        })
    }

    fn exclude(&mut self, text: &[u8], project_dir: &[u8]) {
        let rule = lossy(text);
        match place(text, project_dir) {
            Err(PlaceError::Outside) => self.before.push(Finding::ExcludeOutside { rule }),
            Err(PlaceError::Glob(GlobError::Malformed)) => self.before.push(Finding::BadExclude { rule }),
            Err(PlaceError::Glob(GlobError::TooManyAlternatives)) => {
                self.before.push(Finding::TooManyAlternatives { path: rule, max: ALTERNATIVES_MAX });
            }
            Ok(several) => {
                let owner = self.excludes.rules.len();
                self.excludes
                    .alternatives
                    .extend(several.into_iter().map(|parts| Alternative::new(owner, parts)));
                self.excludes.rules.push((rule, 0));
            }
        }
    }

    /// The states of the excludes before the first name.
    pub(super) fn first_exclude_states(&self) -> Vec<State> {
        let mut states = first_states(&self.excludes.alternatives);
        close(&mut states, &self.excludes.alternatives);
        states
    }

    /// The states of the excludes behind a name.
    pub(super) fn exclude_states(&self, states: &[State], name: &[u8]) -> Vec<State> {
        // An exclude is compared with the text of a path, so that `a/**` also matches a file `a`.
        let mut after = step(states, name, NodeKind::Directory, &self.excludes.alternatives);
        close(&mut after, &self.excludes.alternatives);
        after
    }

    /// Whether an entry with these states is excluded; counts it for the first rule that says so.
    pub(super) fn excludes(&mut self, states: &[State], visits: u64) -> bool {
        let Excludes { rules, alternatives } = &mut self.excludes;
        let complete = states.iter().filter(|state| state.part(alternatives).is_none());
        let owners =
            complete.filter_map(|state| alternatives.get(state.alternative)).map(|found| found.owner);
        let Some((_, count)) = owners.min().and_then(|owner| rules.get_mut(owner)) else { return false };
        *count = count.saturating_add(visits);
        true
    }

    /// Sorts the entries and puts the lines together.
    pub(super) fn finish(self) -> SelectedArchive {
        let Self { name, before: mut findings, paths, excludes, untracked, mut entries } = self;
        entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        drop_links_with_content(&mut entries);
        findings.extend(paths.into_iter().flat_map(OpenPath::finish));
        findings.extend(untracked.map(|count| match count {
            0 => Finding::NoUntracked,
            count => Finding::Untracked { count },
        }));
        let excluded = excludes.rules.into_iter().filter(|(_, count)| *count > 0);
        findings.extend(excluded.map(|(rule, count)| Finding::Excluded { rule, count }));
        if entries.iter().any(|entry| *entry.path == *b".git" || entry.path.starts_with(b".git/")) {
            findings.push(Finding::GitFolder);
        }
        SelectedArchive { name, findings, entries }
    }
}

/// Leaves out links below whose name there are other entries, which a pattern has found over the link: an archive cannot
/// contain both.
fn drop_links_with_content(entries: &mut Vec<SelectedEntry>) {
    let has_content = |link: &SelectedEntry| {
        let below = [&link.path, &b"/"[..]].concat();
        let first = entries.partition_point(|entry| *entry.path < *below);
        entries.get(first).is_some_and(|entry| entry.path.starts_with(&below))
    };
    let keep: Vec<bool> = entries.iter().map(|entry| entry.link.is_empty() || !has_content(entry)).collect();
    let mut keep = keep.into_iter();
    entries.retain(|_| keep.next().unwrap_or(true));
}

impl OpenPath {
    fn new(text: &[u8], project_dir: &[u8], owner: usize, alternatives: &mut Vec<Alternative>) -> Self {
        let path = lossy(text);
        let mut has_braces = false;
        let finding = match place(text, project_dir) {
            _ if text.is_empty() => Some(Finding::EmptyPath),
            Err(PlaceError::Outside) => Some(Finding::Outside { path: path.clone() }),
            Err(PlaceError::Glob(GlobError::Malformed)) => Some(Finding::BadPattern { path: path.clone() }),
            Err(PlaceError::Glob(GlobError::TooManyAlternatives)) => {
                Some(Finding::TooManyAlternatives { path: path.clone(), max: ALTERNATIVES_MAX })
            }
            Ok(several) => {
                has_braces = several.len() > 1;
                alternatives.extend(several.into_iter().map(|parts| Alternative::new(owner, parts)));
                None
            }
        };
        Self { text: path, finding, has_braces, found: 0, link_out: None }
    }

    fn finish(self) -> Vec<Finding> {
        let Self { text: path, finding, found, link_out, .. } = self;
        if let Some(finding) = finding {
            return vec![finding];
        }
        if found > 0 {
            return vec![Finding::Matched { path, count: found }];
        }
        let out = link_out.map(|link| Finding::LinkOut { path: path.clone(), link });
        out.into_iter().chain([Finding::NoMatch { path }]).collect()
    }
}

/// A text for a line of the log.
pub(super) fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
