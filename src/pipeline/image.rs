//! `image` and `services`, each as a string or a mapping.

use super::decode::{
    check_keys, flatten_fully, one_or_more, present, problem, string, strings, suggest, unknown_value,
};
use super::keywords::without_effect;
use super::variables::{self, Variable, VariablesOwner};
use crate::registry::pull_policy::PullPolicy;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Spanned;
use crate::source::node::{Node, Value};

/// `image: ruby:2.6` or `image: {name: …, entrypoint: …, docker: …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The image reference as written, with variables not yet expanded.
    pub name: Spanned<String>,
    /// `None` means that the key is absent, null or `[]`, which GitLab Runner treats alike.
    pub entrypoint: Option<Vec<String>>,
    pub user: Option<String>,
    pub platform: Option<String>,
    /// The policies to try in this order; empty if the key is absent.
    pub pull_policies: Vec<PullPolicy>,
}

/// An entry of `services`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The keywords that services share with the image of a job.
    pub image: Image,
    /// Names separated by commas or blanks, with variables not yet expanded.
    pub alias: Option<Spanned<String>>,
    /// `None` means that the key is absent, null or `[]`.
    pub command: Option<Vec<String>>,
    /// The variables of this service alone.
    pub variables: Vec<Variable>,
}

const NAME_HELP: &str = "name an image: `name: alpine:3.20`, or `$VARIABLE`";
const POLICY_HELP: &str = "write `always`, `if-not-present` or `never`";
const IMAGE_KEYS: [&str; 5] = ["name", "entrypoint", "docker", "kubernetes", "pull_policy"];
const SERVICE_KEYS: [&str; 8] =
    ["name", "entrypoint", "docker", "kubernetes", "pull_policy", "alias", "command", "variables"];

/// Decodes an `image`. `path` is the path in GitLab's messages: `jobs:test:image`.
pub fn decode_image(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Image> {
    decode_image_form(node, path, &IMAGE_KEYS, diagnostics)
}

/// Decodes `services`. `path` is the path in GitLab's messages: `jobs:test:services`.
pub fn decode_services(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Service> {
    let Value::Sequence(_) = &node.value else {
        let help = "services are a list: put `- ` before each";
        diagnostics.push(problem(node, format!("{path} config should be a array")).help(help));
        return Vec::new();
    };
    let path = format!("{path}:service");
    flatten_fully(node).into_iter().filter_map(|item| decode_service(item, &path, diagnostics)).collect()
}

fn decode_service(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Service> {
    let image = decode_image_form(node, path, &SERVICE_KEYS, diagnostics)?;
    let alias = present(node, "alias").and_then(|alias| {
        let value = match &alias.value {
            Value::Sequence(_) => {
                strings(alias, &format!("{path} alias should be a string"), diagnostics)?.join(" ")
            }
            _ => string(alias, &format!("{path} alias should be a string"), diagnostics)?,
        };
        Some(Spanned { value, span: alias.span })
    });
    let command = decode_list(node, "command", path, diagnostics);
    let variables = match present(node, "variables") {
        Some(node) => {
            variables::decode_variables(node, VariablesOwner::Job, &format!("{path}:variables"), diagnostics)
        }
        None => Vec::new(),
    };
    Some(Service { image, alias, command, variables })
}

fn decode_image_form(node: &Node, path: &str, keys: &[&str], diagnostics: &mut Diagnostics) -> Option<Image> {
    if let Some(name) = node.as_str() {
        let name = Spanned { value: name.to_owned(), span: node.span };
        return with_name(
            Image { name, entrypoint: None, user: None, platform: None, pull_policies: Vec::new() },
            path,
            diagnostics,
        );
    }
    if !matches!(node.value, Value::Mapping(_)) {
        let problem = problem(node, format!("{path} config should be a hash or a string"));
        diagnostics.push(problem.help("write one image, such as `alpine:3.20`, in quotes"));
        return None;
    }
    check_keys(node, path, keys, diagnostics);
    warn_about_kubernetes(node, path, diagnostics);
    let Some(name_node) = present(node, "name") else {
        diagnostics.push(problem(node, format!("{path} name can't be blank")).help(NAME_HELP));
        return None;
    };
    let name = string(name_node, &format!("{path} name should be a string"), diagnostics)?;
    check_docker_options(node, path, diagnostics);
    let docker = |key: &str, diagnostics: &mut Diagnostics| {
        let value = present(present(node, "docker")?, key)?;
        string(value, &format!("{path} docker {key} should be a string"), diagnostics)
    };
    let image = Image {
        name: Spanned { value: name, span: name_node.span },
        entrypoint: decode_list(node, "entrypoint", path, diagnostics),
        user: docker("user", diagnostics),
        platform: docker("platform", diagnostics),
        pull_policies: decode_pull_policies(node, path, diagnostics),
    };
    with_name(image, path, diagnostics)
}

/// Warns about `kubernetes`, which GitLab knows since 18.0 and Docker's executor passes over.
fn warn_about_kubernetes(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(written) = present(node, "kubernetes") else { return };
    if !matches!(written.value, Value::Mapping(_)) {
        let problem = problem(written, format!("{path} kubernetes should be a hash"));
        diagnostics.push(problem.help("write `kubernetes: {user: \"1000\"}`"));
        return;
    }
    check_keys(written, &format!("{path}:kubernetes"), &["user"], diagnostics);
    let keyword = if path.ends_with(":service") { "services:kubernetes" } else { "image:kubernetes" };
    diagnostics.push(without_effect(keyword, "on Kubernetes", written.span));
}

fn check_docker_options(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(docker) = present(node, "docker") else { return };
    let path = format!("{path}:docker");
    check_keys(docker, &path, &["platform", "user"], diagnostics);
    if !matches!(docker.value, Value::Mapping(_)) {
        let problem = problem(docker, format!("{path} config should be a hash"));
        diagnostics.push(problem.help("write `user: root` or `platform: linux/arm64` below it"));
    }
}

fn with_name(image: Image, path: &str, diagnostics: &mut Diagnostics) -> Option<Image> {
    if !image.name.value.trim().is_empty() {
        return Some(image);
    }
    let problem = Diagnostic::error(Code::InvalidConfig, format!("{path} name can't be blank"));
    diagnostics.push(problem.label(image.name.span, "no image is named here").help(NAME_HELP));
    None
}

/// Decodes `pull_policy`: a policy or a list of policies.
fn decode_pull_policies(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<PullPolicy> {
    let Some(value) = present(node, "pull_policy") else { return Vec::new() };
    let nodes = one_or_more(value);
    if nodes.is_empty() {
        let problem = problem(value, format!("{path}:pull_policy config can't be blank"));
        diagnostics.push(problem.help(POLICY_HELP));
    }
    let mut policies = Vec::new();
    for node in nodes {
        let Some(name) = node.as_str() else {
            let message = format!("{path}:pull_policy config should be a string or an array of strings");
            diagnostics.push(problem(node, message).help(POLICY_HELP));
            continue;
        };
        policies.extend(PullPolicy::parse(name).or_else(|| {
            let message = format!("{path}:pull_policy config contains unknown values: {name}");
            let known = PullPolicy::ALL.map(PullPolicy::name);
            diagnostics.push(suggest(unknown_value(node, message), name, known, |problem| {
                problem.help(POLICY_HELP)
            }));
            None
        }));
    }
    policies
}

/// Decodes an `entrypoint` or a `command`.
fn decode_list(node: &Node, key: &str, path: &str, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let value = present(node, key)?;
    let message = format!("{path} {key} should be an array of strings");
    strings(value, &message, diagnostics).filter(|list| !list.is_empty())
}
