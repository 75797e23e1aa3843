//! A job with everything in it that the file says of it elsewhere, each value with its place: what `show` prints.
//!
//! Invariant: put into a file of its own, with the same stages and jobs around it, the job would be run alike for the
//! branch or tag that it was decided for. Variables in it are not expanded.

use indexmap::IndexMap;

use super::masked::MASKED;
use super::selection::Selection;
use crate::pipeline::Pipeline;
use crate::pipeline::decode::flatten;
use crate::pipeline::job::Job;
use crate::pipeline::parallel::Parallel;
use crate::pipeline::rules::Rule;
use crate::pipeline::variables::{Expansion, Variable};
use crate::registry::credential_source::DOCKER_AUTH_CONFIG;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::Span;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// Keywords in the order in which GitLab's documentation writes a job: where and when it runs, what it does, and what
/// is left of it. Others follow.
const ORDER: [&str; 35] = [
    "stage",
    "image",
    "services",
    "tags",
    "variables",
    "inputs",
    "id_tokens",
    "identity",
    "secrets",
    "parallel",
    "needs",
    "dependencies",
    "rules",
    "only",
    "except",
    "when",
    "start_in",
    "manual_confirmation",
    "allow_failure",
    "retry",
    "timeout",
    "interruptible",
    "resource_group",
    "environment",
    "cache",
    "hooks",
    "before_script",
    "script",
    "run",
    "after_script",
    "trigger",
    "coverage",
    "artifacts",
    "release",
    "pages",
];

/// Keywords whose lists may stand in lists, which means the same as one list.
const FLAT: [&str; 4] = ["rules", "before_script", "script", "after_script"];

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Its keywords in order.
    pub keywords: Vec<(String, Shown)>,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The value.
    pub value: ShownValue,
    /// Its place.
    pub origin: Origin,
}

/// A value as YAML has it.
#[derive(Debug, Clone, PartialEq)]
pub enum ShownValue {
    /// A scalar.
    Scalar(Scalar),
    /// A list.
    List(Vec<Shown>),
    /// A mapping.
    Map(Vec<(String, Shown)>),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Where it is written; `None` where GitLab's default counts.
    pub span: Option<Span>,
    /// What made it a value of this job, where that is not the job's text itself: `matrix`, `rule 2`.
    pub by: Option<String>,
}

/// Puts a job together with the rules that matched, of the workflow and its own.
///
/// # Errors
/// Returns the problem of an invalid entry, as [`Pipeline::job_keywords`] does.
pub fn sheet(
    job: &Job,
    pipeline: &Pipeline,
    workflow: Option<&Selection<'_>>,
    selection: &Selection<'_>,
) -> Result<Sheet, Box<Diagnostic>> {
    let merged = pipeline.job_keywords(job)?;
    let variables = variables(job, pipeline, workflow, selection);
    let rule = number(selection.rule, job.rules.as_deref());
    let written_rules = merged.iter().find(|(key, _)| key == "rules").map(|(_, node)| flatten(node));
    let written_rule = rule.zip(written_rules).and_then(|(number, rules)| rules.get(number - 1).copied());
    let mut keywords: IndexMap<String, Shown> = IndexMap::new();
    let stage = Scalar::String(job.stage.clone());
    keywords.insert(
        "stage".to_owned(),
        Shown { value: ShownValue::Scalar(stage), origin: Origin { span: None, by: None } },
    );
    if !variables.is_empty() {
        keywords.insert("variables".to_owned(), map(variables));
    }
    for (key, node) in &merged {
        // An instance is one of those that `parallel` asks for.
        if key == "variables" || (key == "parallel" && job.instance.is_some()) {
            continue;
        }
        keywords.insert(key.clone(), shown(node, FLAT.contains(&&**key)));
    }
    for key in ["needs", "allow_failure"] {
        let of_rule = written_rule.and_then(|rule| rule.get(key)).filter(|node| !node.is_null());
        if let (Some(node), Some(number)) = (of_rule, rule) {
            let mut value = shown(node, false);
            value.mark(&format!("rule {number}"));
            keywords.insert(key.to_owned(), value);
        }
    }
    let place = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    let mut keywords: Vec<(String, Shown)> = keywords.into_iter().collect();
    keywords.sort_by_key(|(key, _)| place(key));
    Ok(Sheet { name: job.name.value.clone(), keywords })
}

impl Sheet {
    /// The same with every text as `mask` gives it, and without credentials for registries.
    #[must_use]
    pub fn masked(mut self, mask: &dyn Fn(&str) -> String) -> Self {
        replace_all(&mut self.keywords, mask);
        self
    }
}

/// A job's variables may have credentials, and those of its services and rules.
fn replace_all(pairs: &mut [(String, Shown)], mask: &dyn Fn(&str) -> String) {
    for (key, value) in pairs {
        match key == DOCKER_AUTH_CONFIG {
            true => value.value = ShownValue::Scalar(Scalar::String(MASKED.to_owned())),
            false => value.replace(mask),
        }
    }
}

impl Shown {
    fn replace(&mut self, mask: &dyn Fn(&str) -> String) {
        match &mut self.value {
            ShownValue::Scalar(Scalar::String(text)) => *text = mask(text),
            ShownValue::Scalar(_) => {}
            ShownValue::List(items) => items.iter_mut().for_each(|item| item.replace(mask)),
            ShownValue::Map(pairs) => replace_all(pairs, mask),
        }
    }

    /// Says what made this a value of the job.
    fn mark(&mut self, by: &str) {
        self.origin.by = Some(by.to_owned());
        match &mut self.value {
            ShownValue::Scalar(_) => {}
            ShownValue::List(items) => items.iter_mut().for_each(|item| item.mark(by)),
            ShownValue::Map(pairs) => pairs.iter_mut().for_each(|(_, value)| value.mark(by)),
        }
    }
}

/// Which of the rules it is, from 1.
fn number(rule: Option<&Rule>, rules: Option<&[Rule]>) -> Option<usize> {
    let (rule, rules) = rule.zip(rules)?;
    rules.iter().position(|known| std::ptr::eq(known, rule)).map(|index| index + 1)
}

/// From the lowest to the highest; a name keeps its first place.
fn variables(
    job: &Job,
    pipeline: &Pipeline,
    workflow: Option<&Selection<'_>>,
    selection: &Selection<'_>,
) -> Vec<(String, Shown)> {
    let mut all: IndexMap<String, Shown> = IndexMap::new();
    let mut add = |variables: &[Variable], by: &dyn Fn(&Variable) -> Option<String>| {
        for variable in variables {
            all.insert(variable.key.clone(), shown_variable(variable, by(variable)));
        }
    };
    let taken = |variables: &[Variable]| -> Vec<Variable> {
        variables.iter().filter(|variable| job.inherit.variables.has(&variable.key)).cloned().collect()
    };
    add(&taken(&pipeline.variables), &|_| None);
    if let Some(rule) = workflow.and_then(|workflow| workflow.rule) {
        let by = number(Some(rule), pipeline.workflow.as_deref()).map(|number| format!("rule {number}"));
        add(&taken(&rule.variables), &|_| by.clone());
    }
    let of_matrix = match (&job.parallel, job.instance) {
        (Some(Parallel::Matrix(all)), Some(instance)) => all.get(instance.index - 1).map(Vec::as_slice),
        _ => None,
    };
    let of_matrix = of_matrix.unwrap_or_default();
    add(&job.variables, &|variable| of_matrix.contains(variable).then(|| "matrix".to_owned()));
    if let Some(rule) = selection.rule {
        let by = number(Some(rule), job.rules.as_deref()).map(|number| format!("rule {number}"));
        add(&rule.variables, &|_| by.clone());
    }
    all.into_iter().collect()
}

fn shown_variable(variable: &Variable, by: Option<String>) -> Shown {
    let origin = Origin { span: Some(variable.span), by };
    let scalar = |scalar| Shown { value: ShownValue::Scalar(scalar), origin: origin.clone() };
    let value = scalar(Scalar::String(variable.value.clone()));
    match variable.expansion {
        Expansion::Expanded => value,
        Expansion::Raw => {
            map(vec![("value".to_owned(), value), ("expand".to_owned(), scalar(Scalar::Boolean(false)))])
        }
    }
}

fn map(pairs: Vec<(String, Shown)>) -> Shown {
    Shown { value: ShownValue::Map(pairs), origin: Origin { span: None, by: None } }
}

fn shown(node: &Node, flat: bool) -> Shown {
    let value = match &node.value {
        Value::Scalar(scalar) => ShownValue::Scalar(scalar.clone()),
        Value::Sequence(_) if flat => {
            ShownValue::List(flatten(node).into_iter().map(|item| shown(item, false)).collect())
        }
        Value::Sequence(items) => ShownValue::List(items.iter().map(|item| shown(item, false)).collect()),
        Value::Mapping(pairs) => {
            ShownValue::Map(pairs.iter().map(|(key, value)| (key.key_text(), shown(value, false))).collect())
        }
    };
    Shown { value, origin: Origin { span: Some(node.span), by: None } }
}
