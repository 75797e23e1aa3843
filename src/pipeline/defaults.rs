//! `default:`, and the same keywords at the top level of the file.

use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};

use super::keywords;

/// The keywords that jobs inherit. Each job decodes the keywords that it inherits, so that a mistake in one of them
/// invalidates only those jobs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Defaults {
    pairs: Vec<(&'static str, Node)>,
}

impl Defaults {
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Node)> {
        self.pairs.iter().map(|(keyword, node)| (*keyword, node))
    }

    pub fn get(&self, keyword: &str) -> Option<&Node> {
        self.pairs.iter().find(|(name, _)| *name == keyword).map(|(_, node)| node)
    }
}

impl FromIterator<(&'static str, Node)> for Defaults {
    fn from_iter<I: IntoIterator<Item = (&'static str, Node)>>(pairs: I) -> Self {
        Self { pairs: pairs.into_iter().collect() }
    }
}

/// Collects the defaults of a file and checks its global keywords.
pub fn collect_defaults(root: &Node, diagnostics: &mut Diagnostics) -> Defaults {
    keywords::check_global(root, diagnostics);
    let default = root.get("default").filter(|node| !node.is_null());
    if let Some(default) = default
        && !matches!(default.value, Value::Mapping(_))
    {
        let problem = Diagnostic::error(Code::InvalidConfig, "default config should be a hash");
        let problem = problem.label(default.span, format!("this is {}", default.kind()));
        diagnostics.push(problem.help("write keywords below it, such as `image: alpine:3.20`"));
    }
    let mut defaults = Defaults::default();
    for keyword in keywords::DEFAULT {
        // The other keywords of `default:` are job names at the top level.
        let global = root.get(keyword).filter(|node| !node.is_null() && keywords::is_global(keyword));
        let inner = default.and_then(|node| node.get(keyword)).filter(|node| !node.is_null());
        if let (Some(global), Some(inner)) = (global, inner) {
            let message = format!("{keyword} is defined in top-level and `default:` entry");
            let problem = Diagnostic::error(Code::InvalidConfig, message);
            let problem = problem.label(inner.span, "in `default:`").label(global.span, "at the top level");
            diagnostics.push(problem.help("remove the one at the top level"));
        }
        if let Some(node) = inner.or(global) {
            defaults.pairs.push((keyword, node.clone()));
        }
    }
    defaults
}
