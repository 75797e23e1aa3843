//! What a job has left on the engine, asked of the engine itself.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// How long the engine may take to list things.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The socket that the tests use: `DOCKER_HOST`, else the default.
pub(crate) fn socket() -> PathBuf {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    PathBuf::from(host.strip_prefix("unix://").unwrap_or("/var/run/docker.sock"))
}

/// Fails if a container, network or volume of the job is left.
pub(crate) fn assert_none(job: &str) {
    let label = format!("com.gitlab.gitlab-runner.job.name={job}");
    let filter = format!("{{\"label\":[\"{label}\"]}}");
    let filter: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for list in ["containers/json?all=1&filters=", "networks?filters=", "volumes?filters="] {
        let answer = get(&format!("/v1.41/{list}{filter}"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(
            !answer.contains(&label) && !answer.contains("\"Id\""),
            "{job} has left something behind: {answer}"
        );
    }
}

/// What Docker says, or what Podman says where that is the engine.
pub(crate) fn words<'a>(of_docker: &'a str, of_podman: &'a str) -> &'a str {
    let ping = get("/_ping").to_ascii_lowercase();
    if ping.contains("\r\nlibpod-api-version:") { of_podman } else { of_docker }
}

/// The whole answer to a GET.
pub(crate) fn get(target: &str) -> String {
    call("GET", target)
}

/// The whole answer to a request without a body.
pub(crate) fn call(method: &str, target: &str) -> String {
    let socket = socket();
    let mut stream = UnixStream::connect(&socket)
        .unwrap_or_else(|error| panic!("no engine at {}: {error}; run scripts/lab/up", socket.display()));
    stream.set_read_timeout(Some(ANSWER_WITHIN)).unwrap();
    write!(stream, "{method} {target} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
