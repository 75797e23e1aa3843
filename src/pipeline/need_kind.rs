//! What an entry of `needs` refers to, and which of these a job or a rule may have.

use super::decode::{check_keys, invalid_value, one_or_more, present, problem, string};
use crate::source::diagnostic::{Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};

/// The most needs of other pipelines, and also of other projects; GitLab's limit.
const ELSEWHERE_MAX: usize = 5;

/// Who has the needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeedsOwner {
    /// A job with a script.
    Job,
    /// A job that starts another pipeline, or takes over the status of one.
    Trigger,
    /// A rule of a job.
    Rule,
}

/// What an entry of `needs` refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NeedKind {
    /// A job of this pipeline.
    Job,
    /// A job of another pipeline of this project.
    PipelineJob,
    /// A job of another project.
    ProjectJob,
    /// The pipeline of another project, whose status the job takes over.
    Pipeline,
}

impl NeedKind {
    /// The kind of an entry that is a text or a mapping.
    fn of(node: &Node) -> Self {
        let has = |key: &str| node.get(key).is_some();
        let is_mapping = matches!(node.value, Value::Mapping(_));
        match (has("job"), has("pipeline"), has("project") || has("ref")) {
            (_, _, true) if has("project") || has("job") => Self::ProjectJob,
            (true, true, _) => Self::PipelineJob,
            (false, true, _) if is_mapping => Self::Pipeline,
            _ => Self::Job,
        }
    }

    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Job => &["job", "artifacts", "optional", "parallel"],
            Self::PipelineJob => &["pipeline", "job", "artifacts"],
            Self::ProjectJob => &["project", "ref", "job", "artifacts"],
            Self::Pipeline => &["pipeline"],
        }
    }

    /// The keys without which GitLab refuses the entry.
    fn required_keys(self) -> &'static [&'static str] {
        match self {
            Self::Job => &["job"],
            Self::PipelineJob => &["pipeline", "job"],
            Self::ProjectJob => &["project", "ref", "job"],
            Self::Pipeline => &["pipeline"],
        }
    }

    /// GitLab's word for the kind.
    fn type_name(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::PipelineJob | Self::ProjectJob => "cross_dependency",
            Self::Pipeline => "bridge",
        }
    }
}

impl NeedsOwner {
    fn may_have(self, kind: NeedKind) -> bool {
        match kind {
            NeedKind::Job => true,
            NeedKind::PipelineJob | NeedKind::ProjectJob => self == Self::Job,
            NeedKind::Pipeline => self == Self::Trigger,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Job => "name a job of that pipeline too, or remove `script`",
            Self::Trigger => "a job with `trigger` gets no files: let another job need it",
            Self::Rule => "a rule can only name jobs of this pipeline",
        }
    }
}

/// Whether `needs` takes over the status of another project's pipeline, so that its job has no script.
pub(super) fn takes_over_a_status(needs: &Node) -> bool {
    one_or_more(needs).iter().any(|entry| NeedKind::of(entry) == NeedKind::Pipeline)
}

/// The error about `needs` that are no list and no entry of one. `path` is the path of the job: `jobs:test`.
pub(super) fn check_list(node: &Node, path: &str) -> Option<Diagnostic> {
    match &node.value {
        Value::Scalar(_) => {
            let problem = problem(node, format!("{path}:needs config can only be a Hash or an Array"));
            Some(problem.help(format!("write it as a list: `[{}]`", node.key_text())))
        }
        Value::Mapping(pairs) if pairs.is_empty() => {
            let problem = problem(node, format!("{path}:needs config can not be an empty Hash"));
            Some(problem.help("write `needs: []` for a job that waits for no other"))
        }
        _ => None,
    }
}

/// Reports entries that their owner cannot have, and too many entries about other pipelines.
pub(super) fn check_kinds(entries: &[&Node], path: &str, owner: NeedsOwner, diagnostics: &mut Diagnostics) {
    let of_kind = |kind: NeedKind| entries.iter().filter(move |entry| NeedKind::of(entry) == kind);
    let path_of_needs = format!("{path}:needs");
    for kind in [NeedKind::PipelineJob, NeedKind::ProjectJob, NeedKind::Pipeline] {
        if let Some(entry) = of_kind(kind).next().filter(|_| !owner.may_have(kind)) {
            let message = format!("{path_of_needs} config uses invalid types: {}", kind.type_name());
            diagnostics.push(invalid_value(entry, message, "this need is of that type").help(owner.advice()));
        }
    }
    for kind in [NeedKind::PipelineJob, NeedKind::ProjectJob] {
        if let Some(entry) = of_kind(kind).nth(ELSEWHERE_MAX) {
            let message = format!("{path_of_needs} config must be less than or equal to {ELSEWHERE_MAX}");
            let problem = invalid_value(entry, message, "this need exceeds the limit");
            diagnostics.push(problem.help("remove some of them"));
        }
    }
    if let Some(entry) = of_kind(NeedKind::Pipeline).nth(1).filter(|_| owner == NeedsOwner::Trigger) {
        let message = format!("{path} config should contain at most one bridge need");
        let problem = invalid_value(entry, message, "one more pipeline");
        diagnostics.push(problem.help("a job can take over the status of one pipeline"));
    }
}

/// Reports keys that a mapping in `needs` cannot have or lacks. `path` is the path of the mapping. The key `job` of a job
/// of this pipeline is checked where it is decoded.
pub(super) fn check_keys_of_need(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let kind = NeedKind::of(node);
    check_keys(node, path, kind.keys(), diagnostics);
    if kind == NeedKind::Job {
        return;
    }
    for key in kind.required_keys() {
        match present(node, key) {
            Some(value) if value.as_str().is_none_or(|text| !text.trim().is_empty()) => {
                string(value, &format!("{path} {key} should be a string"), diagnostics);
            }
            value => {
                let problem = problem(value.unwrap_or(node), format!("{path} {key} can't be blank"));
                diagnostics.push(problem.help(format!("write a value for `{key}:`")));
            }
        }
    }
}
