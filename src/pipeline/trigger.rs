//! `trigger`: the forms of a job that starts another pipeline. Nothing is started here, but GitLab refuses other forms.

use super::decode::{
    boolean, check_keys, invalid_value, one_or_more, present, problem, string, suggest, unknown_value,
};
use super::keywords;
use super::when::When;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};

/// The keywords of a job with `trigger`.
const JOB_KEYS: [&str; 15] = [
    "trigger",
    "parallel",
    "extends",
    "stage",
    "only",
    "except",
    "rules",
    "variables",
    "inherit",
    "allow_failure",
    "when",
    "needs",
    "resource_group",
    "environment",
    "interruptible",
];

/// The keys of a trigger that starts a pipeline of another project.
const PROJECT_KEYS: [&str; 5] = ["project", "branch", "strategy", "forward", "inputs"];

/// The keys of a trigger that starts a pipeline of files.
const INCLUDE_KEYS: [&str; 4] = ["include", "strategy", "forward", "inputs"];

/// The keys of an entry of `include`.
const FILE_KEYS: [&str; 12] = [
    "local",
    "file",
    "remote",
    "project",
    "ref",
    "integrity",
    "template",
    "artifact",
    "inputs",
    "job",
    "rules",
    "component",
];

const STRATEGIES: [&str; 2] = ["depend", "mirror"];

/// The most files of `trigger:include`; GitLab's limit.
const INCLUDES_MAX: usize = 3;

/// Reports keywords that a job with `trigger` cannot have. `path` is the path of the job: `jobs:test`.
pub(super) fn check_trigger_job(job: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Value::Mapping(pairs) = &job.value else { return };
    for (key, _) in pairs {
        let name = key.key_text();
        // A key that no job can have is reported elsewhere.
        if JOB_KEYS.contains(&&*name) || !keywords::is_of_job(&name) {
            continue;
        }
        let message = format!("{path} config contains unknown keys: {name}");
        let problem = Diagnostic::error(Code::UnknownKey, message);
        let problem = problem.label(key.span, "a job with `trigger` cannot have this key");
        diagnostics
            .push(problem.help("no runner runs this job: remove the key, or move it to a job with `script`"));
    }
    if let Some(failure) =
        present(job, "allow_failure").filter(|node| matches!(node.value, Value::Mapping(_)))
    {
        let problem = problem(failure, format!("{path} allow failure should be a boolean value"));
        diagnostics.push(problem.help("a job with `trigger` has no exit code: write `true` or `false`"));
    }
    if let Some(when) = present(job, "when").filter(|node| node.as_str() == Some(When::Delayed.as_str())) {
        let message = format!("{path} when should be one of: on_success, on_failure, always, manual");
        let problem = invalid_value(when, message, "a job with `trigger` cannot wait");
        diagnostics.push(problem.help("write one of these values, or `when: delayed` in a rule"));
    }
}

/// Checks the value of `trigger`. `path` is the path of the job: `jobs:test`.
pub(super) fn check_trigger(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let path = &format!("{path}:trigger");
    let is_blank = match &node.value {
        Value::Mapping(pairs) => pairs.is_empty(),
        _ => node.as_str().is_some_and(|text| text.trim().is_empty()),
    };
    if is_blank {
        let problem = invalid_value(node, format!("{path} config can't be blank"), "nothing is started");
        diagnostics.push(problem.help("name a project: `trigger: group/project`"));
        return;
    }
    match &node.value {
        Value::Mapping(_) => check_mapping(node, path, diagnostics),
        _ if node.as_str().is_some() => {}
        _ => {
            let problem = problem(node, format!("{path} has to be either a string or a hash"));
            diagnostics.push(problem.help("name a project: `trigger: group/project`"));
        }
    }
}

fn check_mapping(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    match node.get("include") {
        Some(include) => {
            check_keys(node, path, &INCLUDE_KEYS, diagnostics);
            check_include(include, &format!("{path}:include"), diagnostics);
        }
        None => {
            check_keys(node, path, &PROJECT_KEYS, diagnostics);
            check_project(node, path, diagnostics);
            if let Some(branch) = present(node, "branch") {
                string(branch, &format!("{path} branch should be a string"), diagnostics);
            }
        }
    }
    if let Some(strategy) = present(node, "strategy") {
        check_strategy(strategy, path, diagnostics);
    }
    if let Some(forward) = present(node, "forward") {
        check_forward(forward, &format!("{path}:forward"), diagnostics);
    }
    if let Some(inputs) = present(node, "inputs").filter(|node| !matches!(node.value, Value::Mapping(_))) {
        let problem = problem(inputs, format!("{path} inputs should be a hash"));
        diagnostics.push(problem.help("write each input as `NAME: value` below it"));
    }
}

fn check_project(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let project = present(node, "project");
    match project {
        Some(project) if project.as_str().is_none_or(|text| !text.trim().is_empty()) => {
            string(project, &format!("{path} project should be a string"), diagnostics);
        }
        _ => {
            let problem = problem(project.unwrap_or(node), format!("{path} project can't be blank"));
            diagnostics.push(problem.help("write `project: group/project`, or `include:` with files"));
        }
    }
}

fn check_strategy(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let written = node.as_str().unwrap_or_default();
    if !STRATEGIES.contains(&written) {
        let problem = unknown_value(node, format!("{path} strategy should be depend or mirror"));
        diagnostics.push(suggest(problem, written, STRATEGIES, |problem| {
            problem.help("write `strategy: depend`, or remove it")
        }));
    }
}

fn check_forward(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    const KEYS: [&str; 2] = ["yaml_variables", "pipeline_variables"];
    if !matches!(node.value, Value::Mapping(_)) {
        let problem = problem(node, format!("{path} config should be a hash"));
        diagnostics.push(problem.help("write `pipeline_variables: true` below it"));
        return;
    }
    check_keys(node, path, &KEYS, diagnostics);
    for key in KEYS {
        if let Some(value) = present(node, key).filter(|value| boolean(value).is_none()) {
            let message = format!("{path} {} should be a boolean value", key.replace('_', " "));
            diagnostics.push(problem(value, message).help("write `true` or `false`, without quotes"));
        }
    }
}

fn check_include(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let items = one_or_more(node);
    if matches!(node.value, Value::Scalar(_)) && node.as_str().is_none() {
        let problem = problem(node, format!("{path} config should be an array or a string"));
        diagnostics.push(problem.help("name a file: `include: ci/child.yml`"));
        return;
    }
    if items.len() > INCLUDES_MAX {
        let message = format!("{path} config is too long (maximum is {INCLUDES_MAX})");
        diagnostics
            .push(problem(node, message).help("merge some of the files, or include them from one file"));
    }
    for item in items {
        check_included_file(item, &format!("{path}:include"), diagnostics);
    }
}

fn check_included_file(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    if node.as_str().is_some() {
        return;
    }
    if !matches!(node.value, Value::Mapping(_)) {
        let problem = problem(node, format!("{path} config should be a hash or a string"));
        diagnostics.push(problem.help("name a file: `local: ci/child.yml`"));
        return;
    }
    check_keys(node, path, &FILE_KEYS, diagnostics);
    if let Some(artifact) = present(node, "artifact").filter(|_| present(node, "job").is_none()) {
        let message = format!("{path} config must specify the job where to fetch the artifact from");
        let problem = invalid_value(artifact, message, "there is no `job`");
        diagnostics.push(problem.help("write `job:` with the job that makes the file"));
    }
    if let Some(project) = present(node, "project").filter(|_| present(node, "file").is_none()) {
        let message = format!("{path} config must specify the file where to fetch the config from");
        let problem = invalid_value(project, message, "there is no `file`");
        diagnostics.push(problem.help("write `file: /ci/child.yml`"));
    }
}
