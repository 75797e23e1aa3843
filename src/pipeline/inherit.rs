//! `inherit`: which defaults and global variables a job inherits.

use super::decode::{check_keys, invalid_value, one_or_more, problem, strings, suggest};
use super::keywords;
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// Which names are inherited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Inherited {
    #[default]
    All,
    None,
    Some(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inherit {
    /// The keywords of `default:`.
    pub default: Inherited,
    /// The global variables and those of `workflow:rules`.
    pub variables: Inherited,
}

impl Inherited {
    /// Whether this name is inherited.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Some(names) => names.iter().any(|known| known == name),
        }
    }
}

/// Decodes an `inherit`. `path` is the path of the job: `jobs:test`.
pub fn decode_inherit(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Inherit {
    let path = format!("{path}:inherit");
    if !matches!(node.value, Value::Mapping(_)) {
        let problem = problem(node, format!("{path} config should be a hash"));
        diagnostics
            .push(problem.help("write `default:` or `variables:` below it, with `true`, `false` or a list"));
        return Inherit::default();
    }
    check_keys(node, &path, &["default", "variables"], diagnostics);
    let mut taken = |key: &str| match node.get(key).map(|value| (&value.value, value)) {
        None | Some((Value::Scalar(Scalar::Boolean(true) | Scalar::Null), _)) => Inherited::All,
        Some((Value::Scalar(Scalar::Boolean(false)), _)) => Inherited::None,
        Some((_, value)) => {
            let message = format!("{path}:{key} config should be a bool or an array of strings");
            strings(value, &message, diagnostics).map_or(Inherited::All, Inherited::Some)
        }
    };
    let inherit = Inherit { default: taken("default"), variables: taken("variables") };
    if let Some(default) = node.get("default") {
        check_default_names(default, &format!("{path}:default"), diagnostics);
    }
    inherit
}

/// Reports names that are no keywords of `default:`.
fn check_default_names(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    for item in one_or_more(node) {
        let Some(name) = item.as_str().filter(|name| !keywords::DEFAULT.contains(name)) else { continue };
        let message = format!("{path} config contains unknown values: {name}");
        let problem = invalid_value(item, message, "not a keyword of `default:`");
        diagnostics.push(suggest(problem, name, keywords::DEFAULT, |problem| {
            problem.help(format!("it can name {}", keywords::DEFAULT.join(", ")))
        }));
    }
}
