//! A project to read files of in tests.

use std::rc::Rc;

use super::{Given, Surroundings};
use crate::pipeline::glob::matches;
use crate::pipeline::tree::{Tree, Variables};
use crate::pipeline::{Pipeline, load};
use crate::source::diagnostic::Diagnostics;
use crate::source::map::SourceMap;

type Pairs = Vec<(&'static str, String)>;

/// What is around a main file.
#[derive(Default)]
pub(in crate::pipeline) struct Around {
    pub(in crate::pipeline) files: Pairs,
    pub(in crate::pipeline) copies: Pairs,
    pub(in crate::pipeline) variables: Pairs,
    pub(in crate::pipeline) inputs: Vec<Given>,
}

pub(in crate::pipeline) fn pairs(written: &[(&'static str, &str)]) -> Pairs {
    written.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
}

fn get(pairs: &Pairs, name: &str) -> Option<String> {
    pairs.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone())
}

impl Around {
    /// Reads a main file in here.
    pub(in crate::pipeline) fn load(&self, text: &str) -> (Option<Pipeline>, Diagnostics, SourceMap) {
        let mut map = SourceMap::new();
        let file = map.add(".gitlab-ci.yml", text);
        let (pipeline, found) = load(&mut map, file, self);
        (pipeline.filter(|_| !found.has_errors()), found, map)
    }
}

/// Findings as `file: message`, where that is the first place.
pub(in crate::pipeline) fn messages(found: &Diagnostics, map: &SourceMap) -> Vec<String> {
    let shown = found.iter().map(|found| {
        let file = found.labels.first().map(|label| map.name(label.span.file)).unwrap_or_default();
        format!("{file}: {}", found.message)
    });
    shown.collect()
}

impl Tree for Around {
    fn changed(&self, _: Option<&str>) -> Option<Rc<[String]>> {
        Some(Rc::from(["changed.md".to_owned()]))
    }

    fn files(&self) -> Rc<[String]> {
        self.files.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

impl Variables for Around {
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    fn expand(&self, text: &str) -> String {
        self.variables
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }
}

impl Surroundings for Around {
    fn read(&self, path: &str) -> Option<String> {
        get(&self.files, path)
    }

    fn matching(&self, pattern: &str) -> Vec<String> {
        self.files.iter().map(|(name, _)| (*name).to_owned()).filter(|name| matches(pattern, name)).collect()
    }

    fn include_dir(&self) -> Option<&str> {
        (!self.copies.is_empty()).then_some("copies")
    }

    fn vendored(&self, path: &str) -> Option<String> {
        get(&self.copies, path)
    }

    fn inputs(&self) -> &[Given] {
        &self.inputs
    }
}
