//! Checks of keywords that have no effect here, across their keys and against other keywords of the job. GitLab refuses
//! a file in which they are wrong. `shapes` checks the forms of single values.

use super::decode::{boolean, invalid_value, present};
use super::{secrets, steps, trigger};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

/// Checks these keywords of a job. `path` is the path of the job: `jobs:test`.
pub(super) fn check_server_keywords(key: &Node, job: &Node, path: &str, diagnostics: &mut Diagnostics) {
    secrets::check_secrets(job, path, diagnostics);
    steps::check_steps(job, path, diagnostics);
    check_publish(key, job, path, diagnostics);
    let Some(written) = present(job, "trigger") else { return };
    trigger::check_trigger(written, path, diagnostics);
    if present(job, "script").is_none() && present(job, "run").is_none() {
        trigger::check_trigger_job(job, path, diagnostics);
    }
}

/// `publish` is an older way to write `pages:publish`, and belongs to the job that publishes a site.
fn check_publish(key: &Node, job: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(publish) = present(job, "publish") else { return };
    let pages = present(job, "pages");
    let says_pages = pages.is_some_and(|pages| match &pages.value {
        Value::Mapping(pairs) => !pairs.is_empty(),
        _ => boolean(pages) == Some(true),
    });
    let is_pages_job = says_pages || (key.is_key("pages") && pages.and_then(boolean) != Some(false));
    if !is_pages_job {
        let message = format!("{path} publish can only be used within a `pages` job");
        let problem = invalid_value(publish, message, "this job publishes no site");
        diagnostics.push(problem.help("write `pages: {publish: public}` in the job that makes the site"));
    }
}
