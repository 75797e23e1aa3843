//! A job as written, with `default:` and the top-level keywords already applied.

use std::time::Duration;

use super::decode::{present, problem, string};
use super::defaults::Defaults;
use super::image::{self, Image, Service};
use super::parallel::{self, Instance, Parallel};
use super::variables::{self, Place, Variable};
use super::{duration, keywords, script};
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Spanned;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// A job as written in the file; nothing in it is expanded yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The job's key in the file, with what tells it from other instances of it.
    pub name: Spanned<String>,
    /// The job's key alone.
    pub group: String,
    /// `parallel`.
    pub parallel: Option<Parallel>,
    /// Which of several instances it is.
    pub instance: Option<Instance>,
    /// `stage`, by default `test`.
    pub stage: String,
    /// `image`; `None` when neither the job nor the defaults name one.
    pub image: Option<Image>,
    /// `services`, in order.
    pub services: Vec<Service>,
    /// The job's own `variables`, without the global ones.
    pub variables: Vec<Variable>,
    /// `before_script`, one item a command.
    pub before_script: Vec<String>,
    /// `script`, one item a command; never empty.
    pub script: Vec<String>,
    /// `after_script`, one item a command; empty when there is none.
    pub after_script: Vec<String>,
    /// `timeout`, at most a month.
    pub timeout: Option<Duration>,
    /// `allow_failure`.
    pub allow_failure: AllowFailure,
    /// What GitLab accepts and the user should know.
    pub warnings: Diagnostics,
}

/// Which failures of a job do not fail the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowFailure {
    /// Every failure counts.
    No,
    /// No failure counts.
    Yes,
    /// A script that ends with one of these exit codes does not count.
    ExitCodes(Vec<i64>),
}

/// GitLab's limit, a month as Rails counts it.
const TIMEOUT_MAX: Duration = Duration::from_secs(2_629_746);

/// Reads a job. The error holds everything that is wrong with it.
pub fn read(key: &Node, node: &Node, defaults: &Defaults) -> Result<Job, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let name = key.key_text();
    let path = format!("jobs:{name}");
    if !matches!(node.value, Value::Mapping(_)) {
        diagnostics.push(problem(node, format!("{path} config should be a hash")));
        return Err(diagnostics);
    }
    keywords::check_job(node, &path, &mut diagnostics);
    let own_or_default = |keyword: &str| present(node, keyword).or_else(|| defaults.get(keyword));
    let commands = |keyword: &str, diagnostics: &mut Diagnostics| match own_or_default(keyword) {
        Some(node) => script::read(node, &format!("{path}:{keyword}"), diagnostics),
        None => Vec::new(),
    };
    let job = Job {
        name: Spanned { value: name.clone(), span: key.span },
        group: name,
        parallel: present(node, "parallel").and_then(|node| parallel::read(node, &path, &mut diagnostics)),
        instance: None,
        stage: stage(node, &path, &mut diagnostics),
        image: own_or_default("image")
            .and_then(|node| image::read(node, &format!("{path}:image"), &mut diagnostics)),
        services: match own_or_default("services") {
            Some(node) => image::read_services(node, &format!("{path}:services"), &mut diagnostics),
            None => Vec::new(),
        },
        variables: match present(node, "variables") {
            Some(node) => variables::read(node, Place::Job, &format!("{path}:variables"), &mut diagnostics),
            None => Vec::new(),
        },
        before_script: commands("before_script", &mut diagnostics),
        script: main_script(key, node, &path, &mut diagnostics),
        after_script: commands("after_script", &mut diagnostics),
        timeout: own_or_default("timeout").and_then(|node| timeout(node, &path, &mut diagnostics)),
        allow_failure: allow_failure(node, &path, &mut diagnostics),
        warnings: Diagnostics::new(),
    };
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(Job { warnings: diagnostics, ..job }) }
}

fn stage(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> String {
    let stage = present(node, "stage")
        .and_then(|stage| string(stage, &format!("{path} stage should be a string"), diagnostics));
    stage.unwrap_or_else(|| "test".to_owned())
}

fn main_script(key: &Node, node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<String> {
    let Some(written) = node.get("script") else {
        if let Some(other) = ["trigger", "run"].into_iter().find(|keyword| present(node, keyword).is_some()) {
            let message = format!("{path} has a `{other}` in place of a script, which is not supported yet");
            let problem = Diagnostic::error(Code::Unsupported, message);
            diagnostics.push(problem.label(key.span, "this job has no `script`"));
            return Vec::new();
        }
        let name = key.key_text();
        let message = format!("jobs {name} config should implement the script:, run:, or trigger: keyword");
        let problem =
            Diagnostic::error(Code::InvalidConfig, message).label(key.span, "this job has no `script`");
        diagnostics.push(problem);
        return Vec::new();
    };
    let commands = match written.is_null() {
        true => Vec::new(),
        false => script::read(written, &format!("{path}:script"), diagnostics),
    };
    let blank = matches!(commands[..], []) || commands.iter().all(|command| command.is_empty());
    if blank && !diagnostics.has_errors() {
        diagnostics.push(problem(written, format!("{path} script can't be blank")));
    }
    commands
}

fn timeout(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Duration> {
    let found = node.as_str().and_then(duration::parse);
    match found {
        None => {
            let problem = problem(node, format!("{path} timeout should be a duration"));
            diagnostics.push(problem.help("write it as `1h 30m`, in quotes if it is a number of seconds"));
        }
        Some(found) if found > TIMEOUT_MAX => {
            diagnostics.push(
                problem(node, format!("{path} timeout should not exceed the limit"))
                    .help("a month is the most"),
            );
        }
        Some(_) => {}
    }
    found.filter(|found| *found <= TIMEOUT_MAX)
}

fn allow_failure(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> AllowFailure {
    let Some(value) = present(node, "allow_failure") else { return AllowFailure::No };
    match &value.value {
        Value::Scalar(Scalar::Boolean(true)) => AllowFailure::Yes,
        Value::Scalar(Scalar::Boolean(false)) => AllowFailure::No,
        Value::Mapping(_) => AllowFailure::ExitCodes(exit_codes(value, path, diagnostics)),
        _ => {
            diagnostics
                .push(problem(value, format!("{path} allow failure should be a hash or a boolean value")));
            AllowFailure::No
        }
    }
}

fn exit_codes(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<i64> {
    let message = format!("{path}:allow_failure exit codes should be an array of integers or an integer");
    let codes = node.get("exit_codes").unwrap_or(node);
    let number = |node: &Node| match node.value {
        Value::Scalar(Scalar::Integer(code)) => Some(code),
        _ => None,
    };
    let list = match &codes.value {
        Value::Sequence(items) => items.iter().map(number).collect(),
        _ => number(codes).map(|code| vec![code]),
    };
    list.unwrap_or_else(|| {
        diagnostics.push(problem(codes, message));
        Vec::new()
    })
}
