//! Jobs that a real GitLab Runner ran, with its log, its verdict and what it stored.
//!
//! `tests/reference/README.md` says where the data come from.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Recorded jobs, in the order in which the Runner ran them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    /// The Runner and the engine that were used.
    pub(crate) runner: String,
    /// The files of the repository that all jobs have, with their content.
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) cases: Vec<Case>,
}

/// One job that the Runner ran.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The pipeline file without `artifacts` and `cache`. Its last key is the job `t`.
    yml: String,
    /// The name of the project if it is shared with other jobs, whose caches the job can have.
    project: Option<String>,
    /// The names of the cases whose artifacts the job received.
    #[serde(default)]
    pub(crate) deps: Vec<String>,
    /// What a GitLab server sends for `artifacts`.
    #[serde(default)]
    artifacts: Vec<Upload>,
    /// What a GitLab server sends for `cache`.
    #[serde(default)]
    cache: Vec<Map<String, Value>>,
    /// More files of the repository; those that begin with `#!` are executable.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// Masked variables of the project.
    #[serde(default)]
    pub(crate) masked: BTreeMap<String, String>,
    /// The project's variables of type file.
    #[serde(default)]
    pub(crate) filevars: BTreeMap<String, String>,
    /// The job's timeout in seconds.
    pub(crate) timeout: Option<u64>,
    /// Whether the job was canceled once it had printed `MARK-CANCEL`.
    #[serde(default)]
    pub(crate) cancel: bool,
    pub(crate) state: State,
    pub(crate) failure_reason: Option<String>,
    pub(crate) exit_code: i32,
    /// The lines from the script's section to the result, without colours, marks of sections and the ids of images.
    pub(crate) script: Vec<String>,
    /// The lines of the sections about caches and artifacts, with their headings, without colours, ids and tokens.
    #[serde(default)]
    pub(crate) log: Vec<String>,
    /// What the Runner uploaded, by the type of the artifact.
    #[serde(default)]
    pub(crate) stored: BTreeMap<String, StoredFile>,
}

/// The Runner's verdict.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Success,
    Failed,
}

/// One upload of a job, as a GitLab server describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Upload {
    name: Option<String>,
    #[serde(default)]
    untracked: bool,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    when: String,
    artifact_type: String,
    #[serde(rename = "artifact_format")]
    _format: String,
}

/// A file that the Runner uploaded.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredFile {
    pub(crate) filename: String,
    /// The content of an archive.
    #[serde(default)]
    pub(crate) entries: Vec<StoredEntry>,
}

/// An entry of an archive: the permission bits as octal digits, the size, and the name, with a slash at the end if it is
/// a directory.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub(crate) struct StoredEntry(pub(crate) String, pub(crate) u64, pub(crate) String);

/// The jobs with artifacts and caches.
pub(crate) fn archive_jobs() -> Reference {
    serde_json::from_str(include_str!("../reference/archives.json")).unwrap()
}

/// All other jobs.
pub(crate) fn script_jobs() -> Reference {
    serde_json::from_str(include_str!("../reference/scripts.json")).unwrap()
}

/// The exit code of `exec --exit-code script` for a job whose log ends with this line.
pub(crate) fn verdict(last_line: &str) -> i32 {
    let exit_code = last_line.strip_prefix("ERROR: Job failed: exit code ");
    match exit_code {
        Some(code) => code.parse().unwrap(),
        None if last_line == "Job succeeded" => 0,
        None if last_line == "ERROR: Job failed: canceled" => 130,
        None if last_line.starts_with("ERROR: Job failed (system failure): ") => 125,
        None if last_line.starts_with("error: invalid ") => 3,
        // A timeout.
        None => 1,
    }
}

impl Reference {
    /// The case with this name.
    pub(crate) fn case(&self, name: &str) -> &Case {
        self.cases.iter().find(|case| case.name == name).unwrap()
    }

    /// The pipeline file of the case: its job `t`, and in an earlier stage the jobs whose artifacts it receives.
    pub(crate) fn pipeline_file(&self, case: &Case) -> String {
        let mut text = "stages: [build, test]\n".to_owned();
        for name in &case.deps {
            let producer = self.case(name).pipeline_file();
            text.push_str(&producer.replacen("t:\n", &format!("{name}:\n  stage: build\n"), 1));
        }
        text + &case.pipeline_file()
    }
}

impl Case {
    /// The name of the project, which is the last part of `CI_PROJECT_DIR`.
    pub(crate) fn project(&self) -> &str {
        self.project.as_deref().unwrap_or(&self.name)
    }

    /// The key of its first cache; cases with the same one must run in their order.
    pub(crate) fn first_cache_key(&self) -> Option<&str> {
        self.cache.first()?["key"].as_str()
    }

    /// The pipeline file with this name for the job.
    pub(crate) fn pipeline_file_with(&self, job: &str) -> String {
        self.pipeline_file().replacen("t:\n", &format!("{job}:\n"), 1)
    }

    fn pipeline_file(&self) -> String {
        let mut text = self.yml.clone();
        // Flow collections of YAML can be written as JSON.
        if !self.artifacts.is_empty() {
            text.push_str(&format!("  artifacts: {}\n", self.artifacts_keyword()));
        }
        if !self.cache.is_empty() {
            text.push_str(&format!("  cache: {}\n", json!(self.cache)));
        }
        text
    }

    /// The keyword that makes a GitLab server send these uploads.
    fn artifacts_keyword(&self) -> Value {
        let mut keyword = json!({ "expire_in": "1 day" });
        for upload in &self.artifacts {
            if upload.artifact_type != "archive" {
                keyword["reports"][&upload.artifact_type] = json!(upload.paths);
                continue;
            }
            keyword["when"] = json!(upload.when);
            keyword["untracked"] = json!(upload.untracked);
            if let Some(name) = &upload.name {
                keyword["name"] = json!(name);
            }
            for (key, value) in [("paths", &upload.paths), ("exclude", &upload.exclude)] {
                if !value.is_empty() {
                    keyword[key] = json!(value);
                }
            }
        }
        keyword
    }
}
