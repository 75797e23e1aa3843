//! The walk through the tree.

use std::collections::BTreeSet;

use super::archive::{OpenArchive, OpenPath, SelectedArchive, SelectedEntry, lossy};
use super::rules::{Alternative, State, close, first_states, step};
use crate::collect::CollectError;
use crate::collect::entry_budget::{EntryBudget, EntryLimitExceeded, EntryLimits};
use crate::collect::environment::PathVariables;
use crate::collect::follow::{Followed, follow};
use crate::collect::glob::GlobPart;
use crate::collect::request::{CollectRequest, delivered_hash};
use crate::collect::tar_stream::{Attributes, EntryKind};
use crate::collect::tree::{FolderNames, NodeKind, Tree, TreeNode, join};

/// Selects the files of all archives, in the order of the request. What cannot be read is passed over, as in the Runner.
///
/// # Errors
/// There are too many files, or their names are too long.
pub fn select<T: Tree>(
    tree: &mut T,
    request: &CollectRequest,
    variables: &PathVariables,
) -> Result<Vec<SelectedArchive>, CollectError> {
    select_within(EntryLimits::default(), tree, request, variables)
}

/// As [`select`], with other limits.
pub(super) fn select_within<T: Tree>(
    limits: EntryLimits,
    tree: &mut T,
    request: &CollectRequest,
    variables: &PathVariables,
) -> Result<Vec<SelectedArchive>, CollectError> {
    let mut walk = SelectionWalk::new(limits, tree, request, variables);
    walk.start();
    while let Some(folder) = walk.folders.pop() {
        walk.budget.give_back(&folder.path, &folder.source);
        walk.folder(&folder)?;
    }
    Ok(walk.archives.into_iter().map(OpenArchive::finish).collect())
}

struct SelectionWalk<'t, T> {
    tree: &'t mut T,
    project_dir: Vec<u8>,
    archives: Vec<OpenArchive>,
    /// The index of the archive and that of the path in it, for each path.
    owners: Vec<(usize, usize)>,
    alternatives: Vec<Alternative>,
    /// Sorted.
    delivered: Vec<u64>,
    /// Folders to be read.
    folders: Vec<OpenFolder>,
    /// For the entries of all archives, and for the folders to be read.
    budget: EntryBudget,
}

/// A folder to be read.
struct OpenFolder {
    path: Vec<u8>,
    /// Where the tree has it.
    source: Vec<u8>,
    states: Vec<State>,
    /// How many matches contain the folder, for each path with any.
    covered: Vec<(usize, u64)>,
    /// For each archive.
    excludes: Vec<Vec<State>>,
    /// `.git` contains no untracked file.
    untracked: bool,
}

impl<'t, T: Tree> SelectionWalk<'t, T> {
    fn new(
        limits: EntryLimits,
        tree: &'t mut T,
        request: &CollectRequest,
        variables: &PathVariables,
    ) -> Self {
        let project_dir = request.project_dir.clone().into_bytes();
        let (mut archives, mut owners, mut alternatives) = (Vec::new(), Vec::new(), Vec::new());
        for request in &request.archives {
            let archive = OpenArchive::new(request, &project_dir, variables, &mut alternatives, owners.len());
            owners.extend((0..archive.paths.len()).map(|path| (archives.len(), path)));
            archives.push(archive);
        }
        let mut delivered = request.delivered.clone().unwrap_or_default();
        delivered.sort_unstable();
        let budget = EntryBudget::new(limits);
        Self { tree, project_dir, archives, owners, alternatives, delivered, folders: Vec::new(), budget }
    }

    /// Counts the project's folder itself, which is no entry of an archive, and opens it.
    fn start(&mut self) {
        let mut states = first_states(&self.alternatives);
        close(&mut states, &self.alternatives);
        let covered = self.covered(&[], &states);
        for index in 0..self.archives.len() {
            let visits = self.visits(&covered, index);
            let Some(archive) = self.archives.get_mut(index) else { continue };
            let excludes = archive.first_exclude_states();
            // `*` matches `.`, and so does a rule that is the project's folder itself.
            let named = archive.exclude_states(&excludes, b".");
            if visits > 0 && !archive.excludes(&excludes, visits) && !archive.excludes(&named, visits) {
                self.count(&covered, index);
            }
        }
        self.folders.push(OpenFolder {
            path: Vec::new(),
            source: Vec::new(),
            states,
            covered,
            excludes: self.archives.iter().map(OpenArchive::first_exclude_states).collect(),
            untracked: self.archives.iter().any(|archive| archive.untracked.is_some()),
        });
    }

    /// Reads a folder, or looks only for some names if no pattern needs more.
    fn folder(&mut self, folder: &OpenFolder) -> Result<(), CollectError> {
        let parts = folder.states.iter().filter_map(|state| state.part(&self.alternatives));
        let literals = parts.map(|part| match part {
            GlobPart::Literal(name) => Some(name.to_vec()),
            _ => None,
        });
        let all = folder.untracked || !folder.covered.is_empty();
        let names = match literals.collect::<Option<BTreeSet<_>>>().filter(|_| !all) {
            Some(names) => names.into_iter().map(|name| (name, None)).collect(),
            None => self.names(&folder.source)?,
        };
        names.into_iter().try_for_each(|(name, kind)| self.name(folder, &name, kind))
    }

    /// All names in a folder; none if it cannot be read.
    fn names(&mut self, source: &[u8]) -> Result<FolderNames, CollectError> {
        match self.tree.names(source).map_err(|error| error.downcast::<EntryLimitExceeded>()) {
            Err(Ok(exceeded)) => Err(exceeded.into()),
            names => Ok(names.unwrap_or_default()),
        }
    }

    /// Looks at a name in a folder.
    fn name(&mut self, folder: &OpenFolder, name: &[u8], kind: Option<NodeKind>) -> Result<(), CollectError> {
        let Some(kind) = kind.or_else(|| self.node(&join(&folder.source, name)).map(|node| node.kind)) else {
            return Ok(());
        };
        let states = step(&folder.states, name, kind, &self.alternatives);
        let untracked = folder.untracked && name != b".git";
        if states.is_empty() && folder.covered.is_empty() && !untracked {
            return Ok(());
        }
        let excludes = self.archives.iter().zip(&folder.excludes);
        let mut place = OpenFolder {
            path: join(&folder.path, name),
            source: join(&folder.source, name),
            states,
            covered: Vec::new(),
            excludes: excludes.map(|(archive, states)| archive.exclude_states(states, name)).collect(),
            untracked,
        };
        let followed = match kind {
            NodeKind::Directory => {
                close(&mut place.states, &self.alternatives);
                None
            }
            NodeKind::Link => self.link(&mut place),
            NodeKind::File | NodeKind::Special => None,
        };
        place.covered = self.covered(&folder.covered, &place.states);
        self.take(&place, kind)?;
        if let Some(target) = followed {
            // Only names lead over a link: the Runner walks through none.
            (place.source, place.covered, place.untracked) = (target, Vec::new(), false);
        } else if kind != NodeKind::Directory {
            return Ok(());
        }
        place.states.retain(|state| state.part(&self.alternatives).is_some());
        if !place.states.is_empty() || !place.covered.is_empty() || place.untracked {
            self.budget.take(&place.path, &place.source)?;
            self.folders.push(place);
        }
        Ok(())
    }

    /// Decides which states a link has, and whether some are followed over it: the result is the folder that it leads to.
    ///
    /// A link is followed in the part of a path before the first pattern. A path without any pattern finds only links whose
    /// target exists.
    fn link(&mut self, place: &mut OpenFolder) -> Option<Vec<u8>> {
        let alternatives = &self.alternatives;
        let is_literal = |state: &State| {
            alternatives.get(state.alternative).is_some_and(|found| state.matched <= found.literal)
        };
        let (mut open, mut complete): (Vec<State>, Vec<State>) =
            place.states.iter().partition(|state| state.part(alternatives).is_some());
        if complete.iter().any(is_literal) && !self.tree.has_target(&place.source) {
            complete.retain(|state| !is_literal(state));
        }
        open.retain(is_literal);
        let followed = if open.is_empty() {
            None
        } else {
            match follow(self.tree, &self.project_dir, &place.source) {
                Followed::Directory(target) => Some(target),
                Followed::Other | Followed::Nothing => None,
                Followed::Out(link) => {
                    let owners = open.iter().filter_map(|state| alternatives.get(state.alternative));
                    for (archive, path) in owners.filter_map(|found| self.owners.get(found.owner)) {
                        let path =
                            self.archives.get_mut(*archive).and_then(|found| found.paths.get_mut(*path));
                        path.into_iter().for_each(|path| path.link_out = Some(lossy(&link)));
                    }
                    None
                }
            }
        };
        if followed.is_some() {
            close(&mut open, alternatives);
            complete.extend(open);
        }
        place.states = complete;
        followed
    }

    /// How many matches contain an entry with these states: those of its folder, and the entry itself.
    fn covered(&self, folder: &[(usize, u64)], states: &[State]) -> Vec<(usize, u64)> {
        let mut covered = folder.to_vec();
        let inherited = covered.len();
        for state in states.iter().filter(|state| state.part(&self.alternatives).is_none()) {
            let Some(owner) = self.alternatives.get(state.alternative).map(|found| found.owner) else {
                continue;
            };
            // Matches of this entry come behind the inherited ones, so that braces count it once.
            let own = covered.iter_mut().skip(inherited).find(|(path, _)| *path == owner);
            let has_braces = self.path(owner).is_some_and(|path| path.has_braces);
            match own {
                Some(_) if has_braces => {}
                Some((_, visits)) => *visits = visits.saturating_add(state.ways),
                None => covered.push((owner, if has_braces { 1 } else { state.ways })),
            }
        }
        merge(covered)
    }

    fn path(&self, owner: usize) -> Option<&OpenPath> {
        let (archive, path) = self.owners.get(owner)?;
        self.archives.get(*archive)?.paths.get(*path)
    }

    /// How often the paths of an archive meet an entry.
    fn visits(&self, covered: &[(usize, u64)], archive: usize) -> u64 {
        let own =
            covered.iter().filter(|(path, _)| self.owners.get(*path).is_some_and(|owner| owner.0 == archive));
        own.fold(0, |sum, (_, visits)| sum.saturating_add(*visits))
    }

    /// Counts an entry for the paths of an archive.
    fn count(&mut self, covered: &[(usize, u64)], archive: usize) {
        for (path, visits) in covered {
            let Some((owner, path)) = self.owners.get(*path).filter(|owner| owner.0 == archive) else {
                continue;
            };
            let found = self.archives.get_mut(*owner).and_then(|archive| archive.paths.get_mut(*path));
            found.into_iter().for_each(|path| path.found = path.found.saturating_add(*visits));
        }
    }

    /// Adds an entry to the archives whose paths meet it, and counts it.
    fn take(&mut self, place: &OpenFolder, kind: NodeKind) -> Result<(), CollectError> {
        let is_untracked = place.untracked
            && matches!(kind, NodeKind::File | NodeKind::Link)
            && self.delivered.binary_search(&delivered_hash(&place.path)).is_err();
        if place.covered.is_empty() && !is_untracked {
            return Ok(());
        }
        // It may be gone since the folder was read.
        let Some(entry) = self.entry(place)? else { return Ok(()) };
        for index in 0..self.archives.len() {
            let visits = self.visits(&place.covered, index);
            let Some(archive) = self.archives.get_mut(index) else { continue };
            let untracked = u64::from(is_untracked && archive.untracked.is_some());
            let visits = visits.saturating_add(untracked);
            if visits == 0 || place.excludes.get(index).is_some_and(|states| archive.excludes(states, visits))
            {
                continue;
            }
            archive.untracked = archive.untracked.map(|count| count.saturating_add(untracked));
            if let Some(archived) = &entry.archived {
                self.budget.take(&archived.path, &archived.link)?;
                archive.entries.push(archived.clone());
            }
            self.count(&place.covered, index);
        }
        Ok(())
    }

    /// What lies at a place; `None` if nothing does.
    fn entry(&mut self, place: &OpenFolder) -> Result<Option<FoundEntry>, CollectError> {
        let Some(node) = self.node(&place.source) else { return Ok(None) };
        let kind = match node.kind {
            NodeKind::File => EntryKind::File,
            NodeKind::Directory => EntryKind::Directory,
            NodeKind::Link => EntryKind::Link,
            NodeKind::Special => return Ok(Some(FoundEntry { archived: None })),
        };
        let link = match kind {
            EntryKind::Link => match self.tree.link_target(&place.source) {
                Ok(target) => target,
                Err(_) => return Ok(None),
            },
            _ => Vec::new(),
        };
        let TreeNode { mode, uid, gid, modified, size, modified_ns, .. } = node;
        let attributes = Attributes { kind, mode, uid, gid, modified, size };
        let source = (place.source != place.path).then(|| place.source.clone().into());
        let path = place.path.clone().into();
        let archived = Some(SelectedEntry { path, source, link: link.into(), attributes, modified_ns });
        Ok(Some(FoundEntry { archived }))
    }

    /// What lies at a path of the tree; `None` also if it cannot be looked at.
    fn node(&mut self, source: &[u8]) -> Option<TreeNode> {
        self.tree.node(source).ok().flatten()
    }
}

/// An entry that exists.
struct FoundEntry {
    /// `None` for what is counted and not archived: pipes, sockets and devices.
    archived: Option<SelectedEntry>,
}

/// Adds up what belongs to one path.
fn merge(mut covered: Vec<(usize, u64)>) -> Vec<(usize, u64)> {
    covered.sort_unstable_by_key(|(path, _)| *path);
    covered.dedup_by(|(path, visits), (before, sum)| {
        let same = path == before;
        if same {
            *sum = sum.saturating_add(*visits);
        }
        same
    });
    covered
}
