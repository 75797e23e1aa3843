//! What to collect: the JSON file that `runner-lite collect` reads. Its content is not an argument of the process, because
//! arguments are visible and limited.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Everything that is collected after one job.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectRequest {
    /// The project's folder in the container, absolute.
    pub project_dir: String,
    /// In the order of the answer: caches, then the archive of the artifacts, then reports.
    pub archives: Vec<ArchiveRequest>,
    /// The job's variables, for `$NAME` in paths. Values can be secret, so `Debug` hides them.
    pub environment: Vec<(String, String)>,
    /// The absolute path of the job's `GITLAB_ENV` file, whose variables outrank `environment`. It may be missing.
    pub environment_file: String,
    /// The [`delivered_hash`] of every file that was delivered as a source; an archive with `untracked` takes all other
    /// files of the project. `None` if no archive is `untracked`, or if the job got no sources.
    pub delivered: Option<Vec<u64>>,
}

/// Which files one archive gets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveRequest {
    /// The number of the archive in the answer, unique in the request.
    pub id: u32,
    /// Paths and glob patterns as they stand in the pipeline file, with variables.
    pub paths: Vec<String>,
    /// Patterns of paths that are left out, with variables.
    pub exclude: Vec<String>,
    /// Whether all files that were not delivered as sources are taken, too.
    pub untracked: bool,
    /// The fingerprint of the cache in the store; no files are sent if the selected ones have the same.
    pub known_fingerprint: Option<String>,
    /// How many bytes of content the archive may have.
    pub bytes_max: u64,
    /// The name of the archive as it stands in the pipeline file, with variables; empty if it needs none.
    pub name: String,
}

/// Hides the values of variables.
impl fmt::Debug for CollectRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CollectRequest")
            .field("project_dir", &self.project_dir)
            .field("archives", &self.archives)
            .field("environment", &format_args!("[{} hidden]", self.environment.len()))
            .field("environment_file", &self.environment_file)
            .field("delivered", &self.delivered.as_ref().map(Vec::len))
            .finish()
    }
}

/// A hash of a path relative to the project's folder, without `./` before it: the first bytes of SHA-256.
pub fn delivered_hash(path: &[u8]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = hmac_sha256::Hash::hash(path);
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_written_and_its_debug_text_hides_values() {
        let archive = ArchiveRequest {
            id: 7,
            paths: vec!["a/$B/*".into(), String::new()],
            exclude: vec!["*.o".into()],
            untracked: true,
            known_fingerprint: Some("f".into()),
            bytes_max: u64::MAX,
            name: "$CI_JOB_NAME".into(),
        };
        let request = CollectRequest {
            project_dir: "/builds/p".into(),
            archives: vec![archive, ArchiveRequest::default()],
            environment: vec![("PASSWORD".into(), "hunter2".into())],
            environment_file: "/builds/p.tmp/gitlab_runner_env".into(),
            delivered: Some(vec![delivered_hash(b"a/b"), u64::MAX]),
        };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<CollectRequest>(&text).unwrap(), request);
        assert!(!format!("{request:?}").contains("hunter2"));
    }
}
