//! The lock file of the folder of copies: the commit that each project's files are from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::names::{check_file, check_project};
use crate::git::remote_refs::is_hash;
use crate::pipeline::include::{ForeignProject, ForeignVersion};

/// The name of the lock file in the folder.
pub const LOCK_FILE: &str = "include-lock.json";

/// The version of the format.
const FORMAT: u32 = 1;

/// The largest lock file; that of a thousand projects has some 400 KB.
pub const LOCK_BYTES_MAX: u64 = 4 << 20;

/// The content of a lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    projects: BTreeMap<ForeignProject, LockedProject>,
}

/// Where the copies of a project's files are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedProject {
    /// The ref that has led to the commit.
    pub resolved: String,
    pub commit: String,
    /// The paths in the project.
    pub files: BTreeSet<String>,
}

/// A lock file that is not used.
#[derive(Debug, Error)]
pub enum LockError {
    #[error("it is not the JSON of a lock file: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it has format {0}; this version of runner-lite reads format {FORMAT}")]
    Format(u32),
    #[error("{0}")]
    Entry(String),
}

#[derive(Serialize, Deserialize)]
struct JsonLock {
    format: u32,
    projects: Vec<JsonProject>,
}

#[derive(Serialize, Deserialize)]
struct JsonProject {
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    project: String,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    resolved: String,
    commit: String,
    files: Vec<String>,
}

impl Lock {
    /// Reads the content of a lock file, of which no name is trusted.
    ///
    /// # Errors
    /// The text is no lock file, or has a name that would not be fetched.
    pub fn parse(text: &[u8]) -> Result<Self, LockError> {
        let lock: JsonLock = serde_json::from_slice(text)?;
        if lock.format != FORMAT {
            return Err(LockError::Format(lock.format));
        }
        let projects = lock.projects.into_iter().map(read_project).collect::<Result<_, _>>()?;
        Ok(Self { projects })
    }

    /// The content of the lock file, sorted, so that a version control system shows what has changed.
    pub fn text(&self) -> String {
        let project = |(project, locked): (&ForeignProject, &LockedProject)| JsonProject {
            host: project.host.clone(),
            project: project.path.clone(),
            reference: match &project.version {
                ForeignVersion::DefaultBranch => None,
                ForeignVersion::Ref(name) => Some(name.clone()),
            },
            resolved: locked.resolved.clone(),
            commit: locked.commit.clone(),
            files: locked.files.iter().cloned().collect(),
        };
        let lock = JsonLock { format: FORMAT, projects: self.projects.iter().map(project).collect() };
        // Serialization cannot fail: there are only strings and numbers.
        serde_json::to_string_pretty(&lock).unwrap_or_default() + "\n"
    }

    /// The entry of a project.
    pub fn get(&self, project: &ForeignProject) -> Option<&LockedProject> {
        self.projects.get(project)
    }

    /// Puts an entry in place of an older one.
    pub fn set(&mut self, project: ForeignProject, locked: LockedProject) {
        self.projects.insert(project, locked);
    }

    /// The projects in their order.
    pub fn projects(&self) -> impl Iterator<Item = (&ForeignProject, &LockedProject)> {
        self.projects.iter()
    }
}

fn read_project(json: JsonProject) -> Result<(ForeignProject, LockedProject), LockError> {
    let version = json.reference.map_or(ForeignVersion::DefaultBranch, ForeignVersion::Ref);
    let project = ForeignProject { host: json.host, path: json.project, version };
    let refused = |error: super::names::RefusedName| LockError::Entry(error.to_string());
    check_project(&project).map_err(refused)?;
    json.files.iter().try_for_each(|file| check_file(file).map_err(refused))?;
    if !is_hash(&json.commit) {
        return Err(LockError::Entry(format!("`{}` is not the full hash of a commit", json.commit)));
    }
    let files = json.files.into_iter().collect();
    Ok((project, LockedProject { resolved: json.resolved, commit: json.commit, files }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_sorted_and_read_again() {
        let project = |host: Option<&str>, path: &str, reference: Option<&str>| ForeignProject {
            host: host.map(str::to_owned),
            path: path.to_owned(),
            version: reference
                .map_or(ForeignVersion::DefaultBranch, |name| ForeignVersion::Ref(name.to_owned())),
        };
        let locked = |resolved: &str, files: &[&str]| LockedProject {
            resolved: resolved.to_owned(),
            commit: "0".repeat(40),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
        };
        let mut lock = Lock::default();
        lock.set(project(Some("h"), "g/c", Some("1")), locked("refs/tags/1.2.3", &["templates/x.yml"]));
        lock.set(project(None, "g/p", None), locked("HEAD", &["b.yml", "a.yml"]));
        assert_eq!(Lock::parse(lock.text().as_bytes()).unwrap(), lock);
        insta::assert_snapshot!(lock.text(), @r#"
        {
          "format": 1,
          "projects": [
            {
              "project": "g/p",
              "resolved": "HEAD",
              "commit": "0000000000000000000000000000000000000000",
              "files": [
                "a.yml",
                "b.yml"
              ]
            },
            {
              "host": "h",
              "project": "g/c",
              "ref": "1",
              "resolved": "refs/tags/1.2.3",
              "commit": "0000000000000000000000000000000000000000",
              "files": [
                "templates/x.yml"
              ]
            }
          ]
        }
        "#);
    }

    #[test]
    fn a_lock_file_with_unsafe_names_is_refused() {
        let commit = "0".repeat(40);
        let entry = |project: &str, reference: &str, commit: &str, file: &str| {
            format!(
                r#"{{"format": 1, "projects": [{{"project": "{project}", "ref": "{reference}", "resolved": "x",
                "commit": "{commit}", "files": ["{file}"]}}]}}"#
            )
        };
        let refused = |text: String| Lock::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(Lock::parse(entry("g/p", "x", &commit, "a.yml").as_bytes()).is_ok());
        assert!(refused(entry("../p", "x", &commit, "a.yml")).contains("not the path of a GitLab project"));
        assert!(refused(entry("g/p", "-x", &commit, "a.yml")).contains("not the name of a branch"));
        assert!(refused(entry("g/p", "x", "--all", "a.yml")).contains("not the full hash"));
        assert!(refused(entry("g/p", "x", &commit, "../a.yml")).contains("not the path of a pipeline file"));
        assert!(refused(r#"{"format": 2, "projects": []}"#.to_owned()).starts_with("it has format 2"));
        assert!(refused("{}".to_owned()).starts_with("it is not the JSON"));
    }
}
