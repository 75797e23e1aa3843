//! Evaluates `only` and `except`.

use super::Selector;
use super::scope::RuleScope;
use crate::pipeline::expression::{Expression, Pattern};
use crate::pipeline::only::Policy;
use crate::pipeline::rule_context::{RuleVariables, any_changed};

/// GitLab's default of `only:refs`.
const DEFAULT_REFS: [&str; 2] = ["branches", "tags"];

impl Selector<'_> {
    /// Why these keywords exclude a job from the pipeline; `None` if they do not. Every condition of `only` must hold, and
    /// no condition of `except`.
    pub(super) fn excluded(
        &self,
        only: Option<&Policy>,
        except: Option<&Policy>,
        scope: &RuleScope<'_>,
    ) -> Option<String> {
        let refs = only.and_then(|only| only.refs.as_ref());
        let fits = match refs {
            Some(refs) => refs.iter().any(|name| self.matches_ref(name)),
            // A detached HEAD is neither a branch nor a tag. The job is in the pipeline of its branch.
            None => !self.is_merge_request(),
        };
        if !fits {
            let names = refs.map_or_else(|| DEFAULT_REFS.join(", "), |refs| refs.join(", "));
            return Some(format!("only: {names}"));
        }
        if let Some(only) = only {
            let variables = only.variables.as_ref().is_none_or(|all| any_true(all, scope));
            let changes = only.changes.as_ref().is_none_or(|paths| any_changed(self.files, paths, None));
            for (holds, name) in
                [(variables, "variables"), (changes, "changes"), (!only.kubernetes, "kubernetes")]
            {
                if !holds {
                    return Some(format!("only:{name}"));
                }
            }
        }
        let except = except?;
        if let Some(name) = except.refs.iter().flatten().find(|name| self.matches_ref(name)) {
            return Some(format!("except: {name}"));
        }
        if except.variables.as_ref().is_some_and(|all| any_true(all, scope)) {
            return Some("except:variables".to_owned());
        }
        let changed = except.changes.as_ref().is_some_and(|paths| any_changed(self.files, paths, None));
        changed.then(|| "except:changes".to_owned())
    }

    /// Whether the pipeline is a merge request pipeline, and so belongs neither to a branch nor to a tag.
    fn is_merge_request(&self) -> bool {
        let scope = RuleScope::of_pipeline(self);
        let source = scope.variable("CI_PIPELINE_SOURCE");
        matches!(source, Some("merge_request_event" | "external_pull_request_event"))
    }

    /// Whether a name, a pattern or a keyword in `refs` matches the pipeline's branch, tag or source.
    fn matches_ref(&self, name: &str) -> bool {
        let (name, project) = match name.rsplit_once('@') {
            Some((name, project)) if !name.ends_with('\\') => (name, Some(project)),
            _ => (name, None),
        };
        if project.is_some_and(|project| project != self.project.path) {
            return false;
        }
        let scope = RuleScope::of_pipeline(self);
        let value = |name: &str| scope.variable(name);
        let (branch, tag) = (value("CI_COMMIT_BRANCH"), value("CI_COMMIT_TAG"));
        let source = value("CI_PIPELINE_SOURCE").unwrap_or_default().trim_end_matches("_event");
        let is_source = name == source
            || name.strip_suffix('s') == Some(source)
            || (source.ends_with("sh") && name.strip_suffix("es") == Some(source));
        let merge = self.is_merge_request();
        match name {
            "branches" => branch.is_some() && !merge,
            "tags" => tag.is_some(),
            _ if is_source => true,
            _ if merge => false,
            _ => {
                let current = value("CI_COMMIT_REF_NAME").unwrap_or_default();
                match Pattern::parse(name) {
                    Some(pattern) => pattern.is_ok_and(|pattern| pattern.is_match(current)),
                    None => name == current,
                }
            }
        }
    }
}

fn any_true(all: &[Expression], scope: &RuleScope<'_>) -> bool {
    all.iter().any(|expression| expression.is_true(&|name| scope.variable(name)))
}
