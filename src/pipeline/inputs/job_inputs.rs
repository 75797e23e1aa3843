//! `inputs` of a job, and `${{ job.inputs.name }}`, which stands for the value of one. GitLab has them since 18.10; here, each
//! has its default.

use serde_json::Value as Json;

use super::spec::{JOB_KEYS, decode_spec};
use super::value::text;
use crate::pipeline::decode::{present, problem, suggest};
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Span;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;
use crate::source::yaml::FILE_BYTES_MAX;

/// The keywords in which inputs of a job count.
const KEYWORDS: [&str; 7] =
    ["script", "before_script", "after_script", "artifacts", "cache", "image", "services"];

const OPEN: &str = "${{";
const CLOSE: &str = "}}";

/// Whether inputs of a job count in the keyword.
pub(in crate::pipeline) fn count_in(keyword: &str) -> bool {
    KEYWORDS.contains(&keyword)
}

/// The inputs of a job, with which values of its keywords are filled in.
pub(in crate::pipeline) struct JobInputValues {
    values: Vec<(String, Json)>,
    /// The bytes that values may still add.
    bytes_left: usize,
}

impl JobInputValues {
    /// Decodes the `inputs` of a job; `None` if it has none. `path` is the path of the job: `jobs:test`.
    pub(in crate::pipeline) fn decode(job: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Self> {
        let written = present(job, "inputs")?;
        let path = format!("{path}:inputs");
        let Value::Mapping(pairs) = &written.value else {
            let problem = problem(written, format!("{path} config should be a hash"));
            diagnostics.push(problem.help("write each input as `NAME:`, with `default:` below it"));
            return None;
        };
        let mut values = Vec::new();
        for (key, node) in pairs {
            let path = format!("{path}:{}", key.key_text());
            let Some(input) = decode_spec(key, node, &path, &JOB_KEYS, diagnostics) else { continue };
            let choice = input.choice(&|_| None);
            let Some(default) = choice.default.filter(|default| !default.value.is_null()) else {
                let problem = problem(key, format!("{path} base must have a default value"));
                diagnostics
                    .push(problem.help("write a `default:` below it: runner-lite does not ask for a value"));
                continue;
            };
            match input.check(&default.value, "default", choice.options) {
                Ok(value) => values.push((input.name, value)),
                Err(reason) => {
                    let message = format!("{path} `{}` input: {reason}", input.name);
                    let problem = Diagnostic::error(Code::InvalidConfig, message).label(default.span, "");
                    diagnostics.push(problem.help("change the default, or the values that the input allows"));
                }
            }
        }
        Some(Self { values, bytes_left: FILE_BYTES_MAX })
    }

    /// The value of a keyword with its blocks replaced.
    pub(in crate::pipeline) fn fill_in(&mut self, node: &Node) -> Result<Node, Box<Diagnostic>> {
        let value = match &node.value {
            Value::Scalar(Scalar::String(text)) if text.contains(OPEN) => {
                Value::Scalar(Scalar::String(self.fill_in_text(text, node.span)?))
            }
            Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
            Value::Sequence(items) => {
                Value::Sequence(items.iter().map(|item| self.fill_in(item)).collect::<Result<_, _>>()?)
            }
            Value::Mapping(pairs) => {
                let pair = |(key, value): &(Node, Node)| Ok((key.clone(), self.fill_in(value)?));
                Value::Mapping(pairs.iter().map(pair).collect::<Result<_, Box<Diagnostic>>>()?)
            }
        };
        Ok(Node { span: node.span, tag: node.tag.clone(), value })
    }

    fn fill_in_text(&mut self, written: &str, at: Span) -> Result<String, Box<Diagnostic>> {
        let (mut filled, mut rest) = (String::new(), written);
        while let Some((before, after)) = rest.split_once(OPEN) {
            if let Some(before) = before.strip_suffix('\\') {
                filled.push_str(before);
                filled.push_str(OPEN);
                rest = after;
                continue;
            }
            let Some((block, behind)) = after.split_once(CLOSE) else { break };
            let value = text(self.value(block.trim(), at)?);
            self.bytes_left = self.bytes_left.checked_sub(value.len()).ok_or_else(|| {
                let problem = Diagnostic::error(Code::Limit, "inputs make the job too large");
                let help = format!("the values of a job have {FILE_BYTES_MAX} bytes at most");
                Box::new(problem.label(at, "filled in up to here").help(help))
            })?;
            filled.push_str(before);
            filled.push_str(&value);
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, block: &str, at: Span) -> Result<&Json, Box<Diagnostic>> {
        let is_name = |name: &&str| name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
        let Some(name) = block.strip_prefix("job.inputs.").filter(is_name) else {
            let message = format!("the expression `{OPEN} {block} {CLOSE}` is not supported here");
            let problem = Diagnostic::error(Code::Unsupported, message).label(at, "in this value");
            return Err(Box::new(problem.help("`${{ job.inputs.NAME }}` is")));
        };
        let found = self.values.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value).ok_or_else(|| {
            let message = format!("unknown input of the job: `{name}`");
            let problem = Diagnostic::error(Code::InvalidConfig, message).label(at, "in this value");
            let known = self.values.iter().map(|(known, _)| known.as_str());
            Box::new(suggest(problem, name, known, |problem| {
                problem.help("`inputs:` of the job does not have it")
            }))
        })
    }
}

#[cfg(test)]
mod tests;
