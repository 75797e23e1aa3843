//! Reads included files and merges them below the file that names them.

use super::entry::{self, IncludeEntry};
use super::foreign::ForeignInclude;
use super::load_context::{LoadContext, UnreadableFile};
use super::location::{IncludeLocation, LocalRoot, VendoredFile};
use super::missing_includes::is_fetched;
use super::own_project::{OwnFile, OwnInclude};
use crate::pipeline::decode::{one_or_more, problem};
use crate::pipeline::deep_merge::merge_onto;
use crate::pipeline::inputs::{ComponentContext, InputContext};
use crate::pipeline::loaded_file::{LoadedFile, load_file};
use crate::pipeline::when::When;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::{FilePlace, SourceMap};
use crate::source::node::{Node, Value};
use crate::source::reading_budget::ReadingBudget;
use crate::suggest::closest;

/// The most included files, repetitions counted; GitLab's limit. It also ends circles of includes.
const INCLUDES_MAX: usize = 150;

const INCLUDE: &str = "include";

/// Reads included files and merges them.
pub(in crate::pipeline) struct Includer<'a> {
    pub(in crate::pipeline) map: &'a mut SourceMap,
    pub(in crate::pipeline) context: &'a dyn LoadContext,
    pub(in crate::pipeline) diagnostics: &'a mut Diagnostics,
    /// The number of files included so far.
    pub(in crate::pipeline) count: usize,
    /// The includes that need a network or could not be read.
    pub(in crate::pipeline) missing_includes: Vec<String>,
    /// The files from elsewhere that were looked for, in their order, repetitions included.
    pub(in crate::pipeline) foreign: Vec<ForeignInclude>,
    budget: ReadingBudget,
}

/// A file to include.
struct IncludedFile {
    /// The name in messages.
    name: String,
    path: String,
    /// Where its text is. It is read when its turn comes: a pattern may match more than fits into memory.
    place: Result<TextPlace, IncludeFailure>,
    /// Where its own `include: local` finds files.
    base: LocalRoot,
    component: Option<ComponentContext>,
}

impl IncludedFile {
    fn of_this_project(file: OwnFile) -> Self {
        let OwnFile { path, name, missing, component } = file;
        let place = match &path {
            Some(path) => Ok(TextPlace::Project(path.clone())),
            None => Err(IncludeFailure::new(missing, PATHS_BEGIN_AT_ROOT)),
        };
        // The extension is checked before the file is missed.
        let path = path.unwrap_or_else(|| format!("{name}.yml"));
        Self { name, path, place, base: LocalRoot::Project, component }
    }
}

/// Where the text of a file is, with its whole path there.
enum TextPlace {
    Project(String),
    Copies(String),
}

impl TextPlace {
    fn read(&self, context: &dyn LoadContext) -> Result<String, IncludeFailure> {
        let (path, text) = match self {
            Self::Project(path) => (path, context.read_file(path)),
            Self::Copies(path) => (path, context.read_vendored(path)),
        };
        text.map_err(|reason| IncludeFailure::unreadable(path, &reason, context))
    }

    fn into_file_place(self) -> FilePlace {
        match self {
            Self::Project(path) => FilePlace::Project(path),
            Self::Copies(path) => FilePlace::Copies(path),
        }
    }
}

/// Why a file is not included.
struct IncludeFailure {
    /// GitLab's message, if it has one for this.
    message: String,
    /// What to do.
    advice: String,
}

impl IncludeFailure {
    fn new(message: String, advice: impl Into<String>) -> Self {
        Self { message, advice: advice.into() }
    }

    /// Refuses a path that GitLab does not find: it compares the path with the names in the commit (Gitaly's
    /// `FindByRevisionAndPath`, which `Repository#blobs_at` calls), so that `./a.yml` is not `a.yml`.
    fn of_path(path: &str) -> Option<Self> {
        let is_other_name = |part: &str| matches!(part, "" | "." | "..");
        path.split('/').any(is_other_name).then(|| {
            let named: Vec<&str> = path.split('/').filter(|part| !is_other_name(part)).collect();
            let advice = match path.contains("..") {
                true => PATHS_BEGIN_AT_ROOT.to_owned(),
                false => format!("GitLab compares whole paths: write `{}`", named.join("/")),
            };
            Self::new(format!("Local file `{path}` does not exist!"), advice)
        })
    }

    fn unreadable(name: &str, reason: &UnreadableFile, context: &dyn LoadContext) -> Self {
        match reason {
            UnreadableFile::Missing => {
                let files = context.all_files();
                let is_pipeline_file = |path: &&str| path.ends_with(".yml") || path.ends_with(".yaml");
                let near = closest(name, files.iter().map(String::as_str).filter(is_pipeline_file));
                let advice =
                    near.map_or(PATHS_BEGIN_AT_ROOT.to_owned(), |near| format!("did you mean `{near}`?"));
                Self::new(format!("Local file `{name}` does not exist!"), advice)
            }
            UnreadableFile::Refused(reason) => Self::new(
                format!("Local file `{name}` cannot be included: {reason}"),
                "include the file itself",
            ),
        }
    }
}

const PATHS_BEGIN_AT_ROOT: &str =
    "paths begin at the root of the project, also in files that are included themselves";

impl<'a> Includer<'a> {
    pub(in crate::pipeline) fn new(
        map: &'a mut SourceMap,
        context: &'a dyn LoadContext,
        budget: ReadingBudget,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        let (missing_includes, foreign) = (Vec::new(), Vec::new());
        Self { map, context, diagnostics, count: 0, missing_includes, foreign, budget }
    }

    /// Merges the main file onto everything that it includes.
    pub(in crate::pipeline) fn merge_main(&mut self, root: Node) -> Node {
        self.merge_includes(root, &LocalRoot::Project)
    }

    /// Merges `root` onto everything that it includes. Includes that fail are reported.
    fn merge_includes(&mut self, mut root: Node, base: &LocalRoot) -> Node {
        let Some(written) = take_include(&mut root) else { return root };
        let mut below: Option<Node> = None;
        for node in one_or_more(&written).iter().filter(|node| !node.is_null()) {
            let Some(entry) = entry::decode_entry(node, self.diagnostics) else { continue };
            if !self.rules_match(&entry) {
                continue;
            }
            for source in self.included_files(&entry, base) {
                let name = source.name.clone();
                match self.load_included(source, &entry) {
                    Some(included) => below = Some(merge_onto(below, included)),
                    // Later messages must not blame the rest of the file for what this include would have defined.
                    None => self.missing_includes.push(name),
                }
            }
        }
        merge_onto(below, root)
    }

    /// Whether the rules of an entry include it: the first rule that matches decides. Without rules, it is included.
    fn rules_match(&self, entry: &IncludeEntry) -> bool {
        let Some(rules) = &entry.rules else { return true };
        let matched = rules.iter().find(|rule| rule.matching_clauses(self.context, self.context).is_some());
        matched.is_some_and(|rule| rule.when != Some(When::Never))
    }

    /// The files of an entry. Without vendored copies, a warning says that they need a network.
    fn included_files(&mut self, entry: &IncludeEntry, base: &LocalRoot) -> Vec<IncludedFile> {
        let location = entry.location.expand_variables(&|text| self.context.expand(text));
        if let IncludeLocation::Local(path) = &location {
            return self.local_files(path.trim_start_matches('/'), base);
        }
        let copies = location.vendored_files();
        let is_there =
            |path: &&String| !matches!(self.context.read_vendored(path), Err(UnreadableFile::Missing));
        let found: Vec<_> = copies.iter().map(|copy| copy.paths.iter().find(is_there).cloned()).collect();
        let has_copies = found.iter().all(Option::is_some);
        let own = OwnInclude::find(&location, self.context);
        if own.as_ref().is_none_or(|own| own.is_of_another_commit(self.context)) {
            let missing = !has_copies;
            self.foreign.extend(copies.iter().filter_map(|copy| copy.foreign_include(&location, missing)));
        }
        if let Some(own) = own {
            let is_other = own.is_of_another_commit(self.context);
            if is_other && !has_copies {
                self.warn_about_reference(entry, &own, &location);
            }
            if !is_other || !has_copies {
                return own.files.into_iter().map(IncludedFile::of_this_project).collect();
            }
        }
        if !has_copies {
            self.report_missing(entry, &location, copies.first().and_then(|copy| copy.paths.first()));
            return Vec::new();
        }
        let found = copies.into_iter().zip(found.into_iter().flatten());
        let file = |(copy, path): (VendoredFile, String)| {
            let place = Ok(TextPlace::Copies(path.clone()));
            IncludedFile { name: copy.name, path, place, base: copy.base, component: copy.component }
        };
        found.map(file).collect()
    }

    /// Files of this project, or of the vendored project whose file includes them.
    fn local_files(&mut self, path: &str, base: &LocalRoot) -> Vec<IncludedFile> {
        if let (None, LocalRoot::Vendored(project)) = (IncludeFailure::of_path(path), base) {
            let paths = vec![path.to_owned()];
            self.foreign.push(ForeignInclude::File { project: project.clone(), paths });
        }
        let source = |path: String| {
            let (name, place) = match (IncludeFailure::of_path(&path), base) {
                (Some(failure), _) => (path.clone(), Err(failure)),
                (None, LocalRoot::Project) => (path.clone(), Ok(TextPlace::Project(path.clone()))),
                (None, LocalRoot::Vendored(project)) => {
                    let full = project.copy_of(&path);
                    (full.clone(), Ok(TextPlace::Copies(full)))
                }
                (None, LocalRoot::None) => {
                    let message = format!("Local file `{path}` does not have project!");
                    (path.clone(), Err(IncludeFailure::new(message, PATHS_BEGIN_AT_ROOT)))
                }
            };
            IncludedFile { name, path, place, base: base.clone(), component: None }
        };
        match (path.contains('*'), base) {
            (true, LocalRoot::Project) => self.context.matching_files(path).into_iter().map(source).collect(),
            _ => vec![source(path.to_owned())],
        }
    }

    fn warn_about_reference(&mut self, entry: &IncludeEntry, own: &OwnInclude, location: &IncludeLocation) {
        let reference = own.reference.as_deref().unwrap_or_default();
        let message = format!("`{location}` is read from the working tree, not from `{reference}`");
        let warning = Diagnostic::warning(Code::Unsupported, message).label(entry.span, "of this project");
        self.diagnostics
            .push(warning.help("a copy of that version in the folder of `--include-dir` is read instead"));
    }

    fn report_missing(&mut self, entry: &IncludeEntry, location: &IncludeLocation, copy: Option<&String>) {
        let message = format!("`{location}` needs a network and is not included");
        let warning = Diagnostic::warning(Code::NeedsNetwork, message).label(entry.span, "left out");
        let advice = match (self.context.include_dir(), copy) {
            (folder, Some(copy)) if is_fetched(&location.to_string()) => {
                let folder = folder.unwrap_or("DIR");
                let command = format!("`runner-lite include fetch --include-dir {folder}`");
                format!("jobs that use it cannot run; {command} copies it to `{folder}/{copy}`")
            }
            (_, None) => "jobs that use it cannot run".to_owned(),
            (Some(folder), Some(copy)) => {
                format!("jobs that use it cannot run; a copy would be read from `{folder}/{copy}`")
            }
            (None, Some(copy)) => format!(
                "jobs that use it cannot run; with --include-dir DIR a copy is read from `DIR/{copy}`"
            ),
        };
        self.diagnostics.push(warning.help(advice));
        self.missing_includes.push(location.to_string());
    }

    /// Reads one file and everything that it includes.
    fn load_included(&mut self, source: IncludedFile, entry: &IncludeEntry) -> Option<Node> {
        if self.budget.is_exhausted() {
            return None;
        }
        let IncludedFile { name, path, place, base, component } = source;
        let (text, place) = match self.check_file(&name, &path, place) {
            Ok(checked) => checked,
            Err(IncludeFailure { message, advice }) => {
                let problem = Diagnostic::error(Code::InvalidConfig, message);
                self.diagnostics.push(problem.label(entry.span, "included here").help(advice));
                return None;
            }
        };
        let file = self.map.add_from(place, &*name, text);
        let load_context = self.context;
        let expand = |text: &str| load_context.expand(text);
        let context = InputContext {
            arguments: &entry.inputs,
            included_at: Some(entry.span),
            component: component.as_ref(),
            expand: &expand,
        };
        let document = match load_file(self.map, file, &context, &mut self.budget, self.diagnostics) {
            LoadedFile::Root(document) => document,
            LoadedFile::Empty => {
                let message = format!("Included file `{name}` does not have valid YAML syntax!");
                let problem = Diagnostic::error(Code::InvalidConfig, message);
                self.diagnostics.push(problem.label(entry.span, "it is empty"));
                return None;
            }
            LoadedFile::Invalid => return None,
        };
        if !matches!(document.value, Value::Mapping(_)) {
            let message = format!("Included file `{name}` does not have valid YAML syntax!");
            self.diagnostics
                .push(problem(&document, message).help("a file is a mapping of jobs and keywords"));
            return None;
        }
        Some(self.merge_includes(document, &base))
    }

    /// Checks the number and extension of a file, reads it, and checks that it has content.
    fn check_file(
        &mut self,
        name: &str,
        path: &str,
        place: Result<TextPlace, IncludeFailure>,
    ) -> Result<(String, FilePlace), IncludeFailure> {
        self.count += 1;
        if self.count > INCLUDES_MAX {
            let message = format!("Maximum of {INCLUDES_MAX} nested includes are allowed!");
            return Err(IncludeFailure::new(message, "look for a file that includes itself"));
        }
        let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        if !matches!(extension.as_deref(), Some("yml" | "yaml")) {
            let message = format!("Included file `{name}` does not have YAML extension!");
            return Err(IncludeFailure::new(message, "name it `.yml` or `.yaml`"));
        }
        let place = place?;
        let text = place.read(self.context)?;
        if text.trim().is_empty() {
            return Err(IncludeFailure::new(format!("Local file `{name}` is empty!"), "remove it"));
        }
        Ok((text, place.into_file_place()))
    }
}

/// Removes `include` from the top level and returns it.
fn take_include(root: &mut Node) -> Option<Node> {
    let Value::Mapping(pairs) = &mut root.value else { return None };
    let index = pairs.iter().position(|(key, _)| key.key_text() == INCLUDE)?;
    Some(pairs.remove(index).1)
}
