//! The keywords of a job after all merging, as in GitLab's full configuration: `show` explains them.

use super::Pipeline;
use super::compose::Composer;
use super::decode::present;
use super::defaults::Defaults;
use super::job::Job;
use crate::source::diagnostic::Diagnostic;
use crate::source::node::{Node, Value};

/// Keywords that are already applied, and absent from the full configuration.
const APPLIED_KEYWORDS: [&str; 2] = ["extends", "inherit"];

/// The merged file that a pipeline was decoded from. It replaces the merged form of each job, which would take many
/// times the memory.
#[derive(Debug, Clone, PartialEq)]
pub struct MergedConfig {
    /// The tree of the file with its includes merged.
    pub(super) root: Node,
    /// The includes that could not be read.
    pub(super) missing_includes: Vec<String>,
    pub(super) defaults: Defaults,
}

impl Pipeline {
    /// The keywords of a job, which all its instances share: `extends` merged, references replaced, and defaults
    /// added. Null counts as absent. The error cannot occur for a job of this pipeline, which has been composed
    /// before.
    pub fn job_keywords(&self, job: &Job) -> Result<Vec<(String, Node)>, Box<Diagnostic>> {
        let Value::Mapping(pairs) = &self.merged_config.root.value else { return Ok(Vec::new()) };
        let Some((_, entry)) = pairs.iter().find(|(key, _)| key.is_key(&job.group)) else {
            return Ok(Vec::new());
        };
        let node =
            Composer::new(pairs, &self.merged_config.missing_includes).compose_job(&job.group, entry)?;
        let inherited = |keyword: &str| present(&node, keyword).is_none() && job.inherit.default.has(keyword);
        let defaults: Vec<(String, Node)> = self
            .merged_config
            .defaults
            .iter()
            .filter(|(keyword, _)| inherited(keyword))
            .map(|(keyword, node)| (keyword.to_owned(), node.clone()))
            .collect();
        let Value::Mapping(own) = node.value else { return Ok(defaults) };
        let own = own.into_iter().map(|(key, value)| (key.key_text(), value));
        let own = own.filter(|(key, value)| !value.is_null() && !APPLIED_KEYWORDS.contains(&&**key));
        Ok(own.chain(defaults).collect())
    }
}

#[cfg(test)]
impl MergedConfig {
    /// A file without content.
    pub(crate) fn nothing() -> Self {
        let span = crate::source::map::Span { file: crate::source::map::FileId(0), start: 0, end: 0 };
        let root = Node { span, tag: None, value: Value::Mapping(Vec::new()) };
        Self { root, missing_includes: Vec::new(), defaults: Defaults::default() }
    }
}

#[cfg(test)]
mod tests {
    use crate::pipeline::{include::NoFiles, load};
    use crate::source::map::SourceMap;

    /// The keywords of the job `a`, with their text or type.
    fn merged(text: &str) -> Vec<String> {
        let mut map = SourceMap::new();
        let file = map.add(".gitlab-ci.yml", text);
        let pipeline = load(&mut map, file, &NoFiles).0.unwrap();
        let keywords = pipeline.job_keywords(&pipeline.jobs["a"]).unwrap();
        keywords
            .iter()
            .map(|(key, node)| format!("{key}: {}", node.as_str().unwrap_or(node.kind())))
            .collect()
    }

    #[test]
    fn extended_keywords_override_defaults_and_null_counts_as_absent() {
        let text = "default: {image: d, timeout: 1h, tags: [x]}\n.b: {image: b, stage: s}\nstages: [s]\n\
                    a: {extends: .b, script: !reference [.c, script], timeout: null, retry: 1}\n.c: {script: c}\n";
        assert_eq!(
            merged(text),
            ["image: b", "stage: s", "script: c", "retry: a number", "timeout: 1h", "tags: a list"]
        );
    }

    #[test]
    fn only_defaults_named_by_inherit_are_added() {
        let text =
            "image: d\ndefault: {timeout: 1h, cache: {}}\na: {script: s, inherit: {default: [timeout]}}\n";
        assert_eq!(merged(text), ["script: s", "timeout: 1h"]);
    }
}
