//! A project in memory, for tests.

use std::rc::Rc;

use super::{LoadContext, UnreadableFile};
use crate::pipeline::glob::matches;
use crate::pipeline::inputs::InputArgument;
use crate::pipeline::rule_context::{RuleFiles, RuleVariables};
use crate::pipeline::{Pipeline, load};
use crate::source::diagnostic::Diagnostics;
use crate::source::map::{SourceMap, Spanned};

type NamedTexts = Vec<(&'static str, String)>;

/// The files, vendored copies, variables and inputs of a test.
#[derive(Default)]
pub(crate) struct TestProject {
    pub(crate) files: NamedTexts,
    pub(crate) copies: NamedTexts,
    pub(crate) variables: NamedTexts,
    pub(crate) inputs: Vec<InputArgument>,
}

pub(crate) fn pairs(written: &[(&'static str, &str)]) -> NamedTexts {
    written.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
}

fn get(pairs: &NamedTexts, name: &str) -> Option<String> {
    pairs.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone())
}

impl TestProject {
    /// Loads a main file with this text.
    pub(crate) fn load(&self, text: &str) -> (Option<Pipeline>, Diagnostics, SourceMap) {
        let mut map = SourceMap::new();
        let file = map.add(".gitlab-ci.yml", text);
        let (pipeline, found) = load(&mut map, file, self);
        (pipeline.filter(|_| !found.has_errors()), found, map)
    }
}

/// The texts of commands.
pub(crate) fn texts(commands: &[Spanned<String>]) -> Vec<String> {
    commands.iter().map(|command| command.value.clone()).collect()
}

/// Diagnostics as `file: message`, with the file of the first label.
pub(crate) fn messages(found: &Diagnostics, map: &SourceMap) -> Vec<String> {
    let shown = found.iter().map(|found| {
        let file = found.labels.first().map(|label| map.name(label.span.file)).unwrap_or_default();
        format!("{file}: {}", found.message)
    });
    shown.collect()
}

impl RuleFiles for TestProject {
    fn changed_files(&self, _: Option<&str>) -> Option<Rc<[String]>> {
        Some(Rc::from(["changed.md".to_owned()]))
    }

    fn all_files(&self) -> Rc<[String]> {
        self.files.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

impl RuleVariables for TestProject {
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    fn expand(&self, text: &str) -> String {
        self.variables
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }
}

impl LoadContext for TestProject {
    fn read_file(&self, path: &str) -> Result<String, UnreadableFile> {
        get(&self.files, path).ok_or(UnreadableFile::Missing)
    }

    fn matching_files(&self, pattern: &str) -> Vec<String> {
        self.files.iter().map(|(name, _)| (*name).to_owned()).filter(|name| matches(pattern, name)).collect()
    }

    fn include_dir(&self) -> Option<&str> {
        (!self.copies.is_empty()).then_some("copies")
    }

    fn read_vendored(&self, path: &str) -> Result<String, UnreadableFile> {
        get(&self.copies, path).ok_or(UnreadableFile::Missing)
    }

    fn inputs(&self) -> &[InputArgument] {
        &self.inputs
    }
}
