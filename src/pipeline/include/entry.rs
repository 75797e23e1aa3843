//! An entry of `include`: a string, or a mapping with a location, inputs and rules.

use super::location::{IncludeLocation, OtherProjectFiles};
use crate::pipeline::decode::{check_keys, one_or_more, present, problem, string};
use crate::pipeline::inputs::{InputArgument, decode_arguments};
use crate::pipeline::keywords::server_only;
use crate::pipeline::rules::{self, Rule, RulesOwner};
use crate::source::diagnostic::Diagnostics;
use crate::source::map::Span;
use crate::source::node::{Node, Value};

/// The keys that name a location; an entry has exactly one of them.
const SUBKEYS: [&str; 6] = ["local", "project", "remote", "template", "component", "artifact"];

/// All keys of an entry.
const KEYS: [&str; 13] = [
    "local",
    "project",
    "remote",
    "template",
    "component",
    "artifact",
    "file",
    "ref",
    "job",
    "rules",
    "inputs",
    "integrity",
    "cache",
];

/// A decoded entry: what to include, with which inputs, and by which rules.
pub(super) struct IncludeEntry {
    pub(super) location: IncludeLocation,
    pub(super) inputs: Vec<InputArgument>,
    pub(super) rules: Option<Vec<Rule>>,
    pub(super) span: Span,
}

/// Decodes an entry. `None` means that an error was reported.
pub(super) fn decode_entry(node: &Node, diagnostics: &mut Diagnostics) -> Option<IncludeEntry> {
    let entry = |location, inputs, rules| IncludeEntry { location, inputs, rules, span: node.span };
    if let Some(text) = node.as_str() {
        return Some(entry(IncludeLocation::parse(text), Vec::new(), None));
    }
    if !matches!(node.value, Value::Mapping(_)) {
        let message = "include config should be an array of hashes or strings";
        diagnostics.push(problem(node, message).help("write `local: path`, or the path alone"));
        return None;
    }
    check_keys(node, "include", &KEYS, diagnostics);
    for key in ["integrity", "cache"] {
        if let Some(value) = present(node, key) {
            diagnostics.push(server_only(&format!("include:{key}"), value.span));
        }
    }
    let location = decode_location(node, diagnostics)?;
    let rules = present(node, "rules")
        .map(|rules| rules::decode_rules(rules, RulesOwner::Include, "include:rules", diagnostics));
    let inputs =
        present(node, "inputs").map(|inputs| decode_arguments(inputs, diagnostics)).unwrap_or_default();
    Some(entry(location, inputs, rules))
}

fn decode_location(node: &Node, diagnostics: &mut Diagnostics) -> Option<IncludeLocation> {
    let named: Vec<&str> = SUBKEYS.into_iter().filter(|key| present(node, key).is_some()).collect();
    let names = SUBKEYS.join("`, `");
    let key = match named[..] {
        [key] => key,
        [] => {
            let message = "include config does not have a valid subkey for include";
            let problem = problem(node, message);
            diagnostics.push(problem.help(format!("valid subkeys are: `{names}`")));
            return None;
        }
        [..] => {
            let problem = problem(node, format!("Each include must use only one of: `{names}`"));
            diagnostics.push(problem.help("write an entry for each"));
            return None;
        }
    };
    let value = present(node, key)?;
    let text = string(value, &format!("include:{key} config should be a string"), diagnostics)?;
    if text.trim().is_empty() {
        let problem = problem(value, format!("include:{key} config can't be blank"));
        diagnostics.push(problem.help("name a file"));
        return None;
    }
    Some(match key {
        "local" => IncludeLocation::Local(text),
        "remote" => IncludeLocation::Remote(text),
        "template" => IncludeLocation::Template(text),
        "component" => IncludeLocation::Component(text),
        "artifact" => IncludeLocation::Artifact(text),
        _ => IncludeLocation::Project(decode_other_project(node, text, diagnostics)?),
    })
}

fn decode_other_project(
    node: &Node,
    path: String,
    diagnostics: &mut Diagnostics,
) -> Option<OtherProjectFiles> {
    let Some(file) = present(node, "file") else {
        let message = "include config must specify the file where to fetch the config from";
        diagnostics.push(problem(node, message).help("add `file: /path/in/that/project.yml`"));
        return None;
    };
    let message = "include:file config should be a string or an array of strings";
    let files: Option<Vec<String>> =
        one_or_more(file).iter().map(|file| string(file, message, diagnostics)).collect();
    let reference = present(node, "ref")
        .and_then(|node| string(node, "include:ref config should be a string", diagnostics));
    Some(OtherProjectFiles { path, files: files?, reference })
}
