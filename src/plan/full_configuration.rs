//! The full configuration of a job, as GitLab's pipeline editor calls it: the job with everything that `extends`,
//! `default` and the rules give it, each value with its origin. `show` prints it.
//!
//! Invariant: put into a file of its own, with the same stages and jobs around it, the job would run in the same way on
//! the branch or tag that the rules were decided for. Variables are not expanded.

use indexmap::IndexMap;

use super::decision::{Decision, Selection};
use super::masked::MASKED;
use crate::pipeline::Pipeline;
use crate::pipeline::decode::flatten;
use crate::pipeline::parallel::Parallel;
use crate::pipeline::variables::{Expansion, Variable};
use crate::registry::credential_source::DOCKER_AUTH_CONFIG;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::Span;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;
use crate::vars::yaml_variables::YamlLevel;

/// The order of keywords: as in the jobs of GitLab's documentation. Other keywords follow in the order of the file.
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

/// Keywords whose lists may be nested. GitLab flattens them.
const FLAT: [&str; 4] = ["rules", "before_script", "script", "after_script"];

/// A job's keywords in the order in which they are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct FullConfiguration {
    /// The job's name.
    pub name: String,
    /// Each keyword and its value.
    pub keywords: Vec<(String, ValueWithOrigin)>,
}

/// A value, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueWithOrigin {
    /// The value.
    pub value: YamlValue,
    /// The origin; that of a list or a mapping does not count for what it contains.
    pub origin: KeywordOrigin,
}

/// A value in the forms that YAML has.
#[derive(Debug, Clone, PartialEq)]
pub enum YamlValue {
    /// A text, a number, a boolean or nothing.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<ValueWithOrigin>),
    /// A mapping in the order of the file.
    Map(Vec<(String, ValueWithOrigin)>),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeywordOrigin {
    /// Its place in the file; `None` for GitLab's default.
    pub span: Option<Span>,
    /// The rule or the matrix that gives it to the job, as in `rule 2` or `matrix`; `None` for the job's own text.
    pub by: Option<String>,
}

/// The full configuration of a job with the rules that match, of `workflow` and of the job.
///
/// # Errors
/// The entry is not valid; see [`Pipeline::job_keywords`].
pub fn full_configuration(
    decision: &Decision<'_>,
    pipeline: &Pipeline,
) -> Result<FullConfiguration, Box<Diagnostic>> {
    let Decision { job, selection, .. } = decision;
    let merged = pipeline.job_keywords(job)?;
    let variables = variables(decision);
    let rule = selection.rule.map(|matched| matched.number);
    let written_rules = merged.iter().find(|(key, _)| key == "rules").map(|(_, node)| flatten(node));
    let written_rule = rule.zip(written_rules).and_then(|(number, rules)| rules.get(number - 1).copied());
    let mut keywords: IndexMap<String, ValueWithOrigin> = IndexMap::new();
    let stage = Scalar::String(job.stage.clone());
    keywords.insert(
        "stage".to_owned(),
        ValueWithOrigin { value: YamlValue::Scalar(stage), origin: KeywordOrigin { span: None, by: None } },
    );
    if !variables.is_empty() {
        keywords.insert("variables".to_owned(), map(variables));
    }
    for (key, node) in &merged {
        // `parallel` has no meaning for a single instance.
        if key == "variables" || (key == "parallel" && job.instance.is_some()) {
            continue;
        }
        keywords.insert(key.clone(), shown(node, FLAT.contains(&&**key)));
    }
    for key in ["needs", "allow_failure"] {
        // An empty list in a rule does not make a job without `needs` start at once; in the job itself it would.
        let counts = key != "needs" || decision.needs().is_some();
        let of_rule = written_rule.and_then(|rule| rule.get(key)).filter(|node| counts && !node.is_null());
        if let (Some(node), Some(number)) = (of_rule, rule) {
            let mut value = shown(node, false);
            value.mark(&format!("rule {number}"));
            keywords.insert(key.to_owned(), value);
        }
    }
    let place = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    let mut keywords: Vec<(String, ValueWithOrigin)> = keywords.into_iter().collect();
    keywords.sort_by_key(|(key, _)| place(key));
    Ok(FullConfiguration { name: job.name.value.clone(), keywords })
}

impl FullConfiguration {
    /// Replaces every text by what `mask` makes of it, and credentials for registries as a whole.
    #[must_use]
    pub fn masked(mut self, mask: &dyn Fn(&str) -> String) -> Self {
        replace_all(&mut self.keywords, mask);
        self
    }
}

/// The variables of the job, of its services and of its rules may contain credentials.
fn replace_all(pairs: &mut [(String, ValueWithOrigin)], mask: &dyn Fn(&str) -> String) {
    for (key, value) in pairs {
        match key == DOCKER_AUTH_CONFIG {
            true => value.value = YamlValue::Scalar(Scalar::String(MASKED.to_owned())),
            false => value.replace(mask),
        }
    }
}

impl ValueWithOrigin {
    fn replace(&mut self, mask: &dyn Fn(&str) -> String) {
        match &mut self.value {
            YamlValue::Scalar(Scalar::String(text)) => *text = mask(text),
            YamlValue::Scalar(_) => {}
            YamlValue::List(items) => items.iter_mut().for_each(|item| item.replace(mask)),
            YamlValue::Map(pairs) => replace_all(pairs, mask),
        }
    }

    /// Records what gives this value to the job.
    fn mark(&mut self, by: &str) {
        self.origin.by = Some(by.to_owned());
        match &mut self.value {
            YamlValue::Scalar(_) => {}
            YamlValue::List(items) => items.iter_mut().for_each(|item| item.mark(by)),
            YamlValue::Map(pairs) => pairs.iter_mut().for_each(|(_, value)| value.mark(by)),
        }
    }
}

/// The job's variables, each at the place where its lowest level is.
fn variables(decision: &Decision<'_>) -> Vec<(String, ValueWithOrigin)> {
    let by_rule = |selection: Option<&Selection<'_>>| {
        selection.and_then(|selection| selection.rule).map(|matched| format!("rule {}", matched.number))
    };
    let by_workflow_rule = by_rule(decision.workflow);
    let by_job_rule = by_rule(Some(&decision.selection));
    let of_matrix = match (&decision.job.parallel, decision.job.instance) {
        (Some(Parallel::Matrix(all)), Some(instance)) => all.get(instance.index - 1).map(Vec::as_slice),
        _ => None,
    };
    let of_matrix = of_matrix.unwrap_or_default();
    let mut all: IndexMap<String, ValueWithOrigin> = IndexMap::new();
    for (level, variable) in decision.variables.yaml.iter() {
        let by = match level {
            YamlLevel::Global => None,
            YamlLevel::WorkflowRule => by_workflow_rule.clone(),
            YamlLevel::Job => of_matrix.contains(variable).then(|| "matrix".to_owned()),
            YamlLevel::JobRule => by_job_rule.clone(),
        };
        all.insert(variable.key.clone(), shown_variable(variable, by));
    }
    all.into_iter().collect()
}

fn shown_variable(variable: &Variable, by: Option<String>) -> ValueWithOrigin {
    let origin = KeywordOrigin { span: Some(variable.span), by };
    let scalar = |scalar| ValueWithOrigin { value: YamlValue::Scalar(scalar), origin: origin.clone() };
    let value = scalar(Scalar::String(variable.value.clone()));
    match variable.expansion {
        Expansion::Expanded => value,
        Expansion::Raw => {
            map(vec![("value".to_owned(), value), ("expand".to_owned(), scalar(Scalar::Boolean(false)))])
        }
    }
}

fn map(pairs: Vec<(String, ValueWithOrigin)>) -> ValueWithOrigin {
    ValueWithOrigin { value: YamlValue::Map(pairs), origin: KeywordOrigin { span: None, by: None } }
}

fn shown(node: &Node, flat: bool) -> ValueWithOrigin {
    let value = match &node.value {
        Value::Scalar(scalar) => YamlValue::Scalar(scalar.clone()),
        Value::Sequence(_) if flat => {
            YamlValue::List(flatten(node).into_iter().map(|item| shown(item, false)).collect())
        }
        Value::Sequence(items) => YamlValue::List(items.iter().map(|item| shown(item, false)).collect()),
        Value::Mapping(pairs) => {
            YamlValue::Map(pairs.iter().map(|(key, value)| (key.key_text(), shown(value, false))).collect())
        }
    };
    ValueWithOrigin { value, origin: KeywordOrigin { span: Some(node.span), by: None } }
}
