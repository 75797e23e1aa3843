//! Keys of the top level that GitLab takes for jobs, though they were meant as keywords: a keyword of a job that is not
//! indented, a misspelt keyword of the top level, and the `jobs:` of other systems.

use super::keywords;
use crate::source::diagnostic::{Code, Diagnostic};
use crate::source::node::{Node, Value};
use crate::suggest::closest;

/// The error for a key of the top level whose value is no mapping, and so no job.
pub(super) fn not_a_job(key: &Node, value: &Node) -> Diagnostic {
    let name = key.key_text();
    let message = format!("jobs:{name} config should be a hash");
    let global = closest(&name, keywords::global_names());
    match (is_stray(key, value), global) {
        (_, Some(global)) if matches!(value.value, Value::Sequence(_)) => {
            let problem = Diagnostic::error(Code::InvalidConfig, message);
            let problem = problem.label(key.span, "not a top-level keyword, and so the name of a job");
            problem.help(format!("did you mean `{global}`?"))
        }
        (true, _) => {
            let problem = Diagnostic::error(Code::InvalidConfig, message);
            let remark = format!("this `{name}:` is not indented, so it belongs to no job");
            let place = "indent it, and its content, below the name of a job";
            let help = match &*name {
                "only" | "except" | "rules" => {
                    format!(
                        "`{name}` belongs in a job: {place}. `workflow: {{rules: …}}` applies to all jobs"
                    )
                }
                _ if keywords::DEFAULT.contains(&&*name) => {
                    format!(
                        "`{name}` belongs in a job: {place}. `default: {{{name}: …}}` applies to all jobs"
                    )
                }
                _ => place.to_owned(),
            };
            problem.label(key.span, remark).help(help)
        }
        _ => {
            let remark = format!("this is {}", value.kind());
            let problem = Diagnostic::error(Code::InvalidConfig, message).label(value.span, remark);
            problem.help("a job is a mapping: write `script:` and other keywords below its name")
        }
    }
}

/// Adds the probable reason to the error about a `job` of `pairs` without a script: a `script` that follows it without
/// being indented, or a name that is a misspelt keyword.
pub(super) fn explain_missing_script(problem: Diagnostic, job: &Node, pairs: &[(Node, Node)]) -> Diagnostic {
    if let Some(global) = closest(&job.key_text(), keywords::global_names()) {
        return problem.help(format!("did you mean `{global}`? Every other key of the top level is a job"));
    }
    let behind = pairs.iter().skip_while(|(key, _)| key.span != job.span).skip(1);
    let mut strays = behind.take_while(|(key, value)| is_stray(key, value));
    let Some((script, _)) = strays.find(|(key, _)| key.is_key("script")) else { return problem };
    let remark = "this `script:` is not indented, so it belongs to no job";
    let labels = problem.labels.clone();
    let mut problem = Diagnostic { labels: Vec::new(), ..problem }.label(script.span, remark);
    problem.labels.extend(labels);
    problem.help(format!("indent it, and its content, below `{}:`", job.key_text()))
}

/// The error about the mapping `jobs:`, in which other systems have their jobs.
pub(super) fn jobs_in_a_mapping(key: &Node, value: &Node) -> Option<Diagnostic> {
    let Value::Mapping(pairs) = &value.value else { return None };
    let is_mapping = |(_, value): &(Node, Node)| matches!(value.value, Value::Mapping(_));
    let holds_jobs = key.is_key("jobs") && !pairs.is_empty() && pairs.iter().all(is_mapping);
    holds_jobs.then(|| {
        let message = "jobs jobs config should implement the script:, run:, or trigger: keyword";
        let problem = Diagnostic::error(Code::MissingScript, message);
        let problem = problem.label(key.span, "this is one job with the name `jobs`");
        problem.help("jobs belong at the top level: remove `jobs:`, and unindent its content")
    })
}

/// Whether the key is a keyword of jobs, and the value cannot be a job.
fn is_stray(key: &Node, value: &Node) -> bool {
    keywords::is_of_job(&key.key_text()) && !matches!(value.value, Value::Mapping(_))
}
