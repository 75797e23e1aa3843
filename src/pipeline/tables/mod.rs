//! Tables of keywords: each row is a way to write a keyword, and what it means.

mod entries;
mod extends;
mod lists;
mod parallel;
mod reference;
mod rules;
mod stages;
mod variables;
mod yaml;

use super::include::NoFiles;
use super::job::Job;
use super::{Pipeline, load};
use crate::source::diagnostic::{Diagnostics, Severity};
use crate::source::map::SourceMap;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// Loads a file; the error lists what makes it unusable.
fn load_pipeline(text: &str) -> Result<Pipeline, Vec<String>> {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    pipeline.filter(|_| !found.has_errors()).ok_or_else(|| errors(&found))
}

/// Loads a file and returns its job `t`, or what is wrong with the job.
fn job(text: &str) -> Result<Job, Vec<String>> {
    let mut pipeline = load_pipeline(text)?;
    match pipeline.broken.get("t") {
        Some(found) => Err(errors(found)),
        None => Ok(pipeline.jobs.swap_remove("t").unwrap_or_else(|| panic!("{text} has no job `t`"))),
    }
}

/// The keywords of the job `t` after merging, or its first error.
fn merged(text: &str) -> String {
    let pipeline = match load_pipeline(text) {
        Ok(pipeline) => pipeline,
        Err(errors) => return format!("error: {}", errors.join("; ")),
    };
    if let Some(found) = pipeline.broken.get("t") {
        return format!("error: {}", errors(found).join("; "));
    }
    let keywords = pipeline.job_keywords(&pipeline.jobs["t"]).unwrap();
    keywords.iter().map(|(key, node)| format!("{key}: {}", shown(node))).collect::<Vec<_>>().join(", ")
}

fn errors(found: &Diagnostics) -> Vec<String> {
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| found.message.clone()).collect()
}

/// A value in one line; only strings are in quotes.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Scalar(Scalar::String(text)) => format!("{text:?}"),
        Value::Scalar(Scalar::Null) => "null".to_owned(),
        Value::Scalar(scalar) => scalar.to_text(),
        Value::Sequence(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Mapping(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{}: {}", key.key_text(), shown(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}
