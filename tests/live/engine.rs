//! Direct requests to the engine, which check what the program does there.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The longest time to wait for an answer; a busy engine takes seconds to list its objects.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The engine's socket: the one of `DOCKER_HOST`, or else the default one.
pub(crate) fn socket() -> PathBuf {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    PathBuf::from(host.strip_prefix("unix://").unwrap_or("/var/run/docker.sock"))
}

/// Asserts that the engine has no container, network or volume of the job.
pub(crate) fn assert_nothing_left_of(job: &str) {
    let left = objects_of(job);
    assert!(left.is_empty(), "{job} has left objects on the engine: {left:?}");
}

/// Asserts that the engine has no container, network or volume of the jobs in what `--report` has written.
///
/// The id of the pipeline is not enough: it is a time in seconds, and runs that other tests start then have it, too.
pub(crate) fn assert_nothing_left_of_run(report: &Value) {
    let objects = objects_with(&format!("com.gitlab.gitlab-runner.pipeline.id={}", report["pipeline_id"]));
    for job in report["jobs"].as_array().unwrap() {
        let label = format!("\"com.gitlab.gitlab-runner.job.name\":{}", job["name"]);
        let left: Vec<&String> = objects.iter().filter(|answer| answer.contains(&label)).collect();
        assert!(left.is_empty(), "{} has left objects on the engine: {left:?}", job["name"]);
    }
}

/// The engine's lists of containers, networks and volumes that have objects of the job.
fn objects_of(job: &str) -> Vec<String> {
    objects_with(&format!("com.gitlab.gitlab-runner.job.name={job}"))
}

/// The engine's lists of containers, networks and volumes that have objects with this label.
fn objects_with(label: &str) -> Vec<String> {
    let filter = format!("{{\"label\":[\"{label}\"]}}");
    let filter: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let lists = ["containers/json?all=1&filters=", "networks?filters=", "volumes?filters="];
    let answers = lists.map(|list| get(&format!("/v1.41/{list}{filter}")));
    assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 200")), "{answers:?}");
    answers.into_iter().filter(|answer| answer.contains(label) || answer.contains("\"Id\"")).collect()
}

/// How long an object may take to appear, or to go.
const CHANGES_WITHIN: Duration = Duration::from_secs(60);

/// Waits until the job's own container runs, and returns its id.
pub(crate) fn wait_for_container_of(job: &str) -> String {
    let began = Instant::now();
    loop {
        if let Some(id) = running_container_of(job) {
            return id;
        }
        assert!(began.elapsed() < CHANGES_WITHIN, "the container of {job} does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The id of the job's own container, if it runs.
pub(crate) fn running_container_of(job: &str) -> Option<String> {
    let label = format!("com.gitlab.gitlab-runner.job.name={job}");
    let filter = format!("{{\"label\":[\"{label}\",\"com.gitlab.gitlab-runner.type=build\"]}}");
    let filter: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = get(&format!("/v1.41/containers/json?filters={filter}"));
    let (_, rest) = answer.split_once("\"Id\":\"")?;
    Some(rest[..64].to_owned())
}

/// Waits until the engine has no object of the job.
pub(crate) fn wait_until_nothing_left_of(job: &str) {
    let began = Instant::now();
    while !objects_of(job).is_empty() {
        assert!(began.elapsed() < CHANGES_WITHIN, "{job} leaves {:?}", objects_of(job));
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// `of_podman` if the engine is Podman, and `of_docker` otherwise: their messages differ.
pub(crate) fn by_engine<'a>(of_docker: &'a str, of_podman: &'a str) -> &'a str {
    let ping = get("/_ping").to_ascii_lowercase();
    if ping.contains("\r\nlibpod-api-version:") { of_podman } else { of_docker }
}

/// Sends a GET and returns the whole answer, head included.
pub(crate) fn get(target: &str) -> String {
    request("GET", target)
}

/// Sends a request without a body and returns the whole answer, head included.
pub(crate) fn request(method: &str, target: &str) -> String {
    let socket = socket();
    let mut stream = UnixStream::connect(&socket)
        .unwrap_or_else(|error| panic!("no engine at {}: {error}; run scripts/lab/up", socket.display()));
    stream.set_read_timeout(Some(ANSWER_WITHIN)).unwrap();
    write!(stream, "{method} {target} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
