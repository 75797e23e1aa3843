//! The answer of `include fetch`.

use serde::Serialize;

use super::json::versioned_answer;
use super::table::table;
use crate::include_copies::summary::{CopiedProject, CopySummary};

/// The characters of a commit that a table shows.
const SHORT_HASH_CHARS: usize = 8;

/// The projects as a table; empty without any.
pub fn text(summary: &CopySummary) -> String {
    if summary.projects.is_empty() {
        return String::new();
    }
    let row = |copied: &CopiedProject| {
        [
            copied.project.folder(),
            copied.status.word().to_owned(),
            short(copied.commit.as_deref()),
            short(copied.newest.as_deref()),
            copied.resolved.clone().unwrap_or_default(),
            copied.files.join(", "),
        ]
    };
    table(["PROJECT", "STATE", "COMMIT", "NEWEST", "REF", "FILES"], summary.projects.iter().map(row))
}

/// The whole summary as a JSON object.
pub fn json(summary: &CopySummary) -> String {
    let project = |copied: &'_ CopiedProject| JsonCopiedProject {
        folder: copied.project.folder(),
        status: copied.status.word(),
        resolved: copied.resolved.clone(),
        commit: copied.commit.clone(),
        newest: copied.newest.clone(),
        files: copied.files.clone(),
    };
    let unfetched = summary.unfetched.iter().map(|file| JsonUnfetchedFile {
        include: file.location.clone(),
        url: file.url.clone(),
        copy: file.copy.clone(),
    });
    versioned_answer(&JsonCopySummary {
        projects: summary.projects.iter().map(project).collect(),
        unfetched: unfetched.collect(),
    })
}

fn short(commit: Option<&str>) -> String {
    commit.unwrap_or_default().chars().take(SHORT_HASH_CHARS).collect()
}

#[derive(Serialize)]
struct JsonCopySummary {
    projects: Vec<JsonCopiedProject>,
    unfetched: Vec<JsonUnfetchedFile>,
}

#[derive(Serialize)]
struct JsonCopiedProject {
    folder: String,
    status: &'static str,
    resolved: Option<String>,
    commit: Option<String>,
    newest: Option<String>,
    files: Vec<String>,
}

#[derive(Serialize)]
struct JsonUnfetchedFile {
    include: String,
    url: String,
    copy: String,
}
